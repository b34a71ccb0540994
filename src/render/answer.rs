//! The text faces of `migrate up`, `down`, `status` and `baseline`.

use super::snippet;
use super::style::{Paint, clean};
use super::text::duration;
use super::verdict::counted;
use crate::model::answer::{BaselineAnswer, DownAnswer, Head, StatusAnswer, UpAnswer};
use crate::model::migration::label;
use crate::model::report::{Failure, MigrationOutcome, MigrationStatus};
use crate::model::statement::TransactionMode;

/// What `migrate up` did.
#[must_use]
pub fn up(answer: &UpAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    let would = if answer.dry_run_execute { "ran and was rolled back" } else { "applied" };
    lines.extend(
        answer.migrations.iter().flat_map(|migration| outcome(migration, would, answer.dry_run, paint)),
    );
    lines.extend(answer.warnings.iter().map(|warning| paint.warning(&format!("⚠ {}", clean(warning)))));
    let counts = if answer.dry_run || answer.dry_run_execute {
        format!("{} would be applied; nothing is changed", counted(answer.migrations.len(), "migration"))
    } else {
        format!("{} applied now, {} before", counted(answer.applied.len(), "migration"), answer.skipped.len())
    };
    end(lines, &answer.head, &counts, paint)
}

/// What `migrate down` did.
#[must_use]
pub fn down(answer: &DownAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    let migrations = &answer.migrations;
    lines.extend(migrations.iter().flat_map(|one| outcome(one, "rolled back", answer.dry_run, paint)));
    let counts = if answer.dry_run {
        format!("{} would be rolled back; nothing is changed", counted(migrations.len(), "migration"))
    } else {
        format!("{} rolled back", counted(answer.rolled_back.len(), "migration"))
    };
    end(lines, &answer.head, &counts, paint)
}

/// A migration's line; of one that is only looked at, its statements as well.
fn outcome(migration: &MigrationOutcome, done: &str, only_read: bool, paint: Paint) -> Vec<String> {
    let label = clean(&migration.label());
    let line = match migration.status {
        MigrationStatus::Applied | MigrationStatus::RolledBack => {
            format!("{} {label}    {done} in {}", paint.good("✓"), duration(migration.duration_ms))
        }
        MigrationStatus::Failed => format!("{} {label}    failed", paint.bad("✗")),
        MigrationStatus::NotRun if only_read => {
            let statements = counted(migration.statement_count, "statement");
            format!("· {label}    {statements}, {}", transaction(migration.transaction))
        }
        MigrationStatus::NotRun => paint.faint(&format!("· {label}    not run")),
    };
    let shown = migration.statements.iter().filter(|_| only_read);
    let statements = shown.map(|one| format!("    {:>4}  {}", one.line, paint.faint(&clean(&one.text))));
    std::iter::once(line).chain(statements).collect()
}

fn transaction(mode: TransactionMode) -> &'static str {
    match mode {
        TransactionMode::Single => "one transaction",
        TransactionMode::None => "outside a transaction",
        TransactionMode::Own => "transactions of its own",
    }
}

/// What `migrate status` saw.
#[must_use]
pub fn status(answer: &StatusAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    let width = answer.migrations.iter().map(|line| label(&line.version, &line.name).len()).max();
    for line in &answer.migrations {
        let name = label(&line.version, &line.name);
        let label = format!("{:<width$}", clean(&name), width = width.unwrap_or(0));
        let when = line.applied_at.as_deref().unwrap_or_default();
        lines.push(match line.status {
            "applied" => format!("{} {label}    applied {}", paint.good("✓"), paint.faint(when)),
            status => format!("{} {label}    {}", paint.warning("·"), paint.warning(status)),
        });
    }
    lines.extend(answer.hints.iter().map(|hint| paint.warning(&format!("⚠ {hint}"))));
    let summary = &answer.summary;
    let counts = format!(
        "{}: {} applied, {} pending",
        counted(summary.total, "migration"),
        summary.applied,
        summary.pending
    );
    end(lines, &answer.head, &counts, paint)
}

/// What `migrate baseline` marked.
#[must_use]
pub fn baseline(answer: &BaselineAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    let marked = if answer.dry_run { "would be marked as applied" } else { "marked as applied" };
    for line in &answer.migrations {
        let said = if line.status == "marked" { marked } else { "applied already" };
        let label = clean(&label(&line.version, &line.name));
        lines.push(format!("{} {label}    {said}", paint.good("✓")));
    }
    let counts = format!(
        "{} {marked}, {} applied already",
        counted(answer.marked_count, "migration"),
        answer.skipped_count
    );
    end(lines, &answer.head, &counts, paint)
}

/// Why there is no answer.
#[must_use]
pub fn failure(failure: &Failure, colour: bool) -> String {
    let mut lines = snippet::lines(failure, Paint { colour });
    lines.push(String::new());
    lines.join("\n")
}

fn head(head: &Head) -> Vec<String> {
    head.database.iter().map(|database| format!("▸ {}", clean(database))).collect()
}

fn end(mut lines: Vec<String>, head: &Head, counts: &str, paint: Paint) -> String {
    match &head.error {
        Some(failure) => {
            lines.extend(snippet::lines(failure, paint));
            lines.push(paint.bad(&format!("✗ {counts}")));
        }
        None => lines.push(format!("▸ {counts}")),
    }
    lines.push(String::new());
    lines.join("\n")
}
