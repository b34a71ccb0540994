//! A migration: its version, its name, its files and how it wants to be run.

use std::cmp::Ordering;
use std::fmt;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The text before the first `_` of a migration's file name.
///
/// Versions that are decimal numbers are ordered by number, so `9` comes before `10`; any other by text.
/// Two numbers of one value (`9` and `009`) are different versions in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// Takes the version as the file name writes it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The version as the file name writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of a decimal version that fits 64 bits.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        let decimal = self.0.bytes().all(|byte| byte.is_ascii_digit());
        decimal.then(|| self.0.parse().ok()).flatten()
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(left), Some(right)) => left.cmp(&right).then_with(|| self.0.cmp(&other.0)),
            // Numbers before words keeps the order total.
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.0.cmp(&other.0),
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file of SQL as it was read: valid UTF-8, byte order mark removed, line ends as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFile {
    /// Path relative to the project directory.
    pub path: Utf8PathBuf,
    /// What the file holds.
    pub text: String,
    /// SHA-256 in hexadecimal over the text with LF line ends and no byte order mark.
    pub checksum: String,
    /// SHA-256 in hexadecimal over the raw bytes, as the Python tool wrote it into ledgers.
    pub raw_checksum: String,
}

/// One migration of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Version, from the file name.
    pub version: Version,
    /// Name, from the file name.
    pub name: String,
    /// The file that goes forward.
    pub up: SqlFile,
    /// The file that goes back, when there is one.
    pub down: Option<Utf8PathBuf>,
    /// What runs just before the file that goes forward.
    pub before: Option<SqlFile>,
    /// What runs just after it, together with the ledger row.
    pub after: Option<SqlFile>,
}

/// `VERSION_name`, or the version alone.
#[must_use]
pub fn label(version: &Version, name: &str) -> String {
    if name.is_empty() { version.to_string() } else { format!("{version}_{name}") }
}

impl Migration {
    /// `VERSION_name`, as the file is called without its ending.
    #[must_use]
    pub fn label(&self) -> String {
        label(&self.version, &self.name)
    }

    /// The files that go forward, in the order in which they run.
    pub fn forward(&self) -> impl Iterator<Item = &SqlFile> {
        self.before.iter().chain([&self.up]).chain(&self.after)
    }

    /// Whether a checksum from a ledger stands for this file as it is now.
    #[must_use]
    pub fn matches_checksum(&self, checksum: &str) -> bool {
        checksum == self.up.checksum || checksum == self.up.raw_checksum
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_ordered_by_number_and_words_come_last() {
        let mut versions = ["10", "x", "9", "009", "20260520143015", "a"].map(Version::new);
        versions.sort();
        let order: Vec<&str> = versions.iter().map(Version::as_str).collect();
        assert_eq!(order, ["009", "9", "10", "20260520143015", "a", "x"]);
    }
}
