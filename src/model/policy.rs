//! What tools do where their ledger and the files disagree.

use schemars::JsonSchema;
use serde::Deserialize;

use super::layout::Tool;

/// What becomes of a pending migration that is older than the newest deployed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Late {
    /// It is applied.
    Apply,
    /// It is never applied, and nobody says so.
    Skip,
    /// Nothing is applied.
    Refuse,
}

/// What follows from a deployed migration whose file is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// Nothing.
    Allow,
    /// Nothing is applied.
    Refuse,
}

/// What a tool does where its ledger and the files disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The tool.
    pub tool: Tool,
    /// A pending migration is older than the newest deployed one.
    pub late: Late,
    /// A deployed migration's file is gone.
    pub missing: Missing,
}

impl Policy {
    /// What a tool does unless it is told otherwise.
    #[must_use]
    pub const fn of(tool: Tool) -> Self {
        let (late, missing) = match tool {
            Tool::Sqlx | Tool::SqlMigrate => (Late::Apply, Missing::Refuse),
            Tool::GraphileMigrate => (Late::Skip, Missing::Allow),
            Tool::GolangMigrate => (Late::Skip, Missing::Refuse),
            Tool::Goose => (Late::Refuse, Missing::Allow),
            Tool::Atlas
            | Tool::Flyway
            | Tool::NodePgMigrate
            | Tool::Pgroll
            | Tool::Refinery
            | Tool::Reshape
            | Tool::Supabase => (Late::Refuse, Missing::Refuse),
            // dbmate, Diesel, Prisma, and we.
            _ => (Late::Apply, Missing::Allow),
        };
        Self { tool, late, missing }
    }

    /// The same with what a project has told its tool.
    #[must_use]
    pub fn told(self, late: Option<Late>, missing: Option<Missing>) -> Self {
        Self { late: late.unwrap_or(self.late), missing: missing.unwrap_or(self.missing), ..self }
    }

    /// How the tool is told to apply what comes late.
    #[must_use]
    pub const fn asks_to_apply_late(self) -> Option<&'static str> {
        Some(match self.tool {
            Tool::Atlas => "--exec-order non-linear",
            Tool::Flyway => "outOfOrder",
            Tool::Goose => "-allow-missing",
            Tool::NodePgMigrate => "--no-check-order",
            Tool::Supabase => "--include-all",
            _ => return None,
        })
    }

    /// How the tool is told to let it be that a file is gone.
    #[must_use]
    pub const fn asks_to_allow_missing(self) -> Option<&'static str> {
        Some(match self.tool {
            Tool::Flyway => "ignoreMigrationPatterns=*:missing",
            Tool::NodePgMigrate => "--no-check-order",
            Tool::Refinery => "set_abort_missing(false)",
            Tool::SqlMigrate => "-ignore-unknown",
            Tool::Sqlx => "--ignore-missing",
            _ => return None,
        })
    }
}
