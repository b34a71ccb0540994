//! Diesel's `__diesel_schema_migrations`: versions and when.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Diesel],
    table: "__diesel_schema_migrations",
    columns: &["version", "run_on"],
    applied_at: "l.run_on::timestamptz",
    create: "create table {table} ( \
       version varchar(50) primary key not null, \
       run_on timestamp not null default current_timestamp)",
    insert: |row, table| format!("insert into {table} (version) values ({})", text(row.version.as_str())),
    ..Book::PLAIN
};
