//! Starting the throwaway server that settings or a flag ask for.

use std::collections::BTreeMap;

use crate::config::PreflightSettings;
use crate::gateway::scratch::{self, EmbeddedOptions, Server, ServerChoice};
use crate::model::report::Failure;
use crate::operation::failure;

/// What a server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Replaying migrations, on as much data as there may be.
    Replay,
    /// The work of a command of somebody else's, whose statements the server writes down.
    Command,
    /// Holding structure, in a sandbox where one is wanted and can be had.
    Structure {
        /// Whether one is wanted.
        sandbox: bool,
    },
}

/// Starts the server that is wanted: by the flag, else by the settings, else the newest that is here.
///
/// `key` names a state that an earlier run may have kept.
pub(crate) async fn start(
    wanted: Option<&str>,
    download: bool,
    purpose: Purpose,
    settings: &PreflightSettings,
    variables: &BTreeMap<String, String>,
    key: Option<&str>,
) -> Result<Box<dyn Server>, Failure> {
    let wanted = wanted.or(settings.postgres.as_deref());
    let choice = ServerChoice::parse(wanted).map_err(|error| failure::server(&error))?;
    let download = download || settings.download_postgres;
    let sandbox = purpose == Purpose::Structure { sandbox: true };
    let small = matches!(purpose, Purpose::Structure { .. });
    let logged = purpose == Purpose::Command;
    let options =
        EmbeddedOptions { major: None, download, sandbox, small, logged, variables: variables.clone() };
    scratch::start(&choice, &options, key).await.map_err(|error| failure::server(&error))
}
