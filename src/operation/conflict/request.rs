//! What is checked against each other, and for how long.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::kept::Kept;
use crate::model::migration::Migration;
use crate::operation::project::ProjectOptions;

/// What the branches lead on from: a project as it stands at their base. All of its migrations count as deployed, and
/// its settings are the ones that hold.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// The project.
    pub project: ProjectOptions,
    /// Which server to use: a major version, `docker:TAG` or `docker:IMAGE`; absent, what the settings say.
    pub postgres: Option<String>,
    /// Whether server binaries may be fetched when there are none.
    pub download_postgres: bool,
    /// How long things may take.
    pub limits: Limits,
    /// Whose base it is: a server that is kept goes from one check to the next of the same owner.
    pub owner: String,
    /// The servers that are kept.
    pub kept: Arc<Kept>,
    /// Ends the check early when it is cancelled; what was started is cleaned up first.
    pub cancel: CancellationToken,
}

/// How long things may take: the SQL is anybody's.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One branch, once.
    pub branch: Duration,
    /// The whole check. What is not come to by then is told as not known.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { branch: Duration::from_secs(30), whole: Duration::from_mins(5) }
    }
}

/// A branch with the migrations that its base does not have.
#[derive(Debug, Clone, Default)]
pub struct Branch {
    /// What it is called, such as `#12`.
    pub id: String,
    /// Its title: data that is only shown.
    pub title: String,
    /// Where it can be read: data that is only shown.
    pub url: String,
    /// Its migrations in order of version.
    pub migrations: Vec<Migration>,
    /// Why its migrations cannot be read, where that is so: then nothing is known of it but that.
    pub unreadable: Option<String>,
}
