//! The front door for GitHub Actions: event and inputs in; annotations, summary, comment, outputs out.

mod base;
mod checkout;
mod commands;
mod comment;
mod error;
mod event;
mod inputs;
mod outputs;
mod publish;
mod runner;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use futures_util::future::LocalBoxFuture;
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;

use crate::gateway::github::{GitHub, GitHubError, Patience, PullNumber};
use crate::model::exit::ExitCode;
use crate::model::python::Trust;
use crate::model::report::Report;
use crate::operation::preflight::{self, BaseRequest, Request, Silent};
use crate::operation::project::{ProjectOptions, SettingsFrom};
use base::Base;
use checkout::Checkout;
pub use commands::Output;
use error::ActionError;
use event::Event;
pub use inputs::NAMES as INPUT_NAMES;
use inputs::{BaseInput, Inputs};
pub use outputs::NAMES as OUTPUT_NAMES;
use outputs::Outputs;
use runner::Runner;

/// What carries a preflight out.
pub type Preflight<'a> = &'a dyn Fn(Request) -> LocalBoxFuture<'static, Report>;

/// Runs the Action with the process's variables, printing for the runner.
pub async fn run(variables: BTreeMap<String, String>) -> ExitCode {
    let preflight = |request: Request| -> LocalBoxFuture<'static, Report> {
        Box::pin(async move { preflight::run(&request, &Silent).await })
    };
    run_with(&variables, &mut std::io::stdout(), &preflight, Patience::default()).await
}

/// The same, with everything that it does to the world given.
pub async fn run_with(
    variables: &BTreeMap<String, String>,
    out: Output<'_>,
    preflight: Preflight<'_>,
    patience: Patience,
) -> ExitCode {
    // First of all, so that nothing that is printed later shows a secret. A log that cannot be written
    // to is no reason to stop: here and below, failing to print is let pass.
    let _ = commands::mask(out, variables);
    let outcome = match Session::begin(variables, out, preflight, patience) {
        Ok((mut session, event)) => session.handle(event).await,
        Err(error) => Err(error),
    };
    outcome.unwrap_or_else(|error| give_up(variables, out, &error))
}

/// Says why there is no report, wherever a report would have been.
fn give_up(variables: &BTreeMap<String, String>, out: Output<'_>, error: &ActionError) -> ExitCode {
    let help = error.help().map_or_else(String::new, |help| format!(". What to do: {help}"));
    let sentence = format!("{error}{help}");
    let _ = commands::error(out, &sentence);
    let _ = outputs::write_summary(variables, &crate::render::markdown::trouble(&sentence));
    let _ = Outputs::without_report("error", ExitCode::Configuration).write(variables);
    ExitCode::Configuration
}

/// One run of the Action.
struct Session<'a> {
    variables: &'a BTreeMap<String, String>,
    runner: Runner,
    inputs: Inputs,
    out: &'a mut (dyn std::io::Write + Send),
    preflight: Preflight<'a>,
    patience: Patience,
}

/// One preflight to carry out and publish.
struct Job {
    directory: Utf8PathBuf,
    pull: Option<PullNumber>,
    head: Option<String>,
    base: BaseRequest,
    settings_from: SettingsFrom,
    trust: Trust,
    /// Whether a tool's own command may be run: not for a comment, whose workflow has the repository's secrets.
    commands: bool,
}

impl<'a> Session<'a> {
    fn begin(
        variables: &'a BTreeMap<String, String>,
        out: &'a mut (dyn std::io::Write + Send),
        preflight: Preflight<'a>,
        patience: Patience,
    ) -> Result<(Self, Event), ActionError> {
        let runner = Runner::read(variables)?;
        let inputs = Inputs::read(variables)?;
        let event = Event::read(&runner.event_name, &fs_err::read_to_string(&runner.event_path)?)?;
        Ok((Self { variables, runner, inputs, out, preflight, patience }, event))
    }

    async fn handle(&mut self, event: Event) -> Result<ExitCode, ActionError> {
        match event {
            Event::Nothing(reason) => Ok(self.skip(reason)),
            Event::Push { deleted: true, .. } => Ok(self.skip("the branch was deleted")),
            Event::Comment(comment) => comment::answer(self, &comment).await,
            event => {
                let job = self.job(&event).await?;
                Ok(self.carry_out(job).await)
            }
        }
    }

    /// What an event asks for, in the tree that the workflow checked out.
    async fn job(&self, event: &Event) -> Result<Job, ActionError> {
        let directory = self.runner.workspace.join(&self.inputs.working_directory);
        let wanted = base::of_event(event);
        if self.inputs.base.is_none() && wanted == Base::Empty {
            let head = self.runner.commit.clone();
            let (base, settings_from) = (BaseRequest::Empty, SettingsFrom::WorkingTree);
            let trust = Trust::Run;
            return Ok(Job { directory, pull: None, head, base, settings_from, trust, commands: true });
        }
        let checkout = self.checkout()?;
        let base = match (self.base_of_inputs(&checkout).await?, &wanted) {
            (Some(base), _) => base,
            (None, Base::Empty) => BaseRequest::Empty,
            (None, Base::Commit(id)) => BaseRequest::Ref { revision: checkout.commit(id).await? },
            (None, Base::Branch(name)) => BaseRequest::Ref { revision: checkout.revision(name).await? },
        };
        let (pull, head, settings_from) = match event {
            // Policies come from the branch that the pull request goes to, never from itself.
            Event::PullRequest { pull, head, base, .. } => {
                let settings_from = SettingsFrom::Revision(checkout.commit(base).await?);
                (Some(*pull), Some(head.clone()), settings_from)
            }
            Event::MergeGroup { head, .. } => (None, Some(head.clone()), SettingsFrom::WorkingTree),
            _ => (None, self.runner.commit.clone(), SettingsFrom::WorkingTree),
        };
        let trust = match event {
            Event::PullRequest { fork: true, .. } => Trust::Fork,
            _ => Trust::Run,
        };
        Ok(Job { directory, pull, head, base, settings_from, trust, commands: true })
    }

    /// The base that an input names; its commit is fetched when it is missing.
    async fn base_of_inputs(&self, checkout: &Checkout) -> Result<Option<BaseRequest>, ActionError> {
        Ok(match &self.inputs.base {
            None => None,
            Some(BaseInput::Ref(revision)) => {
                Some(BaseRequest::Ref { revision: checkout.revision(revision).await? })
            }
            Some(BaseInput::Against(url)) => Some(BaseRequest::Against { url: url.clone(), in_place: false }),
            Some(BaseInput::Snapshot(path)) => {
                let path = self.runner.workspace.join(&self.inputs.working_directory).join(path);
                Some(BaseRequest::Snapshot { path, through: None })
            }
        })
    }

    /// Carries a preflight out and publishes what it found.
    async fn carry_out(&mut self, job: Job) -> ExitCode {
        let request = Request {
            project: ProjectOptions {
                directory: job.directory,
                env: self.inputs.env.clone(),
                config: None,
                settings_from: job.settings_from,
                variables: runner::without_secrets(self.variables),
                trust: job.trust,
            },
            base: job.base,
            postgres: self.inputs.postgres_version.clone(),
            download_postgres: false,
            cancel: CancellationToken::new(),
            superuser: false,
            fail_on: self.inputs.fail_on,
            full: false,
            ignores: Vec::new(),
            tables: true,
            commands: job.commands,
        };
        let report = (self.preflight)(request).await;
        publish::publish(self, &report, job.pull, job.head).await;
        report.exit_code
    }

    /// Ends without a preflight, because there is nothing to do.
    fn skip(&mut self, reason: &str) -> ExitCode {
        let _ = writeln!(self.out, "Nothing to do: {reason}.");
        self.write_outputs(&Outputs::without_report("skipped", ExitCode::Success));
        ExitCode::Success
    }

    fn checkout(&self) -> Result<Checkout, ActionError> {
        Checkout::open(&self.runner, &self.inputs, self.variables)
    }

    /// GitHub, when there is a token.
    fn github(&self) -> Option<Result<GitHub, GitHubError>> {
        let token = self.inputs.token.as_ref().filter(|token| !token.expose_secret().is_empty())?;
        let github = GitHub::connect(&self.runner.api, token);
        Some(github.map(|github| github.with_patience(self.patience)))
    }

    fn notice(&mut self, text: &str) {
        let _ = commands::notice(self.out, text);
    }

    fn write_outputs(&mut self, outputs: &Outputs) {
        if let Err(error) = outputs.write(self.variables) {
            self.notice(&format!("The outputs were not written: {error}."));
        }
    }
}
