//! refinery's `refinery_schema_history`: time stamps as text, a `SipHash` as text.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Refinery],
    table: "refinery_schema_history",
    columns: &["version", "name", "applied_on", "checksum"],
    numbers: true,
    name: "l.name",
    checksum: "l.checksum",
    applied_at: "l.applied_on::timestamptz",
    create: "create table {table} ( \
       version int4 primary key, \
       name varchar(255), \
       applied_on varchar(255), \
       checksum varchar(255))",
    insert: |row, table| {
        format!(
            "insert into {table} (version, name, applied_on, checksum) values ({}::pg_catalog.int8, {}, \
               pg_catalog.to_char(pg_catalog.clock_timestamp() at time zone 'UTC', \
                 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), {})",
            text(row.version.as_str()),
            text(row.name),
            text(row.checksum),
        )
    },
    set_checksum: Some("checksum = {checksum}"),
    ..Book::PLAIN
};
