//! The page of a run: the verdict, what it rests on, and what was done.

use super::drift::{self, Differences};
use super::statements::{self, FindingView, MigrationView, PlaceView};
use super::{Ending, Progress, Pull, RunPage, RunState, web};
use crate::model::report::{Excerpt, Failure, Report};
use crate::render::verdict::{self, counted};
use crate::render::{facts, note};

#[derive(askama::Template)]
#[template(path = "page/run.html")]
pub(super) struct RunView<'a> {
    heading: String,
    repository: &'a str,
    pull: Option<PullView<'a>>,
    is_live: bool,
    events: Option<String>,
    tone: &'static str,
    mark: &'static str,
    verdict: String,
    /// The commit in short, and where it is shown.
    commit: Option<(String, Option<String>)>,
    facts: Vec<(&'static str, String)>,
    failure: Option<Refusal>,
    is_estimated: bool,
    migrations: Vec<MigrationView>,
    drift: Option<Differences>,
    findings: Vec<FindingView>,
    /// What somebody has let pass, who, and why.
    ignored: Vec<(FindingView, &'a str, &'a str)>,
    notes: Vec<String>,
    progress: &'a [Progress],
    server_log: &'a [String],
    log_length: String,
    foot: String,
}

/// What is said of a run that waits, and of one that runs.
pub(super) const WAITING: &str = "The preflight waits for its turn.";
pub(super) const RUNNING: &str = "The preflight is running.";

pub(super) struct PullView<'a> {
    pub number: u64,
    pub title: &'a str,
    pub url: Option<String>,
}

impl<'a> PullView<'a> {
    pub(super) fn of(pull: &'a Pull) -> Self {
        Self { number: pull.number, title: &pull.title, url: web(&pull.url) }
    }
}

struct Refusal {
    place: Option<PlaceView>,
    excerpt: Option<Vec<ExcerptLine>>,
    message: String,
    said: Vec<(&'static str, String)>,
}

struct ExcerptLine {
    number: usize,
    is_marked: bool,
    before: String,
    at: String,
    after: String,
}

pub(super) fn view(page: &RunPage) -> RunView<'_> {
    let report = match &page.state {
        RunState::Reported(report) => Some(&**report),
        _ => None,
    };
    let is_live = matches!(page.state, RunState::Waiting | RunState::Running);
    let (tone, mark, verdict) = judged(&page.state);
    let failure = report.and_then(|report| report.failure.as_ref());
    let server_log = failure.map_or(&[][..], |failure| &failure.log);
    let (migrations, findings) = report.map(|report| statements::of(report, page)).unwrap_or_default();
    RunView {
        heading: format!(
            "{mark} {}",
            page.pull.as_ref().map_or_else(String::new, |pull| format!("#{} {}", pull.number, pull.title))
        ),
        repository: &page.repository,
        pull: page.pull.as_ref().map(PullView::of),
        is_live,
        events: is_live.then(|| format!("{}/events", page.id)),
        tone,
        mark,
        verdict,
        commit: page.context.head.as_ref().map(|head| commit(head, page)),
        facts: facts_of(page, report),
        failure: failure.map(|failure| refusal(failure, page)),
        is_estimated: !page.estimates.is_empty(),
        migrations,
        drift: report.and_then(|report| drift::of(report.drift.as_ref()?, page)),
        findings,
        ignored: report.map(|report| statements::let_pass(report, page)).unwrap_or_default(),
        notes: report.map(|report| note::all(&report.notes, report.drift.as_ref())).unwrap_or_default(),
        progress: &page.progress,
        server_log,
        log_length: counted(page.progress.len() + server_log.len(), "line"),
        foot: format!("confiture {} · run {}", env!("CARGO_PKG_VERSION"), page.id),
    }
}

/// Tone, mark and the sentence that comes first.
fn judged(state: &RunState) -> (&'static str, &'static str, String) {
    match state {
        RunState::Waiting => ("open", "…", WAITING.to_owned()),
        RunState::Running => ("open", "▸", RUNNING.to_owned()),
        RunState::Reported(report) if report.ok => ("good", "✓", verdict::sentence(report)),
        RunState::Reported(report) => ("bad", "✗", verdict::sentence(report)),
        RunState::Ended(ending) => {
            let (tone, mark) = tone(ending);
            (tone, mark, ended(ending))
        }
    }
}

/// Whoever was overtaken did nothing wrong.
pub(super) fn tone(ending: &Ending) -> (&'static str, &'static str) {
    if *ending == Ending::Superseded { ("open", "–") } else { ("bad", "✗") }
}

/// Why there is no report, one sentence.
pub(super) fn ended(ending: &Ending) -> String {
    match ending {
        Ending::Superseded => {
            "Not carried out: a newer commit was checked instead, or the pull request was closed.".to_owned()
        }
        Ending::GivenUp(reason) => {
            format!("The preflight could not be carried out: {}.", reason.trim_end_matches('.'))
        }
        Ending::Unreadable => {
            "The report of this run was written by another version of Confiture: have it checked again."
                .to_owned()
        }
        Ending::Unknown => "The preflight ended without a report.".to_owned(),
    }
}

fn commit(head: &str, page: &RunPage) -> (String, Option<String>) {
    let url = page.context.repository_url.as_ref().and_then(|url| web(&format!("{url}/commit/{head}")));
    (facts::short(head).to_owned(), url)
}

fn facts_of(page: &RunPage, report: Option<&Report>) -> Vec<(&'static str, String)> {
    let mut told = Vec::new();
    if let Some(report) = report {
        told.push(("Tried on", facts::base(&report.base, str::to_owned)));
        let server = report.server.as_ref();
        told.extend(
            server.map(|server| ("Server", format!("PostgreSQL {} ({})", server.version, server.provider))),
        );
        let counts = format!(
            "{} of {} applied",
            report.applied_count,
            counted(report.pending_count, "pending migration")
        );
        told.push(("Migrations", counts));
        told.push(("Took", facts::duration(report.duration_ms)));
    }
    told.push(("Started", page.started.clone()));
    told.extend(page.ended.clone().map(|ended| ("Ended", ended)));
    told
}

fn refusal(failure: &Failure, page: &RunPage) -> Refusal {
    let optional = [
        ("Detail", &failure.detail),
        ("Hint", &failure.hint),
        ("Context", &failure.context),
        ("SQLSTATE", &failure.sqlstate),
        ("What to do", &failure.help),
    ];
    Refusal {
        place: failure.place.as_ref().map(|place| PlaceView::of(place, page)),
        excerpt: failure.excerpt.as_ref().map(excerpt),
        message: failure.message.clone(),
        said: optional.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))).collect(),
    }
}

/// The lines around the place, the word at it set apart.
fn excerpt(excerpt: &Excerpt) -> Vec<ExcerptLine> {
    let numbered = (excerpt.first_line..).zip(&excerpt.lines);
    numbered
        .map(|(number, line)| {
            let is_marked = number == excerpt.marked_line;
            let start = line.char_indices().nth(excerpt.marked_column.saturating_sub(1));
            let start = start.filter(|_| is_marked).map_or(line.len(), |(at, _)| at);
            let is_word = |one: char| one.is_alphanumeric() || one == '_';
            let word = line[start..].find(|one| !is_word(one)).unwrap_or(line.len() - start);
            let first = line[start..].chars().next().map_or(0, char::len_utf8);
            let end = start + word.max(first);
            ExcerptLine {
                number,
                is_marked,
                before: line[..start].to_owned(),
                at: line[start..end].to_owned(),
                after: line[end..].to_owned(),
            }
        })
        .collect()
}
