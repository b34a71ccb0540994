//! `migrate up`.

use std::time::Instant;

use super::steps::Deployment;
use super::{Lock, Scope, Site, disagreement, steps};
use crate::engine::chain;
use crate::model::answer::{Head, UpAnswer};
use crate::model::exit::ExitCode;
use crate::model::finding::Rule;
use crate::model::ledger::LedgerRow;
use crate::model::migration::Version;
use crate::model::report::{Failure, Stage};
use crate::operation::apply::{milliseconds, not_run, only_read};
use crate::operation::failure;
use crate::operation::patience::Tell;
use crate::operation::script::{Step, check_requirements};

/// What `migrate up` is asked to do.
#[derive(Debug, Clone)]
pub struct UpRequest {
    /// Project and database.
    pub scope: Scope,
    /// Stop after this version.
    pub target: Option<Version>,
    /// Apply so many at the most.
    pub steps: Option<usize>,
    /// How much of it is meant.
    pub effect: Effect,
    /// The advisory lock.
    pub lock: Lock,
    /// What a deployed file that has changed since means.
    pub on_changed: OnChanged,
    /// How long, in all, what does not get its locks is tried again; absent, as the settings say.
    pub retry_for: Option<String>,
}

/// How much of a command is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// All of it.
    Apply,
    /// Say what would be run; the database is only read.
    DryRun,
    /// Run it in a transaction that is rolled back.
    Rehearse,
}

/// What a deployed file that has changed since means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChanged {
    /// Nothing is applied.
    Fail,
    /// It is said, and the rest is applied.
    Warn,
    /// It is not looked at.
    Ignore,
}

/// Applies what is pending, one migration after the other, each with its ledger row, under the advisory lock.
///
/// What does not get its locks is tried again; `tell` is told of it each time.
pub async fn up(request: &UpRequest, tell: Tell<'_>) -> UpAnswer {
    let started = Instant::now();
    let mut answer = UpAnswer {
        head: Head::new("migrate up"),
        success: false,
        dry_run: request.effect == Effect::DryRun,
        dry_run_execute: request.effect == Effect::Rehearse,
        checksums_verified: false,
        applied: Vec::new(),
        skipped: Vec::new(),
        pending: Vec::new(),
        errors: Vec::new(),
        warnings: Vec::new(),
        total_duration_ms: 0.0,
        migrations: Vec::new(),
        retries: Vec::new(),
        blockers: Vec::new(),
    };
    let result = carry_out(request, tell, &mut answer).await;
    answer.errors.extend(result.as_ref().err().map(|failure| failure.message.clone()));
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.success = answer.head.ok;
    answer.total_duration_ms = milliseconds(started);
    answer
}

async fn carry_out(request: &UpRequest, tell: Tell<'_>, answer: &mut UpAnswer) -> Result<(), Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    let settings = site.session_settings();
    let session = site.connect(&settings).await?;
    let ledger = &site.opened.ledger;
    let refused = |error| failure::database(Stage::Server, &error);
    // Nobody is kept waiting by somebody who only looks.
    let proof = match request.effect {
        Effect::DryRun => None,
        Effect::Apply | Effect::Rehearse => Some(request.lock.take(&site, &session).await?),
    };
    if let (Effect::Apply, Some(proof)) = (request.effect, &proof) {
        ledger.ensure(&session, proof).await.map_err(|error| site.ledger_refused(&error))?;
    }
    let deployed = ledger.rows(&session).await.map_err(refused)?;
    check(request, &site, &deployed, answer)?;
    let steps = pending(request, &site, &deployed)?;
    check_requirements(&steps, &deployed)?;
    answer.skipped = deployed.iter().map(|row| row.version.clone()).collect();
    let result = if let Some(proof) = &proof {
        let deployment = Deployment { site: &site, session: &session, settings: &settings, proof };
        match request.effect {
            Effect::Rehearse => rehearse(&deployment, &steps, answer).await,
            _ => apply(request, &deployment, &steps, tell, answer).await,
        }
    } else {
        answer.migrations = steps.iter().map(only_read).collect();
        Ok(())
    };
    let after = site.deployed_now(&session).await.unwrap_or_else(|_| deployed.clone());
    // Success is said only of what the ledger says.
    answer.applied = after
        .iter()
        .map(|row| row.version.clone())
        .filter(|version| !answer.skipped.contains(version))
        .collect();
    let left = chain::pending(&site.files.migrations, &after);
    answer.pending = left.into_iter().map(|migration| migration.version.clone()).collect();
    session.close().await;
    result
}

/// Where ledger and files disagree. That a file is gone, or comes late, is said; one that has changed is as is asked.
fn check(
    request: &UpRequest,
    site: &Site,
    deployed: &[LedgerRow],
    answer: &mut UpAnswer,
) -> Result<(), Failure> {
    let mut unchanged = request.on_changed != OnChanged::Ignore;
    for finding in chain::check(&site.files.migrations, deployed) {
        match (finding.rule, request.on_changed) {
            (Rule::DeployedFileChanged, OnChanged::Fail) => return Err(disagreement(finding)),
            (Rule::DeployedFileChanged, OnChanged::Warn) => unchanged = false,
            (Rule::DeployedFileMissing | Rule::OutOfOrder, _) => {}
            _ => continue,
        }
        answer.warnings.push(finding.message);
    }
    answer.checksums_verified = unchanged;
    Ok(())
}

fn pending<'a>(
    request: &UpRequest,
    site: &'a Site,
    deployed: &[LedgerRow],
) -> Result<Vec<Step<'a>>, Failure> {
    let migrations = &site.files.migrations;
    if let Some(target) = &request.target {
        site.has_version("--target", target)?;
    }
    let wanted = |version: &Version| request.target.as_ref().is_none_or(|target| version <= target);
    chain::pending(migrations, deployed)
        .into_iter()
        .filter(|migration| wanted(&migration.version))
        .take(request.steps.unwrap_or(usize::MAX))
        .map(|migration| Step::read(migration, Stage::Migration))
        .collect()
}

async fn apply(
    request: &UpRequest,
    deployment: &Deployment<'_>,
    pending: &[Step<'_>],
    tell: Tell<'_>,
    answer: &mut UpAnswer,
) -> Result<(), Failure> {
    answer.migrations = pending.iter().map(not_run).collect();
    let patience = deployment.patience(request.retry_for.as_deref(), tell).await?;
    let result = deployment.run(pending, &patience, &mut answer.migrations).await;
    (answer.retries, answer.blockers) = patience.end(&result);
    result
}

async fn rehearse(
    deployment: &Deployment<'_>,
    pending: &[Step<'_>],
    answer: &mut UpAnswer,
) -> Result<(), Failure> {
    answer.migrations = pending.iter().map(not_run).collect();
    let tried = deployment.rehearse(pending, &mut answer.migrations).await;
    answer.warnings.push(steps::REHEARSAL_LIMITS.to_owned());
    answer.warnings.extend(tried?);
    Ok(())
}
