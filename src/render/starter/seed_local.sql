-- Rows for working on this machine.
insert into users (email, name) values
    ('ada@example.org', 'Ada'),
    ('bob@example.org', 'Bob')
on conflict (email) do nothing;
