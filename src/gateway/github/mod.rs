//! GitHub's API. Only this room imports octocrab.

mod api;
mod client;
mod comments;
mod error;
mod marker;
mod patience;
mod pulls;
mod types;
mod wire;

pub use client::GitHub;
pub use error::GitHubError;
pub use marker::CommentKey;
pub use patience::Patience;
pub use types::{
    Comment, CommentId, How, Identity, Permission, Published, PullNumber, PullRequest, Reaction, RepoName,
    RepoNameError,
};
