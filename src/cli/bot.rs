//! `confiture bot`.

use std::collections::BTreeMap;

use camino::Utf8Path;
use tokio_util::sync::CancellationToken;

use super::arguments::{BotCommand, BotOptions, Format, JobsCommand, OutputArguments, SetupOptions};
use super::output;
use crate::bot::{Bot, BotError, Setup, SetupError, SetupRequest, jobs};
use crate::gateway::store::StoreError;
use crate::model::exit::ExitCode;
use crate::model::job::{JobsAnswer, RetriedAnswer};
use crate::render;

/// Runs until it is cancelled, or answers one question.
pub(super) async fn run(
    options: &BotOptions,
    variables: &BTreeMap<String, String>,
    cancel: CancellationToken,
) -> u8 {
    match &options.command {
        Some(BotCommand::Setup(setup)) => set_up(options, setup, cancel).await,
        Some(BotCommand::Jobs { command }) => look(&options.config, command, variables).await,
        None => serve(options, variables, cancel).await,
    }
}

async fn serve(options: &BotOptions, variables: &BTreeMap<String, String>, cancel: CancellationToken) -> u8 {
    crate::telemetry::start_service(variables);
    let bot = match Bot::open(&options.config, variables).await {
        Ok(bot) => bot,
        Err(error) => return refuse(&error),
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

fn refuse(error: &BotError) -> u8 {
    output::complain(&error.to_string());
    if let Some(help) = error.help() {
        output::complain(help);
    }
    ExitCode::Configuration.number()
}

/// `bot jobs`.
async fn look(config: &Utf8Path, command: &JobsCommand, variables: &BTreeMap<String, String>) -> u8 {
    let state = match jobs::State::open(config, variables).await {
        Ok(state) => state,
        Err(error) => return refuse(&error),
    };
    let answered = match command {
        JobsCommand::List { state: only, output } => list(&state, only.as_deref(), output).await,
        JobsCommand::Retry { jobs, all, output } => {
            retry(&state, (!all).then_some(jobs.as_slice()), output).await
        }
    };
    state.close().await;
    answered.unwrap_or_else(|error| {
        output::complain(&error.to_string());
        ExitCode::Database.number()
    })
}

async fn list(
    state: &jobs::State,
    only: Option<&str>,
    options: &OutputArguments<Format>,
) -> Result<u8, StoreError> {
    let open = ["waiting", "running", "failed"];
    let wanted = only.as_ref().map_or(&open[..], std::slice::from_ref);
    let answer = JobsAnswer { jobs: state.jobs(wanted).await? };
    let text = match options.format {
        Format::Json => render::json::document(&answer),
        Format::Text => render::jobs::list(&answer, output::wants_colour(options.output.is_some())),
    };
    Ok(output::write(&text, options.output.as_deref(), ExitCode::Success))
}

async fn retry(
    state: &jobs::State,
    wanted: Option<&[i64]>,
    options: &OutputArguments<Format>,
) -> Result<u8, StoreError> {
    let answer = RetriedAnswer { retried: state.retry(wanted).await? };
    let missed: Vec<String> = wanted
        .unwrap_or_default()
        .iter()
        .filter(|job| answer.retried.iter().all(|one| one.job != **job))
        .map(ToString::to_string)
        .collect();
    let code = if missed.is_empty() { ExitCode::Success } else { ExitCode::Configuration };
    if !missed.is_empty() {
        let what = "no failed job has this number (confiture bot jobs list shows those that have failed)";
        output::complain(&format!("{}: {what}", missed.join(", ")));
    }
    let text = match options.format {
        Format::Json => render::json::document(&answer),
        Format::Text => render::jobs::retried(&answer),
    };
    let nothing = options.format == Format::Text && answer.retried.is_empty() && !missed.is_empty();
    let text = if nothing { String::new() } else { text };
    Ok(output::write(&text, options.output.as_deref(), code))
}
