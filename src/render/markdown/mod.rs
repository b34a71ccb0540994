//! The report as Markdown: the pull-request comment and the job summary.

mod answers;
mod conflict;
mod difference;
mod drift;
pub(crate) mod escape;
mod outline;
mod picture;
mod rule;
#[cfg(test)]
mod tests;

use askama::Template as _;
use camino::{Utf8Path, Utf8PathBuf};

use super::facts::{self, duration};
use super::{note, sql, verdict};
use crate::model::finding::{Finding, Ignored};
use crate::model::place::Place;
use crate::model::report::{
    CommandRun, Drift, Excerpt, Failure, MigrationOutcome, MigrationStatus, Note, Report, ServerInfo,
};
pub use answers::{given_up, lint, name, nothing, pending, renumber, status, stopped, written};
pub use conflict::{NOTHING_BETWEEN, Named, group, not_found_out, others, untold};
pub use difference::{changed, comparison, drifted};
use escape::{code, cut, fence};
pub use outline::{migration, plan};
pub use rule::rule;

/// What GitHub takes as a comment, in characters, less room for a marker line before it.
pub const COMMENT_LIMIT: usize = 65_536 - 512;
/// What the runner takes as a job summary, in bytes, less room for what other steps' tools add.
pub const SUMMARY_LIMIT: usize = 1024 * 1024 - 4096;

/// Where a report is shown: what its links need, and what tells it from its neighbours.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The commit that was checked.
    pub head: Option<String>,
    /// The repository's page, such as `https://github.com/owner/name`; absent, nothing is linked.
    pub repository_url: Option<String>,
    /// The project directory, relative to the repository's root.
    pub prefix: Utf8PathBuf,
    /// What to call the project where there are several.
    pub title: Option<String>,
    /// What the other open pull requests do to this one: [`others`], as it stands.
    pub others: Option<String>,
}

/// Statements of a tool's command of which the locks are told.
const LOCKS_SHOWN: usize = 50;

/// How much is shown. `None` is all.
#[derive(Clone, Copy)]
struct Detail {
    drift_lines: Option<usize>,
    findings: Option<usize>,
    rows: Option<usize>,
    excerpts: bool,
    /// Whether the tables that change are drawn.
    picture: bool,
    /// The longest text from elsewhere that is shown whole, in characters.
    text: usize,
}

/// What is dropped first when a text is too long, step by step; the last step always fits.
const STEPS: [Detail; 5] = [
    Detail { drift_lines: None, findings: None, rows: None, excerpts: true, picture: true, text: 2_000 },
    Detail { drift_lines: Some(150), findings: None, rows: None, excerpts: true, picture: true, text: 2_000 },
    Detail {
        drift_lines: Some(150),
        findings: Some(20),
        rows: None,
        excerpts: true,
        picture: false,
        text: 1_000,
    },
    Detail {
        drift_lines: Some(60),
        findings: Some(20),
        rows: Some(50),
        excerpts: true,
        picture: false,
        text: 500,
    },
    Detail {
        drift_lines: Some(0),
        findings: Some(0),
        rows: Some(0),
        excerpts: false,
        picture: false,
        text: 150,
    },
];

/// The pull-request comment: at most [`COMMENT_LIMIT`] characters.
#[must_use]
pub fn comment(report: &Report, context: &Context) -> String {
    bounded(report, context, |text| text.chars().count() <= COMMENT_LIMIT)
}

/// The job summary and `--format markdown`: at most [`SUMMARY_LIMIT`] bytes.
#[must_use]
pub fn report(report: &Report) -> String {
    summary(report, &Context::default())
}

/// The job summary with links.
#[must_use]
pub fn summary(report: &Report, context: &Context) -> String {
    bounded(report, context, |text| text.len() <= SUMMARY_LIMIT)
}

/// A page for a run that has no report: one sentence that says why.
#[must_use]
pub fn trouble(sentence: &str) -> String {
    format!("### ✗ Preflight could not be carried out\n\n{}", escape::text(&cut(sentence, STEPS[0].text)))
}

/// What a run is doing, for its check: the last lines of it.
#[must_use]
pub fn under_way(lines: &[String]) -> String {
    let last = &lines[lines.len().saturating_sub(20)..];
    let said = last.iter().map(|line| format!("- {}\n", escape::text(&cut(line, 200))));
    format!("The migrations are being tried on a throwaway server.\n\n{}", said.collect::<String>())
}

/// A line as a headline: it begins with a capital letter.
#[must_use]
pub fn headline(line: &str) -> String {
    let mut characters = line.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn bounded(report: &Report, context: &Context, fits: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    for detail in STEPS {
        text = render(report, context, detail);
        if fits(&text) {
            break;
        }
    }
    text
}

#[derive(askama::Template)]
#[template(path = "comment.md")]
struct Page {
    mark: char,
    title: Option<String>,
    verdict: String,
    done: String,
    rows: Vec<Row>,
    rows_left_out: usize,
    failure: Option<Refusal>,
    ran: Option<Ran>,
    drift: Option<Difference>,
    findings: Vec<Item>,
    findings_left_out: usize,
    ignored: Vec<Passed>,
    picture: Option<String>,
    others: Option<String>,
    notes: Vec<String>,
    foot: String,
}

struct Row {
    migration: String,
    applies: String,
    statements: String,
}

struct Refusal {
    place: String,
    excerpt: Option<String>,
    message: String,
    said: Vec<(&'static str, String)>,
    log: Option<String>,
}

/// What a tool's own command did.
struct Ran {
    command: String,
    locks: Vec<(String, String)>,
    output: Option<String>,
    changes: Option<Difference>,
}

struct Difference {
    count: String,
    diff: String,
    left_out: usize,
}

struct Item {
    severity: String,
    rule: String,
    place: String,
    message: String,
    help: Option<String>,
}

/// A finding that is let pass.
struct Passed {
    item: Item,
    by: String,
    because: String,
}

fn render(report: &Report, context: &Context, detail: Detail) -> String {
    let rows = detail.rows.unwrap_or(usize::MAX);
    let findings = detail.findings.unwrap_or(usize::MAX);
    let page = Page {
        mark: if report.ok { '✓' } else { '✗' },
        title: context.title.clone(),
        verdict: cut(verdict::sentence(report).trim_end_matches('.'), 300),
        done: done(report),
        rows: report.migrations.iter().take(rows).map(|one| row(one, report, context)).collect(),
        rows_left_out: report.migrations.len().saturating_sub(rows),
        failure: report.failure.as_ref().map(|failure| refusal(failure, context, detail)),
        ran: report.ran.as_ref().map(|ran| ran_of(ran, report, detail)),
        drift: report.drift.as_ref().and_then(|drift| difference(drift, detail)),
        findings: report.findings.iter().take(findings).map(|one| item(one, context, detail)).collect(),
        findings_left_out: report.findings.len().saturating_sub(findings),
        ignored: report.ignored.iter().take(findings).map(|one| passed(one, context, detail)).collect(),
        picture: picture::picture(&report.tables).filter(|_| detail.picture),
        others: context.others.clone(),
        notes: notes_of(&report.notes, report.drift.as_ref(), detail),
        foot: foot(report, context),
    };
    // Rendering writes to a String and runs no fallible filter.
    page.render().unwrap_or_default()
}

/// What it is that was looked at: the program's version, what the migrations run, the commit.
fn foot(report: &Report, context: &Context) -> String {
    let mut parts = vec![format!("confiture {}", escape::text(&report.tool_version))];
    parts.extend(report.plan_digest.as_ref().map(|plan| format!("plan {}", code(facts::short(plan)))));
    parts.extend(context.head.as_ref().map(|head| format!("commit {}", code(facts::short(head)))));
    parts.join(" · ")
}

/// What was done: how much, on what, on which server, how long.
fn done(report: &Report) -> String {
    let pending = verdict::counted(report.pending_count, "pending migration");
    let mut parts = vec![format!(
        "{pending} on {}{}",
        facts::base(&report.base, short_code),
        server(report.server.as_ref())
    )];
    parts.push(duration(report.duration_ms));
    parts.join(" · ")
}

/// A name of somebody else's in a code span, cut to what a line bears.
fn short_code(text: &str) -> String {
    code(&cut(text, 200))
}

fn server(server: Option<&ServerInfo>) -> String {
    let Some(server) = server else { return String::new() };
    format!(" (PostgreSQL {}, {})", escape::text(&server.version), server.provider)
}

fn row(migration: &MigrationOutcome, report: &Report, context: &Context) -> Row {
    let ran = migration.statements.len();
    let applies = match migration.status {
        MigrationStatus::Applied => format!("✓ {}", duration(migration.duration_ms)),
        MigrationStatus::RolledBack => "taken back with what failed".to_owned(),
        MigrationStatus::Failed => {
            let place = report.failure.as_ref().and_then(|failure| failure.place.as_ref());
            let here = place.filter(|place| place.path == migration.path);
            here.map_or_else(|| "✗ refused".to_owned(), |place| format!("✗ refused in line {}", place.line))
        }
        MigrationStatus::NotRun => "not tried".to_owned(),
    };
    Row {
        migration: link(&cut(&migration.label(), 200), &migration.path, None, context),
        applies,
        statements: if migration.status == MigrationStatus::NotRun { String::new() } else { ran.to_string() },
    }
}

fn refusal(failure: &Failure, context: &Context, detail: Detail) -> Refusal {
    let stage = failure.stage.to_string();
    let place = match &failure.place {
        Some(place) => format!("**{}**", linked(place, context)),
        None => format!("At stage `{stage}`"),
    };
    let optional = [
        ("Detail", &failure.detail),
        ("Hint", &failure.hint),
        ("Context", &failure.context),
        ("SQLSTATE", &failure.sqlstate),
        ("What to do", &failure.help),
    ];
    let said = optional
        .into_iter()
        .filter_map(|(name, text)| Some((name, cut(text.as_deref()?, detail.text))))
        .collect();
    let log = (detail.excerpts && !failure.log.is_empty())
        .then(|| fence("", &failure.log.iter().map(|line| cut(line, 300)).collect::<Vec<_>>().join("\n")));
    Refusal {
        place,
        excerpt: failure.excerpt.as_ref().filter(|_| detail.excerpts).map(excerpt),
        message: cut(&failure.message, detail.text),
        said,
        log,
    }
}

/// The lines of the file, numbered, with a caret under the place.
fn excerpt(excerpt: &Excerpt) -> String {
    let last = excerpt.first_line + excerpt.lines.len();
    let width = last.to_string().len();
    let mut shown = Vec::new();
    for (number, line) in (excerpt.first_line..).zip(&excerpt.lines) {
        shown.push(format!("{number:>width$} │ {}", line.replace('\t', " ")));
        if number == excerpt.marked_line {
            shown.push(format!("{:>width$} │ {}^", "", " ".repeat(excerpt.marked_column.saturating_sub(1))));
        }
    }
    fence("", &shown.join("\n"))
}

/// What a command did: the locks that others wait for, what it wrote when it failed, and what is different for it.
fn ran_of(ran: &CommandRun, report: &Report, detail: Detail) -> Ran {
    let statements = report.migrations.iter().flat_map(|migration| &migration.statements);
    let heavy = statements.filter_map(|one| Some((code(&cut(&one.text, 200)), sql::locks(&one.locks)?)));
    let output = ran.output.as_ref().filter(|_| report.failure.is_some() && detail.excerpts);
    Ran {
        command: code(&cut(&ran.command, 200)),
        locks: heavy.take(detail.rows.unwrap_or(LOCKS_SHOWN)).collect(),
        output: output.map(|said| fence("", said)),
        changes: ran.changes.as_ref().and_then(|changes| difference(changes, detail)),
    }
}

fn difference(drift: &Drift, detail: Detail) -> Option<Difference> {
    if drift.equal {
        return None;
    }
    let lines = drift::lines(drift);
    let shown = detail.drift_lines.unwrap_or(usize::MAX).min(lines.len());
    let differs = if drift.object_count == 1 { "differs" } else { "differ" };
    Some(Difference {
        count: format!("{} {differs}", verdict::counted(drift.object_count, "object")),
        diff: if shown == 0 { String::new() } else { fence("diff", &lines[..shown].join("\n")) },
        left_out: lines.len() - shown,
    })
}

fn item(finding: &Finding, context: &Context, detail: Detail) -> Item {
    Item {
        severity: finding.severity.to_string(),
        rule: finding.rule.to_string(),
        place: finding.place.as_ref().map_or_else(String::new, |place| linked(place, context)),
        message: cut(&finding.message, detail.text),
        help: finding.help.as_deref().map(|help| cut(help, detail.text)),
    }
}

fn passed(one: &Ignored, context: &Context, detail: Detail) -> Passed {
    let (by, because) = (cut(&one.by, 100), cut(&one.because, detail.text));
    Passed { item: item(&one.finding, context, detail), by, because }
}

/// What is to be said besides, cut.
fn notes_of(notes: &[Note], drift: Option<&Drift>, detail: Detail) -> Vec<String> {
    note::all(notes, drift).iter().map(|note| cut(note, detail.text)).collect()
}

fn linked(place: &Place, context: &Context) -> String {
    link(&cut(&place.to_string(), 300), &place.path, Some(place.line), context)
}

/// A code span, linked to the file at the checked commit when it is known.
fn link(label: &str, path: &Utf8Path, line: Option<usize>, context: &Context) -> String {
    let label = code(label);
    match facts::address(context, path, line) {
        Some(address) => format!("[{label}]({address})"),
        None => label,
    }
}
