create table users (
    id bigint generated always as identity primary key,
    email text not null unique,
    name text not null
);
create index users_name_idx on users (name);
