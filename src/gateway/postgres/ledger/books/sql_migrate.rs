//! sql-migrate's `gorp_migrations`: names of files.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::SqlMigrate],
    table: "gorp_migrations",
    columns: &["id", "applied_at"],
    version: "coalesce(pg_catalog.substring(l.id, '^[0-9]+'), pg_catalog.regexp_replace(l.id, '[.]sql$', ''))",
    name: "pg_catalog.regexp_replace(l.id, '^[0-9]+[-_. ]?|[.]sql$', '', 'g')",
    applied_at: "l.applied_at",
    create: "create table {table} (id text not null primary key, applied_at timestamptz)",
    insert: |row, table| {
        format!(
            "insert into {table} (id, applied_at) values ({}, pg_catalog.clock_timestamp())",
            text(row.script)
        )
    },
    ..Book::PLAIN
};
