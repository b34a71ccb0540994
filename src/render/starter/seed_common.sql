-- Rows that every environment has.
insert into users (email, name) values
    ('admin@example.org', 'Admin')
on conflict (email) do nothing;
