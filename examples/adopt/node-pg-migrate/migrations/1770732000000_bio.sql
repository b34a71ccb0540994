-- Up Migration
alter table users add column bio text;

-- Down Migration
alter table users drop column bio;
