//! The text face of `init --from`.

use camino::Utf8PathBuf;

use super::answer::{end, head};
use super::snippet;
use super::style::{Paint, clean};
use super::verdict::counted;
use crate::model::conversion::{ConversionAnswer, Converted, History, TextChange};
use crate::model::migration::label;

/// What a conversion did, or would do.
#[must_use]
pub fn conversion(answer: &ConversionAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = plan_lines(answer, paint);
    lines.extend(undo_lines(answer, paint));
    conclusion(answer, lines, paint)
}

/// What a conversion is going to do, as it is asked about.
#[must_use]
pub fn plan(answer: &ConversionAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = plan_lines(answer, paint);
    lines.push("Nothing is executed, and the other tool's ledger stays as it is. Do this? [y/N] ".to_owned());
    lines.join("\n")
}

/// What came of what was asked about.
#[must_use]
pub fn outcome(answer: &ConversionAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    conclusion(answer, undo_lines(answer, paint), paint)
}

fn plan_lines(answer: &ConversionAnswer, paint: Paint) -> Vec<String> {
    let mut lines = head(&answer.head);
    if let Some(from) = &answer.from {
        let place = clean(from.directory.as_str());
        lines.push(format!("▸ {} in {place}: {}", from.tool.title(), clean(&from.because)));
    }
    lines.extend(answer.refused.iter().flat_map(|failure| snippet::lines(failure, paint)));
    if !answer.refused.is_empty() {
        return lines;
    }
    lines.extend(answer.migrations.iter().flat_map(|one| converted(one, paint)));
    let removed = answer.removed.iter();
    lines.extend(
        removed.map(|path| format!("- {}    what it says is in the migration", clean(path.as_str()))),
    );
    let left =
        |path: &Utf8PathBuf| paint.warning(&format!("⚠ {}    is no migration, and stays", path.as_str()));
    lines.extend(answer.left.iter().map(left));
    lines.extend(
        answer.settings.iter().map(|path| format!("+ {}    layout: confiture", clean(path.as_str()))),
    );
    lines.extend(answer.history.iter().flat_map(|history| history_lines(history, paint)));
    lines
}

fn converted(one: &Converted, paint: Paint) -> Vec<String> {
    let names =
        |paths: &[Utf8PathBuf]| paths.iter().map(|path| clean(path.as_str())).collect::<Vec<_>>().join(" + ");
    let mut notes: Vec<&str> = one.changes.iter().map(|change| said(*change)).collect();
    let renumbered = format!("{} becomes {}", one.version_before, one.version);
    if one.version_before != one.version {
        notes.insert(0, &renumbered);
    }
    let mut lines = vec![format!("  {} → {}", names(&one.from), names(&one.to))];
    if !notes.is_empty() {
        lines.push(paint.faint(&format!("      {}", notes.join("; "))));
    }
    lines
}

fn said(change: TextChange) -> &'static str {
    match change {
        TextChange::Cut => "cut in two",
        TextChange::FilledIn => "placeholders filled in",
        TextChange::NoTransaction => "begins with -- confiture: no-transaction",
        TextChange::RunsOnce => {
            "ran whenever it had changed, runs once now: keep it in db/schema/ and write what changes as migrations"
        }
    }
}

fn history_lines(history: &History, paint: Paint) -> Vec<String> {
    let mut lines =
        vec![format!("▸ {} of {} → {}", counted(history.rows.len(), "row"), history.from, history.to)];
    lines.extend(history.rows.iter().map(|row| {
        let when = row.applied_at.as_deref().unwrap_or("at an unknown time");
        format!("  {}    applied {}", clean(&label(&row.version, &row.name)), paint.faint(when))
    }));
    if history.there > 0 {
        lines.push(format!("  {} there already", counted(history.there, "row")));
    }
    lines
}

fn undo_lines(answer: &ConversionAnswer, paint: Paint) -> Vec<String> {
    if answer.undo.is_empty() || !answer.head.ok {
        return Vec::new();
    }
    let commands = answer.undo.iter().map(|command| format!("    {}", clean(command)));
    std::iter::once(paint.faint("▸ to undo it:")).chain(commands).collect()
}

fn conclusion(answer: &ConversionAnswer, lines: Vec<String>, paint: Paint) -> String {
    let migrations = counted(answer.migrations.len(), "migration");
    let counts = match (answer.head.ok, answer.dry_run) {
        (true, true) => format!("{migrations} would be converted; nothing is changed"),
        (true, false) => format!("{migrations} converted: `confiture preflight` proves them"),
        (false, _) => "nothing is changed".to_owned(),
    };
    end(lines, &answer.head, &counts, paint)
}
