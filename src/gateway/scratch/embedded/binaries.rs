//! Finding server binaries.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::gateway::scratch::ServerError;

/// One installation of server binaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gateway::scratch) struct Binaries {
    /// The directory that holds `postgres` and `initdb`.
    pub(in crate::gateway::scratch) directory: PathBuf,
    /// The version, such as `17.2`.
    pub(in crate::gateway::scratch) version: String,
    /// The major version.
    pub(in crate::gateway::scratch) major: u32,
}

impl Binaries {
    /// A program of this installation.
    pub(in crate::gateway::scratch) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// What is installed in a directory, if it is a whole server.
    pub(in crate::gateway::scratch) fn at(directory: PathBuf) -> Option<Self> {
        let whole = ["postgres", "initdb"].iter().all(|name| directory.join(name).is_file());
        if !whole {
            return None;
        }
        #[expect(clippy::disallowed_methods, reason = "this room starts servers, and asks them who they are")]
        let output = Command::new(directory.join("postgres")).arg("--version").env_clear().output().ok()?;
        // postgres (PostgreSQL) 17.2 (Debian 17.2-1)
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text.split_whitespace().nth(2)?.to_owned();
        let major = version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        Some(Self { directory, version, major })
    }
}

/// The wanted major version, or the newest there is.
pub(in crate::gateway::scratch) fn find(
    major: Option<u32>,
    variables: &BTreeMap<String, String>,
    cache: &Path,
) -> Result<Binaries, ServerError> {
    let all = installed(candidates(variables, Some(cache)));
    // The first of equal versions wins, so what the user names comes before what lies around.
    let wanted = all.iter().rev().filter(|binaries| major.is_none_or(|major| binaries.major == major));
    wanted.max_by_key(|binaries| binaries.major).cloned().ok_or_else(|| {
        let mut found: Vec<u32> = all.iter().map(|binaries| binaries.major).collect();
        found.sort_unstable();
        found.dedup();
        ServerError::NotInstalled { major, found }
    })
}

/// Every installation on this machine.
pub(in crate::gateway::scratch) fn all(variables: &BTreeMap<String, String>) -> Vec<Binaries> {
    installed(candidates(variables, None))
}

fn installed(directories: Vec<PathBuf>) -> Vec<Binaries> {
    let mut all: Vec<Binaries> = Vec::new();
    for directory in directories {
        let known = all.iter().any(|binaries| binaries.directory == directory);
        if let Some(binaries) = (!known).then(|| Binaries::at(directory)).flatten() {
            all.push(binaries);
        }
    }
    all
}

/// Directories that may hold server binaries, those that the user names first.
fn candidates(variables: &BTreeMap<String, String>, cache: Option<&Path>) -> Vec<PathBuf> {
    let listed = |name: &str| -> Vec<PathBuf> {
        variables.get(name).map(|paths| std::env::split_paths(paths).collect()).unwrap_or_default()
    };
    let mut directories = listed("CONFITURE_POSTGRES_BIN");
    directories.extend(below(Path::new("/usr/lib/postgresql"), "", "bin"));
    directories.extend(below(Path::new("/usr"), "pgsql-", "bin"));
    for prefix in ["/opt/homebrew/opt", "/usr/local/opt"] {
        directories.extend(below(Path::new(prefix), "postgresql", "bin"));
    }
    directories.extend(cache.into_iter().flat_map(|cache| below(&cache.join("binaries"), "", "bin")));
    directories.extend(listed("PATH").into_iter().filter(|path| path.is_absolute()));
    directories
}

/// `directory/PREFIX*/last`, sorted.
fn below(directory: &Path, prefix: &str, last: &str) -> Vec<PathBuf> {
    let Ok(entries) = directory.read_dir() else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(last))
        .collect();
    found.sort();
    found
}
