//! The time line: migrations with their statements, each with how long it took, what it locks and what is wrong with it.

use camino::Utf8Path;

use super::{RunPage, web};
use crate::model::estimate::{MigrationEstimate, StatementEstimate};
use crate::model::finding::{Finding, Ignored};
use crate::model::hook::HookStatus;
use crate::model::place::Place;
use crate::model::plan::LockMode;
use crate::model::report::{MigrationOutcome, MigrationStatus, Report, StatementOutcome};
use crate::render::answer::transaction;
use crate::render::event::{in_batches, rows_of};
use crate::render::verdict::counted;
use crate::render::{estimate, facts};

/// As many statements as are shown without opening anything.
const AT_A_GLANCE: usize = 40;

pub(super) struct MigrationView {
    pub label: String,
    pub path: PlaceView,
    pub tone: &'static str,
    pub mark: char,
    pub what: String,
    pub transaction: Option<&'static str>,
    pub is_open: bool,
    pub hooks: Vec<String>,
    pub findings: Vec<FindingView>,
    pub statements: Vec<StatementView>,
    pub left_out: Option<String>,
}

pub(super) struct StatementView {
    pub line: usize,
    pub text: String,
    pub duration: String,
    /// Of a hundred, which is the longest statement of the run.
    pub length: String,
    /// The class of its colour: who waits for the strongest lock.
    pub lock: &'static str,
    pub locks: Vec<String>,
    pub findings: Vec<FindingView>,
}

#[derive(Clone)]
pub(super) struct FindingView {
    pub severity: String,
    pub title: &'static str,
    pub rule: String,
    pub place: Option<PlaceView>,
    pub message: String,
    pub help: Option<String>,
}

#[derive(Clone)]
pub(super) struct PlaceView {
    pub text: String,
    pub url: Option<String>,
}

impl PlaceView {
    fn of_file(path: &Utf8Path, page: &RunPage) -> Self {
        let url = facts::address(&page.context, path, None);
        Self { text: path.to_string(), url: url.as_deref().and_then(web) }
    }

    pub(super) fn of(place: &Place, page: &RunPage) -> Self {
        let url = facts::address(&page.context, &place.path, Some(place.line));
        Self { text: place.to_string(), url: url.as_deref().and_then(web) }
    }
}

/// The migrations with their findings in place, and the findings that are about none of them.
pub(super) fn of(report: &Report, page: &RunPage) -> (Vec<MigrationView>, Vec<FindingView>) {
    let statements = || report.migrations.iter().flat_map(|one| &one.statements);
    let longest = statements().map(|one| one.duration_ms).fold(f64::MIN_POSITIVE, f64::max);
    let few = statements().count() <= AT_A_GLANCE;
    let views = report.migrations.iter().map(|one| migration(one, report, page, longest, few)).collect();
    let elsewhere = |finding: &&Finding| !report.migrations.iter().any(|one| is_about(finding, one));
    (views, report.findings.iter().filter(elsewhere).map(|one| finding(one, page)).collect())
}

/// The findings that somebody has let pass, with who it was and why.
pub(super) fn let_pass<'a>(report: &'a Report, page: &RunPage) -> Vec<(FindingView, &'a str, &'a str)> {
    let view = |one: &'a Ignored| (finding(&one.finding, page), one.by.as_str(), one.because.as_str());
    report.ignored.iter().map(view).collect()
}

fn is_about(finding: &Finding, migration: &MigrationOutcome) -> bool {
    finding.place.as_ref().is_some_and(|place| place.path == migration.path)
}

fn migration(
    one: &MigrationOutcome,
    report: &Report,
    page: &RunPage,
    longest: f64,
    few: bool,
) -> MigrationView {
    let estimate =
        page.estimates.iter().find(|estimate| estimate.version == one.version && estimate.name == one.name);
    let findings: Vec<&Finding> = report.findings.iter().filter(|finding| is_about(finding, one)).collect();
    let failed = one.status == MigrationStatus::Failed;
    // A finding stands at the statement that its place is in, and before the first one at the migration.
    let at = |finding: &Finding| {
        let place = finding.place.as_ref().map(|place| (place.line, place.column));
        one.statements.iter().rposition(|statement| Some((statement.line, statement.column)) <= place)
    };
    let found = |wanted: Option<usize>| -> Vec<FindingView> {
        findings.iter().filter(|one| at(one) == wanted).map(|one| finding(one, page)).collect()
    };
    let (tone, mark) = match one.status {
        MigrationStatus::Applied | MigrationStatus::RolledBack => ("good", '✓'),
        MigrationStatus::Failed => ("bad", '✗'),
        MigrationStatus::NotRun => ("open", '·'),
    };
    let statements = one.statements.iter().enumerate();
    MigrationView {
        label: one.label(),
        path: PlaceView::of_file(&one.path, page),
        tone,
        mark,
        what: what(one),
        transaction: (one.status != MigrationStatus::NotRun).then(|| transaction(one.transaction)),
        is_open: few || failed || !findings.is_empty(),
        hooks: one
            .hooks
            .iter()
            .map(|hook| {
                let failed = if hook.status == HookStatus::Passed { "" } else { "failed, " };
                format!("{}: {} ({failed}{})", hook.phase, hook.path, facts::duration(hook.duration_ms))
            })
            .collect(),
        findings: found(None),
        statements: statements
            .map(|(index, statement)| of_statement(statement, estimate, longest, found(Some(index))))
            .collect(),
        left_out: left_out(one),
    }
}

/// How many statements ran that the report does not list.
fn left_out(one: &MigrationOutcome) -> Option<String> {
    let count = one.statement_count.saturating_sub(one.statements.len());
    (count > 0).then(|| counted(count, "more statement"))
}

fn what(one: &MigrationOutcome) -> String {
    let took = facts::duration(one.duration_ms);
    let done = match one.status {
        MigrationStatus::Applied => format!("applied in {took}"),
        MigrationStatus::RolledBack => format!("rolled back in {took}"),
        MigrationStatus::Failed => format!("refused after {took}"),
        MigrationStatus::NotRun => "not tried".to_owned(),
    };
    let parts = one.batches.as_ref().map(|all| format!(", {}, {}", in_batches(all.count), rows_of(all.rows)));
    format!("{done}{}", parts.unwrap_or_default())
}

fn of_statement(
    one: &StatementOutcome,
    estimate: Option<&MigrationEstimate>,
    longest: f64,
    findings: Vec<FindingView>,
) -> StatementView {
    let estimates = estimate.map(|estimate| estimate.statements.as_slice()).unwrap_or_default();
    let estimate = estimates.iter().find(|other| (other.line, other.column) == (one.line, one.column));
    StatementView {
        line: one.line,
        text: one.text.clone(),
        duration: facts::duration(one.duration_ms),
        length: format!("{:.1}", (one.duration_ms / longest * 100.0).clamp(0.5, 100.0)),
        lock: estimate.map_or("unknown", who_waits),
        locks: estimate.map(|one| one.tables.iter().map(estimate::on_table).collect()).unwrap_or_default(),
        findings,
    }
}

/// The class of a statement's colour. Nobody waits for a table that was not there before.
fn who_waits(one: &StatementEstimate) -> &'static str {
    let there = one.tables.iter().filter(|table| table.size.is_some());
    match there.map(|table| table.lock).max() {
        Some(LockMode::AccessExclusive) => "stops",
        Some(lock) if lock.blocks().is_some() => "writes",
        _ => "nobody",
    }
}

fn finding(one: &Finding, page: &RunPage) -> FindingView {
    FindingView {
        severity: one.severity.to_string(),
        title: one.rule.title(),
        rule: one.rule.to_string(),
        place: one.place.as_ref().map(|place| PlaceView::of(place, page)),
        message: one.message.clone(),
        help: one.help.clone(),
    }
}
