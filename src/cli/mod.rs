//! The front door for people and scripts: arguments in, one operation, one rendered answer, an exit code.

mod arguments;
mod bot;
mod build;
mod diff;
mod drift;
mod init;
mod manual;
mod migrate;
mod output;
mod preflight;
mod progress;
mod schema;
mod seed;
mod wizard;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use clap::Parser as _;
use tokio_util::sync::CancellationToken;

use crate::model::exit::ExitCode;
use arguments::migrate::Migrate;
use arguments::seed::SeedCommand;
use arguments::structure::SchemaCommand;
use arguments::{Arguments, Command};

/// How long a preflight may take to remove what it started.
const CLEAN_UP_LIMIT: Duration = Duration::from_secs(10);
/// What the shell sees when a signal ended the run: 128 and the number of SIGINT.
const INTERRUPTED: u8 = 130;

/// Carries out what the arguments ask for and returns the exit code for the shell.
pub async fn run(variables: BTreeMap<String, String>) -> u8 {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too, and are no errors.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::Configuration.number() } else { 0 };
        }
    };
    if arguments.exit_codes {
        return output::exit_codes();
    }
    let Some(command) = arguments.command else { return output::usage() };
    let cancel = CancellationToken::new();
    let has_to_clean_up = starts_servers(&command);
    let is_service = matches!(command, Command::Bot(_));
    if !is_service {
        crate::telemetry::start(&variables);
    }
    let work = dispatch(command, variables, cancel.clone());
    tokio::pin!(work);
    tokio::select! {
        // Listened for before anything is begun.
        biased;
        () = interrupted() => cancel.cancel(),
        code = &mut work => return code,
    }
    if is_service {
        // To be asked to end is no failure of a service.
        return work.await;
    }
    if has_to_clean_up {
        let _ = tokio::time::timeout(CLEAN_UP_LIMIT, work).await;
    }
    output::interrupted(INTERRUPTED, has_to_clean_up)
}

/// Whether a command starts what has to be stopped before the process may end.
fn starts_servers(command: &Command) -> bool {
    if let Command::Build(options) = command {
        return options.database_url.is_none();
    }
    matches!(
        command,
        Command::Preflight(_)
            | Command::Diff(_)
            | Command::Drift(_)
            | Command::Schema { .. }
            | Command::Migrate {
                command: Migrate::Preflight(_) | Migrate::Diff(_) | Migrate::Drift(_) | Migrate::Wizard(_)
            }
    )
}

async fn dispatch(command: Command, variables: BTreeMap<String, String>, cancel: CancellationToken) -> u8 {
    match command {
        Command::Preflight(options) | Command::Migrate { command: Migrate::Preflight(options) } => {
            preflight::run(options, variables, cancel).await
        }
        Command::Build(options) => build::run(options, variables, cancel).await,
        Command::Init(options) => init::run(options, variables).await,
        Command::Seed { command: SeedCommand::Apply(options) } => seed::apply(options, variables).await,
        Command::Seed { command: SeedCommand::Validate(options) } => seed::validate(options, variables).await,
        Command::Diff(options) | Command::Migrate { command: Migrate::Diff(options) } => {
            diff::run(options, variables, cancel).await
        }
        Command::Drift(options) | Command::Migrate { command: Migrate::Drift(options) } => {
            drift::run(options, variables, cancel).await
        }
        Command::Introspect(options) => schema::introspect(options, variables).await,
        Command::Schema { command: SchemaCommand::Dump(options) } => {
            schema::dump(options, variables, cancel).await
        }
        Command::Schema { command: SchemaCommand::Fmt(options) } => schema::format(options, variables).await,
        Command::Migrate { command: Migrate::Up(options) } => migrate::up(options, variables).await,
        Command::Migrate { command: Migrate::History(options) } => migrate::history(options, variables).await,
        Command::Migrate { command: Migrate::Verify(options) } => migrate::verify(options, variables).await,
        Command::Migrate { command: Migrate::Estimate(options) } => {
            migrate::estimate(options, variables).await
        }
        Command::Migrate { command: Migrate::Validate(options) } => {
            migrate::validate(options, variables).await
        }
        Command::Migrate { command: Migrate::Fix(options) } => migrate::fix(options, variables).await,
        Command::Migrate { command: Migrate::Convert(options) } => migrate::convert(options, variables).await,
        Command::Migrate { command: Migrate::Generate(options) } => {
            migrate::generate(options, variables).await
        }
        Command::Migrate { command: Migrate::Wizard(options) } => {
            wizard::run(options, variables, cancel).await
        }
        Command::Migrate { command: Migrate::Rebuild(options) } => migrate::rebuild(options, variables).await,
        Command::Migrate { command: Migrate::Reinit(options) } => migrate::reinit(options, variables).await,
        Command::Migrate { command: Migrate::Repair(options) } => migrate::repair(options, variables).await,
        Command::Migrate { command: Migrate::Down(options) } => migrate::down(options, variables).await,
        Command::Migrate { command: Migrate::Status(options) } => migrate::status(options, variables).await,
        Command::Migrate { command: Migrate::Baseline(options) } => {
            migrate::baseline(options, variables).await
        }
        Command::Bot(options) => bot::run(&options, &variables, cancel).await,
        Command::Action => crate::action::run(variables).await.number(),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { directory } => manual::pages(&directory),
    }
}

/// Seconds since 1970: a migration is named by the time when it is written.
#[expect(clippy::disallowed_methods, reason = "the front door is where the time comes in")]
fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

/// Ctrl-C, or a polite request to end. What is dropped then cleans up after itself.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        }
        _ => std::future::pending().await,
    }
}
