//! Pull requests.

use super::wire::PullAnswer;
use super::{GitHub, GitHubError, PullNumber, PullRequest, RepoName};

impl GitHub {
    /// A pull request as it is now.
    pub async fn pull_request(&self, repo: &RepoName, pull: PullNumber) -> Result<PullRequest, GitHubError> {
        self.api.get::<PullAnswer>(&format!("/repos/{repo}/pulls/{pull}")).await.map(Into::into)
    }
}
