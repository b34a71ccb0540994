//! pgroll's `pgroll.migrations`: names with their operations, each with the one that came before it.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Pgroll],
    table: "pgroll.migrations",
    columns: &["schema", "name", "migration", "created_at", "parent", "done"],
    version: "l.name",
    // Older versions of it have no time zone there.
    applied_at: "l.created_at::timestamptz",
    // What somebody changed without it, it writes down as well.
    counts: "l.schema = 'public' and l.done and coalesce(pg_catalog.to_jsonb(l)->>'migration_type', '') <> 'inferred'",
    through: "coalesce(pg_catalog.to_jsonb(l)->>'migration_type', '') = 'baseline'",
    // What is to be seen in it is that of throwaway servers: the one of a database in use only pgroll writes.
    create: "create schema if not exists pgroll; \
     create table {table} ( \
       schema name not null, \
       name text not null, \
       migration jsonb not null, \
       created_at timestamptz not null default current_timestamp, \
       updated_at timestamptz not null default current_timestamp, \
       parent text, \
       done boolean not null default false, \
       resulting_schema jsonb not null default '{}'::jsonb, \
       migration_type varchar(32) default 'pgroll', \
       primary key (schema, name))",
    insert: |row, table| {
        format!(
            "insert into {table} (schema, name, migration, parent, done) select 'public', {}, '{{}}', \
               (select l.name from {table} l where l.schema = 'public' order by l.created_at desc, l.name desc limit 1), true",
            text(row.version.as_str())
        )
    },
    started: Some(("{table}", "select l.name from {table} l where l.schema = 'public' and not l.done")),
    versions: Some(
        "select (l.schema || '_' || coalesce(l.migration->>'version_schema', l.name))::name from {table} l",
    ),
    ..Book::PLAIN
};
