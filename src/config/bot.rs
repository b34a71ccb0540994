//! The bot's own file, `confiture.bot.yaml`: what it may know and do, on the machine that it runs on.

use std::collections::BTreeMap;

use camino::Utf8Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::MapPreventDuplicates;
use serde_with::serde_as;

use super::{ConfigError, Variables, resolve};

/// What the bot is told.
#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BotSettings {
    /// The GitHub App.
    pub github: AppSettings,
    /// Address and port to listen on.
    #[serde(default = "default_listen")]
    pub listen: String,
    /// Where people reach the bot's pages, such as `https://confiture.example.org`. Absent, links lead nowhere.
    pub public_url: Option<String>,
    /// Links to pages.
    #[serde(default)]
    pub links: LinkSettings,
    /// URL of the database that keeps the bot's state; several processes may share it. Absent, the bot starts a
    /// PostgreSQL of its own for that, in `data_dir`.
    pub state_url: Option<String>,
    /// Where the bot's own PostgreSQL keeps its files, relative to the settings file.
    #[serde(default = "default_data_dir")]
    pub data_dir: String,
    /// Throwaway servers.
    #[serde(default)]
    pub scratch: ScratchSettings,
    /// Bounds.
    #[serde(default)]
    pub limits: LimitSettings,
    /// Who, of those who may at all, may give which command.
    #[serde(default)]
    pub teams: TeamSettings,
    /// How often what was missed is looked for.
    #[serde(default)]
    pub sweeps: SweepSettings,
    /// Repositories that are set up otherwise than by default, by `owner/name`.
    #[serde(default)]
    #[serde_as(as = "MapPreventDuplicates<_, _>")]
    #[schemars(with = "BTreeMap<String, RepositorySettings>")]
    pub repositories: BTreeMap<String, RepositorySettings>,
}

/// The GitHub App.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppSettings {
    /// The App's id.
    pub app_id: u64,
    /// The App's private key, PEM. This or `private_key_file`.
    pub private_key: Option<String>,
    /// A file with the App's private key, relative to the settings file.
    pub private_key_file: Option<String>,
    /// Webhook secrets. Several while one is replaced by another: each is taken.
    pub webhook_secrets: Vec<String>,
    /// The API, of a GitHub Enterprise Server `https://HOST/api/v3`.
    #[serde(default = "default_api")]
    pub api: String,
    /// The App's client id, by which people sign in to the pages. Absent, nobody can.
    pub client_id: Option<String>,
    /// The client secret that goes with it.
    pub client_secret: Option<String>,
}

/// Links to pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinkSettings {
    /// Whether a check's link shows its page to whoever has it, without signing in.
    pub signed: bool,
    /// For how many days it does.
    pub days: u32,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self { signed: true, days: 30 }
    }
}

/// Throwaway servers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScratchSettings {
    /// Which server: a major version, `docker:TAG` or `docker:IMAGE`. Absent, the newest found.
    pub postgres: Option<String>,
}

/// Bounds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// How many jobs this process works on at a time.
    pub jobs: u32,
    /// How many jobs of one repository are worked on at a time, by all processes.
    pub jobs_per_repository: u32,
    /// Seconds that a job may take.
    pub job_seconds: u64,
    /// Megabytes that a check may take on disk: its trees, and what its throwaway server writes.
    pub scratch_megabytes: u64,
    /// Megabytes of memory that each process of a throwaway server may take, or a container as a whole.
    pub scratch_memory_megabytes: u64,
    /// How many servers of conflict checks are kept for ten minutes, each for the next check on the same branch: it needs
    /// none of its own then. 0 keeps none.
    pub kept_servers: usize,
    /// Days that a run is kept, with its page, when there is a newer one of the same.
    pub keep_days: u64,
    /// Megabytes that the files of one commit may take.
    pub tree_megabytes: u64,
    /// How many files a commit may have.
    pub tree_files: u64,
}

/// Who may give which command: members of one of the teams, by the part of its address after `/teams/`. They are teams
/// of the organization that the repository belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TeamSettings {
    /// By command, such as `ignore`.
    pub commands: BTreeMap<String, Vec<String>>,
    /// By environment, such as `production`: who is told of it.
    pub environments: BTreeMap<String, Vec<String>>,
}

/// How often what was missed is looked for, by one process at a time, and at each start. 0 is never.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SweepSettings {
    /// Minutes between looks into GitHub's log of deliveries, for those that did not arrive.
    pub deliveries_minutes: u64,
    /// Minutes between looks at all open pull requests, for those whose newest commit nobody checked.
    pub pulls_minutes: u64,
}

/// One repository.
#[serde_as]
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RepositorySettings {
    /// The directory that holds `db/`, relative to the repository's root.
    pub directory: String,
    /// The environment whose settings count: `db/environments/ENV.yaml` of the default branch.
    pub env: Option<String>,
    /// Databases whose ledger `/confiture status` reads, by environment: a URL, or `${VAR}` for one.
    #[serde_as(as = "MapPreventDuplicates<_, _>")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub environments: BTreeMap<String, String>,
}

/// The URLs hold passwords.
impl std::fmt::Debug for RepositorySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RepositorySettings")
            .field("directory", &self.directory)
            .field("env", &self.env)
            .field("environments", &self.environments.keys())
            .finish()
    }
}

fn default_listen() -> String {
    "127.0.0.1:8080".to_owned()
}

fn default_data_dir() -> String {
    "confiture-bot-data".to_owned()
}

fn default_api() -> String {
    "https://api.github.com".to_owned()
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            jobs: 2,
            jobs_per_repository: 2,
            job_seconds: 600,
            scratch_megabytes: 4_096,
            scratch_memory_megabytes: 2_048,
            kept_servers: 1,
            keep_days: 90,
            tree_megabytes: 256,
            tree_files: 50_000,
        }
    }
}

impl Default for SweepSettings {
    fn default() -> Self {
        Self { deliveries_minutes: 5, pulls_minutes: 60 }
    }
}

impl std::fmt::Debug for AppSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppSettings")
            .field("app_id", &self.app_id)
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}

impl BotSettings {
    /// Reads the file's text and puts variables in where secrets and addresses stand. `path` is only for messages.
    pub fn parse(path: &Utf8Path, text: &str, variables: &Variables) -> Result<Self, ConfigError> {
        let deserializer = serde_yaml::Deserializer::from_str(text);
        let mut settings: Self = serde_path_to_error::deserialize(deserializer)
            .map_err(|error| ConfigError::from_yaml(path, &error))?;
        let put_in = |key: &str, text: &mut String| -> Result<(), ConfigError> {
            *text = resolve(text, variables).map_err(|why| ConfigError::unresolved(path, key, &why))?;
            Ok(())
        };
        if let Some(url) = &mut settings.state_url {
            put_in("state_url", url)?;
        }
        put_in("listen", &mut settings.listen)?;
        put_in("github.api", &mut settings.github.api)?;
        let github = &mut settings.github;
        let optional = [
            ("public_url", &mut settings.public_url),
            ("github.client_id", &mut github.client_id),
            ("github.client_secret", &mut github.client_secret),
        ];
        for (key, text) in optional {
            text.as_mut().map_or(Ok(()), |text| put_in(key, text))?;
        }
        // Paths are put behind it.
        settings.public_url = settings.public_url.map(|url| url.trim_end_matches('/').to_owned());
        if let Some(key) = &mut settings.github.private_key {
            put_in("github.private_key", key)?;
        }
        for (number, secret) in settings.github.webhook_secrets.iter_mut().enumerate() {
            put_in(&format!("github.webhook_secrets[{number}]"), secret)?;
        }
        for (name, repository) in &mut settings.repositories {
            for (env, url) in &mut repository.environments {
                put_in(&format!("repositories.{name}.environments.{env}"), url)?;
            }
        }
        settings.check(path)?;
        Ok(settings)
    }

    fn check(&self, path: &Utf8Path) -> Result<(), ConfigError> {
        let wrong = |message: &str, help: &str| {
            Err(ConfigError {
                path: path.to_owned(),
                position: None,
                message: message.to_owned(),
                help: Some(help.to_owned()),
            })
        };
        let github = &self.github;
        if github.private_key.is_some() == github.private_key_file.is_some() {
            return wrong(
                "github.private_key and github.private_key_file: one of the two is wanted",
                "name the file that GitHub gave for the App, or the variable that holds what is in it",
            );
        }
        if github.webhook_secrets.is_empty() || github.webhook_secrets.iter().any(String::is_empty) {
            return wrong(
                "github.webhook_secrets: at least one secret is wanted, and none may be empty",
                "anybody could speak for GitHub without one: set the App's webhook secret there and here",
            );
        }
        self.check_pages().or_else(|(message, help)| wrong(message, help))?;
        if self.limits.jobs == 0 || self.limits.jobs_per_repository == 0 {
            return wrong("limits: no job could ever run with 0 at a time", "give at least 1");
        }
        Ok(())
    }

    fn check_pages(&self) -> Result<(), (&'static str, &'static str)> {
        let is_web = |url: &String| ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme));
        let github = &self.github;
        if self.public_url.as_ref().is_some_and(|url| !is_web(url)) {
            let help = "give the address that people reach the bot at, such as https://confiture.example.org";
            return Err(("public_url must begin with https:// or http://", help));
        }
        if github.client_id.is_some() != github.client_secret.is_some() {
            let help = "the App's settings on GitHub show the id and make a secret; nobody can sign in with one of them";
            return Err(("github.client_id and github.client_secret: both are wanted, or neither", help));
        }
        if github.client_id.is_some() && self.public_url.is_none() {
            let help = "GitHub sends whoever signs in back there";
            return Err(("github.client_id is given and public_url is not", help));
        }
        if self.links.days == 0 {
            return Err((
                "links.days: a link that is good for 0 days leads nowhere",
                "give at least 1, or say `signed: false`",
            ));
        }
        Ok(())
    }

    /// What is set for a repository, or what goes for all others.
    #[must_use]
    pub fn repository(&self, name: &str) -> RepositorySettings {
        let found = self.repositories.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, settings)| settings.clone()).unwrap_or_default()
    }
}
