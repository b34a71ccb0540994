//! node-pg-migrate's `pgmigrations`: names of files without their ending.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::NodePgMigrate],
    table: "pgmigrations",
    columns: &["id", "name", "run_on"],
    version: "pg_catalog.substring(l.name, '^[0-9]+')",
    name: "pg_catalog.regexp_replace(l.name, '^[0-9]+[-_ ]?', '')",
    applied_at: "l.run_on::timestamptz",
    create: "create table {table} ( \
       id serial primary key, \
       name varchar(255) not null, \
       run_on timestamp not null)",
    insert: |row, table| {
        let stem = row.script.strip_suffix(".sql").unwrap_or(row.script);
        let stem = stem.strip_suffix(".up").unwrap_or(stem);
        format!("insert into {table} (name, run_on) values ({}, pg_catalog.now())", text(stem))
    },
    ..Book::PLAIN
};
