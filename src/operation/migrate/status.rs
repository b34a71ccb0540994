//! `migrate status`.

use std::collections::BTreeSet;

use super::{Scope, Site, by_command};
use crate::engine::chain;
use crate::gateway::postgres::{Entry, Journal, SessionSettings};
use crate::model::answer::{Head, StatusAnswer, StatusLine, StatusSummary};
use crate::model::exit::ExitCode;
use crate::model::finding::Rule;
use crate::model::layout::Tool;
use crate::model::ledger::LedgerRow;
use crate::model::migration::Version;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;

/// Compares the files with the database's ledger. Writes nothing.
pub async fn status(scope: &Scope) -> StatusAnswer {
    let mut answer = StatusAnswer {
        head: Head::new("migrate status"),
        tracking_table: String::new(),
        applied: Vec::new(),
        pending: Vec::new(),
        current: None,
        total: 0,
        migrations: Vec::new(),
        summary: StatusSummary::default(),
        hints: Vec::new(),
    };
    let result = carry_out(scope, &mut answer).await;
    answer.head.conclude(result);
    answer
}

async fn carry_out(scope: &Scope, answer: &mut StatusAnswer) -> Result<ExitCode, Failure> {
    let site = Site::look(scope).await?;
    answer.head.database = Some(site.target.to_string());
    answer.tracking_table = site.opened.ledger.table().display();
    let session = site.connect(&SessionSettings::reading()).await?;
    let refused = |error| failure::database(Stage::Server, &error);
    let has_ledger = site.opened.ledger.exists(&session).await.map_err(refused)?;
    let rows = site.deployed(&session).await?;
    let started = site.opened.ledger.clone().knowing(&site.files.migrations);
    let started = started.started(&session).await.map_err(refused)?;
    // Who may read the ledger alone is told of the ledger alone.
    let entries = Journal::beside(&site.opened.ledger).entries(&session).await;
    session.close().await;
    if site.tool().is_run_by_command() {
        by_command::fill(answer, &site, &rows)?;
    } else {
        fill(answer, &site, &rows);
    }
    answer.hints.extend(started.iter().map(|version| under_way(site.tool(), version)));
    answer.hints.extend(match entries {
        Ok(entries) => half_done(&entries),
        Err(error) => vec![format!(
            "whether a migration stopped half-way is not known: the journal cannot be read: {}",
            error.message
        )],
    });
    Ok(match (has_ledger, answer.pending.is_empty()) {
        (false, _) => {
            answer.hints.push(format!("the database has no ledger {}", answer.tracking_table));
            ExitCode::Configuration
        }
        (true, true) => ExitCode::Success,
        (true, false) => ExitCode::Pending,
    })
}

/// A migration that its own tool has started: it is pending until that is completed.
fn under_way(tool: Tool, version: &Version) -> String {
    let title = tool.title();
    format!("{title} has started {version} and not completed it: complete it, or take it back, with {title}")
}

/// Migrations that stopped outside a transaction.
fn half_done(entries: &[Entry]) -> Vec<String> {
    let stopped: BTreeSet<(&Version, &str)> =
        entries.iter().map(|entry| (&entry.version, entry.command())).collect();
    let hint =
        |(version, command)| format!("{version} stopped half-way: `migrate {command}` goes on with it");
    stopped.into_iter().map(hint).collect()
}

fn fill(answer: &mut StatusAnswer, site: &Site, rows: &[LedgerRow]) {
    let migrations = &site.files.migrations;
    answer.applied = rows.iter().map(|row| row.version.clone()).collect();
    answer.pending = chain::pending(site.policy(), migrations, rows)
        .into_iter()
        .map(|migration| migration.version.clone())
        .collect();
    answer.current = answer.applied.last().cloned();
    answer.migrations = rows
        .iter()
        .map(|row| StatusLine {
            version: row.version.clone(),
            name: row.name.clone(),
            status: "applied",
            applied_at: row.applied_at.clone(),
        })
        .chain(chain::pending(site.policy(), migrations, rows).into_iter().map(|migration| StatusLine {
            version: migration.version.clone(),
            name: migration.name.clone(),
            status: "pending",
            applied_at: None,
        }))
        .collect();
    answer.migrations.sort_by(|left, right| left.version.cmp(&right.version));
    let (applied, pending) = (answer.applied.len(), answer.pending.len());
    answer.total = applied + pending;
    answer.summary = StatusSummary { applied, pending, total: applied + pending };
    let disagreements = chain::check(site.policy(), migrations, rows).into_iter().filter(|finding| {
        matches!(finding.rule, Rule::DeployedFileChanged | Rule::DeployedFileMissing | Rule::OutOfOrder)
    });
    answer.hints.extend(disagreements.map(|finding| finding.message));
    let stopped = rows.iter().filter(|row| row.half_done);
    answer.hints.extend(stopped.map(|row| format!("the ledger says that {} stopped half-way", row.version)));
}
