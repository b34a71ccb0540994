//! `migrate reinit`.

use std::time::Instant;

use super::{Lock, Scope, Site};
use crate::gateway::postgres::{Journal, NewRow, SessionSettings};
use crate::model::answer::{Head, ReinitAnswer};
use crate::model::exit::ExitCode;
use crate::model::migration::{Migration, Version};
use crate::model::report::{Failure, Stage};
use crate::operation::apply::milliseconds;
use crate::operation::failure;

/// What `migrate reinit` is asked to do.
#[derive(Debug, Clone)]
pub struct ReinitRequest {
    /// Project and database.
    pub scope: Scope,
    /// The newest version to be marked; absent, all are.
    pub through: Option<Version>,
    /// Only say what would be written.
    pub dry_run: bool,
    /// Whether the user has said yes.
    pub confirmed: bool,
    /// The advisory lock.
    pub lock: Lock,
}

/// Writes the ledger anew: all rows go, and migrations are marked as applied without being run. In one transaction.
pub async fn reinit(request: &ReinitRequest) -> ReinitAnswer {
    let started = Instant::now();
    let mut answer = ReinitAnswer {
        head: Head::new("migrate reinit"),
        success: false,
        dry_run: request.dry_run,
        deleted_count: 0,
        marked: Vec::new(),
        total_duration_ms: 0.0,
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.success = answer.head.ok;
    answer.total_duration_ms = milliseconds(started);
    answer
}

async fn carry_out(request: &ReinitRequest, answer: &mut ReinitAnswer) -> Result<(), Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    let marked = marked(request, &site)?;
    let session = site.connect(&SessionSettings::migrating("60s")).await?;
    let ledger = &site.opened.ledger;
    let refused = |error| failure::database(Stage::Server, &error);
    let deployed = site.deployed(&session).await?;
    answer.deleted_count = deployed.len();
    answer.marked = marked.iter().map(|migration| migration.version.clone()).collect();
    if request.dry_run {
        return Ok(());
    }
    if !request.confirmed {
        return Err(not_confirmed(deployed.len()));
    }
    let proof = request.lock.take(&site, &session).await?;
    ledger.ensure(&session, &proof).await.map_err(refused)?;
    let rows = marked.iter().map(|migration| NewRow::marked(migration, "reinit"));
    let inserts = rows.map(|row| ledger.insert(&row, &proof));
    let versions: Vec<&Version> = marked.iter().map(|migration| &migration.version).collect();
    let forget = Journal::beside(ledger).forget_marked(&session, &versions).await.map_err(refused)?;
    let clear = [ledger.clear(&proof)].into_iter();
    session.run_as_one(clear.chain(forget).chain(inserts)).await.map_err(refused)?;
    session.close().await;
    Ok(())
}

/// The migrations that are to be marked.
fn marked<'a>(request: &ReinitRequest, site: &'a Site) -> Result<Vec<&'a Migration>, Failure> {
    let through =
        request.through.as_ref().map(|through| site.has_version("--through", through)).transpose()?;
    let wanted = |version: &Version| through.as_ref().is_none_or(|through| version <= through);
    Ok(site.files.migrations.iter().filter(|migration| wanted(&migration.version)).collect())
}

fn not_confirmed(rows: usize) -> Failure {
    let message = format!("this removes {rows} rows of the ledger and writes it anew");
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some("look with --dry-run, then say --yes".to_owned());
    failure
}
