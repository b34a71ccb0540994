-- Revert shop:users from pg

BEGIN;

drop table users;

COMMIT;
