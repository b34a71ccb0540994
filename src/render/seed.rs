//! The text faces of `confiture seed`.

use super::answer::{end, head};
use super::snippet;
use super::style::{Paint, clean};
use super::text;
use super::verdict::counted;
use crate::model::seed::{SeedApplyAnswer, SeedFile, SeedStatus, SeedValidateAnswer, Violation};

/// What `seed apply` did.
#[must_use]
pub fn apply(answer: &SeedApplyAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    lines.extend(files(&answer.files, paint));
    let counts = format!(
        "{}: {} applied, {} failed",
        counted(answer.files_processed, "file"),
        answer.files_applied,
        answer.files_failed
    );
    end(lines, &answer.head, &counts, paint)
}

/// Files of rows, and why those were refused that came after the first: that one is the command's own failure, and said
/// at the end.
pub(super) fn files(files: &[SeedFile], paint: Paint) -> Vec<String> {
    let lines = files.iter().map(|one| file(one, paint));
    let more = files.iter().filter_map(|file| file.failure.as_ref()).skip(1);
    lines.chain(more.flat_map(|failure| snippet::lines(failure, paint))).collect()
}

fn file(file: &SeedFile, paint: Paint) -> String {
    let path = clean(file.path.as_str());
    let copied = match file.rows_copied {
        0 => String::new(),
        rows => format!(", {} as COPY", counted(rows, "row")),
    };
    match file.status {
        SeedStatus::Applied => text::done(&path, "applied", file.duration_ms, paint) + &copied,
        SeedStatus::Failed => text::failed(&path, paint),
        SeedStatus::RolledBack => format!("{} {path}    taken back", paint.warning("·")),
        SeedStatus::NotRun => text::not_run(&path, paint),
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
    let (name, place) = (one.pattern.to_string(), one.place.to_string());
    text::fault(one.severity, &name, Some(&place), &one.message, one.help, paint)
}
