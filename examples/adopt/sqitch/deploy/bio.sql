-- Deploy shop:bio to pg

BEGIN;

alter table users add column bio text;

COMMIT;
