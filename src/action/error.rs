//! Why the Action could not do its work, apart from what a preflight itself finds.

use camino::Utf8PathBuf;

use crate::engine::command::CommandError;
use crate::gateway::git::GitError;
use crate::gateway::github::{GitHubError, RepoNameError};

/// Why the Action could not do its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum ActionError {
    /// An input that cannot be used.
    #[error("input `{name}`: {reason}")]
    Input {
        /// The input.
        name: &'static str,
        /// What is wrong with it, and what is wanted.
        reason: String,
    },
    /// A variable that the runner sets is missing.
    #[error("{0} is not set: `confiture action` runs inside a GitHub Actions job")]
    Variable(&'static str),
    /// An event that nothing is done for.
    #[error(
        "nothing is done for the event `{0}`: pull_request, push, merge_group, workflow_dispatch and \
         issue_comment are understood"
    )]
    Event(String),
    /// An event that would run other people's SQL with secrets in reach.
    #[error("the event `pull_request_target` runs with secrets on other people's code: use pull_request")]
    UntrustedTarget,
    /// The event's file does not say what it should.
    #[error("the event file does not describe a `{event}` event: {reason}")]
    Payload {
        /// The event.
        event: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The base commit is not in the checkout and cannot be fetched.
    #[error("the base `{base}` is not in the checkout and could not be fetched: {source}")]
    Base {
        /// The revision.
        base: String,
        /// Why.
        source: GitError,
    },
    /// Nothing is checked out.
    #[error("there is no git repository in {0}")]
    NoCheckout(Utf8PathBuf),
    /// Commands in comments need a token.
    #[error("commands in comments need the input `github-token`")]
    NoToken,
    /// The pull request is no longer what the command was given for.
    #[error("the pull request has moved on: its newest commit is {0}")]
    Moved(String),
    /// A command in a comment that is none.
    #[error("no command in {0}")]
    Command(#[from] CommandError),
    /// A command that only the bot carries out.
    #[error("`/confiture {0}` is a command of the bot's: the Action does not carry it out")]
    NotOurs(&'static str),
    /// A command that is still to come.
    #[error("`/confiture {0}` comes with a later version: nothing carries it out yet")]
    Later(&'static str),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// GitHub.
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    /// The repository's name.
    #[error(transparent)]
    Repository(#[from] RepoNameError),
    /// A file.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl ActionError {
    /// What to do about it, one sentence.
    #[must_use]
    pub(super) fn help(&self) -> Option<&'static str> {
        match self {
            Self::Base { .. } => Some("let actions/checkout fetch the whole history: set fetch-depth: 0"),
            Self::NoCheckout(_) => Some("run actions/checkout in a step before this one"),
            Self::NoToken => Some("give it as github-token: ${{ github.token }}"),
            Self::Git(error) => error.help(),
            _ => None,
        }
    }
}
