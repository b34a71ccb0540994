//! The text faces of `migrate validate`, `migrate fix`, `migrate convert` and `schema fmt`.

use super::answer::{end, head};
use super::snippet;
use super::style::{Paint, clean};
use super::text::{fault, finding_lines};
use super::verdict::counted;
use crate::model::tidy::{ConvertAnswer, FixAnswer, FormatAnswer, Taken, Unrepeatable, ValidateAnswer};

/// What `migrate validate` found.
#[must_use]
pub fn validate(answer: &ValidateAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines: Vec<String> =
        answer.findings.iter().flat_map(|finding| finding_lines(finding, paint)).collect();
    lines.extend(answer.violations.iter().flat_map(|one| violation(one, paint)));
    let repeatable = if answer.idempotent {
        format!(", {} cannot be run twice", counted(answer.violation_count, "statement"))
    } else {
        String::new()
    };
    let found = counted(answer.findings.len(), "finding");
    let counts = format!("{}: {found}{repeatable}", counted(answer.migrations_checked, "migration"));
    end(lines, &answer.head, &counts, paint)
}

fn violation(one: &Unrepeatable, paint: Paint) -> Vec<String> {
    let place = format!("{}:{}:{}", one.file_path, one.line_number, one.column);
    let fix = if one.fix_available { "; migrate fix --idempotent does" } else { "" };
    let help = format!("{}{fix}", one.suggestion);
    fault(one.severity, &one.pattern.to_string(), Some(&place), &one.sql_snippet, Some(&help), paint)
}

/// What `migrate fix` did.
#[must_use]
pub fn fix(answer: &FixAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let would = if answer.dry_run { "would be " } else { "" };
    let mut lines = head(&answer.head);
    for file in &answer.files {
        let changes = counted(file.changes.len(), "statement");
        lines.push(format!("{} {}    {changes} {would}changed", paint.good("✓"), clean(file.path.as_str())));
        lines.extend(file.changes.iter().map(|one| {
            let said = format!("{}, {}", one.pattern, one.suggestion);
            paint.faint(&format!("    {:>4}  {said}", one.line_number))
        }));
    }
    lines.extend(answer.renamed.iter().map(|one| {
        let to = one.to.file_name().unwrap_or_default();
        format!("{} {}    {would}renamed to {}", paint.good("✓"), clean(one.from.as_str()), clean(to))
    }));
    lines.extend(answer.left.iter().flat_map(|one| violation(one, paint)));
    let skipped = answer.skipped.iter();
    lines.extend(
        skipped.map(|path| paint.faint(&format!("· {}    left alone: it is applied", clean(path.as_str())))),
    );
    let counts = format!(
        "{} {would}changed, {} {would}renamed, {} left alone",
        counted(answer.fixes_applied, "statement"),
        counted(answer.renamed.len(), "file"),
        counted(answer.skipped.len(), "file")
    );
    end(lines, &answer.head, &counts, paint)
}

/// What `migrate convert` did.
#[must_use]
pub fn convert(answer: &ConvertAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let would = if answer.dry_run { "would be " } else { "" };
    let mut lines = head(&answer.head);
    for one in &answer.converted {
        let written: Vec<String> =
            one.written.iter().map(|path| clean(path.file_name().unwrap_or_default())).collect();
        let mark = if answer.dry_run { "·".to_owned() } else { paint.good("✓") };
        lines.push(format!(
            "{mark} {}    {would}written as {}",
            clean(one.from.as_str()),
            written.join(", ")
        ));
        if [Some(one.up), one.down].contains(&Some(Taken::Recorded)) {
            let said =
                "recorded from a run on an empty database: what it decides by data is decided in the files";
            lines.push(paint.warning(&format!("    ⚠ {said}; read them")));
        }
        lines.extend(one.left.iter().map(|name| {
            paint.warning(&format!("    ⚠ {} is not carried over: no file of SQL has it", clean(name)))
        }));
    }
    if answer.head.ok && !answer.converted.is_empty() {
        let said = "where one is deployed, the ledger has the checksum of its .py file: `confiture migrate repair` \
                    writes that of the new file";
        lines.push(paint.faint(&format!("▸ note: {said}")));
    }
    let counts = format!("{} {would}written as SQL", counted(answer.converted.len(), "migration"));
    end(lines, &answer.head, &counts, paint)
}

/// How a file of SQL begins that was taken out of a program.
#[must_use]
pub fn converted_head(path: &str, taken: Taken) -> String {
    // A name with a line end would be no comment.
    let path: String = path.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match taken {
        Taken::Read => format!("-- Written from {path}.\n"),
        Taken::Recorded => format!("-- Recorded from a run of {path} on an empty database.\n"),
    }
}

/// What `schema fmt` did.
#[must_use]
pub fn format(answer: &FormatAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let would = if answer.check { "would be " } else { "" };
    let mark = if answer.check { paint.bad("✗") } else { paint.good("✓") };
    let changed = answer.changed.iter();
    let mut lines: Vec<String> =
        changed.map(|path| format!("{mark} {}    {would}laid out anew", clean(path.as_str()))).collect();
    lines.extend(answer.refused.iter().flat_map(|failure| snippet::lines(failure, paint)));
    let counts = format!(
        "{}: {} {would}laid out anew, {} left alone",
        counted(answer.files_checked, "file"),
        answer.changed.len(),
        answer.refused.len()
    );
    end(lines, &answer.head, &counts, paint)
}
