//! What a server was sent by a command, as the migrations that it was.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::gateway::postgres::LoggedStatement;
use crate::model::ident::Literal;
use crate::model::layout::Revision;
use crate::model::migration::Version;
use crate::model::report::{MigrationOutcome, MigrationStatus, StatementOutcome, TableLock};
use crate::model::statement::{StatementKind, TransactionMode, is_aside};
use crate::operation::apply::one_line;
use crate::operation::progress::STATEMENTS_SHOWN;
use crate::sql;

/// What is known of the migrations that a command may have run.
pub(super) struct Known<'a> {
    /// The name of the ledger's table, without its schema.
    pub(super) ledger: &'a str,
    /// The migrations by their files, in order.
    pub(super) revisions: &'a [&'a Revision],
    /// What the database had before, and has now.
    pub(super) before: &'a BTreeSet<Version>,
    pub(super) after: &'a BTreeSet<Version>,
    /// The command, and where its migrations lie.
    pub(super) command: &'a str,
    pub(super) directory: &'a Utf8Path,
    /// Whether it ended as it should.
    pub(super) is_well: bool,
}

impl Known<'_> {
    /// Those that a ledger row may be written for: by their files in order, then what no file has.
    fn candidates(&self) -> Vec<&Version> {
        let by_file = self.revisions.iter().map(|revision| &revision.version);
        let pending: Vec<&Version> = by_file.filter(|version| !self.before.contains(*version)).collect();
        let others = self.after.difference(self.before).filter(|version| !pending.contains(version));
        pending.iter().copied().chain(others).collect()
    }

    fn of_version(&self, version: &Version) -> MigrationOutcome {
        let file = self.revisions.iter().find(|revision| revision.version == *version);
        let name = file.map_or("", |file| &file.name);
        let path = file.map_or(self.directory, |file| &file.path);
        blank(version, name, path.to_owned())
    }
}

/// Cuts what was sent at the rows of the tool's ledger, for what comes before such a row is the migration that it
/// tells of. What belongs to no row is told as the command's own, or as the next migration's when it failed there.
pub(super) fn migrations(sent: &[LoggedStatement], known: &Known<'_>) -> Vec<MigrationOutcome> {
    let mut candidates = known.candidates();
    let mut found: Vec<MigrationOutcome> = Vec::new();
    let mut hearing = Hearing::default();
    for statement in sent {
        hearing.hear(statement);
        let recorded = candidates.iter().position(|version| records(statement, known.ledger, version));
        if let Some(at) = recorded {
            let version = candidates.remove(at);
            let there = known.after.contains(version);
            let status = if there { MigrationStatus::Applied } else { MigrationStatus::RolledBack };
            found.push(hearing.take(known.of_version(version), status));
        }
    }
    if known.is_well
        && hearing.is_aside()
        && let Some(last) = found.last_mut()
    {
        hearing.join(last);
    } else if !hearing.is_empty() {
        let command = || blank(&Version::new(known.command), "", known.directory.to_owned());
        let outcome = match candidates.first() {
            Some(next) if !known.is_well => known.of_version(next),
            _ => command(),
        };
        let status = if known.is_well { MigrationStatus::Applied } else { MigrationStatus::Failed };
        found.push(hearing.take(outcome, status));
    }
    found
}

fn blank(version: &Version, name: &str, path: Utf8PathBuf) -> MigrationOutcome {
    MigrationOutcome {
        version: version.clone(),
        name: name.to_owned(),
        path,
        status: MigrationStatus::NotRun,
        duration_ms: 0.0,
        transaction: TransactionMode::None,
        statement_count: 0,
        statements: Vec::new(),
        hooks: Vec::new(),
        batches: None,
        python: None,
    }
}

/// Whether a statement writes the ledger's row of a version. A version with a dot may be two columns there.
fn records(statement: &LoggedStatement, ledger: &str, version: &Version) -> bool {
    if statement.error.is_some() || !statement.text.contains(ledger) {
        return false;
    }
    let first = first_word(&statement.text);
    let said = |part: &str| {
        let quoted = Literal::new(part).to_string();
        statement.text.contains(&quoted)
            || statement.parameters.as_ref().is_some_and(|values| values.contains(&quoted))
    };
    let halves = version.as_str().split_once('.');
    matches!(first.as_str(), "insert" | "update")
        && (said(version.as_str()) || halves.is_some_and(|(app, name)| said(app) && said(name)))
}

fn first_word(text: &str) -> String {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    text[..end].to_ascii_lowercase()
}

/// The statements since the last row of the ledger.
#[derive(Default)]
struct Hearing {
    statements: Vec<StatementOutcome>,
    count: usize,
    milliseconds: f64,
    /// Whether a transaction of the command's is open, and whether one was.
    is_open: bool,
    was_open: bool,
    /// Tables that the command made: nobody else waits for them.
    made: BTreeSet<(String, String)>,
}

impl Hearing {
    fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether nothing was heard but what asks, or keeps others together: the last commit, say.
    fn is_aside(&self) -> bool {
        self.statements.len() == self.count && self.statements.iter().all(|one| is_aside(&one.text))
    }

    /// Adds what was heard to what came before it.
    fn join(&mut self, last: &mut MigrationOutcome) {
        for mut statement in self.statements.drain(..) {
            last.statement_count += 1;
            last.duration_ms += statement.duration_ms;
            statement.line = last.statement_count;
            if last.statements.len() < STATEMENTS_SHOWN {
                last.statements.push(statement);
            }
        }
        self.count = 0;
    }

    fn hear(&mut self, sent: &LoggedStatement) {
        self.count += 1;
        self.milliseconds += sent.milliseconds.unwrap_or_default();
        for statement in sql::statements(&sent.text).unwrap_or_default() {
            match statement.kind {
                StatementKind::Begin => self.is_open = true,
                StatementKind::Commit | StatementKind::Rollback => self.is_open = false,
                _ => self.was_open |= self.is_open,
            }
        }
        let locks = self.locks(&sent.text);
        if self.statements.len() < STATEMENTS_SHOWN {
            self.statements.push(StatementOutcome {
                line: self.count,
                column: 1,
                text: one_line(&sent.text),
                duration_ms: sent.milliseconds.unwrap_or_default(),
                locks,
            });
        }
    }

    /// The locks that it takes on tables that were there before.
    fn locks(&mut self, text: &str) -> Vec<TableLock> {
        let mut strongest = BTreeMap::new();
        for demand in sql::demands(text) {
            if !self.made.contains(&demand.table) {
                let lock = strongest.entry(demand.table).or_insert(demand.lock);
                *lock = (*lock).max(demand.lock);
            }
        }
        self.made.extend(sql::made(text));
        let named = |(schema, name): (String, String)| {
            if schema.is_empty() { name } else { format!("{schema}.{name}") }
        };
        strongest.into_iter().map(|(table, lock)| TableLock { table: named(table), lock }).collect()
    }

    /// What was heard, as an outcome; hearing goes on anew.
    fn take(&mut self, outcome: MigrationOutcome, status: MigrationStatus) -> MigrationOutcome {
        let transaction = if self.was_open { TransactionMode::Own } else { TransactionMode::None };
        let outcome = MigrationOutcome {
            status,
            duration_ms: (self.milliseconds * 1e3).round() / 1e3,
            transaction,
            statement_count: self.count,
            statements: std::mem::take(&mut self.statements),
            ..outcome
        };
        (self.count, self.milliseconds, self.was_open) = (0, 0.0, self.is_open);
        outcome
    }
}
