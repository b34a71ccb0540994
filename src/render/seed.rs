//! The text faces of `confiture seed`.

use super::answer::{end, head};
use super::snippet;
use super::style::{Paint, clean};
use super::text::duration;
use super::verdict::counted;
use crate::model::finding::Severity;
use crate::model::seed::{SeedApplyAnswer, SeedFile, SeedStatus, SeedValidateAnswer, Violation};

/// What `seed apply` did.
#[must_use]
pub fn apply(answer: &SeedApplyAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    lines.extend(answer.files.iter().map(|one| file(one, paint)));
    // The first failure is the command's own, and said at the end.
    let more = answer.files.iter().filter_map(|file| file.failure.as_ref()).skip(1);
    lines.extend(more.flat_map(|failure| snippet::lines(failure, paint)));
    let counts = format!(
        "{}: {} applied, {} failed",
        counted(answer.files_processed, "file"),
        answer.files_applied,
        answer.files_failed
    );
    end(lines, &answer.head, &counts, paint)
}

fn file(file: &SeedFile, paint: Paint) -> String {
    let path = clean(file.path.as_str());
    let copied = match file.rows_copied {
        0 => String::new(),
        rows => format!(", {} as COPY", counted(rows, "row")),
    };
    match file.status {
        SeedStatus::Applied => {
            format!("{} {path}    applied in {}{copied}", paint.good("✓"), duration(file.duration_ms))
        }
        SeedStatus::Failed => format!("{} {path}    failed", paint.bad("✗")),
        SeedStatus::RolledBack => format!("{} {path}    taken back", paint.warning("·")),
        SeedStatus::NotRun => paint.faint(&format!("· {path}    not run")),
    }
}

/// What `seed validate` found.
#[must_use]
pub fn validate(answer: &SeedValidateAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    lines.extend(answer.violations.iter().flat_map(|one| violation(one, paint)));
    let found = counted(answer.violation_count, "violation");
    let counts = format!("{}, {found}", counted(answer.files_scanned, "file"));
    end(lines, &answer.head, &counts, paint)
}

fn violation(one: &Violation, paint: Paint) -> Vec<String> {
    let severity = match one.severity {
        Severity::Error => paint.bad("✗ error"),
        Severity::Warning => paint.warning("⚠ warning"),
        Severity::Info => "· info".to_owned(),
    };
    let mut lines = vec![format!("{severity} {}: {}", one.pattern, clean(&one.message))];
    lines.push(format!("  {} {}", paint.faint("-->"), clean(&one.place.to_string())));
    lines.extend(one.help.map(|help| format!("   {} help: {help}", paint.faint("="))));
    lines
}
