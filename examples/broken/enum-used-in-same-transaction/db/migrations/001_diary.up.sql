create type mood as enum ('glad', 'sad');

create table diary (
    day date primary key,
    mood mood not null
);
