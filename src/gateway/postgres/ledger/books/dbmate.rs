//! dbmate's `schema_migrations`: versions and nothing else.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Dbmate],
    table: "schema_migrations",
    create: "create table {table} (version varchar not null primary key)",
    insert: |row, table| format!("insert into {table} (version) values ({})", text(row.version.as_str())),
    ..Book::PLAIN
};
