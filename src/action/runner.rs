//! What the runner tells by its variables.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::error::ActionError;
use crate::gateway::github::RepoName;

/// What the runner tells by its variables.
#[derive(Debug, Clone)]
pub(super) struct Runner {
    /// The repository that the workflow belongs to.
    pub repository: RepoName,
    /// GitHub's web address, such as `https://github.com`.
    pub server: String,
    /// The API's address.
    pub api: String,
    /// Where the repository is checked out.
    pub workspace: Utf8PathBuf,
    /// The commit that the workflow runs for.
    pub commit: Option<String>,
    /// The event's name.
    pub event_name: String,
    /// The file that describes the event.
    pub event_path: Utf8PathBuf,
}

impl Runner {
    /// Reads the variables.
    pub(super) fn read(variables: &BTreeMap<String, String>) -> Result<Self, ActionError> {
        let wanted = |name: &'static str| {
            variables.get(name).filter(|value| !value.is_empty()).cloned().ok_or(ActionError::Variable(name))
        };
        let or = |name: &'static str, otherwise: &str| {
            let value = wanted(name).unwrap_or_else(|_| otherwise.to_owned());
            value.trim_end_matches('/').to_owned()
        };
        Ok(Self {
            repository: wanted("GITHUB_REPOSITORY")?.parse()?,
            server: or("GITHUB_SERVER_URL", "https://github.com"),
            api: or("GITHUB_API_URL", "https://api.github.com"),
            workspace: wanted("GITHUB_WORKSPACE")?.into(),
            commit: wanted("GITHUB_SHA").ok(),
            event_name: wanted("GITHUB_EVENT_NAME")?,
            event_path: wanted("GITHUB_EVENT_PATH")?.into(),
        })
    }

    /// The repository's page.
    #[must_use]
    pub(super) fn repository_url(&self) -> String {
        format!("{}/{}", self.server, self.repository)
    }
}

/// The variables that a preflight may see: no inputs, no tokens.
#[must_use]
pub(super) fn without_secrets(variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let secret = |name: &str| {
        name.starts_with("INPUT_")
            || name.starts_with("ACTIONS_")
            || matches!(name, "GITHUB_TOKEN" | "GH_TOKEN")
    };
    variables.iter().filter(|(name, _)| !secret(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
}
