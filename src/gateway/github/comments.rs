//! Comments on pull requests, and reactions to them.

use serde_json::json;

use super::wire::{CommentAnswer, Ignored};
use super::{Comment, CommentId, CommentKey, GitHub, GitHubError, How, Identity, Published, PullNumber};
use super::{Reaction, RepoName};

impl GitHub {
    /// All comments on a pull request, oldest first.
    pub async fn comments(&self, repo: &RepoName, pull: PullNumber) -> Result<Vec<Comment>, GitHubError> {
        let path = format!("/repos/{repo}/issues/{pull}/comments");
        let comments = self.api.list::<CommentAnswer>(&path, &[]).await?;
        Ok(comments.into_iter().map(Comment::from).collect())
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
        self.api.patience.keep(|| self.api.post::<Ignored>(&path, &body)).await.map(drop)
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
        let write = || async {
            match self.revise_once(repo, pull, key, text, &identity).await? {
                Some(published) => Ok(published),
                None => self.write_once(repo, pull, key, text).await,
            }
        };
        self.api.patience.keep(write).await
    }

    /// The same where there is such a comment; where there is none, nothing is written.
    pub async fn revise(
        &self,
        repo: &RepoName,
        pull: PullNumber,
        key: &CommentKey,
        text: &str,
    ) -> Result<Option<Published>, GitHubError> {
        let identity = self.who_am_i().await?;
        self.api.patience.keep(|| self.revise_once(repo, pull, key, text, &identity)).await
    }

    async fn write_once(
        &self,
        repo: &RepoName,
        pull: PullNumber,
        key: &CommentKey,
        text: &str,
    ) -> Result<Published, GitHubError> {
        let (path, body) =
            (format!("/repos/{repo}/issues/{pull}/comments"), json!({ "body": key.mark(text) }));
        let answer: CommentAnswer = self.api.post(&path, &body).await?;
        Ok(Published { url: Comment::from(answer).url, how: How::Created })
    }

    async fn revise_once(
        &self,
        repo: &RepoName,
        pull: PullNumber,
        key: &CommentKey,
        text: &str,
        identity: &Identity,
    ) -> Result<Option<Published>, GitHubError> {
        let comments = self.comments(repo, pull).await?;
        let ours = comments.into_iter().find(|comment| key.marks(&comment.body) && comment.is_by(identity));
        let Some(comment) = ours else { return Ok(None) };
        if key.holds(&comment.body, text) {
            return Ok(Some(Published { url: comment.url, how: How::Unchanged }));
        }
        let path = format!("/repos/{repo}/issues/comments/{}", comment.id);
        let answer: CommentAnswer = self.api.patch(&path, &json!({ "body": key.mark(text) })).await?;
        Ok(Some(Published { url: Comment::from(answer).url, how: How::Updated }))
    }
}
