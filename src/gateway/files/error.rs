//! A file that cannot be used.

use camino::Utf8PathBuf;

use super::SETTINGS;
use crate::gateway::git::GitError;
use crate::model::layout::{LayoutFound, Tool};

/// A file, or directory, of the project that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The project directory is not there.
    #[error("there is no directory {0}")]
    NoDirectory(Utf8PathBuf),
    /// The project directory has no `db/`, and no other tool's migrations.
    #[error("{0} has no db/ directory")]
    NoProject(Utf8PathBuf),
    /// A file is not as its tool wants it.
    #[error("{path}: as a migration of {}, it cannot be read: {message}", tool.title())]
    Layout {
        /// The tool.
        tool: Tool,
        /// The file.
        path: Utf8PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// A file of steps is not as its tool wants it, or has what only its tool can do.
    #[error("{path}: as a migration of {}, it cannot be read: {message}", tool.title())]
    Step {
        /// The tool.
        tool: Tool,
        /// The file.
        path: Utf8PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The settings name a tool of which there is no migration.
    #[error("there are no migrations of {} where it usually has them", tool.title())]
    NoMigrations {
        /// The tool.
        tool: Tool,
    },
    /// The migrations are nothing that could be read: a command runs them.
    #[error("migrations of {} are run by its own command: their SQL stands in no file", tool.title())]
    RunByCommand {
        /// The tool.
        tool: Tool,
    },
    /// The files of a project may be those of several tools.
    #[error("{directory} may be laid out for several tools: {}", told(likely))]
    Ambiguous {
        /// The project directory.
        directory: Utf8PathBuf,
        /// What it may be.
        likely: Vec<LayoutFound>,
    },
    /// A directory that the settings name is not there.
    #[error("include_dirs names {0}, which is not a directory of the project")]
    NoIncludeDir(Utf8PathBuf),
    /// A file lies, or leads, out of the project.
    #[error("{0} leads out of the project directory; it was left alone")]
    Outside(Utf8PathBuf),
    /// A directory, a pipe or a device stands where a file was expected.
    #[error("{0} is not a file; it was not read")]
    NoFile(Utf8PathBuf),
    /// A name is not UTF-8.
    #[error("{directory} holds `{name}`, whose name is not UTF-8")]
    NameNotUtf8 {
        /// Where it is.
        directory: Utf8PathBuf,
        /// Its name, as far as it can be read.
        name: String,
    },
    /// A file is not UTF-8.
    #[error("{path} is not UTF-8: byte 0x{byte:02x} on line {line}")]
    NotUtf8 {
        /// The file.
        path: Utf8PathBuf,
        /// The first byte that does not fit.
        byte: u8,
        /// The line that it is on, counted from 1.
        line: usize,
    },
    /// A file contains a zero byte, which no SQL text can.
    #[error("{path} contains a zero byte on line {line}")]
    ZeroByte {
        /// The file.
        path: Utf8PathBuf,
        /// The line that it is on, counted from 1.
        line: usize,
    },
    /// The operating system refused.
    #[error("{path} cannot be read: {source}")]
    Io {
        /// The file or directory.
        path: Utf8PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A hook stands beside no migration.
    #[error("{0} is the hook of no migration: no up file is called as it is")]
    HookOfNoMigration(Utf8PathBuf),
    /// A directory of hooks is called like no phase.
    #[error("{path} is called like no phase: hooks in it would never run")]
    NoPhase {
        /// The directory.
        path: Utf8PathBuf,
        /// What to do about it.
        help: String,
    },
    /// A file among the hooks is neither SQL nor a program.
    #[error("{0} is neither a .sql file nor executable: it would not run")]
    NotExecutable(Utf8PathBuf),
    /// A program among the hooks may be rewritten by everybody.
    #[error("{0} may be written by everybody on this machine, so it is not run")]
    WritableByAll(Utf8PathBuf),
    /// A file that was to be written is there already.
    #[error("{0} is there already; nothing was written")]
    Exists(Utf8PathBuf),
    /// A file is not as it was when it was read.
    #[error("{0} has changed meanwhile: nothing was written")]
    Changed(Utf8PathBuf),
    /// The operating system refused to write.
    #[error("{path} cannot be written: {source}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A pattern of the settings cannot be read.
    #[error(transparent)]
    Pattern(#[from] crate::model::pattern::BadPattern),
    /// Git refused.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl FileError {
    /// What to do about it, one sentence.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoProject(_) => Some(
                "run this in the directory that holds db/ or another tool's migrations, or name it with \
                     --project-dir"
                    .to_owned(),
            ),
            Self::NoMigrations { tool } => {
                Some(format!("say where they are: `layout: {{tool: {}, directory: …}}`", tool.name()))
            }
            Self::Step { tool, .. } => Some(format!(
                "put it right; what only {} can do, it does itself on a throwaway server with `{}` in {SETTINGS}",
                tool.title(),
                tool.proposal()
            )),
            Self::RunByCommand { tool } => Some(format!(
                "`confiture preflight` runs the command on a throwaway server, with `{}` in {SETTINGS}; `migrate status` \
                     compares its ledger with its files",
                tool.proposal()
            )),
            Self::Ambiguous { likely, .. } => likely.first().map(|first| {
                format!(
                    "say which it is in {SETTINGS}: `layout: {}`, or `layout: confiture`",
                    first.tool.name()
                )
            }),
            Self::NameNotUtf8 { .. } => Some("give it another name".to_owned()),
            Self::NotUtf8 { .. } => Some("save the file as UTF-8".to_owned()),
            Self::HookOfNoMigration(_) => Some(
                "call it as the up file is called, with .before.sql or .after.sql, or remove it".to_owned(),
            ),
            Self::NoPhase { help, .. } => Some(help.clone()),
            Self::NotExecutable(path) => Some(format!("chmod +x {path}; or let its name begin with _")),
            Self::WritableByAll(path) => Some(format!("chmod o-w {path}")),
            Self::ZeroByte { .. } => {
                Some("save the file as UTF-8: in UTF-16 every other byte is zero".to_owned())
            }
            Self::NoFile(_) => Some("put a file there, or remove what is there".to_owned()),
            _ => None,
        }
    }

    /// The file and line that it is about, when it is about one.
    #[must_use]
    pub fn place(&self) -> Option<crate::model::place::Place> {
        match self {
            Self::NotUtf8 { path, line, .. }
            | Self::ZeroByte { path, line }
            | Self::Layout { path, line, .. } => {
                Some(crate::model::place::Place { path: path.clone(), line: *line, column: 1 })
            }
            Self::Step { path, line, column, .. } => {
                Some(crate::model::place::Place { path: path.clone(), line: *line, column: *column })
            }
            _ => None,
        }
    }
}

/// What a project may be laid out for, and why.
fn told(likely: &[LayoutFound]) -> String {
    let told = likely.iter().map(|found| format!("{} ({})", found.tool.title(), found.because));
    told.collect::<Vec<_>>().join("; ")
}
