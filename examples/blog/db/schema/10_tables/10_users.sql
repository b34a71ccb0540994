create table users (
    id bigint generated always as identity primary key,
    email text not null unique,
    name text not null,
    bio varchar(500),
    created_at timestamptz not null default now()
);

comment on column users.bio is 'Shown on the profile page.';
