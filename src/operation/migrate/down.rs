//! `migrate down`.

use std::time::Instant;

use super::steps::Deployment;
use super::{Conduct, Scope, Site};
use crate::model::answer::{DownAnswer, Head};
use crate::model::exit::ExitCode;
use crate::model::hook::Phase;
use crate::model::ledger::LedgerRow;
use crate::model::migration::{Migration, SqlFile, Version, label};
use crate::model::report::{Failure, Stage};
use crate::operation::apply::{milliseconds, not_run, only_read};
use crate::operation::failure;
use crate::operation::hooks::Hooks;
use crate::operation::patience::Tell;
use crate::operation::script::Step;

/// What `migrate down` is asked to do.
#[derive(Debug, Clone)]
pub struct DownRequest {
    /// Project and database.
    pub scope: Scope,
    /// How far to go back.
    pub extent: Extent,
    /// Only say what would be run.
    pub dry_run: bool,
    /// How to go about it.
    pub conduct: Conduct,
}

/// How far to go back.
#[derive(Debug, Clone)]
pub enum Extent {
    /// So many migrations, the newest first.
    Steps(usize),
    /// Everything that came after this version, which stays.
    To(Version),
}

/// Takes deployed migrations back, the newest first, each by its down file in one transaction with its ledger row.
///
/// Every down file is read before the first is run: nothing is taken back when one of them is missing.
///
/// What does not get its locks is tried again; `tell` is told of that, and of everything else that happens.
pub async fn down(request: &DownRequest, tell: Tell<'_>) -> DownAnswer {
    let started = Instant::now();
    let mut answer = DownAnswer {
        head: Head::new("migrate down"),
        success: false,
        dry_run: request.dry_run,
        rolled_back: Vec::new(),
        total_duration_ms: 0.0,
        migrations: Vec::new(),
        retries: Vec::new(),
        blockers: Vec::new(),
        warnings: Vec::new(),
        hooks: Vec::new(),
    };
    let result = carry_out(request, tell, &mut answer).await.map_err(failure::in_use);
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.success = answer.head.ok;
    answer.total_duration_ms = milliseconds(started);
    answer
}

async fn carry_out(request: &DownRequest, tell: Tell<'_>, answer: &mut DownAnswer) -> Result<(), Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    let wanted = request.conduct.hooks && !request.dry_run;
    let mut hooks = site.hooks(&request.scope, "migrate down", wanted, tell)?;
    let result = take_back(request, &site, &mut hooks, tell, answer).await;
    let (result, ran, tolerated) = hooks.end(result).await;
    answer.hooks = ran;
    answer.warnings.extend(tolerated);
    result
}

async fn take_back(
    request: &DownRequest,
    site: &Site,
    hooks: &mut Hooks<'_>,
    tell: Tell<'_>,
    answer: &mut DownAnswer,
) -> Result<(), Failure> {
    let settings = site.session_settings();
    let session = site.connect(&settings).await?;
    let refused = |error| failure::database(Stage::Server, &error);
    let ledger = &site.opened.ledger;
    if !ledger.exists(&session).await.map_err(refused)? {
        return Err(site.no_ledger());
    }
    hooks.run(Phase::BeforeValidation).await?;
    // Nobody is kept waiting by somebody who only looks.
    let proof = if request.dry_run { None } else { Some(request.conduct.lock.take(site, &session).await?) };
    let deployed = site.deployed(&session).await?;
    site.is_whole(&deployed)?;
    let found = newest_first(&request.extent, &deployed)?
        .into_iter()
        .map(|row| way_back(site, row))
        .collect::<Result<Vec<_>, _>>()?;
    let back = found.iter().map(|(migration, down)| Step::back(migration, down, Stage::Migration));
    let back = back.collect::<Result<Vec<_>, _>>()?;
    let Some(proof) = proof else {
        answer.migrations = back.iter().map(only_read).collect();
        return Ok(());
    };
    hooks.expect(back.iter().map(|step| step.migration.version.clone()));
    answer.migrations = back.iter().map(not_run).collect();
    let deployment =
        Deployment { site, session: &session, settings: &settings, proof: &proof, batch_size: None, tell };
    let patience = deployment.patience(request.conduct.retry_for.as_deref()).await?;
    let mut result = deployment.run_hooked(&back, hooks, &patience, &mut answer.migrations).await;
    (answer.retries, answer.blockers) = patience.end(&result);
    // Success is said only of what the ledger says.
    let after = site.deployed_now(&session, &settings).await.unwrap_or_else(|_| deployed.clone());
    let gone = deployed.iter().filter(|row| !after.iter().any(|left| left.version == row.version));
    answer.rolled_back = gone.rev().map(|row| row.version.clone()).collect();
    if result.is_ok() {
        result = hooks.run(Phase::AfterValidation).await;
    }
    session.close().await;
    result
}

/// The rows that are to be taken back.
fn newest_first<'a>(extent: &Extent, deployed: &'a [LedgerRow]) -> Result<Vec<&'a LedgerRow>, Failure> {
    match extent {
        Extent::Steps(steps) => Ok(deployed.iter().rev().take(*steps).collect()),
        Extent::To(version) => {
            // It is the ledger's row that stands at its place.
            let Some(last) = deployed.iter().find(|row| row.version == *version) else {
                let message = format!("--to {version}: no migration of that version is deployed");
                return Err(Failure::new(Stage::Project, ExitCode::Configuration, message));
            };
            Ok(deployed.iter().rev().filter(|row| row.version > last.version).collect())
        }
    }
}

/// The file that takes a deployed migration back.
fn way_back<'a>(site: &'a Site, row: &LedgerRow) -> Result<(&'a Migration, SqlFile), Failure> {
    let name = label(&row.version, &row.name);
    let migration = site.files.migrations.iter().find(|migration| migration.version == row.version);
    let Some(migration) = migration else {
        let message = format!("{name} is deployed, but its file is gone: nothing says how to take it back");
        let mut failure = Failure::new(Stage::Project, ExitCode::Ledger, message);
        failure.help = Some("restore its files from the revision that was deployed".to_owned());
        return Err(failure);
    };
    let Some(down) = &migration.down else {
        return Err(irreversible(&format!("{name} has no down file"), migration));
    };
    let down = site.opened.project.way_back(down).map_err(|error| failure::file(&error))?;
    let has_statements = crate::sql::statements(&down.text).is_ok_and(|statements| !statements.is_empty());
    let says_nothing =
        migration.is_read() && crate::sql::statements(&migration.up.text).is_ok_and(|up| up.is_empty());
    let is_told = migration.python.as_ref().is_none_or(|python| python.down.is_none());
    if is_told && !has_statements && !says_nothing {
        return Err(irreversible(&format!("{} holds no statement", down.path), migration));
    }
    Ok((migration, down))
}

fn irreversible(what: &str, migration: &Migration) -> Failure {
    let message = format!("{what}: {} cannot be taken back", migration.label());
    let mut failure = Failure::new(Stage::Project, ExitCode::Irreversible, message);
    failure.help = Some(format!(
        "write what undoes it into db/migrations/{}.down.sql; nothing was taken back",
        migration.label()
    ));
    failure
}
