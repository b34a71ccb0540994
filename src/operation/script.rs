//! Files read into statements, ready to be run.

use std::collections::BTreeSet;

use super::failure;
use crate::model::ledger::LedgerRow;
use crate::model::migration::{Migration, SqlFile, Version};
use crate::model::place::LineIndex;
use crate::model::report::{Failure, Stage};
use crate::model::statement::{Statement, StatementKind, TransactionMode};
use crate::sql::{self, Directives};

/// A file with its statements.
#[derive(Debug, Clone)]
pub(crate) struct Script<'a> {
    pub(crate) file: &'a SqlFile,
    pub(crate) statements: Vec<Statement>,
    lines: LineIndex,
}

impl<'a> Script<'a> {
    /// Splits a file; a psql command in it is a failure that shows the line.
    pub(crate) fn read(file: &'a SqlFile, stage: Stage) -> Result<Self, Failure> {
        let statements =
            sql::statements(&file.text).map_err(|error| failure::psql_command(file, stage, &error))?;
        Ok(Self { file, statements, lines: LineIndex::of(&file.text) })
    }

    /// The text of a statement.
    pub(crate) fn text(&self, statement: &Statement) -> &'a str {
        &self.file.text[statement.span.clone()]
    }

    /// Line and column of a byte of the file.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        self.lines.position(&self.file.text, offset)
    }

    /// How its statements have to be grouped into transactions.
    pub(crate) fn mode(&self) -> TransactionMode {
        let asked = sql::directives(&self.file.text, self.file.text.len());
        sql::transaction_mode(&self.statements, asked.is_ok_and(|asked| asked.no_transaction))
    }

    /// The roles that its statements name.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().flat_map(|statement| statement.roles.iter().map(String::as_str))
    }
}

/// Which way a migration is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Forward: its ledger row is written.
    Up,
    /// Back: its ledger row is removed.
    Down,
}

/// A migration with the statements of one of its files.
#[derive(Debug, Clone)]
pub(crate) struct Step<'a> {
    pub(crate) migration: &'a Migration,
    pub(crate) direction: Direction,
    pub(crate) script: Script<'a>,
    pub(crate) mode: TransactionMode,
    pub(crate) asked: Directives,
}

impl<'a> Step<'a> {
    /// Reads a migration's up file.
    pub(crate) fn read(migration: &'a Migration, stage: Stage) -> Result<Self, Failure> {
        Self::of(migration, &migration.up, Direction::Up, stage)
    }

    /// Reads a migration's down file.
    pub(crate) fn back(migration: &'a Migration, down: &'a SqlFile, stage: Stage) -> Result<Self, Failure> {
        Self::of(migration, down, Direction::Down, stage)
    }

    fn of(
        migration: &'a Migration,
        file: &'a SqlFile,
        direction: Direction,
        stage: Stage,
    ) -> Result<Self, Failure> {
        let script = Script::read(file, stage)?;
        let first = script.statements.first().map_or(file.text.len(), |statement| statement.span.start);
        let asked = sql::directives(&file.text, first);
        let asked = asked.map_err(|error| failure::directive(file, stage, &error))?;
        let mode = sql::transaction_mode(&script.statements, asked.no_transaction);
        if let Some(begin) = unfinished(&script.statements) {
            return Err(failure::unfinished_transaction(file, begin, stage));
        }
        Ok(Self { migration, direction, script, mode, asked })
    }
}

/// The `BEGIN` that nothing after it ends.
fn unfinished(statements: &[Statement]) -> Option<&Statement> {
    use StatementKind::{Begin, Commit, Rollback};
    let last = statements.iter().rfind(|statement| matches!(statement.kind, Begin | Commit | Rollback));
    last.filter(|statement| statement.kind == Begin)
}

/// Refuses steps of which one requires a version that is neither deployed nor run before it.
pub(crate) fn check_requirements(steps: &[Step<'_>], deployed: &[LedgerRow]) -> Result<(), Failure> {
    let mut there: BTreeSet<&Version> = deployed.iter().map(|row| &row.version).collect();
    for step in steps {
        if let Some(missing) = step.asked.requires.iter().find(|version| !there.contains(version)) {
            return Err(failure::requirement(step.migration, missing));
        }
        there.insert(&step.migration.version);
    }
    Ok(())
}
