-- Revert shop:bio from pg

BEGIN;

alter table users drop column bio;

COMMIT;
