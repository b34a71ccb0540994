//! Supabase's `supabase_migrations.schema_migrations`: the statements that were run, and the name.

use super::{Book, text};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Supabase],
    table: "supabase_migrations.schema_migrations",
    name: "coalesce(pg_catalog.to_jsonb(l) ->> 'name', '')",
    create: "create schema if not exists supabase_migrations; \
     create table {table} (version text not null primary key, statements text[], name text)",
    insert: |row, table| {
        format!(
            "insert into {table} (version, name) values ({}, {})",
            text(row.version.as_str()),
            text(row.name)
        )
    },
    ..Book::PLAIN
};
