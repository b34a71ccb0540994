//! Atlas's `atlas_schema_revisions.atlas_schema_revisions`.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Atlas],
    table: "atlas_schema_revisions.atlas_schema_revisions",
    columns: &["version", "description", "applied", "total", "executed_at", "hash"],
    name: "l.description",
    applied_at: "l.executed_at",
    milliseconds: "(l.execution_time / 1000000)::text",
    // It keeps a row of its own that is no migration.
    counts: "l.version not like '.atlas%'",
    half_done: "l.applied < l.total",
    create: "create schema if not exists atlas_schema_revisions; \
     create table {table} ( \
       version varchar not null primary key, \
       description varchar not null, \
       type bigint not null default 2, \
       applied bigint not null default 0, \
       total bigint not null default 0, \
       executed_at timestamptz not null, \
       execution_time bigint not null, \
       error text, \
       error_stmt text, \
       hash varchar not null, \
       partial_hashes jsonb, \
       operator_version varchar not null)",
    insert: |row, table| {
        format!(
            "insert into {table} (version, description, executed_at, execution_time, hash, operator_version) \
             values ({}, {}, pg_catalog.clock_timestamp(), {}000000, {}, 'confiture')",
            text(row.version.as_str()),
            text(row.name),
            row.milliseconds(),
            text(row.checksum),
        )
    },
    ..Book::PLAIN
};
