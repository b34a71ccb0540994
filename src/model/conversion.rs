//! What `init --from` makes of another tool's project.

use camino::Utf8PathBuf;
use serde::Serialize;

use super::answer::Head;
use super::layout::LayoutFound;
use super::ledger::LedgerRow;
use super::migration::Version;
use super::report::Failure;

/// What `init --from` did, or would do.
#[derive(Debug, Clone, Serialize)]
pub struct ConversionAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// The project's directory.
    pub directory: Utf8PathBuf,
    /// Whose migrations they were, once that is known.
    pub from: Option<LayoutFound>,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Each migration, in order.
    pub migrations: Vec<Converted>,
    /// Files that were to something else than a migration, and are removed with them.
    pub removed: Vec<Utf8PathBuf>,
    /// Files among the migrations that are none, and stay.
    pub left: Vec<Utf8PathBuf>,
    /// The settings file that says whose migrations they are now.
    pub settings: Option<Utf8PathBuf>,
    /// The history that is taken over, when a database is named.
    pub history: Option<History>,
    /// Everything that is in the way; nothing is written then.
    pub refused: Vec<Failure>,
    /// What takes it back, a command each.
    pub undo: Vec<String>,
}

/// A migration of another tool's and the files that it becomes.
#[derive(Debug, Clone, Serialize)]
pub struct Converted {
    /// The version that its tool knows.
    pub version_before: Version,
    /// The version that it gets.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Its files.
    pub from: Vec<Utf8PathBuf>,
    /// What they become.
    pub to: Vec<Utf8PathBuf>,
    /// What is different in them; nothing, and they are the same byte for byte.
    pub changes: Vec<TextChange>,
}

/// What a converted file does not have from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TextChange {
    /// One file that held both ways is two.
    Cut,
    /// Values stand where placeholders were.
    FilledIn,
    /// The mark that asks for no transaction is ours.
    NoTransaction,
    /// What ran again whenever it had changed runs once.
    RunsOnce,
}

/// What another tool's ledger tells.
#[derive(Debug, Clone, Serialize)]
pub struct History {
    /// Its table.
    pub from: String,
    /// Ours.
    pub to: String,
    /// The rows that ours gets.
    pub rows: Vec<LedgerRow>,
    /// How many it had before.
    pub there: usize,
}
