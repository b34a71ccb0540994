//! Preflight: replay the pending migrations on a throwaway server and compare with the declared schema.

mod base;
mod by_command;
mod experiment;
mod heard;
mod request;
mod tree;

use std::time::Instant;

pub use request::{BaseRequest, Event, Observer, Request, Silent};

use crate::engine::chain;
use crate::gateway::files::MigrationFiles;
use crate::model::exit::ExitCode;
use crate::model::finding::Severity;
use crate::model::migration::SqlFile;
use crate::model::report::{Failure, Note, Report, SCHEMA_VERSION, Stage, Verdict};
use crate::operation::apply::milliseconds;
use crate::operation::command::ProjectCommand;
use crate::operation::failure;
use crate::operation::project::{Opened, ProjectOptions};

/// Carries a preflight out. Never fails as such: what went wrong is in the report.
pub async fn run(request: &Request, observer: &dyn Observer) -> Report {
    let started = Instant::now();
    let mut report = blank(request);
    let mut policy = Policy { fail_on: Some(Severity::Error), ignorable: None };
    if let Err(failure) = carry_out(request, observer, &mut report, &mut policy).await {
        report.failure = Some(failure);
    }
    report.let_pass(&request.ignores, policy.ignorable);
    report.findings.sort_by(|left, right| {
        right
            .severity
            .cmp(&left.severity)
            .then_with(|| (left.rule, &left.message).cmp(&(right.rule, &right.message)))
    });
    report.conclude(policy.fail_on);
    report.duration_ms = milliseconds(started);
    report
}

/// What is made of findings.
struct Policy {
    /// The lowest severity that fails.
    fail_on: Option<Severity>,
    /// The gravest one that may be let pass.
    ignorable: Option<Severity>,
}

/// The gravest finding that may be let pass in a project.
pub async fn ignorable(project: &ProjectOptions) -> Result<Option<Severity>, Failure> {
    Ok(Opened::open(project).await?.settings.preflight.ignorable.threshold())
}

async fn carry_out(
    request: &Request,
    observer: &dyn Observer,
    report: &mut Report,
    policy: &mut Policy,
) -> Result<(), Failure> {
    let opened = Opened::open(&request.project).await?;
    let settings = &opened.settings.preflight;
    policy.fail_on = request.fail_on.unwrap_or_else(|| settings.fail_on.threshold());
    policy.ignorable = settings.ignorable.threshold();
    let inputs = Inputs::read(opened, report)?;
    if let Some(command) = inputs.command.as_ref().filter(|_| !request.commands) {
        return Err(command.not_here());
    }
    let plan = base::plan(request, &inputs, &mut report.base).await?;
    experiment::run(request, &inputs, plan, observer, report).await
}

/// Everything that is read from the working tree.
pub(super) struct Inputs {
    pub(super) opened: Opened,
    /// The migrations, when it is from files that they are read.
    pub(super) files: MigrationFiles,
    /// What runs them, when it is a command.
    pub(super) command: Option<ProjectCommand>,
    pub(super) schema: Vec<SqlFile>,
}

impl Inputs {
    fn read(opened: Opened, report: &mut Report) -> Result<Self, Failure> {
        let command = ProjectCommand::of(&opened)?;
        let files = if command.is_some() { MigrationFiles::default() } else { opened.migrations()? };
        if let Some(first) = chain::duplicates(&files.migrations).into_iter().next() {
            let mut failure = Failure::new(Stage::Project, ExitCode::Findings, first.message);
            failure.help = first.help;
            failure.place = first.place;
            return Err(failure);
        }
        report.findings.extend(chain::strays(&files.orphan_downs, &files.unversioned));
        let schema = opened.project.schema(&opened.settings).map_err(|error| failure::file(&error))?;
        if files.migrations.is_empty() && command.is_none() {
            report
                .notes
                .push(Note::NoMigrations { directory: opened.project.layout().directory.to_string() });
        }
        report.notes.extend(opened.project.layout().found().map(|layout| Note::LaidOut { layout }));
        let ledger = opened.ledger.clone().knowing(&files.migrations);
        let opened = Opened { ledger, ..opened };
        Ok(Self { opened, files, command, schema })
    }
}

fn blank(request: &Request) -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: "migrate preflight".to_owned(),
        ok: false,
        verdict: Verdict::Error,
        exit_code: ExitCode::Pending,
        code: String::new(),
        env: request.project.env.clone(),
        server: None,
        base: base::blank(&request.base),
        pending_count: 0,
        plan_digest: None,
        applied_count: 0,
        migrations: Vec::new(),
        drift: None,
        findings: Vec::new(),
        ignored: Vec::new(),
        ran: None,
        tables: Vec::new(),
        failure: None,
        notes: Vec::new(),
        duration_ms: 0.0,
    }
}
