//! Where a server's files are.

use std::path::{Path, PathBuf};

/// Where a server's files are.
#[derive(Debug)]
pub(super) struct Place {
    /// What it all lies in.
    pub(super) directory: PathBuf,
    /// The cluster. The socket lies with it: that is all that the server writes.
    pub(super) data: PathBuf,
    /// Its log.
    pub(super) log: PathBuf,
}

impl Place {
    /// In a directory of the server's own.
    pub(super) fn of(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), data: directory.join("data"), log: directory.join("log") }
    }

    /// The last lines of its log.
    pub(super) fn log_tail(&self, lines: usize) -> Vec<String> {
        let text = fs_err::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let all: Vec<&str> = text.lines().collect();
        all[all.len().saturating_sub(lines)..].iter().map(|line| (*line).to_owned()).collect()
    }
}
