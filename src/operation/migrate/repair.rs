//! `migrate repair`.

use super::{Lock, Scope, Site};
use crate::gateway::postgres::SessionSettings;
use crate::model::answer::{Head, RepairAnswer};
use crate::model::exit::ExitCode;
use crate::model::ledger::LedgerRow;
use crate::model::migration::Migration;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;

/// What `migrate repair` is asked to do.
#[derive(Debug, Clone)]
pub struct RepairRequest {
    /// Project and database.
    pub scope: Scope,
    /// Whether rows whose files are gone are removed.
    pub remove_missing: bool,
    /// Only say what would be written.
    pub dry_run: bool,
    /// The advisory lock.
    pub lock: Lock,
}

/// Makes the ledger agree with the files: writes the checksums that the files have now, and removes rows whose files
/// are gone when that is asked for. In one transaction; runs no migration.
pub async fn repair(request: &RepairRequest) -> RepairAnswer {
    let mut answer = RepairAnswer {
        head: Head::new("migrate repair"),
        dry_run: request.dry_run,
        updated: Vec::new(),
        removed: Vec::new(),
        missing: Vec::new(),
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result);
    answer
}

async fn carry_out(request: &RepairRequest, answer: &mut RepairAnswer) -> Result<ExitCode, Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    let session = site.connect(&SessionSettings::migrating("60s")).await?;
    let ledger = &site.opened.ledger;
    let refused = |error| failure::database(Stage::Server, &error);
    if !ledger.exists(&session).await.map_err(refused)? {
        return Err(site.no_ledger());
    }
    let proof = request.lock.take(&site, &session).await?;
    let deployed = site.deployed(&session).await?;
    let mut statements = Vec::new();
    for row in &deployed {
        let file = site.files.migrations.iter().find(|migration| migration.version == row.version);
        match file {
            Some(migration) if differs(migration, row) => {
                statements.push(ledger.set_checksum(&row.version, migration.ledger_checksum(), &proof));
                answer.updated.push(row.version.clone());
            }
            None if request.remove_missing => {
                statements.push(ledger.delete(&row.version, &proof));
                answer.removed.push(row.version.clone());
            }
            None => answer.missing.push(row.version.clone()),
            Some(_) => {}
        }
    }
    if !request.dry_run {
        session.run_as_one(statements).await.map_err(refused)?;
    }
    session.close().await;
    Ok(if answer.missing.is_empty() { ExitCode::Success } else { ExitCode::Ledger })
}

/// A row without a checksum gets one.
fn differs(migration: &Migration, row: &LedgerRow) -> bool {
    row.checksum.as_deref().is_none_or(|checksum| !migration.matches_checksum(checksum))
}
