//! `migrate history`.

use super::{Scope, Site};
use crate::gateway::postgres::SessionSettings;
use crate::model::answer::{Head, HistoryAnswer};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;

/// Reads the ledger: what was applied when, by whom, and how long it took. Writes nothing.
pub async fn history(scope: &Scope) -> HistoryAnswer {
    let mut answer = HistoryAnswer {
        head: Head::new("migrate history"),
        tracking_table: String::new(),
        migrations: Vec::new(),
    };
    let result = carry_out(scope, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer
}

async fn carry_out(scope: &Scope, answer: &mut HistoryAnswer) -> Result<(), Failure> {
    let site = Site::find(scope).await?;
    answer.head.database = Some(site.target.to_string());
    answer.tracking_table = site.opened.ledger.table().display();
    let session = site.connect(&SessionSettings::reading()).await?;
    let refused = |error| failure::database(Stage::Server, &error);
    if !site.opened.ledger.exists(&session).await.map_err(refused)? {
        return Err(site.no_ledger());
    }
    answer.migrations = site.deployed(&session).await?;
    // The order in which they were applied, which need not be that of their versions.
    answer.migrations.sort_by(|left, right| left.applied_at.cmp(&right.applied_at));
    session.close().await;
    Ok(())
}
