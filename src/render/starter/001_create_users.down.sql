drop view user_names;

drop table users;
