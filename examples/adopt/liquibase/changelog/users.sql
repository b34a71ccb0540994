--liquibase formatted sql

--changeset ada:1
create table users (
    id bigint generated always as identity primary key,
    email text not null unique
);
--rollback drop table users;

--changeset ada:2
alter table users add column bio text;
--rollback alter table users drop column bio;
