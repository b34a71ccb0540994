//! What a tool's own command did, for terminals.

use super::changes::{self, Wording};
use super::style::{Paint, clean};
use super::text::duration;
use super::verdict::counted;
use super::{facts, sql};
use crate::model::report::{CommandRun, MigrationOutcome, MigrationStatus, Report, StatementOutcome};
use crate::model::statement::is_aside;

/// Before the command and after it.
const WORDING: Wording<'_> = Wording { direction: "(before → after)", added: "new", dropped: "gone" };

/// Statements of one migration that are shown.
const SHOWN: usize = 40;

/// What was run, what it sent, what it wrote when it failed, and what is different for it.
pub(super) fn lines(ran: &CommandRun, report: &Report, paint: Paint) -> Vec<String> {
    let server = report.server.as_ref();
    let on = server.map(|server| format!(" on PostgreSQL {} ({})", clean(&server.version), server.provider));
    let base = facts::base(&report.base, clean);
    let mut lines =
        vec![format!("▸ Running `{}`{} from {base} …", clean(&ran.command), on.unwrap_or_default())];
    for migration in &report.migrations {
        lines.push(head(migration, paint));
        lines.extend(statements(migration, paint));
    }
    if let Some(output) = ran.output.as_ref().filter(|_| report.failure.is_some()) {
        lines.extend(output.lines().map(|line| format!("   {} {}", paint.faint("│ command:"), clean(line))));
    }
    if let Some(changes) = &ran.changes {
        let what = if changes.equal { "It changes no structure" } else { "What it changes" };
        lines.push(format!("▸ {what} in {base}"));
        lines.extend(changes::lines(changes, &WORDING, paint));
    }
    lines
}

fn head(migration: &MigrationOutcome, paint: Paint) -> String {
    let label = clean(&migration.label());
    let took = duration(migration.duration_ms);
    match migration.status {
        MigrationStatus::Applied => format!("{} {label}    applied in {took}", paint.good("✓")),
        MigrationStatus::Failed => format!("{} {label}    failed in {took}", paint.bad("✗")),
        MigrationStatus::RolledBack => paint.faint(&format!("· {label}    taken back with what failed")),
        MigrationStatus::NotRun => paint.faint(&format!("· {label}    not run")),
    }
}

fn statements(migration: &MigrationOutcome, paint: Paint) -> Vec<String> {
    let main = migration.statements.iter().filter(|one| !is_aside(&one.text));
    let mut lines: Vec<String> = main.clone().take(SHOWN).map(|one| statement(one, paint)).collect();
    let (left, shown) = (migration.statement_count - lines.len(), lines.len());
    if left > 0 {
        let which = if shown == main.count() { ", which ask or keep others together" } else { "" };
        lines.push(paint.faint(&format!("    … {} more{which}", counted(left, "statement"))));
    }
    lines
}

fn statement(statement: &StatementOutcome, paint: Paint) -> String {
    let locks = sql::locks(&statement.locks);
    let locks = locks.map(|locks| paint.faint(&format!("   ({locks})"))).unwrap_or_default();
    format!("    {}{locks}", clean(&statement.text))
}
