//! What is kept with a run for its page, beside the report.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::model::estimate::MigrationEstimate;

/// What is kept with a run for its page, beside the report.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    /// The pull request's title.
    pub(super) title: String,
    /// The pull request's page.
    pub(super) url: String,
    /// The repository's page.
    pub(super) repository_url: Option<String>,
    /// The project's directory in the repository.
    pub(super) prefix: Utf8PathBuf,
    /// What the statements lock.
    pub(super) locks: Vec<MigrationEstimate>,
}
