//! A row of the table: two sides, and what is expected of the way from one to the other.

use std::collections::BTreeSet;
use std::path::PathBuf;

use confiture::model::plan::Hazard;
use serde::Deserialize;

/// One case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Row {
    /// A sentence.
    pub(super) name: String,
    /// SQL that both sides start with.
    pub(super) common: String,
    /// The rest of the side that is left.
    pub(super) old: String,
    /// SQL that fills the side that is left with rows.
    pub(super) data: String,
    /// A query that has one answer on both sides, with the rows that were put in.
    pub(super) keeps: Option<String>,
    /// The rest of the side that is wanted.
    pub(super) new: String,
    /// Both sides are the same, only told differently: the plan is empty.
    pub(super) same: bool,
    /// What the new side calls otherwise: the rows of a table stay.
    pub(super) rename: Vec<String>,
    /// The hazards of the way from old to new.
    pub(super) hazards: BTreeSet<HazardName>,
    /// The exact statements, where they matter.
    pub(super) up: Option<String>,
    /// The lowest major version of the server that knows what the row is about.
    pub(super) servers: Option<u32>,
    /// Forms that do not block are chosen.
    pub(super) online: bool,
    /// The way is refused with these words.
    pub(super) refusal: Option<String>,
}

/// A hazard by its public name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct HazardName(pub(super) Hazard);

impl TryFrom<String> for HazardName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse().map(Self).map_err(|_| format!("`{name}` is not a hazard"))
    }
}

impl Row {
    /// The whole side that is left.
    pub(super) fn old_ddl(&self) -> String {
        format!("{};\n{};\n{}", self.common, self.old, self.data)
    }

    /// The whole side that is wanted.
    pub(super) fn new_ddl(&self) -> String {
        format!("{};\n{}", self.common, self.new)
    }

    pub(super) fn hazards(&self) -> BTreeSet<Hazard> {
        self.hazards.iter().map(|name| name.0).collect()
    }
}

/// Where the files are.
pub(super) fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/acceptance")
}

/// The rows of a file.
pub(super) fn rows(file: &str) -> Vec<Row> {
    let path = directory().join(format!("{file}.yaml"));
    let text = fs_err::read_to_string(&path).unwrap();
    let rows: Vec<Row> = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{file}.yaml: {error}"));
    let mut names = BTreeSet::new();
    for row in &rows {
        assert!(!row.name.is_empty(), "{file}.yaml: a row has no name");
        assert!(names.insert(row.name.clone()), "{file}.yaml: two rows are called “{}”", row.name);
    }
    rows
}

/// The names of the files, sorted.
pub(super) fn files() -> Vec<String> {
    let entries = directory().read_dir().unwrap().map(|entry| entry.unwrap().path());
    let yaml = entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let mut names: Vec<String> =
        yaml.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}
