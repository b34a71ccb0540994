create type mood as enum ('glad', 'sad', 'calm');

create table diary (
    day date primary key,
    mood mood not null default 'calm'
);
