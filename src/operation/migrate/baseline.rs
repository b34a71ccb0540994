//! `migrate baseline`.

use super::{Scope, Site, lock};
use crate::gateway::postgres::{Journal, NewRow, SessionSettings};
use crate::model::answer::{BaselineAnswer, BaselineLine, Head};
use crate::model::exit::ExitCode;
use crate::model::migration::{Migration, Version};
use crate::model::report::{Failure, Stage};
use crate::operation::failure;

/// What `migrate baseline` is asked to do.
#[derive(Debug, Clone)]
pub struct BaselineRequest {
    /// Project and database.
    pub scope: Scope,
    /// The newest version that the database already has, as its file writes it.
    pub through: Version,
    /// Only say what would be marked.
    pub dry_run: bool,
}

/// Marks migrations as applied without running them. Doing it twice marks nothing.
pub async fn baseline(request: &BaselineRequest) -> BaselineAnswer {
    let mut answer = blank("through", request.through.clone(), request.dry_run);
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer
}

/// The answer of a command that has not begun.
pub(super) fn blank(mode: &'static str, through: Version, dry_run: bool) -> BaselineAnswer {
    BaselineAnswer {
        head: Head::new("migrate baseline"),
        mode,
        through,
        dry_run,
        migrations: Vec::new(),
        marked_count: 0,
        skipped_count: 0,
        written: Vec::new(),
        notes: Vec::new(),
    }
}

async fn carry_out(request: &BaselineRequest, answer: &mut BaselineAnswer) -> Result<(), Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    let migrations = &site.files.migrations;
    let through = site.has_version("--through", &request.through)?;
    let session = site.connect(&SessionSettings::migrating("60s")).await?;
    if !request.dry_run {
        site.is_fit(&session).await?;
    }
    let proof = lock(&session, "30s").await?;
    let ledger = &site.opened.ledger;
    let refused = |error| failure::database(Stage::Server, &error);
    if !request.dry_run {
        ledger.ensure(&session, &proof).await.map_err(|error| site.ledger_refused(&error))?;
    }
    let there = site.deployed(&session).await?;
    let wanted = migrations.iter().filter(|migration| migration.version <= through);
    let (known, new): (Vec<_>, Vec<_>) =
        wanted.partition(|migration| there.iter().any(|row| row.version == migration.version));
    if !request.dry_run {
        let inserts =
            new.iter().map(|migration| ledger.insert(&NewRow::marked(migration, "baseline"), &proof));
        let versions: Vec<&Version> = new.iter().map(|migration| &migration.version).collect();
        let forget = Journal::beside(ledger).forget_marked(&session, &versions).await.map_err(refused)?;
        session.run_as_one(inserts.chain(forget)).await.map_err(refused)?;
    }
    session.close().await;
    (answer.marked_count, answer.skipped_count) = (new.len(), known.len());
    let known = known.into_iter().map(|migration| line(migration, "already_applied"));
    answer.migrations = known.chain(new.into_iter().map(|migration| line(migration, "marked"))).collect();
    answer.migrations.sort_by(|left, right| left.version.cmp(&right.version));
    Ok(())
}

fn line(migration: &Migration, status: &'static str) -> BaselineLine {
    BaselineLine { version: migration.version.clone(), name: migration.name.clone(), status }
}
