//! What `confiture migrate` answers. The keys are the Python tool's, with more beside them.

use camino::Utf8PathBuf;
use serde::Serialize;

use super::exit::ExitCode;
use super::finding::Finding;
use super::hook::HookOutcome;
use super::layout::Tool;
use super::ledger::LedgerRow;
use super::migration::Version;
use super::report::{Failure, MigrationOutcome, Note};
use super::retry::{Blocker, Retry};

/// What every answer says of itself.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    /// True only with exit code 0.
    pub ok: bool,
    /// The command.
    pub command: &'static str,
    /// The exit code.
    pub exit_code: ExitCode,
    /// Its symbolic name.
    pub code: &'static str,
    /// The database, password hidden, once it is known.
    pub database: Option<String>,
    /// What ended the command early.
    pub error: Option<Failure>,
}

impl Head {
    /// The head of a command that has not ended yet.
    #[must_use]
    pub fn new(command: &'static str) -> Self {
        Self {
            ok: false,
            command,
            exit_code: ExitCode::Pending,
            code: ExitCode::Pending.symbol(),
            database: None,
            error: None,
        }
    }

    /// Ends the command with an exit code, or with a failure's.
    pub fn conclude(&mut self, result: Result<ExitCode, Failure>) {
        self.exit_code = match result {
            Ok(code) => code,
            Err(failure) => {
                let code = failure.exit_code;
                self.error = Some(failure);
                code
            }
        };
        self.ok = self.exit_code == ExitCode::Success;
        self.code = self.exit_code.symbol();
    }
}

/// What `migrate up` did.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the keys are public, and each is its own fact")]
pub struct UpAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// Whether nothing was run.
    pub dry_run: bool,
    /// Whether everything was run and rolled back.
    pub dry_run_execute: bool,
    /// Whether every deployed file is as it was deployed.
    pub checksums_verified: bool,
    /// Versions applied now, read back from the ledger.
    pub applied: Vec<Version>,
    /// Versions that were applied before.
    pub skipped: Vec<Version>,
    /// Versions that the database still lacks.
    pub pending: Vec<Version>,
    /// What went wrong, a sentence each.
    pub errors: Vec<String>,
    /// What one should know besides, a sentence each.
    pub warnings: Vec<String>,
    /// Wall-clock time in milliseconds.
    pub total_duration_ms: f64,
    /// The migrations that were to be applied.
    pub migrations: Vec<MigrationOutcome>,
    /// What was tried again because it did not get its locks.
    pub retries: Vec<Retry>,
    /// Who was in the way, when it failed for want of a lock.
    pub blockers: Vec<Blocker>,
    /// The hooks of `db/hooks/` that ran; those of a migration are in `migrations`.
    pub hooks: Vec<HookOutcome>,
}

/// What `migrate down` did.
#[derive(Debug, Clone, Serialize)]
pub struct DownAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// Whether nothing was run.
    pub dry_run: bool,
    /// Versions taken back now, the newest first, read back from the ledger.
    pub rolled_back: Vec<Version>,
    /// Wall-clock time in milliseconds.
    pub total_duration_ms: f64,
    /// The migrations that were to be taken back, the newest first.
    pub migrations: Vec<MigrationOutcome>,
    /// What was tried again because it did not get its locks.
    pub retries: Vec<Retry>,
    /// Who was in the way, when it failed for want of a lock.
    pub blockers: Vec<Blocker>,
    /// What one should know besides, a sentence each.
    pub warnings: Vec<String>,
    /// The hooks of `db/hooks/` that ran.
    pub hooks: Vec<HookOutcome>,
}

/// What `migrate status` saw.
#[derive(Debug, Clone, Serialize)]
pub struct StatusAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// The ledger's table, with its schema.
    pub tracking_table: String,
    /// Versions that the database has.
    pub applied: Vec<Version>,
    /// Versions that it lacks.
    pub pending: Vec<Version>,
    /// The newest version that the database has.
    pub current: Option<Version>,
    /// How many migrations there are.
    pub total: usize,
    /// Each of them.
    pub migrations: Vec<StatusLine>,
    /// The counts.
    pub summary: StatusSummary,
    /// What one should know besides, a sentence each.
    pub hints: Vec<String>,
}

/// One migration as `migrate status` saw it.
#[derive(Debug, Clone, Serialize)]
pub struct StatusLine {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// `applied` or `pending`.
    pub status: &'static str,
    /// When it was applied, RFC 3339 in UTC.
    pub applied_at: Option<String>,
}

/// The counts of `migrate status`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StatusSummary {
    /// How many are applied.
    pub applied: usize,
    /// How many are pending.
    pub pending: usize,
    /// How many there are.
    pub total: usize,
}

/// What `migrate baseline` marked.
#[derive(Debug, Clone, Serialize)]
pub struct BaselineAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// `through`, or `generate` when the migration was written for it.
    pub mode: &'static str,
    /// The version given.
    pub through: Version,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The migrations up to that version.
    pub migrations: Vec<BaselineLine>,
    /// How many were marked.
    pub marked_count: usize,
    /// How many were applied already.
    pub skipped_count: usize,
    /// The migration's file, when it was written for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub written: Vec<Utf8PathBuf>,
    /// What is worth knowing of its version.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// What `migrate baseline --from-db` copied.
#[derive(Debug, Clone, Serialize)]
pub struct ImportAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// `from_db`.
    pub mode: &'static str,
    /// Whose ledger in the same database told the history; absent, it is ours, of another database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<Tool>,
    /// The database whose history was copied, password hidden, or the other tool's table.
    pub source: String,
    /// The newest version that was to be copied, when one was given.
    pub through: Option<Version>,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The rows.
    pub copied: Vec<LedgerRow>,
    /// How many there are.
    pub copied_count: usize,
    /// How many were there already.
    pub skipped_count: usize,
}

impl ImportAnswer {
    /// One of which nothing is done yet.
    #[must_use]
    pub fn begun(through: Option<&Version>, dry_run: bool) -> Self {
        Self {
            head: Head::new("migrate baseline"),
            mode: "from_db",
            tool: None,
            source: String::new(),
            through: through.cloned(),
            dry_run,
            copied: Vec::new(),
            copied_count: 0,
            skipped_count: 0,
        }
    }
}

/// What `migrate rebuild` did.
#[derive(Debug, Clone, Serialize)]
pub struct RebuildAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// How many tables the old database had, the ledger among them.
    pub tables_dropped: usize,
    /// How many files the new one is built from.
    pub files_processed: usize,
    /// How many of them hold rows; absent, seeds were not asked for.
    pub seeds_applied: Option<usize>,
    /// The versions that are marked as applied.
    pub marked: Vec<Version>,
    /// The rows of the ledger that went.
    pub previous: Vec<LedgerRow>,
    /// Wall-clock time in milliseconds.
    pub total_duration_ms: f64,
}

/// One migration as `migrate baseline` treated it.
#[derive(Debug, Clone, Serialize)]
pub struct BaselineLine {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// `marked` or `already_applied`.
    pub status: &'static str,
}

/// What `migrate history` read.
#[derive(Debug, Clone, Serialize)]
pub struct HistoryAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// The ledger's table, with its schema.
    pub tracking_table: String,
    /// Its rows, in the order in which they were applied.
    pub migrations: Vec<LedgerRow>,
}

/// What `migrate reinit` wrote.
#[derive(Debug, Clone, Serialize)]
pub struct ReinitAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// How many rows were removed.
    pub deleted_count: usize,
    /// The versions that were marked as applied.
    pub marked: Vec<Version>,
    /// Wall-clock time in milliseconds.
    pub total_duration_ms: f64,
}

/// What `migrate repair` wrote.
#[derive(Debug, Clone, Serialize)]
pub struct RepairAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Versions whose checksum was written anew.
    pub updated: Vec<Version>,
    /// Versions whose row was removed, their files being gone.
    pub removed: Vec<Version>,
    /// Versions whose files are gone and whose row stays.
    pub missing: Vec<Version>,
}

/// What `migrate verify` found.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Where ledger and files disagree.
    pub findings: Vec<Finding>,
    /// The checks of migrations.
    pub checks: Vec<Check>,
    /// How many passed.
    pub verified_count: usize,
    /// How many failed.
    pub failed_count: usize,
    /// How many belong to migrations that are not deployed.
    pub skipped_count: usize,
}

impl VerifyAnswer {
    /// Takes a check in, and counts it.
    pub fn count(&mut self, check: Check) {
        match check.status {
            CheckStatus::Passed => self.verified_count += 1,
            CheckStatus::Failed => self.failed_count += 1,
            CheckStatus::Skipped => self.skipped_count += 1,
        }
        self.checks.push(check);
    }
}

/// One file with checks of a migration.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// The migration's version.
    pub version: Version,
    /// The file.
    pub path: Utf8PathBuf,
    /// What came of it.
    pub status: CheckStatus,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// Every statement ran and none said no.
    Passed,
    /// A statement was refused, or said no.
    Failed,
    /// Its migration is not deployed.
    Skipped,
}

/// What `init` wrote.
#[derive(Debug, Clone, Serialize)]
pub struct InitAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// The project's directory.
    pub directory: Utf8PathBuf,
    /// The files, relative to it.
    pub written: Vec<Utf8PathBuf>,
    /// What to do next, a command each.
    pub next_steps: Vec<&'static str>,
}

/// What `migrate generate` wrote.
#[derive(Debug, Clone, Serialize)]
pub struct GenerateAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// The version that the migration got.
    pub version: Option<Version>,
    /// Its name.
    pub name: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The files, relative to the project directory.
    pub written: Vec<Utf8PathBuf>,
    /// What one should know besides.
    pub notes: Vec<Note>,
}
