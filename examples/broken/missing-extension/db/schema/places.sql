create extension postgis;

create table places (
    id bigint generated always as identity primary key,
    at geometry not null
);
