create table countries (
    code text primary key,
    population integer not null
);
