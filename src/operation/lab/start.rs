//! Starting the throwaway server that settings or a flag ask for.

use std::collections::BTreeMap;

use crate::config::PreflightSettings;
use crate::gateway::scratch::{self, EmbeddedOptions, Server, ServerChoice};
use crate::model::report::Failure;
use crate::operation::failure;

/// Starts the server that is wanted: by the flag, else by the settings, else the newest that is here.
///
/// `sandbox` asks for one where it can be had; `key` names a state that an earlier run may have kept.
pub(crate) async fn start(
    wanted: Option<&str>,
    download: bool,
    sandbox: bool,
    settings: &PreflightSettings,
    variables: &BTreeMap<String, String>,
    key: Option<&str>,
) -> Result<Box<dyn Server>, Failure> {
    let wanted = wanted.or(settings.postgres.as_deref());
    let choice = ServerChoice::parse(wanted).map_err(|error| failure::server(&error))?;
    let download = download || settings.download_postgres;
    let options = EmbeddedOptions { major: None, download, sandbox, variables: variables.clone() };
    scratch::start(&choice, &options, key).await.map_err(|error| failure::server(&error))
}
