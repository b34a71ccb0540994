//! The report for terminals and logs.

use super::changes::{self, Wording};
use super::style::{Paint, clean};
use super::verdict::{self, counted};
use super::{command, note, snippet};
use crate::model::finding::{Finding, Ignored, Severity};
use crate::model::report::{MigrationOutcome, MigrationStatus, Report, Stage, Verdict};

/// Lines that are shown of what a program wrote.
pub(super) const LINES_SHOWN: usize = 10;

/// A preflight's two sides.
pub(super) const WORDING: Wording<'_> = Wording {
    direction: "(migrations → db/schema)",
    added: "only in db/schema",
    dropped: "only in what the migrations build",
};

/// The report as plain lines, with colour when asked for.
#[must_use]
pub fn report(report: &Report, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = Vec::new();
    lines.extend(replay(report, paint));
    lines.extend(comparison(report, paint));
    for Ignored { finding, by, because } in &report.ignored {
        let passed = format!("· {}: let pass by {}: {}", finding.rule, clean(by), clean(because));
        lines.push(paint.faint(&passed));
    }
    for finding in &report.findings {
        lines.extend(finding_lines(finding, paint));
    }
    lines.extend(report.notes.iter().map(|note| paint.faint(&format!("▸ note: {}", note::sentence(note)))));
    let sentence = verdict::sentence(report);
    lines.push(match report.verdict {
        Verdict::Passed => paint.good(&format!("✓ {sentence}")),
        _ => paint.bad(&format!("✗ {sentence}")),
    });
    lines.push(String::new());
    lines.join("\n")
}

fn replay(report: &Report, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(ran) = &report.ran {
        lines.extend(command::lines(ran, report, paint));
        lines.extend(trouble(report, paint));
        return lines;
    }
    // Until the base is laid and every file is read, nobody knows what is pending.
    let known = report.failure.is_none() || !report.migrations.is_empty();
    if let Some(server) = report.server.as_ref().filter(|_| known) {
        let what = match report.pending_count {
            0 => "No migration is pending".to_owned(),
            count => format!("Replaying {}", counted(count, "pending migration")),
        };
        lines.push(format!("▸ {what} on PostgreSQL {} ({}) …", clean(&server.version), server.provider));
    }
    let width =
        report.migrations.iter().map(|migration| migration.label().chars().count()).max().unwrap_or(0);
    for migration in &report.migrations {
        lines.push(outcome(migration, width, paint));
        lines.extend(written(migration, paint));
    }
    lines.extend(trouble(report, paint));
    lines
}

fn trouble(report: &Report, paint: Paint) -> Vec<String> {
    let Some(failure) = &report.failure else { return Vec::new() };
    let mut lines = Vec::new();
    if failure.stage == Stage::Schema {
        lines.push("▸ Building db/schema/ …".to_owned());
    }
    lines.extend(snippet::lines(failure, paint));
    lines
}

fn outcome(migration: &MigrationOutcome, width: usize, paint: Paint) -> String {
    let label = format!("{:<width$}", clean(&migration.label()));
    match migration.status {
        MigrationStatus::Applied | MigrationStatus::RolledBack => {
            done(&label, "applied", migration.duration_ms, paint)
        }
        MigrationStatus::Failed => {
            format!("{} {label}    failed in {}", paint.bad("✗"), duration(migration.duration_ms))
        }
        MigrationStatus::NotRun => not_run(&label, paint),
    }
}

/// The end of what a program wrote.
pub(super) fn written(migration: &MigrationOutcome, paint: Paint) -> Vec<String> {
    let output = migration.python.as_ref().and_then(|python| python.output.as_deref());
    let output = output.unwrap_or_default();
    let from = output.lines().count().saturating_sub(LINES_SHOWN);
    output.lines().skip(from).map(|line| paint.faint(&format!("    {}", clean(line)))).collect()
}

/// What was done to something, and how long it took.
pub(super) fn done(label: &str, what: &str, milliseconds: f64, paint: Paint) -> String {
    format!("{} {label}    {what} in {}", paint.good("✓"), duration(milliseconds))
}

/// Something that was refused.
pub(super) fn failed(label: &str, paint: Paint) -> String {
    format!("{} {label}    failed", paint.bad("✗"))
}

/// Something that was not tried.
pub(super) fn not_run(label: &str, paint: Paint) -> String {
    paint.faint(&format!("· {label}    not run"))
}

/// A duration with its unit.
#[must_use]
pub fn duration(milliseconds: f64) -> String {
    if milliseconds < 1.0 {
        "under 1 ms".to_owned()
    } else if milliseconds < 1000.0 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{:.1} s", milliseconds / 1000.0)
    }
}

fn comparison(report: &Report, paint: Paint) -> Vec<String> {
    let Some(drift) = &report.drift else { return Vec::new() };
    let mut lines = vec!["▸ Comparing the result with db/schema/ …".to_owned()];
    if !drift.equal {
        let differ = if drift.object_count == 1 { "differs" } else { "differ" };
        lines.push(paint.bad(&format!("✗ Drift: {} {differ}", counted(drift.object_count, "object"))));
        lines.extend(changes::lines(drift, &WORDING, paint));
    }
    lines.extend(changes::remarks(drift, paint));
    lines
}

pub(super) fn finding_lines(finding: &Finding, paint: Paint) -> Vec<String> {
    let rule = finding.rule.to_string();
    let place = finding.place.as_ref().map(ToString::to_string);
    fault(finding.severity, &rule, place.as_deref(), &finding.message, finding.help.as_deref(), paint)
}

/// What was found wrong: its name with its place, what it is, and what to do.
pub(super) fn fault(
    severity: Severity,
    name: &str,
    place: Option<&str>,
    message: &str,
    help: Option<&str>,
    paint: Paint,
) -> Vec<String> {
    let place = place.map(|place| format!("   {place}")).unwrap_or_default();
    let head = match severity {
        Severity::Error => paint.bad(&format!("✗ {name}")),
        Severity::Warning => paint.warning(&format!("⚠ {name}")),
        Severity::Info => paint.faint(&format!("▸ {name}")),
    };
    let help = help.map(|help| paint.faint(&format!("    = {help}")));
    let lines = [format!("{head}{}", paint.faint(&place)), format!("    {}", clean(message))];
    lines.into_iter().chain(help).collect()
}

#[cfg(test)]
mod tests;
