-- +migrate Up
alter table users add column bio text;

-- +migrate Down
alter table users drop column bio;
