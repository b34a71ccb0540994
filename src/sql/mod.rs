//! Text into statements: splitting, parsing, classifying. The only importer of `pg_query`.
//!
//! Splitting is lexical, as psql does it, because a file may hold what no parser takes: `COPY` data,
//! `\restrict` lines, a statement that is wrong. Only statements whose first word may matter are parsed,
//! so that a hundred megabytes of `INSERT` cost no parse trees.

mod batch;
mod classify;
mod copy_form;
mod declare;
mod demand;
mod directive;
mod format;
mod header;
mod index;
mod insert;
mod key;
mod names;
mod repeat;
mod semicolons;
mod split;
mod tokens;
mod touch;
mod tree;

use crate::model::statement::{Statement, StatementKind, TransactionMode};

pub use batch::{Batch, NotBatchable, changes_rows, copies_in, copies_out, returns_rows};
pub use copy_form::{CopyForm, copy_form};
pub use declare::{NotDeclared, declared};
pub use demand::{Demand, demands, made};
pub use directive::{BadRename, rename, renames};
pub use format::{KeyWords, NotFormatted, format};
pub use header::{BadDirective, Batches, Directives, directives};
pub use index::{LeftBehind, left_behind};
pub use insert::{Insert, SeedStatement, TableName, foreign_keys, seed_statement};
pub use key::{Key, key};
pub use names::names;
pub use repeat::{Repeat, dropped_if_there, unrepeatable, with_edits};
pub use semicolons::idle_semicolons;
pub use split::PsqlCommand;
pub use tree::{PARSER_MAJOR, fault};

/// Reads the statements of a file.
///
/// Text that is not SQL becomes a statement all the same: the server is the judge of it.
/// A psql command other than `\restrict` and `\unrestrict` is an error.
///
/// ```
/// use confiture::model::statement::StatementKind;
///
/// let sql = "create table t (a int); create index concurrently i on t (a);";
/// let found = confiture::sql::statements(sql)?;
/// assert_eq!(found.len(), 2);
/// assert_eq!(found[1].kind, StatementKind::NonTransactional);
/// # Ok::<(), confiture::sql::PsqlCommand>(())
/// ```
pub fn statements(text: &str) -> Result<Vec<Statement>, PsqlCommand> {
    let pieces = split::split(text)?;
    Ok(pieces.into_iter().map(|piece| statement(text, piece)).collect())
}

fn statement(text: &str, piece: split::Piece) -> Statement {
    let facts = classify::facts(&text[piece.span.clone()], piece.span.start);
    let kind = if piece.copy_data.is_some() { StatementKind::CopyFromStdin } else { facts.kind };
    Statement {
        span: piece.span,
        copy_data: piece.copy_data,
        kind,
        roles: facts.roles,
        touches: facts.touches,
    }
}

/// How the statements of one file have to be grouped into transactions.
#[must_use]
pub fn transaction_mode(statements: &[Statement], no_transaction: bool) -> TransactionMode {
    let any = |wanted: &[StatementKind]| statements.iter().any(|statement| wanted.contains(&statement.kind));
    if any(&[StatementKind::Begin, StatementKind::Commit, StatementKind::Rollback]) {
        TransactionMode::Own
    } else if no_transaction || any(&[StatementKind::NonTransactional]) {
        TransactionMode::None
    } else {
        TransactionMode::Single
    }
}

#[cfg(test)]
mod tests;
