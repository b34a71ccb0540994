//! The report for terminals and logs.

use similar::{ChangeTag, TextDiff};

use super::style::{Paint, clean};
use super::verdict::{self, counted};
use super::{note, snippet};
use crate::model::finding::{Finding, Severity};
use crate::model::report::{
    Change, ChangeKind, Drift, MigrationOutcome, MigrationStatus, PropertyChange, Report, Stage, Verdict,
};

/// Lines of a changed definition that are shown.
const DEFINITION_LINES: usize = 24;

/// The report as plain lines, with colour when asked for.
#[must_use]
pub fn report(report: &Report, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = Vec::new();
    lines.extend(replay(report, paint));
    lines.extend(comparison(report, paint));
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
    lines.extend(report.migrations.iter().map(|migration| outcome(migration, width, paint)));
    if let Some(failure) = &report.failure {
        if failure.stage == Stage::Schema {
            lines.push("▸ Building db/schema/ …".to_owned());
        }
        lines.extend(snippet::lines(failure, paint));
    }
    lines
}

fn outcome(migration: &MigrationOutcome, width: usize, paint: Paint) -> String {
    let label = format!("{:<width$}", clean(&migration.label()));
    match migration.status {
        MigrationStatus::Applied => {
            format!("{} {label}    applied in {}", paint.good("✓"), duration(migration.duration_ms))
        }
        MigrationStatus::Failed => {
            format!("{} {label}    failed in {}", paint.bad("✗"), duration(migration.duration_ms))
        }
        MigrationStatus::NotRun => paint.faint(&format!("· {label}    not run")),
    }
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
        lines.extend(changes(drift, paint));
    }
    for order in &drift.column_order {
        let table = clean(&order.table);
        lines.push(paint.faint(&format!("▸ note: {table} has its columns in another order (no drift)")));
    }
    if !drift.not_compared.is_empty() {
        let kinds: Vec<String> =
            drift.not_compared.iter().map(|kind| format!("{} {}", kind.count, kind.kind)).collect();
        lines.push(paint.faint(&format!("▸ note: not compared: {}", kinds.join(", "))));
    }
    lines
}

/// The changes, parts under the line of their whole. The direction is said once.
fn changes(drift: &Drift, paint: Paint) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut whole = "";
    let mut legend = paint.faint("   (migrations → db/schema)");
    for change in &drift.changes {
        if let Some(kind) = change.parent_kind {
            if whole != change.object.parent {
                whole = &change.object.parent;
                lines.push(format!("    {} {}", kind.label(), paint.strong(whole)));
            }
            lines.extend(part(change, &mut legend, paint));
        } else {
            whole = "";
            lines.extend(alone(change, &mut legend, paint));
        }
    }
    lines
}

fn alone(change: &Change, legend: &mut String, paint: Paint) -> Vec<String> {
    let head = format!("    {} {}", change.object.kind.label(), paint.strong(&change.object.name));
    let mut lines = vec![format!("{head}{}", side(change, paint))];
    if change.change == ChangeKind::Changed {
        lines.extend(
            change.properties.iter().flat_map(|property| value_lines("      ", property, legend, paint)),
        );
        lines.extend(place(change, paint));
    }
    lines
}

fn part(change: &Change, legend: &mut String, paint: Paint) -> Vec<String> {
    let head = format!("      {} {}", change.object.kind.label(), clean(&change.object.name));
    if change.change != ChangeKind::Changed {
        let shown = ["definition", "type"].iter().find_map(|name| {
            let property = change.properties.iter().find(|property| property.name == *name)?;
            property.from.as_ref().or(property.to.as_ref())
        });
        let shown = shown.map(|text| format!("   {}", clean(&one_line(text)))).unwrap_or_default();
        return vec![format!("{head}{shown}{}", side(change, paint))];
    }
    let mut lines = Vec::new();
    for property in &change.properties {
        let mut values = value_lines(&format!("{head}   "), property, legend, paint);
        lines.append(&mut values);
    }
    lines.extend(place(change, paint));
    lines
}

/// Which side alone has it.
fn side(change: &Change, paint: Paint) -> String {
    let said = match change.change {
        ChangeKind::Changed => return String::new(),
        ChangeKind::Added => "   only in db/schema",
        ChangeKind::Dropped => "   only in what the migrations build",
    };
    let place = change.to_source.as_ref().or(change.from_source.as_ref());
    let place = place.map(|place| format!("   {place}")).unwrap_or_default();
    format!("{}{}", paint.warning(said), paint.faint(&place))
}

fn place(change: &Change, paint: Paint) -> Option<String> {
    let place = change.to_source.as_ref().or(change.from_source.as_ref())?;
    Some(paint.faint(&format!("        at {place}")))
}

fn value_lines(head: &str, property: &PropertyChange, legend: &mut String, paint: Paint) -> Vec<String> {
    let long = |value: &Option<String>| value.as_deref().is_some_and(|text| text.trim_end().contains('\n'));
    let name = match property.name.as_str() {
        "type" | "definition" => String::new(),
        name => format!("{}: ", name.replace('_', " ")),
    };
    let legend = std::mem::take(legend);
    if long(&property.from) || long(&property.to) {
        let mut lines =
            vec![format!("{head}{name}{}{legend}", if name.is_empty() { "definition" } else { "" })];
        lines.extend(line_diff(property, paint));
        return lines;
    }
    let shown = |value: &Option<String>| value.as_deref().map_or_else(|| "none".to_owned(), one_line);
    let (from, to) = (shown(&property.from), shown(&property.to));
    vec![format!("{head}{name}{} → {}{legend}", paint.warning(&from), paint.warning(&to))]
}

fn line_diff(property: &PropertyChange, paint: Paint) -> Vec<String> {
    let (from, to) =
        (property.from.as_deref().unwrap_or_default(), property.to.as_deref().unwrap_or_default());
    let diff = TextDiff::from_lines(from, to);
    let mut lines: Vec<String> = diff
        .grouped_ops(1)
        .iter()
        .flatten()
        .flat_map(|operation| diff.iter_changes(operation))
        .map(|change| {
            let line = change.value().trim_end();
            match change.tag() {
                ChangeTag::Delete => paint.bad(&format!("          - {line}")),
                ChangeTag::Insert => paint.good(&format!("          + {line}")),
                ChangeTag::Equal => format!("            {}", clean(line)),
            }
        })
        .collect();
    if lines.len() > DEFINITION_LINES {
        let more = lines.len() - DEFINITION_LINES;
        lines.truncate(DEFINITION_LINES);
        lines.push(paint.faint(&format!("            … {} more", counted(more, "line"))));
    }
    lines
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn finding_lines(finding: &Finding, paint: Paint) -> Vec<String> {
    let place = finding.place.as_ref().map(|place| format!("   {place}")).unwrap_or_default();
    let head = match finding.severity {
        Severity::Error => paint.bad(&format!("✗ {}", finding.rule)),
        Severity::Warning => paint.warning(&format!("⚠ {}", finding.rule)),
        Severity::Info => paint.faint(&format!("▸ {}", finding.rule)),
    };
    let help = finding.help.iter().map(|help| paint.faint(&format!("    = {help}")));
    let mut lines =
        vec![format!("{head}{}", paint.faint(&place)), format!("    {}", clean(&finding.message))];
    lines.extend(help);
    lines
}

#[cfg(test)]
mod tests;
