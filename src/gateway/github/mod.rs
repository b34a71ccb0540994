//! GitHub's API. Only this room imports octocrab.

mod error;
mod marker;
pub mod payload;
mod types;
mod wire;

use std::time::Duration;

use octocrab::service::middleware::retry::RetryConfig;
use octocrab::{Octocrab, Page};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::json;

pub use error::GitHubError;
pub use marker::CommentKey;
pub use types::{
    Comment, CommentId, How, Identity, Permission, Published, PullNumber, PullRequest, Reaction, RepoName,
    RepoNameError,
};
use wire::{CommentAnswer, Ignored, PermissionAnswer, PullAnswer, UserAnswer};

/// How long to keep asking.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How often to ask in all.
    pub attempts: u32,
    /// The wait before the second attempt; doubled for each further one.
    pub first_wait: Duration,
    /// A longer wait than this is not worth it: the request is given up.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 4, first_wait: Duration::from_secs(1), longest_wait: Duration::from_mins(1) }
    }
}

impl Patience {
    /// How long to wait after a failure; `None` when it is not worth asking again.
    fn wait(&self, failure: &GitHubError, attempt: u32) -> Option<Duration> {
        if !failure.is_transient() || attempt >= self.attempts {
            return None;
        }
        let wait = match failure {
            GitHubError::RateLimited { retry_after: Some(wait), .. } => *wait,
            // Without a time of GitHub's own its rule is a minute, doubled each time.
            GitHubError::RateLimited { .. } => self.longest_wait * 2_u32.pow(attempt - 1),
            _ => self.first_wait * 2_u32.pow(attempt - 1),
        };
        (wait <= self.longest_wait).then_some(wait)
    }
}

/// GitHub as one token sees it.
#[derive(Debug, Clone)]
pub struct GitHub {
    client: Octocrab,
    patience: Patience,
}

impl GitHub {
    /// Makes a client for the API at `address`, such as `https://api.github.com`. Asks nothing yet.
    ///
    /// Must be called inside a tokio runtime.
    pub fn connect(address: &str, token: &SecretString) -> Result<Self, GitHubError> {
        let refused = |error: octocrab::Error| GitHubError::Client {
            address: address.to_owned(),
            reason: error.to_string().lines().next().unwrap_or_default().to_owned(),
        };
        let client = Octocrab::builder()
            .base_uri(address)
            .map_err(refused)?
            .personal_token(token.expose_secret().to_owned())
            // Asking again is done here: octocrab would also repeat what must not be done twice.
            .add_retry_config(RetryConfig::None)
            .set_connect_timeout(Some(Duration::from_secs(10)))
            .set_read_timeout(Some(Duration::from_secs(30)))
            .set_write_timeout(Some(Duration::from_secs(30)))
            .build()
            .map_err(refused)?;
        Ok(Self { client, patience: Patience::default() })
    }

    /// The same, with another patience.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Who the token speaks for.
    pub async fn who_am_i(&self) -> Result<Identity, GitHubError> {
        match self.get::<UserAnswer>("/user").await {
            Ok(user) => Ok(Identity::User(user.login)),
            // An installation's token is no user's, and GitHub says so with 403.
            Err(GitHubError::Forbidden(_)) => Ok(Identity::App),
            Err(error) => Err(error),
        }
    }

    /// A pull request as it is now.
    pub async fn pull_request(&self, repo: &RepoName, pull: PullNumber) -> Result<PullRequest, GitHubError> {
        self.get::<PullAnswer>(&format!("/repos/{repo}/pulls/{pull}")).await.map(Into::into)
    }

    /// What a user may do in a repository now.
    pub async fn permission(&self, repo: &RepoName, login: &str) -> Result<Permission, GitHubError> {
        // A login goes into the address; what cannot be one is nobody.
        if !login.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_[]".contains(&byte)) {
            return Ok(Permission::None);
        }
        let path = format!("/repos/{repo}/collaborators/{login}/permission");
        match self.get::<PermissionAnswer>(&path).await {
            Ok(answer) => Ok(answer.into()),
            Err(GitHubError::NotFound(_)) => Ok(Permission::None),
            Err(error) => Err(error),
        }
    }

    /// All comments on a pull request, oldest first.
    pub async fn comments(&self, repo: &RepoName, pull: PullNumber) -> Result<Vec<Comment>, GitHubError> {
        let mut comments = Vec::new();
        for page in 1_u32.. {
            let path = format!("/repos/{repo}/issues/{pull}/comments?per_page=100&page={page}");
            let answer = self.get_page::<CommentAnswer>(&path).await?;
            comments.extend(answer.items.into_iter().map(Comment::from));
            if answer.next.is_none() {
                break;
            }
        }
        Ok(comments)
    }

    /// Adds a reaction to a comment. Adding it twice is the same as adding it once.
    pub async fn react(
        &self,
        repo: &RepoName,
        comment: CommentId,
        reaction: Reaction,
    ) -> Result<(), GitHubError> {
        let path = format!("/repos/{repo}/issues/comments/{comment}/reactions");
        let body = json!({ "content": reaction.content() });
        self.patiently(|| self.post::<Ignored>(&path, &body)).await.map(drop)
    }

    /// Sees to it that a pull request carries one comment of ours under `key` that says `text`.
    pub async fn publish(
        &self,
        repo: &RepoName,
        pull: PullNumber,
        key: &CommentKey,
        text: &str,
    ) -> Result<Published, GitHubError> {
        let identity = self.who_am_i().await?;
        // Looked for again at each attempt: a failed answer does not tell that nothing was written.
        self.patiently(|| self.publish_once(repo, pull, key, text, &identity)).await
    }

    async fn publish_once(
        &self,
        repo: &RepoName,
        pull: PullNumber,
        key: &CommentKey,
        text: &str,
        identity: &Identity,
    ) -> Result<Published, GitHubError> {
        let comments = self.comments(repo, pull).await?;
        let ours = comments.into_iter().find(|comment| key.marks(&comment.body) && comment.is_by(identity));
        let body = json!({ "body": key.mark(text) });
        let (answer, how) = match ours {
            Some(comment) if key.holds(&comment.body, text) => {
                return Ok(Published { url: comment.url, how: How::Unchanged });
            }
            Some(comment) => {
                let path = format!("/repos/{repo}/issues/comments/{}", comment.id);
                let answer: CommentAnswer = self.client.patch(path, Some(&body)).await?;
                (answer, How::Updated)
            }
            None => {
                let path = format!("/repos/{repo}/issues/{pull}/comments");
                (self.post::<CommentAnswer>(&path, &body).await?, How::Created)
            }
        };
        Ok(Published { url: Comment::from(answer).url, how })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, GitHubError> {
        self.patiently(|| async { Ok(self.client.get(path, None::<&()>).await?) }).await
    }

    async fn get_page<T: DeserializeOwned>(&self, path: &str) -> Result<Page<T>, GitHubError> {
        self.patiently(|| async { Ok(self.client.get(path, None::<&()>).await?) }).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<T, GitHubError> {
        Ok(self.client.post(path, Some(body)).await?)
    }

    /// Does something until it succeeds, is refused for good, or patience ends.
    async fn patiently<T>(
        &self,
        mut ask: impl AsyncFnMut() -> Result<T, GitHubError>,
    ) -> Result<T, GitHubError> {
        let mut attempt = 1;
        loop {
            let failure = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let Some(wait) = self.patience.wait(&failure, attempt) else { return Err(failure) };
            tracing::debug!(%failure, ?wait, "asking GitHub again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }
}
