//! The event that started the workflow; of its file, only the fields that are used.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::ActionError;
use crate::gateway::github::PullNumber;
use crate::gateway::github::payload::{
    CommentEvent, MergeGroupEvent, NewComment, PullRequestEvent, PullRequestFields, Repository,
};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// A pull request was opened or changed.
    PullRequest {
        /// Its number.
        pull: PullNumber,
        /// The commit that it proposes.
        head: String,
        /// The commit of the branch that it goes to.
        base: String,
        /// Whether it comes from another repository than it goes to.
        fork: bool,
    },
    /// A branch was pushed.
    Push {
        /// The commit before; zeros for a new branch.
        before: String,
        /// Whether the branch was deleted.
        deleted: bool,
        /// The default branch, unless it is the pushed one.
        default_branch: Option<String>,
    },
    /// A group in the merge queue is to be checked.
    MergeGroup {
        /// The group's commit.
        head: String,
        /// The commit that it goes on top of.
        base: String,
    },
    /// Somebody started the workflow by hand.
    WorkflowDispatch,
    /// Somebody commented on a pull request.
    Comment(NewComment),
    /// A comment that nothing is done for, with the reason.
    Nothing(&'static str),
}

impl Event {
    /// Reads an event from its file's text.
    pub(super) fn read(name: &str, text: &str) -> Result<Self, ActionError> {
        match name {
            "pull_request" => payload::<PullRequestEvent>(name, text).map(Into::into),
            "push" => payload::<PushEvent>(name, text).map(Into::into),
            "merge_group" => payload::<MergeGroupEvent>(name, text).map(Into::into),
            "workflow_dispatch" => Ok(Self::WorkflowDispatch),
            "issue_comment" => payload::<CommentEvent>(name, text).map(Into::into),
            "pull_request_target" => Err(ActionError::UntrustedTarget),
            other => Err(ActionError::Event(other.to_owned())),
        }
    }
}

fn payload<T: DeserializeOwned>(event: &str, text: &str) -> Result<T, ActionError> {
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json)
        .map_err(|error| ActionError::Payload { event: event.to_owned(), reason: error.to_string() })
}

impl From<PullRequestEvent> for Event {
    fn from(event: PullRequestEvent) -> Self {
        let PullRequestFields { number, head, base, .. } = event.pull_request;
        let fork = head.repo != base.repo;
        Self::PullRequest { pull: number, head: head.sha, base: base.sha, fork }
    }
}

#[derive(Deserialize)]
struct PushEvent {
    #[serde(rename = "ref")]
    reference: String,
    before: String,
    #[serde(default)]
    deleted: bool,
    repository: Repository,
}

impl From<PushEvent> for Event {
    fn from(event: PushEvent) -> Self {
        let pushed = event.reference.strip_prefix("refs/heads/").unwrap_or_default().to_owned();
        let default_branch = event.repository.default_branch.filter(|branch| *branch != pushed);
        Self::Push { before: event.before, deleted: event.deleted, default_branch }
    }
}

impl From<MergeGroupEvent> for Event {
    fn from(event: MergeGroupEvent) -> Self {
        Self::MergeGroup { head: event.merge_group.head_sha, base: event.merge_group.base_sha }
    }
}

impl From<CommentEvent> for Event {
    fn from(event: CommentEvent) -> Self {
        event.into_comment().map_or_else(Self::Nothing, Self::Comment)
    }
}

#[cfg(test)]
mod tests {
    use super::Event;

    #[test]
    fn an_event_that_is_not_understood_says_which_ones_are() {
        let error = Event::read("schedule", "{}").unwrap_err().to_string();
        assert!(error.contains("`schedule`") && error.contains("merge_group"), "{error}");
        let error = Event::read("pull_request_target", "{}").unwrap_err().to_string();
        assert!(error.contains("use pull_request"), "{error}");
    }

    #[test]
    fn a_file_that_lacks_a_field_says_which() {
        let error = Event::read("pull_request", r#"{"pull_request":{"number":1}}"#).unwrap_err().to_string();
        assert!(error.contains("pull_request") && error.contains("missing field `head`"), "{error}");
    }

    #[test]
    fn a_push_knows_the_default_branch_unless_it_is_the_pushed_one() {
        let push = |branch: &str| {
            let text = format!(
                r#"{{"ref":"refs/heads/{branch}","before":"0","repository":{{"default_branch":"main"}}}}"#
            );
            Event::read("push", &text).unwrap()
        };
        let expected = |default_branch: Option<&str>| Event::Push {
            before: "0".to_owned(),
            deleted: false,
            default_branch: default_branch.map(ToOwned::to_owned),
        };
        assert_eq!(push("main"), expected(None));
        assert_eq!(push("topic"), expected(Some("main")));
    }
}
