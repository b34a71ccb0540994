//! The bot's jobs, as who runs the bot sees them.

use schemars::JsonSchema;
use serde::Serialize;

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JobFacts {
    /// Its number.
    pub job: i64,
    /// `waiting`, `running`, `done`, `failed`, `superseded` or `retried`.
    pub state: String,
    /// What is to be done.
    pub kind: String,
    /// `owner/name`.
    pub repository: String,
    /// What it is about: `pull/7`, a merge group, a commit.
    pub subject: String,
    /// The commit.
    pub head: Option<String>,
    /// How often it was begun.
    pub attempts: i32,
    /// When it was made, UTC.
    pub made: String,
    /// When it is due, UTC, while it waits.
    pub due: Option<String>,
    /// The delivery that asked for it.
    pub delivery: Option<String>,
    /// What went wrong last.
    pub error: Option<String>,
}

/// What `bot jobs list` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JobsAnswer {
    /// The jobs, oldest first.
    pub jobs: Vec<JobFacts>,
}

/// A failed job, and the one that does it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Retry {
    /// The failed one.
    pub job: i64,
    /// The new one.
    pub retried_as: i64,
}

/// What `bot jobs retry` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RetriedAnswer {
    /// What is done again.
    pub retried: Vec<Retry>,
}
