create or replace view contacts as select id, email, bio from users;
