//! The experiment where a tool's own command brings the database up to date.

use camino::Utf8Path;

use super::BaseRequest;
use super::experiment::Experiment;
use super::heard::{self, Known};
use super::request::Event;
use crate::engine::{chain, diff, picture};
use crate::gateway::postgres::{LoggedStatement, Session, SessionSettings, StatementLog, Target};
use crate::gateway::program::Ended;
use crate::model::exit::ExitCode;
use crate::model::layout::Revision;
use crate::model::migration::Version;
use crate::model::report::{BaseKind, CommandRun, Failure, MigrationStatus, Note, Report, Stage};
use crate::operation::apply::milliseconds;
use crate::operation::command::ProjectCommand;
use crate::operation::failure;

impl Experiment<'_> {
    /// Lays a base of a tree's: its own command builds it.
    pub(super) async fn lay_by_command(
        &mut self,
        tree: Option<&Utf8Path>,
        command: &ProjectCommand,
        target: &Target,
        report: &mut Report,
    ) -> Result<(), Failure> {
        // Where the project was not there yet, nothing is deployed.
        let directory = self.inputs.opened.project.layout().directory.as_path();
        let Some(tree) = tree.filter(|tree| tree.join(directory).is_dir()) else { return Ok(()) };
        self.observer.tell(&Event::LayingBase(0, 1));
        let started = std::time::Instant::now();
        let log = self.log(target).await?;
        let ended = command.run(tree, target, self.variables).await?;
        let sent = log.end().await.map_err(|error| failure::database(Stage::Base, &error))?;
        let Some(failure) = refusal(command, &ended, &sent, Stage::Base) else { return Ok(()) };
        report.ran = Some(ran(command, started, &ended));
        Err(failure)
    }

    /// Runs the command, sees what the server is sent, and compares what was there with what is there now.
    pub(super) async fn by_command(
        &mut self,
        command: &ProjectCommand,
        target: &Target,
        roles: &[String],
        report: &mut Report,
    ) -> Result<(), Failure> {
        let project = &self.inputs.opened.project;
        let (revisions, _) = project.revisions().map_err(|error| failure::file(&error))?;
        let before = self.state(target, &revisions).await?;
        report.base.version = before.recorded.last().cloned();
        report.base.deployed_count = before.versions.len();
        if !before.has_ledger && report.base.kind != BaseKind::Empty {
            report.notes.push(Note::NoLedger { table: self.inputs.opened.ledger.table().display() });
        }
        let structure = self.read(target).await?;

        self.observer.tell(&Event::Replaying(0, 1, command.line().to_owned()));
        let started = std::time::Instant::now();
        let log = self.log(target).await?;
        let ended = command.run(project.real(), target, self.variables).await?;
        report.ran = Some(ran(command, started, &ended));
        let sent = log.end().await.map_err(|error| failure::database(Stage::Migration, &error))?;

        let after = self.state(target, &revisions).await?;
        let refused = refusal(command, &ended, &sent, Stage::Migration);
        let ordered = chain::in_order(&revisions);
        let known = Known {
            ledger: self.inputs.opened.ledger.table().unqualified(),
            revisions: &ordered,
            before: &before.versions,
            after: &after.versions,
            command: command.line(),
            directory: &project.layout().directory,
            is_well: refused.is_none(),
        };
        report.migrations = heard::migrations(&sent, &known);
        report.applied_count = after.versions.difference(&before.versions).count();
        report.pending_count = match refused {
            None => report.applied_count,
            Some(_) => ordered.iter().filter(|one| !before.versions.contains(&one.version)).count(),
        };
        if let Some(failure) = refused {
            return Err(placed(failure, report));
        }
        let built = self.read(target).await?;
        if self.tables {
            report.tables = picture::tables(&structure, &built);
        }
        if let Some(ran) = &mut report.ran {
            ran.changes = Some(diff::diff(&structure, &built));
        }
        self.compare(target, roles, &[], report).await
    }

    async fn log(&mut self, target: &Target) -> Result<StatementLog, Failure> {
        let lab = self.builder.lab()?;
        let (admin, mark) = (lab.with_full_rights(target).with_database("postgres"), lab.mark());
        let log = StatementLog::begin(&admin, target.user(), target.database(), &mark).await;
        log.map_err(|error| failure::database(Stage::Server, &error))
    }

    /// What the tool's ledger says.
    async fn state(&mut self, target: &Target, revisions: &[Revision]) -> Result<State, Failure> {
        let ledger = &self.inputs.opened.ledger;
        let refused = |error| failure::database(Stage::Compare, &error);
        let target = self.builder.lab()?.with_full_rights(target);
        let session = Session::open(&target, &SessionSettings::reading()).await.map_err(refused)?;
        let has_ledger = ledger.exists(&session).await.map_err(refused)?;
        let rows = ledger.rows(&session).await.map_err(refused)?;
        session.close().await;
        let recorded: Vec<Version> = rows.into_iter().map(|row| row.version).collect();
        Ok(State { has_ledger, versions: chain::applied(revisions, &recorded), recorded })
    }
}

/// What a database has.
struct State {
    has_ledger: bool,
    recorded: Vec<Version>,
    versions: std::collections::BTreeSet<Version>,
}

fn ran(command: &ProjectCommand, started: std::time::Instant, ended: &Ended) -> CommandRun {
    CommandRun {
        command: command.line().to_owned(),
        tool: command.tool,
        duration_ms: milliseconds(started),
        output: Some(ended.output.clone()).filter(|said| !said.is_empty()),
        changes: None,
    }
}

/// Why the command failed: for what the database refused last, if it refused anything, else for reasons of its own.
fn refusal(
    command: &ProjectCommand,
    ended: &Ended,
    sent: &[LoggedStatement],
    stage: Stage,
) -> Option<Failure> {
    let own = command.failure(ended, stage)?;
    let refused = sent.iter().rev().find_map(|one| Some((one, one.error.as_ref()?)));
    match (ended.status, refused) {
        (Some(_), Some((statement, error))) if own.exit_code != ExitCode::Configuration => {
            Some(failure::unfiled(stage, &statement.text, error))
        }
        _ => Some(own),
    }
}

/// A failure at the file of the migration that failed: its SQL stands in none.
fn placed(mut failure: Failure, report: &Report) -> Failure {
    let failed = report.migrations.iter().find(|one| one.status == MigrationStatus::Failed);
    let file = failed.map(|one| one.path.clone()).filter(|path| path.extension().is_some());
    failure.place = file.map(|path| crate::model::place::Place { path, line: 1, column: 1 });
    failure
}

/// Refuses what a command cannot do: run in a database that is in use, or go on from a version that it is told.
pub(super) fn check(base: &BaseRequest) -> Result<(), Failure> {
    let message = match base {
        BaseRequest::Against { in_place: true, .. } => {
            "with `command:` a preflight works on throwaway servers alone: leave --in-place out"
        }
        BaseRequest::Snapshot { through: Some(_), .. } => {
            "with `command:` the snapshot has to bring the tool's ledger: leave --through out"
        }
        _ => return Ok(()),
    };
    Err(Failure::new(Stage::Project, ExitCode::Configuration, message))
}
