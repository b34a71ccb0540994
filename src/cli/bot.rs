//! `confiture bot`.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::arguments::{BotCommand, BotOptions, SetupOptions};
use super::output;
use crate::bot::{Bot, Setup, SetupError, SetupRequest};
use crate::model::exit::ExitCode;

/// Runs until it is cancelled.
pub(super) async fn run(
    options: &BotOptions,
    variables: &BTreeMap<String, String>,
    cancel: CancellationToken,
) -> u8 {
    if let Some(BotCommand::Setup(setup)) = &options.command {
        return set_up(options, setup, cancel).await;
    }
    crate::telemetry::start_service(variables);
    let bot = match Bot::open(&options.config, variables).await {
        Ok(bot) => bot,
        Err(error) => {
            output::complain(&error.to_string());
            if let Some(help) = error.help() {
                output::complain(help);
            }
            return ExitCode::Configuration.number();
        }
    };
    if let Some(address) = bot.address() {
        output::complain(&format!("listening on http://{address}"));
    }
    match bot.run(cancel).await {
        Ok(()) => ExitCode::Success.number(),
        Err(error) => {
            output::complain(&format!("the bot ended: {error}"));
            ExitCode::Configuration.number()
        }
    }
}

/// Registers the App, and says what comes next.
async fn set_up(options: &BotOptions, setup: &SetupOptions, cancel: CancellationToken) -> u8 {
    let request = SetupRequest {
        config: options.config.clone(),
        org: setup.org.clone(),
        public_url: setup.public_url.clone(),
        port: setup.port,
        github: setup.github.clone(),
        api: setup.api.clone(),
        name: setup.name.clone(),
    };
    match register(request, cancel).await {
        Ok(said) => output::write(&said, None, ExitCode::Success),
        Err(error) => {
            output::complain(&error.to_string());
            ExitCode::Configuration.number()
        }
    }
}

async fn register(request: SetupRequest, cancel: CancellationToken) -> Result<String, SetupError> {
    let (config, has_url) = (request.config.clone(), request.public_url.is_some());
    let setup = Setup::open(request).await?;
    output::complain(&format!("open http://{} in a browser of this machine", setup.address()));
    let registered = setup.run(cancel).await?;
    let written: Vec<&str> = registered.written.iter().map(|path| path.as_str()).collect();
    let mut lines = vec![format!("The App is registered: {}", registered.url)];
    lines.push(format!("Written, for your eyes only: {}", written.join(", ")));
    lines.push("What comes next:".to_owned());
    lines.push(format!("  1. Choose the repositories that it may see: {}", registered.install));
    if !has_url {
        let change =
            "switch its webhook on there, with the address where GitHub reaches /webhooks of the bot";
        lines.push(format!("  -  In the App's settings, {}: {change}", registered.url));
    }
    lines.push(format!("  2. Start it: confiture bot --config {config}"));
    Ok(lines.join("\n") + "\n")
}
