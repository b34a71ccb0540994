-- +goose Up
alter table users add column bio text;

-- +goose Down
alter table users drop column bio;
