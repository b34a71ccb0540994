//! The experiment itself: lay the base, replay, build what is declared, compare.

use std::collections::BTreeMap;

use super::Inputs;
use super::base::{self, Plan};
use super::request::{Event, Observer, Request};
use crate::engine::{chain, diff, picture};
use crate::gateway::files::SCHEMA;
use crate::gateway::postgres::{LockProof, Target};
use crate::model::exit::ExitCode;
use crate::model::ledger::LedgerRow;
use crate::model::migration::{Migration, SqlFile, Version};
use crate::model::report::{
    BaseKind, CopyMethod, Failure, MigrationOutcome, MigrationStatus, Note, Report, Stage,
};
use crate::model::schema::Schema;
use crate::operation::apply::{Runner, Skips, not_run};
use crate::operation::lab::{self, Builder, Lab, REPLAY, Work};
use crate::operation::script::{Script, Step, check_requirements};
use crate::operation::sources::{self, Sources};
use crate::operation::{check, failure};

/// The database that the declared schema is built in.
const DECLARED: &str = "confiture_declared";

/// Carries the experiment out on a server of its own and leaves none behind.
pub(super) async fn run(
    request: &Request,
    inputs: &Inputs,
    plan: Plan,
    observer: &dyn Observer,
    report: &mut Report,
) -> Result<(), Failure> {
    let superuser = request.superuser || inputs.opened.settings.preflight.superuser;
    let key = match &plan {
        // What a program does today it need not do tomorrow.
        Plan::Migrations(files) if files.migrations.iter().all(Migration::is_read) => {
            let (ledger, settings) = (&inputs.opened.ledger, &inputs.opened.settings.preflight);
            Some(lab::key(&files.migrations, ledger, settings, superuser))
        }
        _ => None,
    };
    observer.tell(&Event::StartingServer);
    let server = tokio::select! {
        server = base::start_server(request, &inputs.opened, &plan, key.as_deref().filter(|_| !request.full)) => server?,
        () = request.cancel.cancelled() => return Err(interrupted()),
    };
    let given = match &plan {
        Plan::Copy(target) | Plan::InPlace(target) => Some(target.database()),
        _ => None,
    };
    let lab = Lab::enter(server, given, superuser).await?;
    report.server = Some(lab.info());
    report.notes.extend(base::version_note(&report.base, &lab.info().version));
    if !lab.is_external() {
        report.notes.extend(lab::privilege_notes(&inputs.opened.settings.preflight, superuser));
    }
    let opened = &inputs.opened;
    let builder = Builder::new(lab, &opened.settings.preflight, &opened.ledger, &opened.python);
    let variables = &request.project.variables;
    let mut experiment = Experiment { inputs, observer, builder, variables, tables: request.tables };
    let mut result = tokio::select! {
        result = experiment.carry_out(&plan, key.as_deref(), report) => result,
        () = request.cancel.cancelled() => Err(interrupted()),
    };
    if let Some(lab) = experiment.builder.into_lab() {
        report.notes.extend(lab.role_note());
        lab.explain(&mut result);
        lab.close().await;
    }
    if let Plan::Checkout(tree) = plan {
        tree.close().await;
    }
    result
}

fn interrupted() -> Failure {
    Failure::new(Stage::Server, ExitCode::Pending, "the preflight was interrupted")
}

pub(super) struct Experiment<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) observer: &'a dyn Observer,
    pub(super) builder: Builder<'a>,
    /// The process's environment variables.
    pub(super) variables: &'a BTreeMap<String, String>,
    /// Whether the tables that change are wanted.
    pub(super) tables: bool,
}

impl<'a> Experiment<'a> {
    async fn carry_out(
        &mut self,
        plan: &Plan,
        key: Option<&str>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        if let Some(command) = &self.inputs.command {
            self.builder.lab()?.ensure_roles(command.roles()).await?;
        }
        let target = self.lay(plan, key, report).await?;
        let roles = self.builder.lab()?.roles().await?;
        if let Some(command) = &self.inputs.command {
            return Box::pin(self.by_command(command, &target, &roles, report)).await;
        }
        let work = self.builder.work(&target).await?;
        let lock = self.builder.lock(&work, Stage::Base).await?;
        let deployed = self.deployed(plan, &work, &lock, report).await?;
        let pending = self.pending(&deployed, report)?;
        tracing::debug!(pending = pending.len(), "base laid");
        let before = if self.tables && !pending.is_empty() { Some(self.read(&target).await?) } else { None };
        let replayed = self.replay(&pending, &work, &lock, report).await;
        report.notes.extend(read(&report.migrations));
        replayed?;
        tracing::debug!("replayed");
        work.session.close().await;
        if let Some(before) = before {
            report.tables = picture::tables(&before, &self.read(&target).await?);
        }
        self.compare(&target, &roles, &pending, report).await
    }

    /// Lays the base and returns where the migrations are to be replayed.
    async fn lay(&mut self, plan: &Plan, key: Option<&str>, report: &mut Report) -> Result<Target, Failure> {
        match plan {
            Plan::Empty => self.builder.database(REPLAY, None).await,
            Plan::InPlace(target) => Ok(target.clone()),
            Plan::Copy(target) => self.builder.database(REPLAY, Some(target.database())).await,
            Plan::Dump { file, .. } => {
                let target = self.builder.database(REPLAY, None).await?;
                self.lay_dump(&target, file, report).await?;
                Ok(target)
            }
            Plan::Checkout(tree) => {
                let target = self.builder.database(REPLAY, None).await?;
                if let Some(command) = &self.inputs.command {
                    Box::pin(self.lay_by_command(tree.project(), command, &target, report)).await?;
                }
                Ok(target)
            }
            Plan::Migrations(files) => {
                let observer = self.observer;
                let tell = |done, all| observer.tell(&Event::LayingBase(done, all));
                let laid = self.builder.lay(&files.migrations, key.unwrap_or_default(), &tell).await;
                let (target, cached) = laid?;
                report.base.cached = cached;
                Ok(target)
            }
        }
    }

    async fn lay_dump(
        &mut self,
        target: &Target,
        file: &SqlFile,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let script = Script::read(file, Stage::Base)?;
        self.builder.lab()?.ensure_roles(script.roles()).await?;
        let work = self.builder.work(target).await?;
        // Whoever migrates production owns what is in it, or may act as who does: here that is one role.
        let skips = Skips { skip_unknown_settings: true, skip_owners: true, ..self.builder.skips.clone() };
        let runner =
            Runner { session: &work.session, settings: &work.settings, skips: &skips, stage: Stage::Base };
        let settings = runner.run_file(&script).await?;
        work.session.close().await;
        if !settings.is_empty() {
            report.notes.push(Note::SettingsSkipped { settings });
        }
        if report.base.copy == Some(CopyMethod::Dump) {
            report.notes.push(Note::CopiedWithoutData);
        }
        Ok(())
    }

    /// What the base's ledger says is deployed.
    async fn deployed(
        &self,
        plan: &Plan,
        work: &Work,
        lock: &LockProof,
        report: &mut Report,
    ) -> Result<Vec<LedgerRow>, Failure> {
        let ledger = &self.inputs.opened.ledger;
        let refused = |error| failure::database(Stage::Base, &error);
        let had_ledger = ledger.exists(&work.session).await.map_err(refused)?;
        self.builder.ensure_ledger(work, lock, Stage::Base).await?;
        ledger.drop_versions(&work.session, lock).await.map_err(refused)?;
        if let Plan::Dump { through: Some(through), .. } = plan {
            self.mark_through(through, work, lock).await?;
        } else if !had_ledger && report.base.kind != BaseKind::Empty {
            report.notes.push(Note::NoLedger { table: ledger.table().display() });
        }
        // A row that stands for all before it stands for those that the base has.
        let known = match plan {
            Plan::Migrations(base) => ledger.clone().knowing(&base.migrations),
            _ => ledger.clone(),
        };
        let rows = known.rows(&work.session).await.map_err(refused)?;
        report.base.version = rows.last().map(|row| row.version.clone());
        report.base.deployed_count = rows.len();
        Ok(rows)
    }

    /// Marks what a snapshot without ledger contains.
    async fn mark_through(&self, through: &Version, work: &Work, lock: &LockProof) -> Result<(), Failure> {
        let migrations = &self.inputs.files.migrations;
        let known = migrations.iter().map(|migration| &migration.version).find(|known| *known == through);
        let Some(through) = known else {
            let message = format!("--through {through}: there is no migration of that version");
            return Err(Failure::new(Stage::Base, ExitCode::Configuration, message));
        };
        let ledger = &self.inputs.opened.ledger;
        let refused = |error| failure::database(Stage::Base, &error);
        let there = ledger.rows(&work.session).await.map_err(refused)?;
        let contained = migrations.iter().filter(|migration| migration.version <= *through);
        let new = contained.filter(|migration| !there.iter().any(|row| row.version == migration.version));
        ledger.mark(&work.session, new, "baseline", lock).await.map_err(refused)
    }

    fn pending(&self, deployed: &[LedgerRow], report: &mut Report) -> Result<Vec<Step<'a>>, Failure> {
        let migrations = &self.inputs.files.migrations;
        let policy = self.inputs.opened.project.layout().policy();
        report.findings.extend(chain::check(policy, migrations, deployed));
        let steps = steps(chain::pending(policy, migrations, deployed).into_iter(), Stage::Migration)?;
        check_requirements(&steps, deployed.iter().map(|row| &row.version))?;
        report.findings.extend(steps.iter().filter_map(|step| {
            chain::mixed(step.migration, &step.script.statements, step.mode, step.asked.no_transaction)
        }));
        report.pending_count = steps.len();
        report.plan_digest = Some(chain::digest(steps.iter().map(|step| step.migration), &[]));
        report.migrations = steps.iter().map(not_run).collect();
        Ok(steps)
    }

    async fn replay(
        &mut self,
        pending: &[Step<'_>],
        work: &Work,
        lock: &LockProof,
        report: &mut Report,
    ) -> Result<(), Failure> {
        self.builder.lab()?.ensure_roles(pending.iter().flat_map(Step::roles)).await?;
        // Roles belong to the cluster: where the given database itself is migrated, they are made for good.
        let in_place = report.base.copy == Some(CopyMethod::InPlace);
        let skips = Skips { skip_roles: !in_place, ..self.builder.skips.clone() };
        let mut applier = self.builder.applier(work, lock, Stage::Migration);
        applier.runner.skips = &skips;
        for (index, step) in pending.iter().enumerate() {
            self.observer.tell(&Event::Replaying(index, pending.len(), step.migration.label()));
            let (outcome, failure) = applier.apply(step).await;
            report.applied_count += usize::from(outcome.status == MigrationStatus::Applied);
            report.migrations[index] = outcome;
            if let Some(failure) = failure {
                return Err(failure);
            }
            verify(step, work).await?;
        }
        Ok(())
    }

    /// Reads the result, builds what is declared beside it, reads that, and compares the two.
    pub(super) async fn compare(
        &mut self,
        target: &Target,
        roles: &[String],
        pending: &[Step<'_>],
        report: &mut Report,
    ) -> Result<(), Failure> {
        if self.inputs.schema.is_empty() {
            report.notes.push(Note::NoDeclaredSchema { directory: SCHEMA.to_owned() });
            return Ok(());
        }
        let built = self.read(target).await?;
        if report.base.copy != Some(CopyMethod::InPlace) {
            self.builder.lab()?.forget_roles_of(target.database(), roles).await?;
        }
        let scripts = self.inputs.schema.iter().map(|file| Script::read(file, Stage::Schema));
        let scripts = scripts.collect::<Result<Vec<_>, _>>()?;
        tracing::debug!("result read");
        let (observer, all) = (self.observer, scripts.len());
        let tell = |done| observer.tell(&Event::Building(done, all));
        let declared = self.builder.build(DECLARED, &scripts, &tell).await?;
        tracing::debug!("declared schema built");
        self.observer.tell(&Event::Comparing);
        let mut drift = diff::diff(&built, &self.read(&declared).await?);
        let from = Sources::of(pending.iter().map(|step| &step.script));
        sources::locate(&mut drift, &from, &Sources::of(scripts.iter()));
        report.drift = Some(drift);
        Ok(())
    }

    /// Reads a structure without what differs from server to server: the roles of a throwaway one are not those of
    /// the real one, and nobody names a NOT NULL.
    pub(super) async fn read(&mut self, target: &Target) -> Result<Schema, Failure> {
        Ok(self.builder.read(target).await?.without_access())
    }
}

/// Runs what the migration's own tool would run after it, to see whether it is there.
async fn verify(step: &Step<'_>, work: &Work) -> Result<(), Failure> {
    let Some(file) = step.migration.entry.as_ref().and_then(|entry| entry.check()) else { return Ok(()) };
    let reset = work.session.run(&work.session.reset_sql(&work.settings)).await;
    reset.map_err(|error| failure::database(Stage::Verify, &error))?;
    check::run(&work.session, file, check::Manner::Foreign).await?.map_or(Ok(()), Err)
}

fn steps<'a>(
    migrations: impl Iterator<Item = &'a crate::model::migration::Migration>,
    stage: Stage,
) -> Result<Vec<Step<'a>>, Failure> {
    migrations.map(|migration| Step::read(migration, stage)).collect()
}

/// The note on programs that were read, when there were any.
fn read(migrations: &[MigrationOutcome]) -> Option<Note> {
    let because = |one: &MigrationOutcome| one.python.as_ref()?.read_because.clone();
    let first = migrations.iter().find_map(because)?;
    let read = migrations.iter().filter(|one| because(one).is_some()).map(MigrationOutcome::label);
    Some(Note::PythonRead { migrations: read.collect(), because: first })
}
