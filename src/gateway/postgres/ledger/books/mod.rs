//! How tools keep their ledgers. A tool is a file and a line.

mod atlas;
mod by_command;
mod confiture;
mod dbmate;
mod diesel;
mod flyway;
mod golang_migrate;
mod goose;
mod graphile_migrate;
mod liquibase;
mod node_pg_migrate;
mod pgroll;
mod prisma;
mod refinery;
mod reshape;
mod sqitch;
mod sql_migrate;
mod sqlx;
mod supabase;

use super::NewRow;
use crate::model::entry::Entry;
use crate::model::ident::Literal;
use crate::model::layout::Tool;

/// A tool's ledger: expressions over its rows, which are called `l`, and statements in which `{table}` is its table.
#[derive(Debug)]
pub(super) struct Book {
    /// Tools that keep theirs so.
    tools: &'static [Tool],
    /// Its table, when nobody calls it otherwise.
    pub(super) table: &'static str,
    /// The columns without which it is another table.
    pub(super) columns: &'static [&'static str],
    /// The version, as text, as it is called here.
    pub(super) version: &'static str,
    /// Whether versions are numbers in it, however files write them.
    pub(super) numbers: bool,
    /// Whether what is run whenever it has changed has a row for each time.
    pub(super) each_run: bool,
    /// The name.
    pub(super) name: &'static str,
    /// The checksum, as text.
    pub(super) checksum: &'static str,
    /// When it was applied, as `timestamptz`.
    pub(super) applied_at: &'static str,
    /// How long it took, in milliseconds.
    pub(super) milliseconds: &'static str,
    /// Who applied it.
    pub(super) applied_by: &'static str,
    /// Which rows tell of a migration that is deployed; `{scope}` is whose rows are meant, or null.
    pub(super) counts: &'static str,
    /// Which of these stand for every migration up to theirs.
    pub(super) through: &'static str,
    /// Which of these tell of a migration that stopped half-way.
    pub(super) half_done: &'static str,
    /// What makes the table; `{index:x}` and `{name:x}` are names made of its own.
    pub(super) create: &'static str,
    /// The statement that writes one row into the table of this name.
    pub(super) insert: fn(&NewRow<'_>, &str) -> String,
    /// What a row's checksum is set to, `{checksum}` being the literal; none where there is no checksum.
    pub(super) set_checksum: Option<&'static str>,
    /// How it is written where that takes more than one table and one row.
    pub(super) booking: Option<Booking>,
    /// Who holds the tool's own lock, which is in `{lock}`, the table that is called so, and since when; no row where nobody does.
    pub(super) held: Option<&'static str>,
    /// Which versions are started and not completed, of tools that do both by themselves, and the table that has to be
    /// there to ask.
    pub(super) started: Option<(&'static str, &'static str)>,
    /// The schemas of views that the tool has made, one for each version of what is behind them.
    pub(super) versions: Option<&'static str>,
}

/// How a ledger of several tables is written. What a migration's rows are made of is its entry.
#[derive(Debug)]
pub(super) struct Booking {
    /// What makes the tables that belong to the one of this name.
    pub(super) make: fn(&str) -> String,
    /// The statements that write a migration down.
    pub(super) insert: fn(&NewRow<'_>, &Entry, &str) -> String,
    /// The statements that take it out again.
    pub(super) delete: fn(&Entry, &str) -> String,
}

impl Book {
    /// One in which nothing is known but versions.
    const PLAIN: Self = Self {
        tools: &[],
        table: "",
        columns: &["version"],
        version: "l.version::text",
        numbers: false,
        each_run: false,
        name: "''",
        checksum: "null",
        applied_at: "null::timestamptz",
        milliseconds: "null",
        applied_by: "null",
        counts: "true",
        through: "false",
        half_done: "false",
        create: "",
        insert: |_, _| String::new(),
        set_checksum: None,
        booking: None,
        held: None,
        started: None,
        versions: None,
    };
}

/// Every tool's.
const BOOKS: [&Book; 26] = [
    &confiture::BOOK,
    &atlas::BOOK,
    &dbmate::BOOK,
    &diesel::BOOK,
    &flyway::BOOK,
    &golang_migrate::BOOK,
    &goose::BOOK,
    &graphile_migrate::BOOK,
    &liquibase::BOOK,
    &node_pg_migrate::BOOK,
    &pgroll::BOOK,
    &prisma::BOOK,
    &refinery::BOOK,
    &reshape::BOOK,
    &sql_migrate::BOOK,
    &sqitch::BOOK,
    &sqlx::BOOK,
    &supabase::BOOK,
    &by_command::ALEMBIC,
    &by_command::DJANGO,
    &by_command::SCHEMA_MIGRATIONS,
    &by_command::DRIZZLE,
    &by_command::TYPEORM,
    &by_command::KNEX,
    &by_command::SEQUELIZE,
    &by_command::COMMAND,
];

/// How a tool keeps its ledger.
pub(super) fn book(tool: Tool) -> &'static Book {
    BOOKS.iter().find(|book| book.tools.contains(&tool)).unwrap_or(&&confiture::BOOK)
}

/// The name of the table that is called as another one with something behind.
pub(super) fn beside(table: &str, behind: &str) -> String {
    match table.strip_suffix('"') {
        Some(open) => format!("{open}{behind}\""),
        None => format!("{table}{behind}"),
    }
}

/// A text as SQL.
fn text(text: &str) -> Literal {
    Literal::new(text)
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::{BOOKS, Tool};

    #[test]
    fn every_tool_has_one_ledger() {
        for tool in Tool::iter() {
            let books = BOOKS.iter().filter(|book| book.tools.contains(&tool)).count();
            assert_eq!(books, 1, "{tool:?}");
        }
    }
}
