//! What `migrate validate`, `migrate fix` and `schema fmt` answer. The keys are the Python tool's, with more beside them.

use camino::Utf8PathBuf;
use serde::Serialize;

use super::answer::Head;
use super::finding::{Finding, Severity};
use super::report::Failure;

/// What `migrate validate` found.
#[derive(Debug, Clone, Serialize)]
pub struct ValidateAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// `valid`, or `issues_found`.
    pub status: &'static str,
    /// How many migrations there are.
    pub migrations_checked: usize,
    /// What was found, in the order of the files.
    pub findings: Vec<Finding>,
    /// The sentences of the findings that are errors.
    pub errors: Vec<String>,
    /// Whether it was looked for statements that cannot be run twice.
    pub idempotent: bool,
    /// Statements that cannot be run twice.
    pub violations: Vec<Unrepeatable>,
    /// How many there are.
    pub violation_count: usize,
    /// Whether there are any.
    pub has_violations: bool,
}

/// What `migrate fix` did.
#[derive(Debug, Clone, Serialize)]
pub struct FixAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The files that got, or would get, the name that the rule asks for.
    pub renamed: Vec<Rename>,
    /// The files whose statements were, or would be, made so that they can be run twice.
    pub files: Vec<FixedFile>,
    /// How many statements that are.
    pub fixes_applied: usize,
    /// Statements that cannot be run twice, and that only their author can change.
    pub left: Vec<Unrepeatable>,
    /// Files that were left alone, because they are applied or because nobody knows.
    pub skipped: Vec<Utf8PathBuf>,
}

/// What `migrate convert` did.
#[derive(Debug, Clone, Serialize)]
pub struct ConvertAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The migrations that are, or would be, files of SQL now.
    pub converted: Vec<Converted>,
}

/// A migration in Python that became SQL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Converted {
    /// The program, which is removed.
    pub from: Utf8PathBuf,
    /// The files of SQL.
    pub written: Vec<Utf8PathBuf>,
    /// Where the SQL of the way forward comes from.
    pub up: Taken,
    /// Where that of the way back comes from; absent, there is none.
    pub down: Option<Taken>,
    /// Lists of the class that no file of SQL has: preconditions and hooks.
    pub left: Vec<String>,
}

/// Where the SQL of a program comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// Its text.
    Read,
    /// A run of it on an empty database.
    Recorded,
}

/// What `schema fmt` did.
#[derive(Debug, Clone, Serialize)]
pub struct FormatAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// Whether nothing was written.
    pub check: bool,
    /// How many files were read.
    pub files_checked: usize,
    /// Files that were, or would be, laid out anew.
    pub changed: Vec<Utf8PathBuf>,
    /// Files that were left alone, with the reason.
    pub refused: Vec<Failure>,
}

/// A file and the name that it gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// Its path.
    pub from: Utf8PathBuf,
    /// The path that the naming rule asks for.
    pub to: Utf8PathBuf,
}

/// A file whose statements were changed.
#[derive(Debug, Clone, Serialize)]
pub struct FixedFile {
    /// The file.
    pub path: Utf8PathBuf,
    /// The changes.
    pub changes: Vec<Unrepeatable>,
}

/// A statement that fails when it is run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unrepeatable {
    /// What it is.
    pub pattern: Pattern,
    /// How grave it is.
    pub severity: Severity,
    /// The file.
    pub file_path: Utf8PathBuf,
    /// Line, counted from 1.
    pub line_number: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The statement's beginning.
    pub sql_snippet: String,
    /// What to do about it.
    pub suggestion: &'static str,
    /// Whether `migrate fix` does it.
    pub fix_available: bool,
}

/// What fails when it is run again. Names are public and stable; those of the Python tool are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::Display, strum::EnumIter)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each is called as the statement is")]
pub enum Pattern {
    CreateTable,
    CreateIndex,
    CreateUniqueIndex,
    CreateFunction,
    CreateProcedure,
    CreateView,
    CreateMaterializedView,
    CreateType,
    CreateDomain,
    CreateExtension,
    CreateSchema,
    CreateSequence,
    CreateTrigger,
    CreatePolicy,
    AlterTableAddColumn,
    AlterTableDropColumn,
    AlterTableDropConstraint,
    AlterTableAddConstraintCheck,
    AlterTableAddConstraintPrimaryKey,
    AlterTableAddConstraintUnique,
    AlterTableAddConstraintForeignKey,
    AlterTableRenameColumn,
    AlterTypeAddValue,
    DropTable,
    DropIndex,
    DropFunction,
    DropView,
    DropType,
    DropSchema,
    DropSequence,
    DropOther,
}

impl Pattern {
    /// What makes it repeatable.
    #[must_use]
    pub const fn suggestion(self, is_fixable: bool) -> &'static str {
        match self {
            Self::CreateIndex | Self::CreateUniqueIndex if !is_fixable => {
                "give it a name, and say if not exists"
            }
            Self::CreateFunction | Self::CreateProcedure | Self::CreateView | Self::CreateTrigger => {
                "say or replace"
            }
            Self::CreateType | Self::CreateDomain | Self::CreatePolicy => {
                "drop it with if exists before, or make it in a do block that looks whether it is there"
            }
            Self::AlterTableAddConstraintCheck
            | Self::AlterTableAddConstraintPrimaryKey
            | Self::AlterTableAddConstraintUnique
            | Self::AlterTableAddConstraintForeignKey => {
                "drop the constraint with if exists before it is added"
            }
            Self::AlterTableRenameColumn => "rename it in a do block that looks whether it is there",
            Self::DropTable
            | Self::DropIndex
            | Self::DropFunction
            | Self::DropView
            | Self::DropType
            | Self::DropSchema
            | Self::DropSequence
            | Self::DropOther
            | Self::AlterTableDropColumn
            | Self::AlterTableDropConstraint => "say if exists",
            Self::CreateTable
            | Self::CreateIndex
            | Self::CreateUniqueIndex
            | Self::CreateMaterializedView
            | Self::CreateExtension
            | Self::CreateSchema
            | Self::CreateSequence
            | Self::AlterTableAddColumn
            | Self::AlterTypeAddValue => "say if not exists",
        }
    }
}
