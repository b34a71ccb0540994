//! Running migrations one after the other, forward or back.

use std::num::NonZeroU64;

use super::Site;
use crate::gateway::postgres::{Journal, LockProof, Session, SessionSettings};
use crate::model::duration;
use crate::model::event::Event;
use crate::model::exit::ExitCode;
use crate::model::hook::Phase;
use crate::model::report::{Failure, MigrationOutcome, Stage};
use crate::model::statement::TransactionMode;
use crate::operation::apply::{Applier, BATCH_SIZE, Runner, Skips};
use crate::operation::failure;
use crate::operation::hooks::Hooks;
use crate::operation::patience::{Patience, Tell};
use crate::operation::resume::Notes;
use crate::operation::script::Step;

/// How long locks are waited for in all when the settings do not say.
const RETRY_FOR: &str = "5min";

/// A session that holds the lock, ready to run migrations.
pub(super) struct Deployment<'a> {
    pub(super) site: &'a Site,
    pub(super) session: &'a Session,
    pub(super) settings: &'a SessionSettings,
    pub(super) proof: &'a LockProof,
    /// How many rows a batch has that names no size; absent, as the settings say.
    pub(super) batch_size: Option<u64>,
    pub(super) tell: Tell<'a>,
}

impl Deployment<'_> {
    fn applier<'b>(&'b self, skips: &'b Skips) -> Applier<'b> {
        let (session, settings) = (self.session, self.settings);
        let runner = Runner { session, settings, skips, stage: Stage::Migration };
        let (ledger, lock) = (&self.site.opened.ledger, self.proof);
        let set = self.site.opened.settings.migration.backfill.batch_size;
        let batch_size = self.batch_size.or(set.map(NonZeroU64::get)).unwrap_or(BATCH_SIZE);
        let python = &self.site.opened.python;
        Applier { runner, ledger, lock, patience: None, notes: None, batch_size, python, tell: self.tell }
    }

    /// Runs steps between the hooks that come before and after them, when there are steps.
    pub(super) async fn run_hooked(
        &self,
        steps: &[Step<'_>],
        hooks: &mut Hooks<'_>,
        patience: &Patience<'_>,
        outcomes: &mut [MigrationOutcome],
    ) -> Result<(), Failure> {
        if steps.is_empty() {
            return Ok(());
        }
        hooks.run(Phase::BeforeDdl).await?;
        self.run(steps, patience, outcomes).await?;
        hooks.run(Phase::AfterDdl).await
    }

    /// Runs steps, each with its ledger row, until one fails.
    async fn run(
        &self,
        steps: &[Step<'_>],
        patience: &Patience<'_>,
        outcomes: &mut [MigrationOutcome],
    ) -> Result<(), Failure> {
        let skips = Skips::default();
        let journal = Journal::beside(&self.site.opened.ledger);
        let entries = journal.entries(self.session).await;
        let entries = entries.map_err(|error| failure::database(Stage::Server, &error))?;
        let notes = Notes { journal, entries };
        notes.check(steps)?;
        let applier = Applier { patience: Some(patience), notes: Some(&notes), ..self.applier(&skips) };
        for (done, (step, place)) in steps.iter().zip(outcomes).enumerate() {
            let (version, name) = (step.migration.version.clone(), step.migration.name.clone());
            (self.tell)(&Event::Begun { version, name, done, count: steps.len() });
            let (outcome, failure) = applier.apply(step).await;
            *place = outcome;
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Patience for this session, as `--retry-for` or else the settings say.
    pub(super) async fn patience(&self, flag: Option<&str>) -> Result<Patience<'_>, Failure> {
        let set = self.site.opened.settings.migration.retry_for.as_deref();
        let text = flag.or(set).unwrap_or(RETRY_FOR);
        let limit = duration::milliseconds(text).ok_or_else(|| {
            let message = format!("--retry-for {text}: this is no time: write it as 500ms, 5s or 2min");
            Failure::new(Stage::Project, ExitCode::Configuration, message)
        })?;
        let patience = Patience::of(&self.site.target, self.session, limit, self.tell).await;
        patience.map_err(|error| failure::database(Stage::Server, &error))
    }

    /// Tries steps in one transaction that is rolled back, whatever comes of it. What cannot run in a transaction, and
    /// everything after it, is not tried; the sentence that says so is returned.
    pub(super) async fn rehearse(
        &self,
        steps: &[Step<'_>],
        outcomes: &mut [MigrationOutcome],
    ) -> Result<Option<String>, Failure> {
        let skips = Skips::default();
        let applier = self.applier(&skips);
        let refused = |error| failure::database(Stage::Migration, &error);
        self.session.run("begin").await.map_err(refused)?;
        let mut result = Ok(None);
        for (step, place) in steps.iter().zip(outcomes) {
            if step.mode != TransactionMode::Single {
                result = Ok(Some(not_tried(step)));
                break;
            }
            let (outcome, failure) = applier.rehearse(step).await;
            *place = outcome;
            if let Some(failure) = failure {
                result = Err(failure);
                break;
            }
        }
        self.session.run("rollback").await.map_err(refused)?;
        result
    }
}

/// What a rehearsal does not show.
pub(super) const REHEARSAL_LIMITS: &str = "everything was rolled back; what a rehearsal cannot show: how long locks \
    are waited for under load, what runs outside a transaction, and values that sequences have handed out stay used";

fn not_tried(step: &Step<'_>) -> String {
    format!(
        "{} is not tried, nor what comes after it: it has statements that end a transaction or that none takes",
        step.migration.label()
    )
}
