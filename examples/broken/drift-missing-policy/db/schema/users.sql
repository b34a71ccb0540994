create table users (
    id bigint generated always as identity primary key,
    email text not null unique,
    name text not null
);
alter table users enable row level security;

create policy users_see_themselves on users
    for select
    using (email = current_setting('app.email', true));
