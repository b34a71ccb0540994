//! What a tool's own ledger has of a migration, where that is more than a version, a name and a checksum.

use serde::{Deserialize, Serialize};

use super::migration::SqlFile;

/// What a tool writes down of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A change of sqitch's plan.
    Sqitch(Change),
    /// A change set of Liquibase's.
    Liquibase(ChangeSet),
}

impl Entry {
    /// What tells its rows in the ledger from others.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Sqitch(change) => &change.line.id,
            Self::Liquibase(set) => &set.key,
        }
    }

    /// Whose rows in the ledger are meant, where those of others may stand beside them.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        match self {
            Self::Sqitch(change) => Some(&change.project),
            Self::Liquibase(_) => None,
        }
    }

    /// What its tool runs after it, to see whether it is there.
    #[must_use]
    pub const fn check(&self) -> Option<&SqlFile> {
        match self {
            Self::Sqitch(change) => change.verify.as_ref(),
            Self::Liquibase(_) => None,
        }
    }

    /// What of a checksum in the ledger is to be compared; nothing where it says nothing of whether the file has changed.
    #[must_use]
    pub fn comparable<'a>(&self, checksum: Option<&'a str>) -> Option<&'a str> {
        let Self::Liquibase(set) = self else { return checksum };
        let known = checksum.filter(|sum| sum.starts_with("9:") && !set.always)?;
        let is_accepted = set.sums.any || set.sums.valid.iter().any(|valid| valid == known);
        (!is_accepted).then_some(known)
    }
}

/// A change of sqitch's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The project that it belongs to.
    pub project: String,
    /// The project's URI.
    pub uri: Option<String>,
    /// Its line of the plan.
    pub line: PlanLine,
    /// The changes that have to be there before it.
    pub requires: Vec<Dependency>,
    /// The changes that may not be there, as they are written.
    pub conflicts: Vec<String>,
    /// The tags that stand after it.
    pub tags: Vec<PlanLine>,
    /// The script that sees whether it is there.
    pub verify: Option<SqlFile>,
}

/// A change or a tag, as its line of the plan has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLine {
    /// SHA-1 of all that the plan says of it.
    pub id: String,
    /// Its name; a tag's begins with `@`.
    pub name: String,
    /// Its note.
    pub note: String,
    /// When it was planned.
    pub planned_at: String,
    /// Who planned it, and the address.
    pub planner: (String, String),
}

/// A change that another one requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// As the plan writes it.
    pub text: String,
    /// The change that is meant.
    pub of: Required,
}

/// A change that is required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Required {
    /// One whose id is known.
    Id(String),
    /// One of another project's, which only the ledger knows.
    Elsewhere {
        /// The other project.
        project: String,
        /// The change's name; absent, the one that the tag stands after.
        change: Option<String>,
        /// The tag, without `@`.
        tag: Option<String>,
    },
}

/// A change set of Liquibase's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSet {
    /// Its id.
    pub id: String,
    /// Its author.
    pub author: String,
    /// What the ledger calls its file.
    pub filename: String,
    /// All three, which tell it from others.
    pub key: String,
    /// Its comment.
    pub comments: String,
    /// The contexts that it is for.
    pub contexts: Option<String>,
    /// Its labels.
    pub labels: Option<String>,
    /// Whether it is run each time.
    pub always: bool,
    /// Checksums of what it was before that are as good.
    pub sums: Sums,
}

/// Checksums that are accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Whether any is.
    pub any: bool,
    /// These.
    pub valid: Vec<String>,
}

impl ChangeSet {
    /// One of which nothing else is said.
    #[must_use]
    pub fn new(id: &str, author: &str, filename: &str) -> Self {
        Self {
            id: id.to_owned(),
            author: author.to_owned(),
            filename: filename.to_owned(),
            key: format!("{id}::{author}::{filename}"),
            comments: String::new(),
            contexts: None,
            labels: None,
            always: false,
            sums: Sums::default(),
        }
    }
}
