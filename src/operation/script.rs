//! Files read into statements, ready to be run.

use std::collections::BTreeSet;

use super::failure;
use crate::model::ident::{Ident, QualifiedName};
use crate::model::migration::{Migration, SqlFile, Version};
use crate::model::place::LineIndex;
use crate::model::python::Unread;
use crate::model::report::{Failure, Stage};
use crate::model::statement::{Statement, StatementKind, TransactionMode};
use crate::sql::{self, Batch, Directives};

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
        self.file.position(self.lines.position(&self.file.text, offset))
    }

    /// How its statements have to be grouped into transactions.
    pub(crate) fn mode(&self) -> TransactionMode {
        let asked = sql::directives(&self.file.text, self.file.text.len());
        let asked = self.file.no_transaction || asked.is_ok_and(|asked| asked.no_transaction);
        sql::transaction_mode(&self.statements, asked)
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
    /// What runs just before its statements.
    pub(crate) before: Option<Script<'a>>,
    /// What runs just after them, together with the ledger row.
    pub(crate) after: Option<Script<'a>>,
    /// How its one statement is cut into parts, when it is to be.
    pub(crate) batched: Option<Batched>,
    /// Whether the ledger has its row already, and it is run all the same.
    pub(crate) again: bool,
}

/// A statement that runs part by part.
#[derive(Debug, Clone)]
pub(crate) struct Batched {
    pub(crate) batch: Batch,
    /// The column by whose ranges its table is gone through; absent, the primary key.
    pub(crate) key: Option<Ident>,
    /// How many rows of the table a part has; absent, as the command or the settings say.
    pub(crate) size: Option<u64>,
}

impl<'a> Step<'a> {
    /// Reads a migration's up file.
    pub(crate) fn read(migration: &'a Migration, stage: Stage) -> Result<Self, Failure> {
        let mut step = Self::of(migration, &migration.up, Direction::Up, stage)?;
        step.before = migration.before.as_ref().map(|file| hook(file, stage)).transpose()?;
        step.after = migration.after.as_ref().map(|file| hook(file, stage)).transpose()?;
        Ok(step)
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
        let mode = match (&migration.python, file.no_transaction) {
            // The class says it, whatever its statements are.
            (Some(_), true) => TransactionMode::None,
            (Some(_), false) => TransactionMode::Single,
            (None, none) => sql::transaction_mode(&script.statements, none || asked.no_transaction),
        };
        if let Some(begin) = unfinished(&script.statements) {
            return Err(failure::unfinished_transaction(file, begin, stage));
        }
        let mut step = Self {
            migration,
            direction,
            script,
            mode,
            asked,
            before: None,
            after: None,
            batched: None,
            again: false,
        };
        if let Some(wish) = step.asked.batched.clone() {
            let batch = step.batch()?;
            if !is_meant(&wish.table, &batch.table) {
                let why = format!("it is about {}, and the directive about {}", batch.table, wish.table);
                return Err(failure::not_batchable(&step, &why));
            }
            step.cut(Batched { batch, key: Some(wish.key), size: wish.size });
        }
        Ok(step)
    }

    /// Cuts an `UPDATE` or `DELETE` of SQL that is alone in its file into parts by its table's primary key. What cannot be
    /// cut is refused.
    pub(crate) fn in_batches(mut self) -> Result<Self, Failure> {
        let is_alone = self.script.statements.len() == 1 && self.migration.python.is_none();
        let is_long = is_alone && sql::changes_rows(self.script.text(&self.script.statements[0]));
        if is_long && self.batched.is_none() {
            let batch = self.batch()?;
            self.cut(Batched { batch, key: None, size: None });
        }
        Ok(self)
    }

    fn batch(&self) -> Result<Batch, Failure> {
        let [statement] = self.script.statements.as_slice() else {
            let why = format!("it has {} statements, and one can be cut", self.script.statements.len());
            return Err(failure::not_batchable(self, &why));
        };
        Batch::read(self.script.text(statement)).map_err(|why| failure::not_batchable(self, &why.to_string()))
    }

    fn cut(&mut self, batched: Batched) {
        self.batched = Some(batched);
        self.mode = TransactionMode::None;
    }

    /// The roles that it names, its hooks' included.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        let scripts = self.before.iter().chain([&self.script]).chain(&self.after);
        let of_program =
            self.migration.python.iter().flat_map(|python| python.roles.iter().map(String::as_str));
        scripts.flat_map(Script::roles).chain(of_program)
    }

    /// What of this way only Python can tell; absent, its statements are read, or it is no program.
    pub(crate) fn unread(&self) -> Option<&'a Unread> {
        let python = self.migration.python.as_ref()?;
        if self.direction == Direction::Up { python.up.as_ref() } else { python.down.as_ref() }
    }
}

/// A hook of a migration: statements that one transaction takes, for they share the migration's.
fn hook(file: &SqlFile, stage: Stage) -> Result<Script<'_>, Failure> {
    let script = Script::read(file, stage)?;
    let strange = script.statements.iter().find(|statement| {
        use StatementKind::{Begin, Commit, NonTransactional, Rollback};
        matches!(statement.kind, Begin | Commit | Rollback | NonTransactional)
    });
    match strange {
        Some(statement) => Err(failure::hook_without_transaction(file, statement, stage)),
        None => Ok(script),
    }
}

/// Whether two names may be one table's: a schema that is not said is any.
fn is_meant(wish: &QualifiedName, found: &QualifiedName) -> bool {
    let schemas = wish.schema.as_ref().zip(found.schema.as_ref());
    wish.name == found.name && schemas.is_none_or(|(wish, found)| wish == found)
}

/// The `BEGIN` that nothing after it ends.
fn unfinished(statements: &[Statement]) -> Option<&Statement> {
    use StatementKind::{Begin, Commit, Rollback};
    let last = statements.iter().rfind(|statement| matches!(statement.kind, Begin | Commit | Rollback));
    last.filter(|statement| statement.kind == Begin)
}

/// Refuses steps of which one requires a version that is neither deployed nor run before it.
pub(crate) fn check_requirements<'a>(
    steps: impl IntoIterator<Item = &'a Step<'a>>,
    deployed: impl IntoIterator<Item = &'a Version>,
) -> Result<(), Failure> {
    let mut there: BTreeSet<&Version> = deployed.into_iter().collect();
    for step in steps {
        if let Some(missing) = step.asked.requires.iter().find(|version| !there.contains(version)) {
            return Err(failure::requirement(step.migration, missing));
        }
        there.insert(&step.migration.version);
    }
    Ok(())
}
