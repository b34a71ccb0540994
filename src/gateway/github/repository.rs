//! A repository, its branches, and where two commits have parted.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{GitHub, GitHubError, RepoName};

/// A repository at the moment it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RepositoryPage {
    /// The branch that policies are read from.
    pub default_branch: String,
    /// Its page.
    #[serde(rename = "html_url")]
    pub url: String,
}

#[derive(Debug, Deserialize)]
struct BranchAnswer {
    commit: CommitAnswer,
}

#[derive(Debug, Deserialize)]
struct CompareAnswer {
    merge_base_commit: CommitAnswer,
}

#[derive(Debug, Deserialize)]
struct CommitAnswer {
    sha: String,
}

impl GitHub {
    /// A repository.
    pub async fn repository(&self, repo: &RepoName) -> Result<RepositoryPage, GitHubError> {
        self.api.get(&format!("/repos/{repo}")).await
    }

    /// The newest commit of a branch.
    pub async fn branch(&self, repo: &RepoName, name: &str) -> Result<String, GitHubError> {
        let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
        let answer: BranchAnswer = self.api.get(&format!("/repos/{repo}/branches/{name}")).await?;
        Ok(answer.commit.sha)
    }

    /// The newest commit that both commits come from.
    pub async fn merge_base(&self, repo: &RepoName, base: &str, head: &str) -> Result<String, GitHubError> {
        // Of the commits themselves one is enough: it is the base that counts.
        let path = format!("/repos/{repo}/compare/{base}...{head}?per_page=1");
        let answer: CompareAnswer = self.api.get(&path).await?;
        Ok(answer.merge_base_commit.sha)
    }
}
