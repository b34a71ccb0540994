//! What `confiture build` answers, and the file that it writes. The keys are the Python tool's, with more beside them.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::answer::Head;
use super::report::{Note, ServerInfo};
use super::seed::SeedFile;

/// What `build` did.
#[derive(Debug, Clone, Serialize)]
pub struct BuildAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// The environment.
    pub env: String,
    /// How many files there are, seeds included.
    pub files_processed: usize,
    /// How many of them hold rows.
    pub seed_files_applied: usize,
    /// Bytes of the concatenated file.
    pub schema_size_bytes: usize,
    /// The concatenated file, when it was written.
    pub output_path: Option<Utf8PathBuf>,
    /// SHA-256 over the paths and texts of the files, in hexadecimal.
    pub hash: Option<String>,
    /// Wall-clock time in milliseconds.
    pub execution_time_ms: f64,
    /// The files in the order that was found, when one was looked for.
    pub order: Vec<Utf8PathBuf>,
    /// The part of the rows that was asked for.
    pub seed_profile: Option<String>,
    /// The files of rows that were put in after the schema, one by one.
    pub seed_files: Vec<SeedFile>,
    /// What became of the database, when there is one.
    pub built: Option<Built>,
    /// The throwaway server, when it was built on one.
    pub server: Option<ServerInfo>,
    /// What one should know besides, a sentence each.
    pub warnings: Vec<String>,
    /// What one should know of the throwaway server.
    pub notes: Vec<Note>,
}

/// What `build --list-files` found.
#[derive(Debug, Clone, Serialize)]
pub struct ListAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// The environment.
    pub env: String,
    /// The files in the order in which they would be run, seeds last.
    pub files: Vec<ListedFile>,
    /// How many there are.
    pub total: usize,
}

/// A file that a build would read, and why.
#[derive(Debug, Clone, Serialize)]
pub struct ListedFile {
    /// Its path in the project.
    pub path: Utf8PathBuf,
    /// The directory that an entry of `include_dirs` names.
    pub entry: String,
    /// The entry's `order`; 0 when it has none.
    pub order: i64,
    /// The pattern that means the file.
    pub pattern: String,
    /// Whether it holds rows.
    pub seed: bool,
}

/// What became of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Built {
    /// How it came to what it is.
    pub status: BuiltStatus,
    /// Whether the database was made for this.
    pub created: bool,
    /// The database that copies are made of, when there is one.
    pub template: Option<String>,
}

/// How a database came to what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BuiltStatus {
    /// The files were run.
    Built,
    /// It was copied from the template.
    Copied,
    /// It was built from the same files before.
    Unchanged,
}

/// What the concatenated file is made of.
#[derive(Debug, Clone)]
pub struct Bundle<'a> {
    /// The environment.
    pub environment: &'a str,
    /// The hash of the files.
    pub hash: &'a str,
    /// The files in order.
    pub parts: Vec<Part<'a>>,
}

/// One file of it.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// Where it came from.
    pub path: &'a Utf8Path,
    /// What it holds.
    pub text: &'a str,
    /// What its last statement lacks when another follows: the end of a file ends a statement, too.
    pub closing: &'static str,
}
