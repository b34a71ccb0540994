alter table users add column city text not null default 'Zürich';
