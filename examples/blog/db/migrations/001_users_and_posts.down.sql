drop table posts;
drop function touch_updated_at();
drop table users;
drop type post_status;
