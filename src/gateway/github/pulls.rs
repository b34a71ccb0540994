//! Pull requests.

use serde::Deserialize;

use super::{GitHub, GitHubError, PullNumber, RepoName};

/// A pull request at the moment it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "GitHub says each of them for itself")]
pub struct PullRequest {
    /// Its number.
    pub number: PullNumber,
    /// Its title, as somebody wrote it.
    pub title: String,
    /// Its author's login; empty when the account is gone.
    pub author: String,
    /// Its page.
    pub url: String,
    /// The commit that it proposes.
    pub head: String,
    /// The name of the branch that it comes from.
    pub head_branch: String,
    /// The repository that it comes from; none when that was deleted.
    pub head_repo: Option<RepoName>,
    /// The commit of the branch that it goes to.
    pub base: String,
    /// The name of the branch that it goes to.
    pub base_branch: String,
    /// Whether it comes from another repository.
    pub from_fork: bool,
    /// Whether it is open.
    pub open: bool,
    /// Whether its author says that it is not ready.
    pub draft: bool,
    /// Whether it was merged.
    pub merged: bool,
}

impl GitHub {
    /// A pull request as it is now.
    pub async fn pull_request(&self, repo: &RepoName, pull: PullNumber) -> Result<PullRequest, GitHubError> {
        self.api.get::<PullAnswer>(&format!("/repos/{repo}/pulls/{pull}")).await.map(Into::into)
    }

    /// All open pull requests, oldest first.
    pub async fn open_pulls(&self, repo: &RepoName) -> Result<Vec<PullRequest>, GitHubError> {
        let query = [("state", "open"), ("sort", "created"), ("direction", "asc")];
        let pulls = self.api.list::<PullAnswer>(&format!("/repos/{repo}/pulls"), &query).await?;
        Ok(pulls.into_iter().map(PullRequest::from).collect())
    }
}

/// A pull request, asked for alone or in a list.
#[derive(Debug, Deserialize)]
struct PullAnswer {
    number: PullNumber,
    title: String,
    user: Option<Author>,
    html_url: String,
    state: String,
    #[serde(default)]
    draft: bool,
    // `merged` is told of a single pull request only, this of those in a list as well.
    merged_at: Option<String>,
    head: Side,
    base: Side,
}

#[derive(Debug, Deserialize)]
struct Author {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Side {
    #[serde(rename = "ref")]
    branch: String,
    sha: String,
    repo: Option<Repository>,
}

#[derive(Debug, Deserialize)]
struct Repository {
    id: u64,
    full_name: String,
}

impl From<PullAnswer> for PullRequest {
    fn from(answer: PullAnswer) -> Self {
        let id = |side: &Side| side.repo.as_ref().map(|repository| repository.id);
        Self {
            number: answer.number,
            title: answer.title,
            author: answer.user.map_or_else(String::new, |user| user.login),
            url: answer.html_url,
            // A fork that was deleted has no repository and is a fork all the same.
            from_fork: id(&answer.head) != id(&answer.base),
            open: answer.state == "open",
            draft: answer.draft,
            merged: answer.merged_at.is_some(),
            head: answer.head.sha,
            head_branch: answer.head.branch,
            head_repo: answer.head.repo.and_then(|repository| repository.full_name.parse().ok()),
            base: answer.base.sha,
            base_branch: answer.base.branch,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PullAnswer, PullRequest};

    #[test]
    fn a_pull_request_whose_repository_or_author_is_gone_is_a_fork_all_the_same() {
        let answer = json!({
            "number": 7, "title": "t", "user": null, "html_url": "u", "state": "closed", "merged_at": null,
            "head": { "ref": "change", "sha": "a", "repo": null },
            "base": { "ref": "main", "sha": "b", "repo": { "id": 1, "full_name": "acme/shop" } },
        });
        let pull = PullRequest::from(serde_json::from_value::<PullAnswer>(answer).unwrap());
        assert!(pull.from_fork && pull.head_repo.is_none() && pull.author.is_empty());
        assert!(!pull.open && !pull.merged && !pull.draft);
    }
}
