//! graphile-migrate's `graphile_migrate.migrations`: a chain of hashes.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::GraphileMigrate],
    table: "graphile_migrate.migrations",
    columns: &["hash", "previous_hash", "filename", "date"],
    version: "pg_catalog.substring(l.filename, '^[0-9]+')",
    name: "pg_catalog.regexp_replace(l.filename, '^[0-9]+-?|[.]sql$', '', 'g')",
    checksum: "l.hash",
    applied_at: "l.date",
    create: "create schema if not exists graphile_migrate; \
     create table {table} ( \
       hash text primary key, \
       previous_hash text references {table}, \
       filename text not null, \
       date timestamptz not null default pg_catalog.now()); \
     create table if not exists graphile_migrate.current ( \
       filename text primary key default 'current.sql', \
       content text not null, \
       date timestamptz not null default pg_catalog.now())",
    insert: |row, table| {
        // Whatever else the file is called, the ledger has its number.
        let number = row.script.split(['-', '.']).next().unwrap_or_default();
        format!(
            "insert into {table} (hash, previous_hash, filename) values ({}, \
               (select l.hash from {table} l order by l.filename desc limit 1), {})",
            text(row.checksum),
            text(&format!("{number}.sql")),
        )
    },
    set_checksum: Some("hash = {checksum}"),
    ..Book::PLAIN
};
