//! `migrate up`.

use std::time::Instant;

use super::steps::Deployment;
use super::{Conduct, Scope, Site, disagreement, steps};
use crate::engine::chain;
use crate::model::answer::{Head, UpAnswer};
use crate::model::exit::ExitCode;
use crate::model::finding::Rule;
use crate::model::hook::Phase;
use crate::model::ledger::LedgerRow;
use crate::model::migration::Version;
use crate::model::policy::{Late, Missing};
use crate::model::report::{Failure, MigrationStatus, Stage};
use crate::operation::apply::{milliseconds, not_run, only_read};
use crate::operation::failure;
use crate::operation::hooks::Hooks;
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
    /// What a deployed file that has changed since means.
    pub on_changed: OnChanged,
    /// Run what is deployed already as well; checksums are not looked at.
    pub force: bool,
    /// Cut every `UPDATE` or `DELETE` that is alone in its file into parts.
    pub batched: bool,
    /// How many rows such a part has, and one of `batched(…)` without a size; absent, as the settings say.
    pub batch_size: Option<u64>,
    /// How to go about it.
    pub conduct: Conduct,
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
/// What does not get its locks is tried again; `tell` is told of that, and of everything else that happens.
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
        hooks: Vec::new(),
    };
    // Boxed: it is large, and every command would carry it.
    let result = Box::pin(carry_out(request, tell, &mut answer)).await.map_err(failure::in_use);
    answer.errors.extend(result.as_ref().err().map(|failure| failure.message.clone()));
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.success = answer.head.ok;
    answer.total_duration_ms = milliseconds(started);
    answer
}

async fn carry_out(request: &UpRequest, tell: Tell<'_>, answer: &mut UpAnswer) -> Result<(), Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    let wanted = request.conduct.hooks && request.effect == Effect::Apply;
    let mut hooks = site.hooks(&request.scope, "migrate up", wanted, tell)?;
    let result = deploy(request, &site, &mut hooks, tell, answer).await;
    let (result, ran, tolerated) = hooks.end(result).await;
    answer.hooks = ran;
    answer.warnings.extend(tolerated);
    result
}

async fn deploy(
    request: &UpRequest,
    site: &Site,
    hooks: &mut Hooks<'_>,
    tell: Tell<'_>,
    answer: &mut UpAnswer,
) -> Result<(), Failure> {
    let settings = site.session_settings();
    let session = site.connect(&settings).await?;
    let ledger = &site.opened.ledger;
    hooks.run(Phase::BeforeValidation).await?;
    // Nobody is kept waiting by somebody who only looks.
    let proof = match request.effect {
        Effect::DryRun => None,
        Effect::Apply | Effect::Rehearse => Some(request.conduct.lock.take(site, &session).await?),
    };
    if let (Effect::Apply, Some(proof)) = (request.effect, &proof) {
        ledger.ensure(&session, proof).await.map_err(|error| site.ledger_refused(&error))?;
    }
    let deployed = site.deployed(&session).await?;
    site.is_whole(&deployed)?;
    check(request, site, &deployed, answer)?;
    let steps = wanted(request, site, &deployed)?;
    check_requirements(&steps, deployed.iter().map(|row| &row.version))?;
    hooks.expect(steps.iter().map(|step| step.migration.version.clone()));
    answer.skipped = before(&steps, &deployed);
    let mut result = if let Some(proof) = &proof {
        let deployment = Deployment {
            site,
            session: &session,
            settings: &settings,
            proof,
            batch_size: request.batch_size,
            tell,
        };
        match request.effect {
            Effect::Rehearse => rehearse(&deployment, &steps, answer).await,
            _ => apply(request, &deployment, &steps, hooks, answer).await,
        }
    } else {
        answer.migrations = steps.iter().map(only_read).collect();
        Ok(())
    };
    let after = site.deployed_now(&session, &settings).await.unwrap_or_else(|_| deployed.clone());
    tell_ledger(site, &after, &deployed, answer);
    if result.is_ok() {
        result = hooks.run(Phase::AfterValidation).await;
    }
    session.close().await;
    result
}

/// The deployed versions that are not run again.
fn before(steps: &[Step<'_>], deployed: &[LedgerRow]) -> Vec<Version> {
    let again =
        |row: &&LedgerRow| steps.iter().any(|step| step.again && step.migration.version == row.version);
    deployed.iter().filter(|row| !again(row)).map(|row| row.version.clone()).collect()
}

/// Success is said only of what the ledger says: of a row that is new, or that has been run again.
fn tell_ledger(site: &Site, after: &[LedgerRow], deployed: &[LedgerRow], answer: &mut UpAnswer) {
    let is_new = |version: &Version| !deployed.iter().any(|row| row.version == *version);
    let ran = |version: &Version| {
        let of_it = answer.migrations.iter().find(|migration| migration.version == *version);
        of_it.is_some_and(|migration| migration.status == MigrationStatus::Applied)
    };
    let rehearsed = answer.dry_run_execute;
    let versions = after.iter().map(|row| &row.version);
    answer.applied =
        versions.filter(|version| is_new(version) || (!rehearsed && ran(version))).cloned().collect();
    let left = chain::pending(site.policy(), &site.files.migrations, after);
    answer.pending = left.into_iter().map(|migration| migration.version.clone()).collect();
}

/// Where ledger and files disagree. That a file is gone, or comes late, is said or ends it, as with the tool that they are
/// written for; one that has changed is as is asked.
fn check(
    request: &UpRequest,
    site: &Site,
    deployed: &[LedgerRow],
    answer: &mut UpAnswer,
) -> Result<(), Failure> {
    let mut on_changed = request.on_changed;
    if request.force {
        let said = "--force: what is deployed is run again, and checksums are not looked at";
        answer.warnings.push(said.to_owned());
        on_changed = OnChanged::Ignore;
    }
    let mut unchanged = on_changed != OnChanged::Ignore;
    let policy = site.policy();
    for finding in chain::check(policy, &site.files.migrations, deployed) {
        match (finding.rule, on_changed) {
            (Rule::DeployedFileChanged, OnChanged::Fail) => return Err(disagreement(finding)),
            (Rule::DeployedFileChanged, OnChanged::Warn) => unchanged = false,
            (Rule::DeployedFileMissing, _) if policy.missing == Missing::Refuse => {
                return Err(disagreement(finding));
            }
            (Rule::OutOfOrder, _) if policy.late == Late::Refuse => return Err(disagreement(finding)),
            (Rule::DeployedFileMissing | Rule::OutOfOrder, _) => {}
            _ => continue,
        }
        answer.warnings.push(finding.message);
    }
    answer.checksums_verified = unchanged;
    Ok(())
}

/// What is to be run: what is pending, or everything.
fn wanted<'a>(request: &UpRequest, site: &'a Site, deployed: &[LedgerRow]) -> Result<Vec<Step<'a>>, Failure> {
    let migrations = &site.files.migrations;
    let target = request.target.as_ref().map(|target| site.has_version("--target", target)).transpose()?;
    let wanted = |version: &Version| target.as_ref().is_none_or(|target| version <= target);
    let all = if request.force {
        migrations.iter().collect()
    } else {
        chain::pending(site.policy(), migrations, deployed)
    };
    all.into_iter()
        .filter(|migration| wanted(&migration.version))
        .take(request.steps.unwrap_or(usize::MAX))
        .map(|migration| {
            let mut step = Step::read(migration, Stage::Migration)?;
            step.again = deployed.iter().any(|row| row.version == migration.version);
            if request.batched { step.in_batches() } else { Ok(step) }
        })
        .collect()
}

async fn apply(
    request: &UpRequest,
    deployment: &Deployment<'_>,
    steps: &[Step<'_>],
    hooks: &mut Hooks<'_>,
    answer: &mut UpAnswer,
) -> Result<(), Failure> {
    answer.migrations = steps.iter().map(not_run).collect();
    let patience = deployment.patience(request.conduct.retry_for.as_deref()).await?;
    let result = deployment.run_hooked(steps, hooks, &patience, &mut answer.migrations).await;
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
