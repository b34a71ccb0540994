//! sqlx's `_sqlx_migrations`: SHA-384 of the file's bytes, nanoseconds.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Sqlx],
    table: "_sqlx_migrations",
    columns: &["version", "description", "installed_on", "success", "checksum", "execution_time"],
    numbers: true,
    name: "l.description",
    checksum: "pg_catalog.encode(l.checksum, 'hex')",
    applied_at: "l.installed_on",
    milliseconds: "(l.execution_time / 1000000)::text",
    half_done: "not l.success",
    create: "create table {table} ( \
       version bigint primary key, \
       description text not null, \
       installed_on timestamptz not null default pg_catalog.now(), \
       success boolean not null, \
       checksum bytea not null, \
       execution_time bigint not null)",
    insert: |row, table| {
        format!(
            "insert into {table} (version, description, success, checksum, execution_time) values \
             ({}::pg_catalog.int8, {}, true, pg_catalog.decode({}, 'hex'), {}000000)",
            text(row.version.as_str()),
            text(&row.name.replace('_', " ")),
            text(row.checksum),
            row.milliseconds(),
        )
    },
    set_checksum: Some("checksum = pg_catalog.decode({checksum}, 'hex')"),
    ..Book::PLAIN
};
