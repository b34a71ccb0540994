//! GitHub's API. Only this room imports octocrab.

mod api;
mod app;
mod archive;
mod blob;
mod checks;
mod client;
mod comments;
mod deliveries;
mod error;
mod manifest;
mod marker;
mod merge_queue;
mod oauth;
mod patience;
pub mod payload;
mod pulls;
mod repository;
mod teams;
mod traffic;
mod tree;
mod types;
mod wire;

pub use app::{Access, App, Installation, InstallationId, Repository};
pub use archive::Skipped;
pub use checks::{
    Annotation, AnnotationLevel, Check, CheckAction, CheckId, CheckStatus, CheckUpdate, Conclusion, NewCheck,
    Progress,
};
pub use client::GitHub;
pub use deliveries::{Delivery, DeliveryId};
pub use error::GitHubError;
pub use manifest::{NewApp, convert};
pub use marker::CommentKey;
pub use merge_queue::QueuedPull;
pub use oauth::{Account, SignIn};
pub use patience::{Patience, scattered};
pub use pulls::PullRequest;
pub use repository::RepositoryPage;
pub use traffic::Traffic;
pub use tree::{Tree, TreeLimits};
pub use types::{
    Comment, CommentId, How, Identity, Permission, Published, PullNumber, Reaction, RepoName, RepoNameError,
};
