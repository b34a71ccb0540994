--! Previous: sha1:8055acc8e54c3d8b7bcd8d4118ec31048fb46140
--! Hash: sha1:2b13672466928c398610deadefd7fae4d7fa3c44

alter table users add column bio text;
