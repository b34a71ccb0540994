//! `migrate baseline --from-db`: another database's history, copied.

use secrecy::{ExposeSecret as _, SecretString};

use super::{Scope, Site, lock};
use crate::gateway::postgres::{Journal, Ledger, Session, SessionSettings, Target};
use crate::model::answer::ImportAnswer;
use crate::model::exit::ExitCode;
use crate::model::ledger::LedgerTable;
use crate::model::migration::Version;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;

/// What `migrate baseline --from-db` is asked to do.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// Project and database.
    pub scope: Scope,
    /// The database whose history is copied; a URL holds a password.
    pub source: SecretString,
    /// Its ledger's table, when it is called otherwise there.
    pub source_table: Option<String>,
    /// The newest version that is copied; absent, all are.
    pub through: Option<Version>,
    /// Only say what would be copied.
    pub dry_run: bool,
}

/// Copies ledger rows as they are, times and checksums included. Versions that are there stay as they are.
pub async fn import(request: &ImportRequest) -> ImportAnswer {
    let mut answer = ImportAnswer::begun(request.through.as_ref(), request.dry_run);
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer
}

async fn carry_out(request: &ImportRequest, answer: &mut ImportAnswer) -> Result<(), Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    let source = Target::from_url(request.source.expose_secret()).map_err(|error| failure::url(&error))?;
    answer.source = source.to_string();
    let rows = history(request, &site, &source).await?;
    let session = site.connect(&SessionSettings::migrating("60s")).await?;
    let refused = |error| failure::database(Stage::Server, &error);
    if !request.dry_run {
        site.is_fit(&session).await?;
    }
    let proof = lock(&session, "30s").await?;
    let ledger = &site.opened.ledger;
    let there = site.deployed(&session).await?;
    let known = |version: &Version| there.iter().any(|row| row.version == *version);
    let (skipped, new): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(row, _)| known(&row.version));
    if !request.dry_run {
        ledger.ensure(&session, &proof).await.map_err(|error| site.ledger_refused(&error))?;
        let inserts = new.iter().map(|(_, written)| ledger.insert_as_written(written, &proof));
        let versions: Vec<&Version> = new.iter().map(|(row, _)| &row.version).collect();
        let forget = Journal::beside(ledger).forget_marked(&session, &versions).await.map_err(refused)?;
        session.run_as_one(inserts.chain(forget)).await.map_err(refused)?;
    }
    session.close().await;
    (answer.copied_count, answer.skipped_count) = (new.len(), skipped.len());
    answer.copied = new.into_iter().map(|(row, _)| row).collect();
    Ok(())
}

/// The rows of the source with their texts.
async fn history(
    request: &ImportRequest,
    site: &Site,
    source: &Target,
) -> Result<Vec<(crate::model::ledger::LedgerRow, String)>, Failure> {
    let ledger = match &request.source_table {
        Some(table) => Ledger::new(LedgerTable::new(table)),
        None => site.opened.ledger.clone(),
    };
    let session = Session::open(source, &SessionSettings::reading()).await;
    let session = session.map_err(|error| failure::connection(Stage::Server, source, &error))?;
    let refused = |error| failure::database(Stage::Server, &error);
    if !ledger.exists(&session).await.map_err(refused)? {
        return Err(nothing(source, &ledger));
    }
    let mut written = ledger.rows_as_written(&session).await.map_err(refused)?;
    let rows = ledger.rows(&session).await.map_err(refused)?;
    session.close().await;
    let wanted = |version: &Version| request.through.as_ref().is_none_or(|through| version <= through);
    if let Some(through) =
        request.through.as_ref().filter(|through| !rows.iter().any(|row| row.version == **through))
    {
        let message = format!("--through {through}: {source} has no migration of that version");
        return Err(Failure::new(Stage::Project, ExitCode::Configuration, message));
    }
    let rows = rows.into_iter().filter(|row| wanted(&row.version));
    Ok(rows.filter_map(|row| written.remove(&row.version).map(|text| (row, text))).collect())
}

fn nothing(source: &Target, ledger: &Ledger) -> Failure {
    let message = format!("{source} has no ledger {}: there is no history to copy", ledger.table().display());
    let mut failure = Failure::new(Stage::Server, ExitCode::Configuration, message);
    failure.help = Some("name its table with --source-table when it is called otherwise there".to_owned());
    failure
}
