//! Ledgers of tools that are run by their commands. They are read, and never written from here.

use super::Book;
use crate::model::layout::Tool;

/// One row for each head: what comes before a head is told by the files.
pub(super) const ALEMBIC: Book = Book {
    tools: &[Tool::Alembic],
    table: "alembic_version",
    columns: &["version_num"],
    version: "l.version_num::text",
    ..Book::PLAIN
};

pub(super) const DJANGO: Book = Book {
    tools: &[Tool::Django],
    table: "django_migrations",
    columns: &["app", "name", "applied"],
    version: "l.app || '.' || l.name",
    applied_at: "l.applied",
    ..Book::PLAIN
};

pub(super) const SCHEMA_MIGRATIONS: Book =
    Book { tools: &[Tool::Rails, Tool::Ecto], table: "schema_migrations", ..Book::PLAIN };

pub(super) const DRIZZLE: Book = Book {
    tools: &[Tool::Drizzle],
    table: "drizzle.__drizzle_migrations",
    columns: &["hash"],
    version: "l.hash",
    ..Book::PLAIN
};

pub(super) const TYPEORM: Book = Book {
    tools: &[Tool::Typeorm],
    table: "migrations",
    columns: &["timestamp", "name"],
    version: "l.name::text",
    ..Book::PLAIN
};

pub(super) const KNEX: Book = Book {
    tools: &[Tool::Knex],
    table: "knex_migrations",
    columns: &["name"],
    version: "l.name::text",
    applied_at: "l.migration_time",
    ..Book::PLAIN
};

pub(super) const SEQUELIZE: Book = Book {
    tools: &[Tool::Sequelize],
    table: "SequelizeMeta",
    columns: &["name"],
    version: "l.name::text",
    ..Book::PLAIN
};

/// A table that nobody knows has its versions in a column that is called like one of these.
pub(super) const COMMAND: Book = Book {
    tools: &[Tool::Command],
    table: "schema_migrations",
    columns: &[],
    version: "coalesce(pg_catalog.to_jsonb(l)->>'version', pg_catalog.to_jsonb(l)->>'name', \
       pg_catalog.to_jsonb(l)->>'version_num', pg_catalog.to_jsonb(l)->>'filename', \
       pg_catalog.to_jsonb(l)->>'hash', pg_catalog.to_jsonb(l)->>'id', pg_catalog.to_jsonb(l)::text)",
    ..Book::PLAIN
};
