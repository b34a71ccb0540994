-- Rows that tests expect.
insert into users (email, name) values
    ('test@example.org', 'Test')
on conflict (email) do nothing;
