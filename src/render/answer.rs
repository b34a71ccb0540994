//! The text faces of `confiture migrate`.

use super::event::{in_batches, rows_of};
use super::note::sentence;
use super::retry::blocker;
use super::snippet;
use super::starter::NEXT_STEPS;
use super::style::{Paint, clean};
use super::text::{self, LINES_SHOWN, duration, finding_lines};
use super::verdict::counted;
use crate::model::answer::{
    BaselineAnswer, CheckStatus, DownAnswer, GenerateAnswer, Head, HistoryAnswer, ImportAnswer, InitAnswer,
    RebuildAnswer, ReinitAnswer, RepairAnswer, StatusAnswer, UpAnswer, VerifyAnswer,
};
use crate::model::hook::{HookOutcome, HookStatus, Phase};
use crate::model::migration::{Version, label};
use crate::model::report::{Failure, MigrationOutcome, MigrationStatus, Note};
use crate::model::retry::{Blocker, Retry};
use crate::model::statement::TransactionMode;

/// What `migrate up` did.
#[must_use]
pub fn up(answer: &UpAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    lines.extend(hook_lines(&answer.hooks, Phase::is_early, paint));
    let would = if answer.dry_run_execute { "ran and was rolled back" } else { "applied" };
    lines.extend(
        answer.migrations.iter().flat_map(|migration| outcome(migration, would, answer.dry_run, paint)),
    );
    lines.extend(hook_lines(&answer.hooks, |phase| !phase.is_early(), paint));
    lines.extend(warnings(&answer.warnings, paint));
    lines.extend(waits(&answer.retries, &answer.blockers, paint));
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
    lines.extend(hook_lines(&answer.hooks, Phase::is_early, paint));
    lines.extend(migrations.iter().flat_map(|one| outcome(one, "rolled back", answer.dry_run, paint)));
    lines.extend(hook_lines(&answer.hooks, |phase| !phase.is_early(), paint));
    lines.extend(warnings(&answer.warnings, paint));
    lines.extend(waits(&answer.retries, &answer.blockers, paint));
    let counts = if answer.dry_run {
        format!("{} would be rolled back; nothing is changed", counted(migrations.len(), "migration"))
    } else {
        format!("{} rolled back", counted(answer.rolled_back.len(), "migration"))
    };
    end(lines, &answer.head, &counts, paint)
}

fn warnings(warnings: &[String], paint: Paint) -> Vec<String> {
    warnings.iter().map(|warning| paint.warning(&format!("⚠ {}", clean(warning)))).collect()
}

/// The hooks of some phases, a line each, and below one that failed what it wrote.
fn hook_lines(hooks: &[HookOutcome], wanted: impl Fn(Phase) -> bool, paint: Paint) -> Vec<String> {
    let wanted = hooks.iter().filter(|hook| wanted(hook.phase));
    wanted.flat_map(|hook| hook_line(hook, paint)).collect()
}

fn hook_line(hook: &HookOutcome, paint: Paint) -> Vec<String> {
    let (phase, path, time) = (hook.phase, clean(hook.path.as_str()), duration(hook.duration_ms));
    let line = match hook.status {
        HookStatus::Passed => format!("{} {phase}: {path}    {time}", paint.good("✓")),
        HookStatus::Failed => format!("{} {phase}: {path}    failed ({time})", paint.bad("✗")),
        HookStatus::Tolerated => {
            format!("{} {phase}: {path}    failed, as it may ({time})", paint.warning("⚠"))
        }
    };
    let said = hook.output.as_deref().filter(|_| hook.status != HookStatus::Passed).unwrap_or_default();
    let from = said.lines().count().saturating_sub(LINES_SHOWN);
    let said = said.lines().skip(from).map(|line| paint.faint(&format!("    {}", clean(line))));
    std::iter::once(line).chain(said).collect()
}

/// What was waited for: each retry was said when it happened, so that their number is enough.
fn waits(retries: &[Retry], blockers: &[Blocker], paint: Paint) -> Vec<String> {
    let tried =
        (!retries.is_empty()).then(|| format!("⚠ tried again for want of a lock: {} ×", retries.len()));
    let blockers = blockers.iter().map(|one| format!("⚠ in the way: {}", blocker(one)));
    tried.into_iter().chain(blockers).map(|line| paint.warning(&line)).collect()
}

/// A migration's line; of one that is only looked at, its statements as well.
fn outcome(migration: &MigrationOutcome, done: &str, only_read: bool, paint: Paint) -> Vec<String> {
    let label = clean(&migration.label());
    let line = match migration.status {
        MigrationStatus::Applied | MigrationStatus::RolledBack => {
            let parts = migration
                .batches
                .as_ref()
                .map(|batches| format!(", {} in {}", rows_of(batches.rows), in_batches(batches.count)));
            text::done(&label, done, migration.duration_ms, paint) + &parts.unwrap_or_default()
        }
        MigrationStatus::Failed => text::failed(&label, paint),
        MigrationStatus::NotRun if only_read => {
            let statements = counted(migration.statement_count, "statement");
            format!("· {label}    {statements}, {}", transaction(migration.transaction))
        }
        MigrationStatus::NotRun => text::not_run(&label, paint),
    };
    let shown = migration.statements.iter().filter(|_| only_read);
    let statements = shown.map(|one| format!("    {:>4}  {}", one.line, paint.faint(&clean(&one.text))));
    let hooks = migration.hooks.iter().flat_map(|hook| hook_line(hook, paint));
    let hooks = hooks.map(|line| format!("    {line}"));
    let read = migration.python.as_ref().and_then(|python| python.read_because.as_deref());
    let read =
        read.map(|because| paint.faint(&format!("    read, and not run by Python: {}", clean(because))));
    let written = text::written(migration, paint);
    std::iter::once(line).chain(read).chain(written).chain(statements).chain(hooks).collect()
}

pub(super) fn transaction(mode: TransactionMode) -> &'static str {
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
    let written = if answer.dry_run { "would be written" } else { "written" };
    lines.extend(answer.written.iter().map(|path| format!("{} {path}    {written}", paint.good("✓"))));
    lines.extend(note_lines(&answer.notes, paint));
    let counts = format!(
        "{} {marked}, {} applied already",
        counted(answer.marked_count, "migration"),
        answer.skipped_count
    );
    end(lines, &answer.head, &counts, paint)
}

fn note_lines(notes: &[Note], paint: Paint) -> impl Iterator<Item = String> {
    notes.iter().map(move |note| paint.warning(&format!("⚠ {}", clean(&sentence(note)))))
}

/// What `migrate baseline --from-db` copied.
#[must_use]
pub fn import(answer: &ImportAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    let copied = match (answer.tool, answer.dry_run) {
        (None, true) => "would be copied",
        (None, false) => "copied",
        (Some(_), true) => "would be marked as applied",
        (Some(_), false) => "marked as applied",
    };
    lines.extend(answer.copied.iter().map(|row| {
        let label = clean(&label(&row.version, &row.name));
        format!("{} {label}    {copied}", paint.good("✓"))
    }));
    let rows = counted(answer.copied_count, "row");
    let from =
        if answer.source.is_empty() { String::new() } else { format!(" from {}", clean(&answer.source)) };
    let counts = format!("{rows} {copied}{from}, {} there already", answer.skipped_count);
    end(lines, &answer.head, &counts, paint)
}

/// What `migrate rebuild` did.
#[must_use]
pub fn rebuild(answer: &RebuildAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let (tables, files) = (counted(answer.tables_dropped, "table"), counted(answer.files_processed, "file"));
    let marked = counted(answer.marked.len(), "migration");
    let counts = match (answer.dry_run, answer.success) {
        (true, true) => {
            format!(
                "{tables} would be dropped, {files} built, {marked} marked as applied; nothing is changed"
            )
        }
        (false, true) => {
            let took = duration(answer.total_duration_ms);
            format!("{tables} dropped, {files} built, {marked} marked as applied in {took}")
        }
        (_, false) => "not rebuilt".to_owned(),
    };
    end(head(&answer.head), &answer.head, &counts, paint)
}

/// What `migrate history` read.
#[must_use]
pub fn history(answer: &HistoryAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    let width = answer.migrations.iter().map(|row| label(&row.version, &row.name).len()).max().unwrap_or(0);
    for row in &answer.migrations {
        let name = format!("{:<width$}", clean(&label(&row.version, &row.name)));
        let when = row.applied_at.as_deref().unwrap_or("at an unknown time");
        let who = row.applied_by.as_deref().map(|who| format!(" by {}", clean(who))).unwrap_or_default();
        // A row that was only marked took no time.
        let took = row.execution_time_ms.filter(|time| *time > 0).map(|time| format!(" in {time} ms"));
        lines.push(format!("{name}    {when}{}", paint.faint(&(who + &took.unwrap_or_default()))));
    }
    let counts = format!("{} in {}", counted(answer.migrations.len(), "migration"), answer.tracking_table);
    end(lines, &answer.head, &counts, paint)
}

/// What `migrate reinit` wrote.
#[must_use]
pub fn reinit(answer: &ReinitAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let (rows, marked) = (counted(answer.deleted_count, "row"), counted(answer.marked.len(), "migration"));
    let counts = match (answer.dry_run, answer.success) {
        (true, _) => format!("{rows} would be removed, {marked} marked as applied; nothing is changed"),
        (false, true) => format!("{rows} removed, {marked} marked as applied"),
        (false, false) => "nothing is changed".to_owned(),
    };
    end(head(&answer.head), &answer.head, &counts, paint)
}

/// What `migrate repair` wrote.
#[must_use]
pub fn repair(answer: &RepairAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    let would = if answer.dry_run { "would be " } else { "" };
    let said = |versions: &[Version], what: &str| -> Vec<String> {
        versions.iter().map(|version| format!("{version}    {what}")).collect()
    };
    lines.extend(said(&answer.updated, &format!("checksum {would}written anew")));
    lines.extend(said(&answer.removed, &format!("row {would}removed: its file is gone")));
    let left = said(&answer.missing, "its file is gone: restore it, or say --remove-missing");
    lines.extend(left.iter().map(|line| paint.bad(&format!("✗ {line}"))));
    let counts = format!("{} {would}repaired", counted(answer.updated.len() + answer.removed.len(), "row"));
    end(lines, &answer.head, &counts, paint)
}

/// What `migrate verify` found.
#[must_use]
pub fn verify(answer: &VerifyAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    lines.extend(answer.findings.iter().flat_map(|finding| finding_lines(finding, paint)));
    for check in &answer.checks {
        let path = clean(check.path.as_str());
        lines.push(match check.status {
            CheckStatus::Passed => format!("{} {path}    holds", paint.good("✓")),
            CheckStatus::Failed => format!("{} {path}    does not hold", paint.bad("✗")),
            CheckStatus::Skipped => paint.faint(&format!("· {path}    {} is not deployed", check.version)),
        });
        lines.extend(check.failure.iter().flat_map(|failure| snippet::lines(failure, paint)));
    }
    let disagreements = counted(answer.findings.len(), "disagreement");
    let counts = format!(
        "{disagreements} between ledger and files; checks: {} hold, {} do not, {} skipped",
        answer.verified_count, answer.failed_count, answer.skipped_count
    );
    end(lines, &answer.head, &counts, paint)
}

/// What `init` wrote, and what comes next.
#[must_use]
pub fn init(answer: &InitAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let written = answer.written.iter().map(|path| format!("{} {path}", paint.good("✓")));
    let mut lines: Vec<String> = written.collect();
    if answer.success {
        lines.push("▸ next:".to_owned());
        lines.extend(
            NEXT_STEPS.iter().map(|(command, why)| format!("    {command:<38} {}", paint.faint(why))),
        );
    }
    let place = clean(answer.directory.as_str());
    end(lines, &answer.head, &format!("{} in {place}", counted(answer.written.len(), "file")), paint)
}

/// What `migrate generate` wrote.
#[must_use]
pub fn generate(answer: &GenerateAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let would = if answer.dry_run { "would be written" } else { "written" };
    let files = answer.written.iter().map(|path| format!("{} {path}    {would}", paint.good("✓")));
    let notes = note_lines(&answer.notes, paint);
    let counts = counted(answer.written.len(), "file") + " " + would;
    end(files.chain(notes).collect(), &answer.head, &counts, paint)
}

/// Why there is no answer.
#[must_use]
pub fn failure(failure: &Failure, colour: bool) -> String {
    let mut lines = snippet::lines(failure, Paint { colour });
    lines.push(String::new());
    lines.join("\n")
}

pub(super) fn head(head: &Head) -> Vec<String> {
    head.database.iter().map(|database| format!("▸ {}", clean(database))).collect()
}

pub(super) fn end(mut lines: Vec<String>, head: &Head, counts: &str, paint: Paint) -> String {
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
