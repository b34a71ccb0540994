-- migrate:up
alter table users add column bio text;

-- migrate:down
alter table users drop column bio;
