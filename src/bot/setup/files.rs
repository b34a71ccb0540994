//! What an App needs to be a bot, on the disk: for its owner's eyes only.

use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err::os::unix::fs::OpenOptionsExt as _;
use secrecy::ExposeSecret as _;

use super::{Registered, SetupError, SetupRequest};
use crate::gateway::github::NewApp;
use crate::render::setup::{BotFile, bot_file};

/// The App's private key, beside the bot's file.
pub(super) fn key_file(config: &Utf8Path) -> Utf8PathBuf {
    config.with_extension("pem")
}

/// Writes the key, and the file that names it.
pub(super) fn write(request: &SetupRequest, api: &str, app: &NewApp) -> Result<Registered, SetupError> {
    let key = key_file(&request.config);
    let text = bot_file(&BotFile {
        app_id: app.id,
        key_file: key.file_name().unwrap_or_default(),
        webhook_secret: app.webhook_secret.as_ref().map(secrecy::ExposeSecret::expose_secret),
        client_id: &app.client_id,
        client_secret: app.client_secret.expose_secret(),
        api,
        public_url: request.public_url.as_deref(),
    });
    for (path, content) in [(&key, app.pem.expose_secret()), (&request.config, text.as_str())] {
        let failed = |source| SetupError::Write { path: path.clone(), source, app: app.html_url.clone() };
        write_secret(path, content).map_err(failed)?;
    }
    let install = format!("{}/installations/new", app.html_url);
    Ok(Registered { url: app.html_url.clone(), install, written: vec![request.config.clone(), key] })
}

/// Writes a new file that nobody else may read. One that is there is left alone.
fn write_secret(path: &Utf8Path, content: &str) -> std::io::Result<()> {
    let mut options = fs_err::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}
