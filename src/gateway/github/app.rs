//! A GitHub App: who it is, where it is installed, and tokens for its jobs.

use std::fmt;

use octocrab::models::AppId;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use super::api::{Api, Builder};
use super::client::Speaker;
use super::{GitHub, GitHubError, Patience, RepoName, Traffic};

/// A GitHub App as its private key lets it act.
///
/// What it asks it signs anew for each request: issued a minute ago, because clocks differ, and good for nine more.
#[derive(Clone)]
pub struct App {
    pub(super) api: Api,
    address: String,
    id: u64,
    login: OnceCell<String>,
}

/// An installation of an App: one account's consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct InstallationId(pub u64);

impl fmt::Display for InstallationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where an App is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Its id.
    pub id: InstallationId,
    /// The login of the account that installed it; empty when the account is gone.
    pub account: String,
    /// Whether the account has stopped it for now: no token is to be had.
    pub suspended: bool,
}

/// A repository that an installation may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its name.
    pub name: RepoName,
    /// The branch that policies are read from.
    pub default_branch: String,
    /// Whether nobody can push any more.
    pub archived: bool,
}

/// How far a permission of a token goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Look.
    Read,
    /// Change, which includes looking.
    Write,
}

impl Access {
    const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl App {
    /// Makes a client for the API at `address` with the App's id and its private key in PEM form. Asks nothing yet.
    ///
    /// Must be called inside a tokio runtime.
    pub fn connect(address: &str, id: u64, key: &SecretString) -> Result<Self, GitHubError> {
        let key = octocrab::auth::EncodingKey::from_rsa_pem(key.expose_secret().as_bytes())
            .map_err(|error| GitHubError::Key(error.to_string()))?;
        let api = Api::connect(address, |builder: Builder| builder.app(AppId(id), key))?;
        Ok(Self { api, address: address.to_owned(), id, login: OnceCell::new() })
    }

    /// The same, with another patience, which its installations inherit.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.api.patience = patience;
        self
    }

    /// The page of a repository, `owner/name`, where people see it.
    #[must_use]
    pub fn page(&self, repository: &str) -> String {
        format!("{}/{repository}", super::oauth::web(&self.address))
    }

    /// What the App and its installations asked so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.api.counter.read()
    }

    /// The login by which the App comments. Asked for once, then kept.
    pub async fn login(&self) -> Result<&str, GitHubError> {
        let ask = || async {
            let app: AppAnswer = self.api.get("/app").await?;
            Ok(format!("{}[bot]", app.slug))
        };
        self.login.get_or_try_init(ask).await.map(String::as_str)
    }

    /// GitHub as a new token sees it: of this installation, for one repository or for all of its, with exactly these
    /// permissions, such as `("checks", Access::Write)`. The token is good for an hour.
    pub async fn installation(
        &self,
        installation: InstallationId,
        repo: Option<&RepoName>,
        permissions: &[(&str, Access)],
    ) -> Result<GitHub, GitHubError> {
        let login = self.login().await?.to_owned();
        let token = self.mint(installation, repo, permissions).await?;
        let speaker = Speaker { app: self.id, login };
        let github = GitHub::connect(&self.address, &token)?.of_app(speaker);
        Ok(github.with_patience(self.api.patience).counted_by(self.api.counter.clone()))
    }

    async fn mint(
        &self,
        installation: InstallationId,
        repo: Option<&RepoName>,
        permissions: &[(&str, Access)],
    ) -> Result<SecretString, GitHubError> {
        let permissions: Map<String, Value> =
            permissions.iter().map(|(name, access)| ((*name).to_owned(), json!(access.name()))).collect();
        let mut body = json!({ "permissions": permissions });
        if let Some(repo) = repo {
            body["repositories"] = json!([repo.name()]);
        }
        let path = format!("/app/installations/{installation}/access_tokens");
        // A token that was made and whose answer was lost is nobody's, and ends by itself.
        let ask = || self.api.post::<TokenAnswer>(&path, &body);
        Ok(self.api.patience.keep(ask).await?.token.into())
    }

    /// Everywhere the App is installed.
    pub async fn installations(&self) -> Result<Vec<Installation>, GitHubError> {
        let installations = self.api.list::<InstallationAnswer>("/app/installations", &[]).await?;
        Ok(installations.into_iter().map(Installation::from).collect())
    }

    /// All repositories that an installation may see.
    pub async fn repositories(&self, installation: InstallationId) -> Result<Vec<Repository>, GitHubError> {
        let github = self.installation(installation, None, &[("metadata", Access::Read)]).await?;
        let repositories = github.api.list::<RepositoryAnswer>("/installation/repositories", &[]).await?;
        // A name that is none could not be asked about either.
        Ok(repositories.into_iter().filter_map(RepositoryAnswer::named).collect())
    }
}

/// The private key is in the client, which is not shown.
impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("address", &self.address).field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
struct AppAnswer {
    slug: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: String,
}

#[derive(Debug, Deserialize)]
struct InstallationAnswer {
    id: InstallationId,
    account: Option<Account>,
    suspended_at: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Account {
    // An enterprise has no login.
    #[serde(default)]
    login: String,
}

impl From<InstallationAnswer> for Installation {
    fn from(answer: InstallationAnswer) -> Self {
        let account = answer.account.map_or_else(String::new, |account| account.login);
        Self { id: answer.id, account, suspended: answer.suspended_at.is_some() }
    }
}

#[derive(Debug, Deserialize)]
struct RepositoryAnswer {
    full_name: String,
    default_branch: String,
    #[serde(default)]
    archived: bool,
}

impl RepositoryAnswer {
    fn named(self) -> Option<Repository> {
        let name = self.full_name.parse().ok()?;
        Some(Repository { name, default_branch: self.default_branch, archived: self.archived })
    }
}
