//! Structures built out of SQL, each in a database of its own, and read back.

use super::{Lab, Work};
use crate::config::PreflightSettings;
use crate::gateway::postgres::{Ledger, LockProof, Target, read_schema};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::model::schema::Schema;
use crate::operation::apply::{Applier, BATCH_SIZE, Runner, Skips};
use crate::operation::failure;
use crate::operation::python::Host;
use crate::operation::script::{Script, Step};

/// How long the advisory lock is waited for.
const LOCK_WAIT: &str = "5s";
/// `statement_timeout` when the settings name none.
const STATEMENT_TIMEOUT: &str = "10min";

/// Builds structures on one server, as the settings of a project want it.
pub(crate) struct Builder<'a> {
    /// Absent only while it is being restarted.
    lab: Option<Lab>,
    settings: &'a PreflightSettings,
    pub(crate) ledger: &'a Ledger,
    pub(crate) skips: Skips,
    python: &'a Host,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(
        lab: Lab,
        settings: &'a PreflightSettings,
        ledger: &'a Ledger,
        python: &'a Host,
    ) -> Self {
        // Extensions that SQL cannot install itself are there beforehand, and `plpgsql` always is.
        let mut prepared = settings.extensions.clone();
        prepared.push("plpgsql".to_owned());
        let skips = Skips { skip_roles: true, prepared_extensions: prepared, ..Skips::default() };
        Self { lab: Some(lab), settings, ledger, skips, python }
    }

    pub(crate) fn lab(&mut self) -> Result<&mut Lab, Failure> {
        let gone = || Failure::new(Stage::Server, ExitCode::Database, "the server did not come back");
        self.lab.as_mut().ok_or_else(gone)
    }

    /// The server, so that it can be closed.
    pub(crate) fn into_lab(self) -> Option<Lab> {
        self.lab
    }

    /// Keeps the server's state under a key for later runs. Every session must be closed.
    pub(crate) async fn keep(&mut self, key: &str) -> Result<(), Failure> {
        if let Some(lab) = self.lab.take() {
            self.lab = Some(lab.keep(key).await?);
        }
        Ok(())
    }

    /// Makes a database and what it needs before any SQL of the project's.
    pub(crate) async fn database(&mut self, name: &str, template: Option<&str>) -> Result<Target, Failure> {
        let extensions = &self.settings.extensions;
        let lab = self.lab()?;
        let name = lab.create_database(name, template).await?;
        if !lab.is_external() {
            lab.prepare(&name, extensions).await?;
        }
        Ok(lab.target(&name))
    }

    /// Makes a database without the extensions of the settings: what it has is to come from a plan.
    pub(crate) async fn bare_database(&mut self, name: &str) -> Result<Target, Failure> {
        let lab = self.lab()?;
        let name = lab.create_database(name, None).await?;
        lab.prepare(&name, &[]).await?;
        Ok(lab.target(&name))
    }

    /// Copies a database of ours. Every session on it must be closed.
    pub(crate) async fn copy(&mut self, name: &str, of: &Target) -> Result<Target, Failure> {
        let lab = self.lab()?;
        let name = lab.create_database(name, Some(of.database())).await?;
        Ok(lab.target(&name))
    }

    /// Opens a session in which the project's SQL runs.
    pub(crate) async fn work(&mut self, target: &Target) -> Result<Work, Failure> {
        let limit = self.settings.statement_timeout.clone().unwrap_or_else(|| STATEMENT_TIMEOUT.to_owned());
        self.lab()?.work(target, &limit).await
    }

    /// Makes a database and runs files in it, statement by statement; `tell` is told before each how many are done.
    pub(crate) async fn build(
        &mut self,
        name: &str,
        scripts: &[Script<'_>],
        tell: &(dyn Fn(usize) + Sync),
    ) -> Result<Target, Failure> {
        self.lab()?.ensure_roles(scripts.iter().flat_map(Script::roles)).await?;
        let target = self.database(name, None).await?;
        let work = self.work(&target).await?;
        let runner = Runner {
            session: &work.session,
            settings: &work.settings,
            skips: &self.skips,
            stage: Stage::Schema,
        };
        for (done, script) in scripts.iter().enumerate() {
            tell(done);
            runner.run_file(script).await?;
        }
        work.session.close().await;
        Ok(target)
    }

    /// Replays a chain in a database, each migration with its ledger row; `tell` is told before each how many are
    /// done.
    pub(crate) async fn replay(
        &mut self,
        target: &Target,
        steps: &[Step<'_>],
        stage: Stage,
        tell: &(dyn Fn(usize) + Sync),
    ) -> Result<(), Failure> {
        self.lab()?.ensure_roles(steps.iter().flat_map(Step::roles)).await?;
        let work = self.work(target).await?;
        let lock = self.lock(&work, stage).await?;
        self.ensure_ledger(&work, &lock, stage).await?;
        let applier = self.applier(&work, &lock, stage);
        for (done, step) in steps.iter().enumerate() {
            tell(done);
            if let (_, Some(failure)) = applier.apply(step).await {
                return Err(failure);
            }
        }
        work.session.close().await;
        Ok(())
    }

    /// Takes the lock that migrations run under.
    pub(crate) async fn lock(&self, work: &Work, stage: Stage) -> Result<LockProof, Failure> {
        let lock = LockProof::acquire(&work.session, LOCK_WAIT).await;
        lock.map_err(|error| failure::lock(stage, &error))
    }

    pub(crate) async fn ensure_ledger(
        &self,
        work: &Work,
        lock: &LockProof,
        stage: Stage,
    ) -> Result<(), Failure> {
        let made = self.ledger.ensure(&work.session, lock).await;
        made.map_err(|error| failure::database(stage, &error))
    }

    pub(crate) fn applier<'b>(&'b self, work: &'b Work, lock: &'b LockProof, stage: Stage) -> Applier<'b> {
        let runner = Runner { session: &work.session, settings: &work.settings, skips: &self.skips, stage };
        let (patience, notes) = (None, None);
        let (ledger, python) = (self.ledger, self.python);
        Applier { runner, ledger, lock, patience, notes, batch_size: BATCH_SIZE, python, tell: &|_| () }
    }

    /// Reads the structure of a database of ours.
    pub(crate) async fn read(&mut self, target: &Target) -> Result<Schema, Failure> {
        let ledger = self.ledger.table();
        let target = self.lab()?.with_full_rights(target);
        read_schema(&target, ledger).await.map_err(|error| failure::database(Stage::Compare, &error))
    }
}
