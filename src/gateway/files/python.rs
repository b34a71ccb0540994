//! Migrations in Python: `VERSION_name.py`, one file with both ways.

use camino::{Utf8Path, Utf8PathBuf};

use super::{FileError, sql_file};
use crate::model::migration::{Down, Migration, SqlFile, Version};
use crate::model::python::{Part, Python, Unread, Within};
use crate::model::statement::StatementKind;
use crate::python::{self, Source, Sql, Way};
use crate::sql;

/// Whether a file is called as migrations in Python are; what begins otherwise is their helpers.
pub(super) fn is_program(name: &str) -> bool {
    Utf8Path::new(name).extension() == Some("py") && name.starts_with(|c: char| c.is_ascii_digit())
}

/// Reads a migration in Python. Its SQL is what it sends, where that is plain to see.
pub(super) fn migration(stem: &str, path: Utf8PathBuf, bytes: Vec<u8>) -> Result<Migration, FileError> {
    let whole = sql_file(path, bytes)?;
    let source = python::read(&whole.text);
    let (version, name) = stem.split_once('_').unwrap_or((stem, ""));
    let roles = roles(&source);
    let Source { version: said, no_transaction, up, down, declares, .. } = source;
    let (up, up_unread) = way(&whole, no_transaction, up);
    let down = down.map(|down| way(&whole, no_transaction, down));
    let (down, down_unread) = down.map_or((None, None), |(down, unread)| (Some(down), unread));
    Ok(Migration {
        version: Version::new(version),
        name: name.to_owned(),
        script: whole.path.file_name().unwrap_or_default().into(),
        up,
        down: down.map(Down::Section),
        before: None,
        after: None,
        entry: None,
        recorded: None,
        repeatable: false,
        python: Some(Python {
            up: up_unread,
            down: down_unread,
            version: said.map(Version::new),
            roles,
            declares,
        }),
    })
}

/// The roles of every text that is SQL: which of them is sent, only Python can tell.
fn roles(source: &Source) -> Vec<String> {
    let statements = source.texts.iter().filter_map(|text| sql::statements(text).ok());
    let mut roles: Vec<String> = statements.flatten().flat_map(|statement| statement.roles).collect();
    roles.sort();
    roles.dedup();
    roles
}

/// The SQL of a way, piece by piece, each on lines of its own; or what of it is not read.
fn way(whole: &SqlFile, no_transaction: bool, way: Way) -> (SqlFile, Option<Unread>) {
    let (mut text, mut parts) = (String::new(), Vec::new());
    let mut unread = way.unread;
    let sent = if unread.is_some() { Vec::new() } else { way.sql };
    for piece in sent {
        let taken = terminated(&piece).filter(|taken| no_transaction || !ends_a_transaction(taken));
        let Some(statements) = taken else {
            let what = "SQL that is not whole by itself, or ends the transaction".to_owned();
            unread = Some(Unread { line: piece.at.0, column: piece.at.1, what });
            (text, parts) = (String::new(), Vec::new());
            break;
        };
        let line = text.matches('\n').count() + 1;
        parts.push(Part { line, at: piece.at, verbatim: piece.verbatim });
        text += &statements;
    }
    let within = Some(Box::new(Within { text: whole.text.clone(), parts }));
    (SqlFile { text, no_transaction, within, ..whole.clone() }, unread)
}

fn ends_a_transaction(text: &str) -> bool {
    use StatementKind::{Begin, Commit, Rollback};
    let statements = sql::statements(text).unwrap_or_default();
    statements.iter().any(|statement| matches!(statement.kind, Begin | Commit | Rollback))
}

/// A piece of SQL that ends where it ends, whatever comes after it.
fn terminated(piece: &Sql) -> Option<String> {
    let count = |text: &str| sql::statements(text).map(|statements| statements.len()).ok();
    let whole = format!("{}\n;\n", piece.text);
    let alone = count(&whole)?;
    (count(&format!("{whole}select 1")) == Some(alone + 1)).then_some(whole)
}
