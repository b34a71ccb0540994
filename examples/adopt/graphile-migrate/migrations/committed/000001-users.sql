--! Previous: -
--! Hash: sha1:8055acc8e54c3d8b7bcd8d4118ec31048fb46140

create table users (
    id bigint generated always as identity primary key,
    email text not null unique
);
