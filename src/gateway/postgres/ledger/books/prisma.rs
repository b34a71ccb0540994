//! Prisma's `_prisma_migrations`: names of directories; one that stopped half-way has no end.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Prisma],
    table: "_prisma_migrations",
    columns: &["id", "checksum", "finished_at", "migration_name", "rolled_back_at", "started_at"],
    version: "coalesce(pg_catalog.substring(l.migration_name, '^[0-9]+'), l.migration_name)",
    name: "pg_catalog.regexp_replace(l.migration_name, '^[0-9]+_?', '')",
    checksum: "l.checksum",
    applied_at: "l.finished_at",
    milliseconds: "(extract(epoch from l.finished_at - l.started_at) * 1000)::bigint::text",
    counts: "l.rolled_back_at is null",
    half_done: "l.finished_at is null",
    create: "create table {table} ( \
       id varchar(36) primary key not null, \
       checksum varchar(64) not null, \
       finished_at timestamptz, \
       migration_name varchar(255) not null, \
       logs text, \
       rolled_back_at timestamptz, \
       started_at timestamptz not null default pg_catalog.now(), \
       applied_steps_count integer not null default 0)",
    insert: |row, table| {
        let directory = row.script.split('/').next().unwrap_or_default();
        format!(
            "insert into {table} (id, checksum, finished_at, migration_name, started_at, applied_steps_count) \
             values (pg_catalog.gen_random_uuid()::text, {}, pg_catalog.clock_timestamp(), {}, \
               pg_catalog.clock_timestamp() - {} * interval '1 ms', 1)",
            text(row.checksum),
            text(directory),
            row.milliseconds(),
        )
    },
    set_checksum: Some("checksum = {checksum}"),
    ..Book::PLAIN
};
