//! Python, and what migrations find in it.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::Conversation;

/// What stands between a migration and us. It needs nothing but Python's own library.
const SHIM: &str = concat!(
    include_str!("python/line.py"),
    include_str!("python/psycopg/errors.py"),
    include_str!("python/psycopg/sql.py"),
    include_str!("python/psycopg/written.py"),
    include_str!("python/psycopg/read.py"),
    include_str!("python/psycopg/cursor.py"),
    include_str!("python/psycopg/copy.py"),
    include_str!("python/psycopg/connection.py"),
    include_str!("python/confiture.py"),
    include_str!("python/large_tables.py"),
    include_str!("python/preconditions.py"),
    include_str!("python/run.py"),
);

/// What Python is called.
const NAME: &str = "python3";

/// A Python.
#[derive(Debug, Clone)]
pub struct Interpreter(Utf8PathBuf);

impl Interpreter {
    /// The first one on the `PATH`.
    #[must_use]
    pub fn at_hand(variables: &BTreeMap<String, String>) -> Option<Self> {
        let path = variables.get("PATH")?;
        let there =
            std::env::split_paths(path).filter_map(|one| Utf8PathBuf::from_path_buf(one.join(NAME)).ok());
        let can_run = |file: &Utf8PathBuf| {
            file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        };
        there.filter(|file| file.is_absolute()).find(can_run).map(Self)
    }

    /// Starts running a file, one way: `up` or `down`.
    ///
    /// Isolated: neither the directory that it runs in nor Python's variables bring in code that nobody asked for. What
    /// `PYTHONPATH` names can be imported, as with the original tool.
    pub fn run(
        &self,
        file: &Utf8Path,
        way: &str,
        project: &Utf8Path,
        variables: &BTreeMap<String, String>,
    ) -> std::io::Result<Conversation> {
        let arguments = ["-I", "-B", "-u", "-X", "utf8", "-c", SHIM, file.as_str(), way, project.as_str()];
        Conversation::open(&self.0, &arguments, project, variables)
    }
}
