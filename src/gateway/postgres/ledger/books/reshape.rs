//! Reshape's `reshape.migrations`: names, in the order in which they were completed. What is under way stands beside it.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Reshape],
    table: "reshape.migrations",
    columns: &["index", "name", "actions", "completed_at"],
    version: "l.name",
    applied_at: "l.completed_at",
    // What is to be seen in it is that of throwaway servers: the one of a database in use only Reshape writes.
    create: "create schema if not exists reshape; \
     create table {table} ( \
       index integer generated always as identity primary key, \
       name text not null, \
       description text, \
       actions jsonb not null, \
       completed_at timestamp default pg_catalog.now())",
    insert: |row, table| {
        format!("insert into {table} (name, actions) values ({}, '[]')", text(row.version.as_str()))
    },
    started: Some((
        "reshape.data",
        "select m.value->>'name' from reshape.data d, pg_catalog.jsonb_array_elements(d.value->'migrations') m \
         where d.key = 'state' and d.value->>'state' <> 'idle'",
    )),
    versions: Some(
        "select pg_catalog.lower('migration_' || l.name)::name from {table} l \
         union select pg_catalog.lower('migration_' || (m.value->>'name'))::name \
           from reshape.data d, pg_catalog.jsonb_array_elements(d.value->'migrations') m where d.key = 'state'",
    ),
    ..Book::PLAIN
};
