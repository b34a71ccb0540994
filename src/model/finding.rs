//! What a check says: a rule, how grave it is, where, and what to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::place::Place;

/// How grave a finding is. Ordered: `Info < Warning < Error`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    Display,
    EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably not what was meant.
    Warning,
    /// Wrong.
    Error,
}

/// The rules, by the fault they name. Ids are public and stable.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    Display,
    IntoStaticStr,
    EnumIter,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Rule {
    /// Two files claim one version.
    DuplicateVersion,
    /// A number between two versions is missing.
    VersionGap,
    /// A migration has no way back.
    MissingDown,
    /// A down file has no up file.
    OrphanDown,
    /// A file among the migrations has no version in its name.
    FileWithoutVersion,
    /// A deployed migration's text is no longer what was deployed.
    DeployedFileChanged,
    /// A deployed migration's file is gone.
    DeployedFileMissing,
    /// A pending migration is older than the newest deployed one.
    OutOfOrder,
    /// Statements that no transaction takes stand in one file with others.
    MixedTransactions,
    /// A file is not called as the naming rule says.
    FileName,
    /// A file is no SQL.
    Unparseable,
}

impl Rule {
    /// The severity that the rule has unless configuration says otherwise.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::DuplicateVersion
            | Self::DeployedFileChanged
            | Self::DeployedFileMissing
            | Self::Unparseable => Severity::Error,
            Self::OutOfOrder
            | Self::MixedTransactions
            | Self::MissingDown
            | Self::VersionGap
            | Self::OrphanDown
            | Self::FileWithoutVersion
            | Self::FileName => Severity::Warning,
        }
    }

    /// What the rule is about, in five words or so.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::DuplicateVersion => "two files with one version",
            Self::VersionGap => "a version number is skipped",
            Self::MissingDown => "no down file",
            Self::OrphanDown => "down file without an up file",
            Self::FileWithoutVersion => "no version in the file name",
            Self::DeployedFileChanged => "deployed migration was edited",
            Self::DeployedFileMissing => "deployed migration's file is gone",
            Self::OutOfOrder => "older than the newest deployed",
            Self::MixedTransactions => "half of it outside a transaction",
            Self::FileName => "not called as migrations are",
            Self::Unparseable => "the file is no SQL",
        }
    }
}

/// One thing that a rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How grave it is.
    pub severity: Severity,
    /// Where it was found.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What was found, one sentence.
    pub message: String,
    /// What to do about it, one sentence.
    pub help: Option<String>,
}
