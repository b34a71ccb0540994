//! Ours, which is the Python tool's: ten columns since 1.29, and eight or nine before.

use super::{Book, text};
use crate::gateway::postgres::ledger::NewRow;
use crate::model::layout::Tool;
use crate::model::ledger::DEFAULT_TABLE;

pub(super) const BOOK: Book = Book {
    // Files of no tool are recorded as ours.
    tools: &[Tool::Confiture, Tool::Plain],
    table: DEFAULT_TABLE,
    columns: &["slug", "version", "name", "applied_at", "checksum", "execution_time_ms"],
    version: "l.version",
    name: "l.name",
    checksum: "l.checksum",
    applied_at: "l.applied_at",
    milliseconds: "pg_catalog.to_jsonb(l) ->> 'execution_time_ms'",
    applied_by: "pg_catalog.to_jsonb(l) ->> 'applied_by'",
    // Rows that were folded into a later baseline are history.
    counts: "(pg_catalog.to_jsonb(l) ->> 'archived_into') is null",
    create: "create table {table} ( \
       id uuid primary key default pg_catalog.gen_random_uuid(), \
       pk_confiture bigint generated always as identity unique, \
       slug text not null unique, \
       version varchar(255) not null unique, \
       name varchar(255) not null, \
       applied_at timestamptz not null default pg_catalog.now(), \
       execution_time_ms integer, \
       checksum varchar(64), \
       applied_by text, \
       archived_into varchar(255)); \
     create index {index:pk_confiture} on {table} (pk_confiture); \
     create index {index:slug} on {table} (slug); \
     create index {index:version} on {table} (version); \
     create index {index:applied_at} on {table} (applied_at desc)",
    insert,
    set_checksum: Some("checksum = {checksum}"),
    ..Book::PLAIN
};

fn insert(row: &NewRow<'_>, table: &str) -> String {
    let reason = row.reason.map(|reason| format!("_{reason}")).unwrap_or_default();
    format!(
        "insert into {table} (slug, version, name, execution_time_ms, checksum, applied_by) values \
         ({} || '_' || {version} || '_' || pg_catalog.to_char(pg_catalog.now(), 'YYYYMMDD_HH24MISS') || {}, \
          {version}, {}, {}, {}, current_user)",
        text(row.name),
        text(&reason),
        text(row.name),
        row.milliseconds(),
        text(row.checksum),
        version = text(row.version.as_str()),
    )
}
