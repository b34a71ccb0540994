//! GitHub's things as the rest of the house sees them.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoName {
    owner: String,
    name: String,
}

/// Text that names no repository.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a repository: OWNER/NAME is wanted")]
pub struct RepoNameError(String);

impl FromStr for RepoName {
    type Err = RepoNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        match text.split_once('/') {
            Some((owner, name)) if allowed(owner) && allowed(name) => {
                Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
            }
            _ => Err(RepoNameError(text.to_owned())),
        }
    }
}

impl RepoName {
    /// Whose it is: a user's or an organization's login.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Its name beside others of the same owner.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// A pull request's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct PullNumber(pub u64);

/// A comment's id, unique in all of GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct CommentId(pub u64);

impl fmt::Display for PullNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for CommentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who an access token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A user, or the bot of an App, by login.
    User(String),
    /// An installation of an App whose name is not known, for it cannot ask.
    App,
}

/// A comment on a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// Its text.
    pub body: String,
    /// Its author's login; empty when the account is gone.
    pub author: String,
    /// Whether its author is an App.
    pub by_app: bool,
    /// Its page.
    pub url: String,
}

impl Comment {
    /// Whether the token's owner wrote it.
    pub(super) fn is_by(&self, identity: &Identity) -> bool {
        match identity {
            Identity::User(login) => self.author.eq_ignore_ascii_case(login),
            Identity::App => self.by_app,
        }
    }
}

/// What became of a comment that was to be on a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The comment's page.
    pub url: String,
    /// How it came to be there.
    pub how: How,
}

/// How a comment came to be on a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It was written anew.
    Created,
    /// An earlier one was edited.
    Updated,
    /// An earlier one says the same, so nothing was written.
    Unchanged,
}

/// What a user may do in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Nothing, or nothing that is known here.
    None,
    /// Look.
    Read,
    /// Push, which includes the role `maintain`.
    Write,
    /// Everything.
    Admin,
}

/// A reaction to a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Seen.
    Eyes,
    /// Done, and it went well.
    Rocket,
    /// Refused, or done and it went badly.
    ThumbsDown,
}

impl Reaction {
    pub(super) const fn content(self) -> &'static str {
        match self {
            Self::Eyes => "eyes",
            Self::Rocket => "rocket",
            Self::ThumbsDown => "-1",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RepoName;

    #[test]
    fn a_repository_is_an_owner_and_a_name_and_no_path() {
        assert_eq!("acme/shop.rs".parse::<RepoName>().unwrap().to_string(), "acme/shop.rs");
        for text in ["acme", "acme/shop/issues", "acme/sh op", "/shop", "acme/..?x", "acme/..", "./shop"] {
            assert!(text.parse::<RepoName>().is_err(), "{text}");
        }
    }
}
