create table countries (
    code text primary key,
    population integer not null
);

copy countries (code, population) from stdin;
ch	9000000
fr	68000000
li	many
\.
