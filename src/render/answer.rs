//! The text faces of `migrate up`, `status` and `baseline`.

use super::snippet;
use super::style::{Paint, clean};
use super::text::duration;
use super::verdict::counted;
use crate::model::answer::{BaselineAnswer, Head, StatusAnswer, UpAnswer};
use crate::model::migration::label;
use crate::model::report::{Failure, MigrationStatus};

/// What `migrate up` did.
#[must_use]
pub fn up(answer: &UpAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    for migration in &answer.migrations {
        let label = clean(&migration.label());
        lines.push(match migration.status {
            MigrationStatus::Applied => {
                format!("{} {label}    applied in {}", paint.good("✓"), duration(migration.duration_ms))
            }
            MigrationStatus::Failed => format!("{} {label}    failed", paint.bad("✗")),
            MigrationStatus::NotRun => paint.faint(&format!("· {label}    not run")),
        });
    }
    let counts = format!(
        "{} applied now, {} before",
        counted(answer.applied.len(), "migration"),
        answer.skipped.len()
    );
    end(lines, &answer.head, &counts, paint)
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
