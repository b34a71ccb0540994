//! What `confiture seed` answers.

use camino::Utf8PathBuf;
use serde::Serialize;

use super::answer::Head;
use super::finding::Severity;
use super::place::Place;
use super::report::Failure;

/// What `seed apply` did.
#[derive(Debug, Clone, Serialize)]
pub struct SeedApplyAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// The environment.
    pub env: String,
    /// The part of the rows that was asked for.
    pub seed_profile: Option<String>,
    /// Whether all files were one transaction.
    pub transaction: bool,
    /// How many files there are.
    pub files_processed: usize,
    /// How many of them are in the database now.
    pub files_applied: usize,
    /// How many were refused.
    pub files_failed: usize,
    /// Wall-clock time in milliseconds.
    pub execution_time_ms: f64,
    /// The files in order.
    pub files: Vec<SeedFile>,
}

/// One file as `seed apply` treated it.
#[derive(Debug, Clone, Serialize)]
pub struct SeedFile {
    /// The file.
    pub path: Utf8PathBuf,
    /// What became of it.
    pub status: SeedStatus,
    /// How many rows were sent as `COPY` instead.
    pub rows_copied: usize,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// Why it was refused.
    pub failure: Option<Failure>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeedStatus {
    /// Its rows are in the database.
    Applied,
    /// A statement was refused.
    Failed,
    /// Its rows were taken back, because another file was refused.
    RolledBack,
    /// Not tried, because an earlier one was refused.
    NotRun,
}

/// What `seed validate` found.
#[derive(Debug, Clone, Serialize)]
pub struct SeedValidateAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// The environment.
    pub env: String,
    /// How many files were read.
    pub files_scanned: usize,
    /// Whether anything was found.
    pub has_violations: bool,
    /// How much was.
    pub violation_count: usize,
    /// What was found, by file and line.
    pub violations: Vec<Violation>,
}

/// One thing that is wrong with a file of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// What it is.
    pub pattern: Pattern,
    /// How grave it is.
    pub severity: Severity,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What was found, one sentence.
    pub message: String,
    /// What to do about it, one sentence.
    pub help: Option<&'static str>,
}

/// What can be wrong with a file of rows. Names are public and stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Pattern {
    /// It is no SQL.
    SeedUnparseable,
    /// A semicolon ends nothing.
    DoubleSemicolon,
    /// A statement puts no rows in.
    NonInsertStatement,
    /// A second run is refused, or puts the rows in again.
    MissingOnConflict,
    /// Columns and values are not as many.
    ColumnValueMismatch,
    /// Rows point at rows that come later.
    ForeignKeyOrder,
}
