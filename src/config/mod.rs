//! Environment files: YAML text into typed settings. No I/O but what it is given.

mod bot;
mod error;
mod hooks;
mod interpolate;
mod layout;
mod plain;
mod settings;

pub use bot::{
    AppSettings, BotSettings, LimitSettings, LinkSettings, RepositorySettings, ScratchSettings,
    SweepSettings, TeamSettings,
};
pub use error::ConfigError;
pub use hooks::{HookFailures, HookSettings, PhaseFailures};
pub use interpolate::{Unresolved, Variables, resolve};
pub use layout::{CommandSettings, Execute, LayoutSettings};
pub use plain::plain_yaml;
pub use settings::{
    BackfillSettings, BuildSettings, DatabaseSettings, DriftSettings, IgnoreSettings, IncludeDir,
    MigrationSettings, PreflightSettings, SeedExecution, SeedProfile, SeedSettings, SeedTransaction,
    Settings, SortMode, VersionStyle,
};

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde::Deserialize;

/// The JSON schema of an environment file, for editors, as it is published in `docs/settings.schema.json`.
#[must_use]
pub fn schema() -> schemars::Schema {
    schema_of::<Settings>()
}

/// The JSON schema of the bot's file, as it is published in `docs/bot.schema.json`.
#[must_use]
pub fn bot_schema() -> schemars::Schema {
    schema_of::<BotSettings>()
}

/// Reads a file of answers: a value for each name. `path` is only for messages.
pub fn answers(path: &Utf8Path, text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let deserializer = serde_yaml::Deserializer::from_str(text);
    let read: Result<BTreeMap<String, Scalar>, _> = serde_path_to_error::deserialize(deserializer);
    let read = read.map_err(|error| ConfigError::from_yaml(path, &error))?;
    Ok(read.into_iter().map(|(name, value)| (name, value.text())).collect())
}

/// One value, however YAML reads it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    YesNo(bool),
    Number(i64),
    Text(String),
    Nothing(()),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Self::YesNo(yes) => if yes { "yes" } else { "no" }.to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
            Self::Nothing(()) => String::new(),
        }
    }
}

fn schema_of<T: schemars::JsonSchema>() -> schemars::Schema {
    let settings = schemars::generate::SchemaSettings::draft07().for_deserialize();
    settings.into_generator().into_root_schema_for::<T>()
}

impl Settings {
    /// Reads an environment file's text. `path` is only for messages.
    pub fn parse(path: &Utf8Path, text: &str) -> Result<Self, ConfigError> {
        // An empty document, or one of comments only, sets nothing.
        let blank = text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        if blank {
            return Ok(Self::default());
        }
        let deserializer = serde_yaml::Deserializer::from_str(text);
        serde_path_to_error::deserialize(deserializer).map_err(|error| ConfigError::from_yaml(path, &error))
    }

    /// The connection URL or its parts, as the file says it, with `${VAR}` put in.
    pub fn database(
        &self,
        path: &Utf8Path,
        variables: &Variables,
    ) -> Result<Option<Connection>, ConfigError> {
        let put_in = |key: &str, text: &str| {
            resolve(text, variables).map_err(|why| ConfigError::unresolved(path, key, &why))
        };
        if let Some(url) = &self.database_url {
            return Ok(Some(Connection::Url(put_in("database_url", url)?)));
        }
        let Some(parts) = &self.database else { return Ok(None) };
        let part = |key: &str, value: &Option<String>| {
            value.as_deref().map(|text| put_in(&format!("database.{key}"), text)).transpose()
        };
        Ok(Some(Connection::Parts {
            host: part("host", &parts.host)?,
            port: part("port", &parts.port)?,
            database: part("database", &parts.database)?,
            user: part("user", &parts.user)?,
            password: part("password", &parts.password)?,
        }))
    }
}

/// How an environment file says where its database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Connection {
    /// `database_url`.
    Url(String),
    /// The `database:` block.
    Parts {
        /// Host name or socket directory.
        host: Option<String>,
        /// Port.
        port: Option<String>,
        /// Database name.
        database: Option<String>,
        /// User name.
        user: Option<String>,
        /// Password.
        password: Option<String>,
    },
}

#[cfg(test)]
mod tests;
