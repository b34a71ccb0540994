//! What GitHub tells in the payloads of events: of each, only the fields that are used.

use serde::Deserialize;

use super::{CommentId, PullNumber, RepoName};

/// What payloads of nearly all events have.
#[derive(Debug, Clone, Deserialize)]
pub struct Envelope {
    /// What happened to it.
    pub action: Option<String>,
    /// The repository.
    pub repository: Option<Repository>,
    /// The App's installation that the event goes to.
    pub installation: Option<Installation>,
}

/// A repository.
#[derive(Debug, Clone, Deserialize)]
pub struct Repository {
    /// `owner/name`.
    #[serde(default)]
    pub full_name: String,
    /// The branch that policies come from.
    pub default_branch: Option<String>,
}

impl Repository {
    /// Its name, when it can be one.
    #[must_use]
    pub fn name(&self) -> Option<RepoName> {
        self.full_name.parse().ok()
    }
}

/// An installation of the App.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Installation {
    /// Its id.
    pub id: u64,
}

/// `pull_request`.
#[derive(Debug, Clone, Deserialize)]
pub struct PullRequestEvent {
    /// The pull request.
    pub pull_request: PullRequestFields,
    /// What was edited.
    pub changes: Option<Changes>,
}

/// A pull request in a payload.
#[derive(Debug, Clone, Deserialize)]
pub struct PullRequestFields {
    /// Its number.
    pub number: PullNumber,
    /// The branch that it proposes.
    pub head: Side,
    /// The branch that it goes to.
    pub base: Side,
    /// When something about it changed last.
    pub updated_at: Option<String>,
}

/// A branch.
#[derive(Debug, Clone, Deserialize)]
pub struct Side {
    /// Its newest commit.
    pub sha: String,
    /// Its name.
    #[serde(rename = "ref")]
    pub branch: Option<String>,
    /// The repository that it is in; absent, it is gone.
    pub repo: Option<SideRepository>,
}

/// The repository of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SideRepository {
    /// `owner/name`.
    pub full_name: String,
}

/// What was edited.
#[derive(Debug, Clone, Deserialize)]
pub struct Changes {
    /// The branch that it goes to.
    pub base: Option<BaseChange>,
}

/// Another branch to go to.
#[derive(Debug, Clone, Deserialize)]
pub struct BaseChange {
    /// The name of the one before.
    #[serde(rename = "ref")]
    pub branch: Option<Before>,
}

/// What something was before.
#[derive(Debug, Clone, Deserialize)]
pub struct Before {
    /// That.
    pub from: String,
}

/// `push`.
#[derive(Debug, Clone, Deserialize)]
pub struct PushEvent {
    /// What was pushed to: `refs/heads/BRANCH`, or a tag.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Whether it is gone now.
    #[serde(default)]
    pub deleted: bool,
}

/// `merge_group`.
#[derive(Debug, Clone, Deserialize)]
pub struct MergeGroupEvent {
    /// The group.
    pub merge_group: MergeGroup,
}

/// A group in the merge queue.
#[derive(Debug, Clone, Deserialize)]
pub struct MergeGroup {
    /// The group's commit.
    pub head_sha: String,
    /// Its temporary branch.
    #[serde(default)]
    pub head_ref: String,
    /// The commit that it goes on top of.
    pub base_sha: String,
    /// The branch that it goes to: `refs/heads/BRANCH`.
    #[serde(default)]
    pub base_ref: String,
}

/// `check_run.requested_action`: somebody pressed a button on a check.
#[derive(Debug, Clone, Deserialize)]
pub struct ButtonEvent {
    /// The check.
    pub check_run: CheckFields,
    /// The button.
    pub requested_action: RequestedAction,
    /// Who pressed it.
    pub sender: Sender,
}

/// A check run in a payload.
#[derive(Debug, Clone, Deserialize)]
pub struct CheckFields {
    /// Its id.
    pub id: u64,
    /// The commit that it is about.
    pub head_sha: String,
    /// Our own name of the run.
    pub external_id: Option<String>,
    /// Whose it is.
    pub app: Option<AppFields>,
}

/// An App in a payload.
#[derive(Debug, Clone, Deserialize)]
pub struct AppFields {
    /// Its id.
    pub id: u64,
}

/// A button.
#[derive(Debug, Clone, Deserialize)]
pub struct RequestedAction {
    /// What we called it.
    #[serde(default)]
    pub identifier: String,
}

/// Who did it.
#[derive(Debug, Clone, Deserialize)]
pub struct Sender {
    /// By login.
    pub login: String,
}

/// `issue_comment`.
#[derive(Debug, Clone, Deserialize)]
pub struct CommentEvent {
    action: String,
    issue: Issue,
    comment: CommentFields,
}

#[derive(Debug, Clone, Deserialize)]
struct Issue {
    number: PullNumber,
    pull_request: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
struct CommentFields {
    id: CommentId,
    body: String,
    user: Option<User>,
}

#[derive(Debug, Clone, Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

/// A new comment of a person on a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewComment {
    /// The pull request.
    pub pull: PullNumber,
    /// The comment.
    pub id: CommentId,
    /// Who wrote it.
    pub author: String,
    /// What it says.
    pub body: String,
}

impl CommentEvent {
    /// The comment, or the reason why nothing is done for it.
    pub fn into_comment(self) -> Result<NewComment, &'static str> {
        let Some(user) = self.comment.user else { return Err("its author is gone") };
        if self.action != "created" {
            return Err("only new comments are read, not edited or deleted ones");
        }
        if self.issue.pull_request.is_none() {
            return Err("it is on an issue, not on a pull request");
        }
        if user.kind == "Bot" || user.login.ends_with("[bot]") {
            return Err("it was written by a bot");
        }
        let (pull, id) = (self.issue.number, self.comment.id);
        Ok(NewComment { pull, id, author: user.login, body: self.comment.body })
    }
}
