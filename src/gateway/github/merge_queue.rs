//! The merge queue of a branch, as far as its temporary branches tell of it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{GitHub, GitHubError, PullNumber, RepoName};

/// Where the temporary branches are.
const QUEUE: &str = "gh-readonly-queue";

/// A pull request in the queue: merged, on trial, onto what comes before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedPull {
    /// The pull request.
    pub pull: PullNumber,
    /// The commit that it was merged onto.
    pub onto: String,
    /// The commit that came of it.
    pub head: String,
}

impl QueuedPull {
    /// What the name of a temporary branch tells: `refs/heads/gh-readonly-queue/BRANCH/pr-NUMBER-COMMIT`.
    #[must_use]
    pub fn read(reference: &str, head: &str) -> Option<Self> {
        let branch = reference.strip_prefix("refs/heads/")?.strip_prefix(QUEUE)?;
        let (pull, onto) = branch.rsplit('/').next()?.strip_prefix("pr-")?.split_once('-')?;
        let is_commit = matches!(onto.len(), 40 | 64) && onto.bytes().all(|byte| byte.is_ascii_hexdigit());
        let pull = PullNumber(pull.parse().ok()?);
        is_commit.then(|| Self { pull, onto: onto.to_owned(), head: head.to_owned() })
    }
}

#[derive(Debug, Deserialize)]
struct ReferenceAnswer {
    #[serde(rename = "ref")]
    name: String,
    object: ObjectAnswer,
}

#[derive(Debug, Deserialize)]
struct ObjectAnswer {
    sha: String,
}

impl GitHub {
    /// The pull requests in the queue of a branch, in no order.
    pub async fn merge_queue(&self, repo: &RepoName, branch: &str) -> Result<Vec<QueuedPull>, GitHubError> {
        let prefix = format!("heads/{QUEUE}/{branch}/");
        let prefix = utf8_percent_encode(&prefix, NON_ALPHANUMERIC);
        let path = format!("/repos/{repo}/git/matching-refs/{prefix}");
        let answer: Vec<ReferenceAnswer> = self.api.get(&path).await?;
        Ok(answer.iter().filter_map(|one| QueuedPull::read(&one.name, &one.object.sha)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::QueuedPull;
    use crate::gateway::github::PullNumber;

    #[test]
    fn a_temporary_branch_tells_its_pull_request_and_what_it_goes_onto() {
        let onto = "b".repeat(40);
        let read = |name: &str| QueuedPull::read(name, "head");
        let found = read(&format!("refs/heads/gh-readonly-queue/release/1.0/pr-12-{onto}")).unwrap();
        assert_eq!((found.pull, found.onto.as_str(), found.head.as_str()), (PullNumber(12), &*onto, "head"));
        for name in ["refs/heads/main", "refs/heads/gh-readonly-queue/main/pr-12-xyz"] {
            assert_eq!(read(name), None, "{name}");
        }
        assert_eq!(read(&format!("refs/heads/gh-readonly-queue/main/pr--1-{onto}")), None);
    }
}
