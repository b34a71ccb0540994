//! Hooks: what a project wants done around its migrations.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator as _};

use super::migration::Version;
use super::report::Failure;

/// When a hook runs. In the order of a run.
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
    EnumIter,
    EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Phase {
    /// Connected; the lock is not taken and the ledger not read.
    #[strum(to_string = "before_validation", serialize = "before_validate")]
    BeforeValidation,
    /// The lock is held, and at least one migration is about to be run.
    #[strum(to_string = "before_ddl", serialize = "before_execute")]
    BeforeDdl,
    /// Just before a migration's statements, beside which the hook's file stands.
    BeforeMigration,
    /// Just after a migration's statements, together with its ledger row.
    AfterMigration,
    /// Every migration that was to be run has been; the lock is held.
    #[strum(to_string = "after_ddl", serialize = "after_execute")]
    AfterDdl,
    /// The ledger was read again; the lock is held.
    #[strum(to_string = "after_validation", serialize = "after_validate")]
    AfterValidation,
    /// The run failed.
    OnError,
    /// The end, however the run went.
    Cleanup,
}

impl Phase {
    /// The phases whose hooks lie in a directory of the phase's name.
    pub fn with_directories() -> impl Iterator<Item = Self> {
        Self::iter().filter(|phase| !matches!(phase, Self::BeforeMigration | Self::AfterMigration))
    }

    /// Whether it comes before the migrations.
    #[must_use]
    pub fn is_early(self) -> bool {
        self <= Self::BeforeDdl
    }

    /// What a hook that fails means when the settings do not say: nobody is helped by an error about an error.
    #[must_use]
    pub fn on_failure(self) -> OnFailure {
        match self {
            Self::OnError | Self::Cleanup => OnFailure::Warn,
            _ => OnFailure::Fail,
        }
    }
}

/// What a hook that fails means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// The run fails.
    Fail,
    /// It is said, and the run goes on.
    Warn,
}

/// A hook that ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HookOutcome {
    /// When it ran.
    pub phase: Phase,
    /// Its file, relative to the project directory.
    #[schemars(with = "String")]
    pub path: Utf8PathBuf,
    /// The migration that it belongs to, when it belongs to one.
    pub version: Option<Version>,
    /// What became of it.
    pub status: HookStatus,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// The end of what a program wrote, at most 8 KiB.
    pub output: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// What became of a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HookStatus {
    /// It ran to its end.
    Passed,
    /// It failed, and so did the run.
    Failed,
    /// It failed, and the run went on.
    Tolerated,
}

#[cfg(test)]
mod tests {
    use super::Phase;

    #[test]
    fn the_names_of_the_python_tool_mean_the_same_phases() {
        for (name, phase) in [
            ("before_ddl", Phase::BeforeDdl),
            ("before_execute", Phase::BeforeDdl),
            ("after_execute", Phase::AfterDdl),
            ("before_validate", Phase::BeforeValidation),
            ("after_validate", Phase::AfterValidation),
        ] {
            assert_eq!(name.parse(), Ok(phase), "{name}");
        }
        let names: Vec<String> = Phase::with_directories().map(|phase| phase.to_string()).collect();
        let wanted =
            ["before_validation", "before_ddl", "after_ddl", "after_validation", "on_error", "cleanup"];
        assert_eq!(names, wanted);
    }
}
