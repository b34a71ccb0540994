-- Verify shop:users on pg

BEGIN;

select id, email from users where false;

ROLLBACK;
