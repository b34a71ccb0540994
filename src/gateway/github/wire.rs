//! The fields of GitHub's answers that are used, and no others: what else changes there breaks nothing here.

use serde::Deserialize;

use super::types::{Comment, CommentId, Permission};

#[derive(Debug, Deserialize)]
pub(super) struct UserAnswer {
    pub(super) login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommentAnswer {
    id: CommentId,
    html_url: String,
    #[serde(default)]
    body: Option<String>,
    user: Option<UserAnswer>,
}

impl From<CommentAnswer> for Comment {
    fn from(answer: CommentAnswer) -> Self {
        let by_app = answer.user.as_ref().is_some_and(|user| user.kind == "Bot");
        Self {
            id: answer.id,
            body: answer.body.unwrap_or_default(),
            author: answer.user.map_or_else(String::new, |user| user.login),
            by_app,
            url: answer.html_url,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct PermissionAnswer {
    permission: String,
    pub(super) user: Option<super::Account>,
}

impl From<PermissionAnswer> for Permission {
    fn from(answer: PermissionAnswer) -> Self {
        match answer.permission.as_str() {
            "admin" => Self::Admin,
            "write" | "maintain" => Self::Write,
            "read" | "triage" => Self::Read,
            _ => Self::None,
        }
    }
}

/// An answer of which nothing is used.
#[derive(Debug, Deserialize)]
pub(super) struct Ignored {}
