//! What migrations say, before anything is run: statements, and the locks that they will take.

use camino::Utf8PathBuf;

use super::estimate::Work;
use super::migration::{Version, label};
use super::plan::LockMode;
use super::statement::TransactionMode;

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationOutline {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Its up file.
    pub path: Utf8PathBuf,
    /// Whether it is not deployed yet.
    pub pending: bool,
    /// Whether it has a way back.
    pub has_down: bool,
    /// How its statements are grouped into transactions.
    pub transaction: TransactionMode,
    /// Its statements.
    pub statements: Vec<StatementOutline>,
}

impl MigrationOutline {
    /// `VERSION_name`.
    #[must_use]
    pub fn label(&self) -> String {
        label(&self.version, &self.name)
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementOutline {
    /// Line, counted from 1.
    pub line: usize,
    /// The statement's beginning.
    pub text: String,
    /// What it asks of tables.
    pub locks: Vec<LockOutline>,
}

/// What a statement asks of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockOutline {
    /// The table, as the statement names it.
    pub table: String,
    /// The lock that it takes.
    pub lock: LockMode,
    /// What is done to the rows.
    pub work: Work,
    /// Whether the table is made by the same migrations, so that nobody waits for it.
    pub is_new: bool,
}
