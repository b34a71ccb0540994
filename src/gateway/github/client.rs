//! GitHub as one token sees it.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use super::api::{Api, Builder};
use super::traffic::Counter;
use super::wire::{PermissionAnswer, UserAnswer};
use super::{Account, GitHubError, Identity, Patience, Permission, RepoName};

/// GitHub as one token sees it.
#[derive(Clone)]
pub struct GitHub {
    pub(super) api: Api,
    token: SecretString,
    pub(super) speaker: Option<Speaker>,
}

/// The App that a token speaks for, when that is known.
#[derive(Debug, Clone)]
pub(super) struct Speaker {
    /// The App's id.
    pub app: u64,
    /// The login by which it comments.
    pub login: String,
}

impl GitHub {
    /// Makes a client for the API at `address`, such as `https://api.github.com`. Asks nothing yet.
    ///
    /// Must be called inside a tokio runtime.
    pub fn connect(address: &str, token: &SecretString) -> Result<Self, GitHubError> {
        let authorize = |builder: Builder| builder.personal_token(token.expose_secret().to_owned());
        Ok(Self { api: Api::connect(address, authorize)?, token: token.clone(), speaker: None })
    }

    /// The same, when it is known which App the token speaks for.
    pub(super) fn of_app(self, speaker: Speaker) -> Self {
        Self { speaker: Some(speaker), ..self }
    }

    /// The same, whose requests are counted with others.
    pub(super) fn counted_by(mut self, counter: Counter) -> Self {
        self.api.counter = counter;
        self
    }

    /// The token, for what must show it itself, such as git.
    pub const fn token(&self) -> &SecretString {
        &self.token
    }

    /// The same, with another patience.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.api.patience = patience;
        self
    }

    /// Who the token speaks for.
    pub async fn who_am_i(&self) -> Result<Identity, GitHubError> {
        if let Some(speaker) = &self.speaker {
            return Ok(Identity::User(speaker.login.clone()));
        }
        match self.api.get::<UserAnswer>("/user").await {
            Ok(user) => Ok(Identity::User(user.login)),
            // An installation's token is no user's, and GitHub says so with 403.
            Err(GitHubError::Forbidden(_)) => Ok(Identity::App),
            Err(error) => Err(error),
        }
    }

    /// What a user may do in a repository now.
    pub async fn permission(&self, repo: &RepoName, login: &str) -> Result<Permission, GitHubError> {
        Ok(self.permission_answer(repo, login).await?.map_or(Permission::None, Permission::from))
    }

    /// What an account may do in a repository now. Whoever has its login by now and is not it may do nothing.
    pub async fn permission_of(&self, repo: &RepoName, account: &Account) -> Result<Permission, GitHubError> {
        let answer = self.permission_answer(repo, &account.login).await?;
        let is_it =
            |answer: &PermissionAnswer| answer.user.as_ref().is_some_and(|user| user.id == account.id);
        Ok(answer.filter(is_it).map_or(Permission::None, Permission::from))
    }

    async fn permission_answer(
        &self,
        repo: &RepoName,
        login: &str,
    ) -> Result<Option<PermissionAnswer>, GitHubError> {
        // A login goes into the address; what cannot be one is nobody.
        if !login.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_[]".contains(&byte)) {
            return Ok(None);
        }
        let path = format!("/repos/{repo}/collaborators/{login}/permission");
        match self.api.get(&path).await {
            Ok(answer) => Ok(Some(answer)),
            Err(GitHubError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The token is in the client, which is not shown.
impl fmt::Debug for GitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHub").field("speaker", &self.speaker).finish_non_exhaustive()
    }
}
