//! The hooks of a project's phases, run around `migrate up` and `down`.
//!
//! A migration's own hooks are a part of it, see [`super::apply`].

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::apply::{Runner, Skips, milliseconds};
use super::failure;
use super::project::{Opened, ProjectOptions};
use super::script::Script;
use crate::config::HookFailures;
use crate::gateway::files::{HOOKS, HookContent, HookFile};
use crate::gateway::postgres::{Session, SessionSettings, Target};
use crate::gateway::program::{Ended, Program};
use crate::model::duration;
use crate::model::event::Event;
use crate::model::exit::ExitCode;
use crate::model::hook::{HookOutcome, HookStatus, OnFailure, Phase};
use crate::model::ident::Literal;
use crate::model::migration::{SqlFile, Version};
use crate::model::report::{Failure, Stage};
use crate::model::statement::TransactionMode;
use crate::operation::patience::Tell;

/// How long a statement of a hook, or a program, may take when the settings do not say.
const TIMEOUT: &str = "5min";

/// The hooks of a run, what they are told, and what came of them.
pub(crate) struct Hooks<'a> {
    files: Vec<HookFile>,
    timeout: &'a str,
    on_failure: HookFailures,
    directory: Utf8PathBuf,
    variables: &'a BTreeMap<String, String>,
    target: &'a Target,
    tell: Tell<'a>,
    context: Context<'a>,
    outcomes: Vec<HookOutcome>,
    tolerated: Vec<String>,
}

/// What hooks are told of the run.
struct Context<'a> {
    command: &'static str,
    environment: &'a str,
    /// The versions that the run applies or takes back, once they are known.
    versions: Vec<Version>,
    /// How the run ended, once it has.
    outcome: Option<Result<(), Failure>>,
}

impl<'a> Hooks<'a> {
    /// The hooks of a project; none when they are not wanted.
    pub(crate) fn of(
        project: &'a ProjectOptions,
        opened: &'a Opened,
        target: &'a Target,
        command: &'static str,
        wanted: bool,
        tell: Tell<'a>,
    ) -> Result<Self, Failure> {
        let settings = &opened.settings.hooks;
        let directory = Utf8Path::new(settings.dir.as_deref().unwrap_or(HOOKS));
        let files = if wanted { opened.project.hooks(directory) } else { Ok(Vec::new()) };
        Ok(Self {
            files: files.map_err(|error| failure::file(&error))?,
            timeout: settings.timeout.as_deref().unwrap_or(TIMEOUT),
            on_failure: settings.on_failure,
            directory: opened.project.real().to_owned(),
            variables: &project.variables,
            target,
            tell,
            context: Context { command, environment: &project.env, versions: Vec::new(), outcome: None },
            outcomes: Vec::new(),
            tolerated: Vec::new(),
        })
    }

    /// From now on hooks are told what the run is to do.
    pub(crate) fn expect(&mut self, versions: impl Iterator<Item = Version>) {
        self.context.versions = versions.collect();
    }

    /// Runs the hooks of a phase, one after the other, until one fails that may not.
    pub(crate) async fn run(&mut self, phase: Phase) -> Result<(), Failure> {
        let hooks: Vec<HookFile> = self.files.iter().filter(|hook| hook.phase == phase).cloned().collect();
        for hook in &hooks {
            (self.tell)(&Event::Hook { phase, path: hook.path.clone() });
            let started = Instant::now();
            let mut output = None;
            let result = match &hook.content {
                HookContent::Sql(file) => self.run_sql(phase, file).await,
                HookContent::Program(program) => self.run_program(hook, program, &mut output).await,
            };
            let tolerated = self.on_failure.of(phase) == OnFailure::Warn;
            let status = match &result {
                Ok(()) => HookStatus::Passed,
                Err(_) if tolerated => HookStatus::Tolerated,
                Err(_) => HookStatus::Failed,
            };
            self.outcomes.push(HookOutcome {
                phase,
                path: hook.path.clone(),
                version: None,
                status,
                duration_ms: milliseconds(started),
                output,
                failure: result.as_ref().err().cloned(),
            });
            match result {
                Err(failure) if tolerated => {
                    self.tolerated.push(format!("the hook {} failed: {}", hook.path, failure.message));
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// The run has ended: `on_error` when it failed, and `cleanup` however it went. The run's own failure stays
    /// the one that is told first.
    pub(crate) async fn end(
        mut self,
        result: Result<(), Failure>,
    ) -> (Result<(), Failure>, Vec<HookOutcome>, Vec<String>) {
        self.context.outcome = Some(result.clone());
        let mut ends = vec![result];
        if ends[0].is_err() {
            ends.push(self.run(Phase::OnError).await);
        }
        ends.push(self.run(Phase::Cleanup).await);
        let result = ends.into_iter().find(Result::is_err).unwrap_or(Ok(()));
        (result, self.outcomes, self.tolerated)
    }

    /// Runs a file in a session of its own: in one transaction, unless it has statements that none takes or
    /// transactions of its own.
    async fn run_sql(&self, phase: Phase, file: &SqlFile) -> Result<(), Failure> {
        let script = Script::read(file, Stage::Hook)?;
        let settings = SessionSettings {
            application_name: "confiture hook".to_owned(),
            ..SessionSettings::migrating(self.timeout)
        };
        let session = Session::open(self.target, &settings).await;
        let session = session.map_err(|error| failure::connection(Stage::Hook, self.target, &error))?;
        let refused = |error| failure::database(Stage::Hook, &error);
        let sets = self.context.facts(phase).map(|(name, value)| set_config(name, &value));
        session.run(&sets.collect::<String>()).await.map_err(refused)?;
        let skips = Skips::default();
        let runner = Runner { session: &session, settings: &settings, skips: &skips, stage: Stage::Hook };
        let in_one = script.mode() == TransactionMode::Single;
        if in_one {
            session.run("begin").await.map_err(refused)?;
        }
        runner.run_file(&script).await?;
        if in_one {
            session.run("commit").await.map_err(refused)?;
        }
        session.close().await;
        Ok(())
    }

    async fn run_program(
        &self,
        hook: &HookFile,
        program: &Utf8Path,
        output: &mut Option<String>,
    ) -> Result<(), Failure> {
        // As for the server, 0 is no limit.
        let limit = duration::milliseconds(self.timeout).filter(|limit| *limit > 0);
        let limit = limit.map_or(Duration::MAX, Duration::from_millis);
        let mut variables = self.variables.clone();
        let facts = self.context.facts(hook.phase);
        variables.extend(facts.map(|(name, value)| (format!("CONFITURE_{}", name.to_uppercase()), value)));
        variables.insert("CONFITURE_DATABASE".to_owned(), self.target.to_string());
        let program = Program {
            path: program.to_owned(),
            arguments: Vec::new(),
            directory: self.directory.clone(),
            variables,
            input: self.context.document(hook.phase, self.target),
            limit,
        };
        let failed = |message| Failure::new(Stage::Hook, ExitCode::Findings, message);
        let ended = program.run().await;
        let Ended { status, output: said } = ended.map_err(|error| {
            let mut failure = failed(format!("{} cannot be run: {error}", hook.path));
            let help =
                "a script begins with #! and the path of what runs it on this machine, such as #!/bin/sh";
            failure.help = Some(help.to_owned());
            failure
        })?;
        *output = Some(self.target.hide_password(&said)).filter(|said| !said.is_empty());
        match status {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(failed(format!("{} ended with {status}", hook.path))),
            None => {
                let mut failure =
                    failed(format!("{} took longer than {}: it was ended", hook.path, self.timeout));
                failure.help = Some("hooks.timeout in the settings says how long a hook may take".to_owned());
                Err(failure)
            }
        }
    }
}

impl Context<'_> {
    /// What a hook is told, by name.
    fn facts(&self, phase: Phase) -> impl Iterator<Item = (&'static str, String)> {
        let versions: Vec<&str> = self.versions.iter().map(Version::as_str).collect();
        [
            ("phase", phase.to_string()),
            ("command", self.command.to_owned()),
            ("environment", self.environment.to_owned()),
            ("version", versions.last().copied().unwrap_or_default().to_owned()),
            ("versions", versions.join(" ")),
            ("outcome", self.outcome_word().to_owned()),
        ]
        .into_iter()
    }

    /// The same as a document.
    fn document(&self, phase: Phase, target: &Target) -> String {
        let error = self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        let document = json!({
            "phase": phase,
            "command": self.command,
            "environment": self.environment,
            "database": target.to_string(),
            "version": self.versions.last(),
            "versions": self.versions,
            "outcome": self.outcome_word(),
            "exit_code": self.outcome.as_ref().map(|_| error.map_or(ExitCode::Success, |error| error.exit_code)),
            "error": error,
        });
        format!("{document}\n")
    }

    fn outcome_word(&self) -> &'static str {
        match &self.outcome {
            None => "running",
            Some(Ok(())) => "succeeded",
            Some(Err(_)) => "failed",
        }
    }
}

/// The statement that tells the SQL of a hook one fact.
pub(crate) fn set_config(name: &str, value: &str) -> String {
    let (name, value) = (Literal::new(format!("confiture.{name}")), Literal::new(value));
    format!("select pg_catalog.set_config({name}, {value}, false);")
}
