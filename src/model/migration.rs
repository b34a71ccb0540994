//! A migration: its version, its name, its files and how it wants to be run.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::place::{Place, line_and_column};
use super::python::{Python, Within};

/// The text before the first `_` of a migration's file name.
///
/// Versions that are decimal numbers, or such numbers with dots between, are ordered by number, so `9` comes before `10`
/// and `1.9` before `1.10`; any other by text. Two of one value (`9` and `009`) are different versions in a fixed order.
///
/// Where a plan says what comes after what, versions of the plan are in its order, and any other comes after them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "String")]
pub struct Version {
    text: String,
    /// Its place in the plan. Which version it is hangs on its text alone.
    #[serde(skip)]
    place: Option<usize>,
}

impl Version {
    /// Takes the version as the file name writes it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), place: None }
    }

    /// The version at its place in a plan.
    #[must_use]
    pub fn planned(self, place: usize) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Whether a plan says what comes before it.
    #[must_use]
    pub const fn is_planned(&self) -> bool {
        self.place.is_some()
    }

    /// Its place in the plan, where there is one.
    #[must_use]
    pub const fn place(&self) -> Option<usize> {
        self.place
    }

    /// The version at the place that it has among these.
    #[must_use]
    pub fn among<'a>(&self, known: impl IntoIterator<Item = &'a Self>) -> Self {
        known.into_iter().find(|known| *known == self).unwrap_or(self).clone()
    }

    /// The version as the file name writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The numbers between the dots, without zeros at the end.
    fn parts(&self) -> Option<Vec<u64>> {
        let decimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok());
        let mut parts =
            self.text.split('.').map(|part| decimal(part).flatten()).collect::<Option<Vec<u64>>>()?;
        while parts.last() == Some(&0) {
            parts.pop();
        }
        Some(parts)
    }

    /// Whether it is made of numbers, so that one can come before another.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.parts().is_some()
    }

    /// The number before the first dot.
    #[must_use]
    pub fn leading(&self) -> Option<u64> {
        self.parts()?;
        self.text.split('.').next()?.parse().ok()
    }

    /// The value of a decimal version that fits 64 bits.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        let decimal = self.text.bytes().all(|byte| byte.is_ascii_digit());
        decimal.then(|| self.text.parse().ok()).flatten()
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let text = || self.text.cmp(&other.text);
        match (self.place, other.place) {
            (Some(left), Some(right)) => return left.cmp(&right).then_with(text),
            (Some(_), None) => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (None, None) => {}
        }
        match (self.parts(), other.parts()) {
            (Some(left), Some(right)) => left.cmp(&right).then_with(text),
            // Numbers before words keeps the order total.
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => text(),
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
        f.write_str(&self.text)
    }
}

/// A file of SQL as it was read: valid UTF-8, byte order mark removed, line ends as they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlFile {
    /// Path relative to the project directory.
    pub path: Utf8PathBuf,
    /// What the file holds.
    pub text: String,
    /// SHA-256 in hexadecimal over the text with LF line ends and no byte order mark.
    pub checksum: String,
    /// SHA-256 in hexadecimal over the raw bytes, as the Python tool wrote it into ledgers.
    pub raw_checksum: String,
    /// Whether a mark of the tool that it is written for asks for no transaction around it.
    pub no_transaction: bool,
    /// What the file really holds, when the text was taken out of something else than SQL.
    pub within: Option<Box<Within>>,
}

impl SqlFile {
    /// What the file holds.
    #[must_use]
    pub fn source(&self) -> &str {
        self.within.as_ref().map_or(&self.text, |within| &within.text)
    }

    /// Line and column in the file of a line and column of the text.
    #[must_use]
    pub fn position(&self, position: (usize, usize)) -> (usize, usize) {
        self.within.as_ref().map_or(position, |within| within.position(position))
    }

    /// Where a byte of the text stands.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let (line, column) = self.position(line_and_column(&self.text, offset));
        Place { path: self.path.clone(), line, column }
    }
}

/// One migration of the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// Version, from the file name.
    pub version: Version,
    /// Name, from the file name.
    pub name: String,
    /// The path of the file that goes forward in the directory of the migrations.
    pub script: Utf8PathBuf,
    /// The file that goes forward.
    pub up: SqlFile,
    /// What goes back, when there is anything.
    pub down: Option<Down>,
    /// What runs just before the file that goes forward.
    pub before: Option<SqlFile>,
    /// What runs just after it, together with the ledger row.
    pub after: Option<SqlFile>,
    /// The checksum that its own tool's ledger has of it; absent, SHA-256 as ours has.
    pub recorded: Option<String>,
    /// Whether it is run again whenever its file has changed.
    pub repeatable: bool,
    /// What is known of it when it is a program in Python.
    pub python: Option<Python>,
    /// What else its own tool's ledger has of it, where that is more than all have.
    pub entry: Option<Box<Entry>>,
}

/// What takes a migration back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Down {
    /// A file of its own, which is read when it is needed.
    File(Utf8PathBuf),
    /// A part of the file that goes forward, all else of it blank.
    Section(SqlFile),
}

impl Down {
    /// The file that it stands in.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        match self {
            Self::File(path) => path,
            Self::Section(file) => &file.path,
        }
    }
}

/// `VERSION_name`, or the version alone.
#[must_use]
pub fn label(version: &Version, name: &str) -> String {
    if name.is_empty() { version.to_string() } else { format!("{version}_{name}") }
}

impl Migration {
    /// A migration of one file and nothing else.
    #[must_use]
    pub fn of_file(version: Version, up: SqlFile) -> Self {
        let (name, script) = (String::new(), up.path.clone());
        let (down, before, after, recorded, python) = (None, None, None, None, None);
        Self {
            version,
            name,
            script,
            up,
            down,
            before,
            after,
            recorded,
            repeatable: false,
            python,
            entry: None,
        }
    }

    /// `VERSION_name`, as the file is called without its ending.
    #[must_use]
    pub fn label(&self) -> String {
        label(&self.version, &self.name)
    }

    /// The files that go forward, in the order in which they run.
    pub fn forward(&self) -> impl Iterator<Item = &SqlFile> {
        self.before.iter().chain([&self.up]).chain(&self.after)
    }

    /// Whether what goes forward is known from its text.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.python.as_ref().is_none_or(|python| python.up.is_none())
    }

    /// The checksum that a ledger row gets.
    #[must_use]
    pub fn ledger_checksum(&self) -> &str {
        // The Python tool is to find its own where it goes on with its own files.
        let own = if self.python.is_some() { &self.up.raw_checksum } else { &self.up.checksum };
        self.recorded.as_deref().unwrap_or(own)
    }

    /// Whether a checksum from a ledger stands for this file as it is now.
    #[must_use]
    pub fn matches_checksum(&self, checksum: &str) -> bool {
        match &self.recorded {
            Some(recorded) => checksum == recorded,
            None => checksum == self.up.checksum || checksum == self.up.raw_checksum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_ordered_by_number_and_words_come_last() {
        let mut versions =
            ["10", "x", "1.10", "9", "1.9.1", "009", "20260520143015", "a", "1.9"].map(Version::new);
        versions.sort();
        let order: Vec<&str> = versions.iter().map(Version::as_str).collect();
        assert_eq!(order, ["1.9", "1.9.1", "1.10", "009", "9", "10", "20260520143015", "a", "x"]);
    }
}
