//! `migrate up`.

use std::time::Instant;

use super::{Scope, Site, disagreement, lock};
use crate::engine::chain;
use crate::gateway::postgres::{LockProof, Session, SessionSettings};
use crate::model::answer::{Head, UpAnswer};
use crate::model::exit::ExitCode;
use crate::model::finding::Rule;
use crate::model::migration::Version;
use crate::model::report::{Failure, MigrationStatus, Stage};
use crate::model::statement::TransactionMode;
use crate::operation::apply::{Applier, Policy, Runner, milliseconds, not_run};
use crate::operation::failure;
use crate::operation::script::Step;

/// What `migrate up` is asked to do.
#[derive(Debug, Clone)]
pub struct UpRequest {
    /// Project and database.
    pub scope: Scope,
    /// Stop after this version.
    pub target: Option<Version>,
    /// How long to wait for the lock, in PostgreSQL's notation.
    pub lock_timeout: String,
}

/// Applies what is pending, one migration after the other, each with its ledger row, under the advisory lock.
pub async fn up(request: &UpRequest) -> UpAnswer {
    let started = Instant::now();
    let mut answer = UpAnswer {
        head: Head::new("migrate up"),
        success: false,
        applied: Vec::new(),
        skipped: Vec::new(),
        errors: Vec::new(),
        total_duration_ms: 0.0,
        migrations: Vec::new(),
    };
    let result = carry_out(request, &mut answer).await;
    answer.errors.extend(result.as_ref().err().map(|failure| failure.message.clone()));
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.success = answer.head.ok;
    answer.total_duration_ms = milliseconds(started);
    answer
}

async fn carry_out(request: &UpRequest, answer: &mut UpAnswer) -> Result<(), Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    // A deploy is not cut short by a limit made for experiments.
    let settings = SessionSettings::migrating("0");
    let session = site.connect(&settings).await?;
    let proof = lock(&session, &request.lock_timeout).await?;
    let ledger = &site.opened.ledger;
    let refused = |error| failure::database(Stage::Server, &error);
    ledger.ensure(&session, &proof).await.map_err(refused)?;
    let deployed = ledger.rows(&session).await.map_err(refused)?;
    let changed = chain::check(&site.files.migrations, &deployed);
    if let Some(finding) = changed.into_iter().find(|finding| finding.rule == Rule::DeployedFileChanged) {
        return Err(disagreement(finding));
    }
    let steps = pending(request, &site, &deployed)?;
    answer.skipped = deployed.iter().map(|row| row.version.clone()).collect();
    answer.migrations = steps.iter().map(not_run).collect();
    let result = apply(&site, &session, &settings, &proof, &steps, answer).await;
    // Success is said only of what the ledger says.
    let after = ledger.rows(&session).await.map_err(refused);
    if let Ok(after) = after {
        let new =
            after.into_iter().map(|row| row.version).filter(|version| !answer.skipped.contains(version));
        answer.applied = new.collect();
    }
    session.close().await;
    result
}

fn pending<'a>(
    request: &UpRequest,
    site: &'a Site,
    deployed: &[crate::model::ledger::LedgerRow],
) -> Result<Vec<Step<'a>>, Failure> {
    let migrations = &site.files.migrations;
    if let Some(target) = &request.target
        && !migrations.iter().any(|migration| migration.version == *target)
    {
        let message = format!("--target {target}: there is no migration of that version");
        return Err(Failure::new(Stage::Project, ExitCode::Configuration, message));
    }
    let wanted = |version: &Version| request.target.as_ref().is_none_or(|target| version <= target);
    chain::pending(migrations, deployed)
        .into_iter()
        .filter(|migration| wanted(&migration.version))
        .map(|migration| Step::read(migration, Stage::Migration))
        .collect()
}

async fn apply(
    site: &Site,
    session: &Session,
    settings: &SessionSettings,
    proof: &LockProof,
    steps: &[Step<'_>],
    answer: &mut UpAnswer,
) -> Result<(), Failure> {
    let policy = Policy::default();
    let runner = Runner { session, settings, policy: &policy, stage: Stage::Migration };
    let applier = Applier { runner, ledger: &site.opened.ledger, lock: proof };
    for (index, step) in steps.iter().enumerate() {
        let (outcome, failure) = applier.apply(step).await;
        let ran =
            outcome.statement_count.saturating_sub(usize::from(outcome.status == MigrationStatus::Failed));
        answer.migrations[index] = outcome;
        if let Some(mut failure) = failure {
            if step.mode != TransactionMode::Single && ran > 0 {
                failure.help = Some(format!(
                    "{ran} statements of {} ran outside a transaction of ours and may stay: look before you go on",
                    step.migration.label()
                ));
            }
            return Err(failure);
        }
    }
    Ok(())
}
