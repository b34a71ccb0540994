//! golang-migrate's `schema_migrations`: one row with the newest version, and whether it stopped half-way.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::GolangMigrate],
    table: "schema_migrations",
    columns: &["version", "dirty"],
    numbers: true,
    through: "true",
    half_done: "l.dirty",
    create: "create table {table} (version bigint not null primary key, dirty boolean not null)",
    insert: |row, table| {
        let version = text(row.version.as_str());
        format!(
            "delete from {table}; insert into {table} (version, dirty) values ({version}::pg_catalog.int8, false)"
        )
    },
    ..Book::PLAIN
};
