//! The verdict as one sentence that could be read aloud.

pub use crate::model::counted::counted;
use crate::model::finding::Severity;
use crate::model::report::{Failure, Note, Report, Verdict};

/// The verdict of a preflight, one sentence with its final stop.
#[must_use]
pub fn sentence(report: &Report) -> String {
    let failure = report.failure.as_ref();
    let mut said = match report.verdict {
        Verdict::Passed => format!("Preflight passed: {}", passed(report)),
        Verdict::Drift => "Preflight failed: the migrations do not lead to db/schema/".to_owned(),
        Verdict::Findings => format!("Preflight failed: {} found", findings(report)),
        Verdict::Failed => format!("Preflight failed: {}", failure.map_or_else(String::new, refused)),
        Verdict::Error => {
            let why = failure.map_or("no reason was given", |failure| failure.message.as_str());
            format!("Preflight could not be carried out: {}", first_line(why))
        }
    };
    if !said.ends_with(['.', '!', '?']) {
        said.push('.');
    }
    said
}

fn passed(report: &Report) -> String {
    if report.notes.iter().any(|note| matches!(note, Note::NoMigrations { .. })) {
        return "there are no migrations".to_owned();
    }
    let compared = report.drift.is_some();
    if let Some(ran) = report.ran.as_ref().filter(|_| report.pending_count == 0) {
        let what = if ran.changes.as_ref().is_some_and(|changes| changes.equal) {
            "changes no structure"
        } else {
            "ran"
        };
        let leads = if compared { ", and the result is what db/schema/ says" } else { "" };
        return format!("`{}` {what}{leads}", ran.command);
    }
    match (report.pending_count, compared) {
        (0, true) => "no migration is pending, and the base is what db/schema/ says".to_owned(),
        (0, false) => "no migration is pending".to_owned(),
        (1, true) => "1 pending migration applies and leads to db/schema/".to_owned(),
        (1, false) => "1 pending migration applies".to_owned(),
        (count, true) => format!("{count} pending migrations apply and lead to db/schema/"),
        (count, false) => format!("{count} pending migrations apply"),
    }
}

fn refused(failure: &Failure) -> String {
    let message = first_line(&failure.message);
    failure
        .place
        .as_ref()
        .map_or_else(|| message.to_owned(), |place| format!("{place} is refused: {message}"))
}

fn findings(report: &Report) -> String {
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "remark")];
    let said: Vec<String> = kinds
        .into_iter()
        .map(|(severity, noun)| (count(severity), noun))
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count, noun))
        .collect();
    let one = report.findings.len() == 1;
    format!("{} {}", said.join(" and "), if one { "was" } else { "were" })
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
