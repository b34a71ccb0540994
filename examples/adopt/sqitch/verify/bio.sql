-- Verify shop:bio on pg

BEGIN;

select bio from users where false;

ROLLBACK;
