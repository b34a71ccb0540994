use super::{
    CONTENT_SECURITY_POLICY, Cell, Ending, HomePage, LastRun, LastState, Matrix, Notice, OpenPull, Progress,
    Pull, Repository, RunPage, RunState, SCRIPT, STYLE, Visitor, home, notice, of_open, run,
};
use crate::model::estimate::{MigrationEstimate, Span, StatementEstimate, TableEstimate, TableSize, Work};
use crate::model::finding::{Ignored, Rule};
use crate::model::migration::Version;
use crate::model::plan::LockMode;
use crate::model::report::{ChangeKind, PropertyChange, Report};
use crate::model::statement::TransactionMode;
use crate::render::markdown::Context;
use crate::render::samples::{conflicts, drifted, finding, passed, refused};

/// Text that would be markup, leave its attribute, or turn the direction of what follows.
const HOSTILE: &str =
    "\u{202e}\"'><script>alert(1)</script><img src=x onerror=alert(2)>&lt;\u{2066}\u{1b}[2J";

fn pull(number: u64, title: &str) -> Pull {
    Pull { number, title: title.to_owned(), url: format!("https://github.com/acme/shop/pull/{number}") }
}

fn page(state: RunState) -> RunPage {
    RunPage {
        id: "42".to_owned(),
        repository: "acme/shop".to_owned(),
        pull: Some(pull(12, "Users have a biography")),
        context: Context {
            head: Some("a1b2c3d4e5f6".to_owned()),
            repository_url: Some("https://github.com/acme/shop".to_owned()),
            ..Context::default()
        },
        state,
        started: "2026-05-20 14:30:17 UTC".to_owned(),
        ended: None,
        estimates: Vec::new(),
        progress: Vec::new(),
    }
}

fn reported(report: Report) -> RunPage {
    page(RunState::Reported(Box::new(report)))
}

/// What `ALTER TABLE users` of the sample's first migration locks.
fn estimated() -> MigrationEstimate {
    let size = TableSize { rows: Some(81_000_000), table_bytes: 14 << 30, index_bytes: 0 };
    let table = |table: &str, lock: LockMode, size| TableEstimate {
        table: table.to_owned(),
        lock,
        blocks: lock.blocks().map(Into::into),
        work: Work::Scan,
        perhaps: false,
        size,
    };
    let statement = StatementEstimate {
        line: 1,
        column: 1,
        text: String::new(),
        tables: vec![
            table("users", LockMode::Share, Some(size)),
            table("bios", LockMode::AccessExclusive, None),
        ],
        duration_ms: Span::default(),
    };
    MigrationEstimate {
        version: Version::new("002"),
        name: "add_user_bio".to_owned(),
        path: "db/migrations/002_add_user_bio.up.sql".into(),
        transaction: TransactionMode::Single,
        duration_ms: Span::default(),
        statements: vec![statement],
    }
}

/// What is read on a page: its text, without tags, a line for each piece.
fn read(html: &str) -> String {
    let body = html.split_once("<body>").map_or("", |(_, body)| body);
    let mut text = String::new();
    for piece in body.split('<') {
        let shown = piece.split_once('>').map_or(piece, |(_, shown)| shown);
        // Elements inside a line stay on it.
        let element = piece.trim_start_matches('/').split([' ', '>']).next().unwrap_or_default();
        let inline = ["a", "bdi", "code", "mark", "span", "strong", "svg", "rect"].contains(&element);
        text.push_str(if inline { "" } else { "\n" });
        text.push_str(shown);
    }
    let lines = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    lines.collect::<Vec<_>>().join("\n").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">")
}

#[test]
fn a_passed_run_says_so_first_and_shows_each_statement() {
    let mut page = reported(passed());
    page.estimates.push(estimated());
    page.ended = Some("2026-05-20 14:30:18 UTC".to_owned());
    insta::assert_snapshot!(read(&run(&page)));
}

#[test]
fn drift_is_a_tree_from_old_to_new() {
    insta::assert_snapshot!(read(&run(&reported(drifted()))));
}

#[test]
fn a_refused_statement_is_shown_in_its_file_with_the_server_s_words() {
    let mut report = refused();
    report.failure.as_mut().unwrap().log.push("ERROR:  column \"regon\" does not exist".to_owned());
    let page = reported(report);
    insta::assert_snapshot!(read(&run(&page)));
    assert!(run(&page).contains("<mark>regon</mark>"), "the word at the place is marked");
}

#[test]
fn what_was_let_pass_is_shown_with_who_did_so_and_why() {
    let mut report = passed();
    let stray = finding(Rule::OrphanDown, "db/migrations/001_x.down.sql", "it has no up file");
    let (by, because) = ("octocat".to_owned(), "<b>it is kept</b>".to_owned());
    report.ignored.push(Ignored { finding: stray, by, because });
    let page = run(&reported(report));
    assert!(page.contains("octocat: “&lt;b&gt;it is kept&lt;/b&gt;”"), "{page}");
    let text = read(&page);
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is not in\n{text}"));
    assert!(at("Let pass in this pull request") < at("it has no up file"));
}

#[test]
fn a_finding_stands_at_its_statement_and_any_other_at_the_end() {
    let mut report = passed();
    let mut second = report.migrations[0].statements[0].clone();
    (second.line, second.text) = (5, "create table bios ()".to_owned());
    report.migrations[0].statements.push(second);
    report.findings.push(finding(
        Rule::MissingDown,
        "db/migrations/002_add_user_bio.up.sql",
        "it has no way back",
    ));
    report.findings.push(finding(Rule::OrphanDown, "db/migrations/001_x.down.sql", "it has no up file"));
    report.findings[0].place.as_mut().unwrap().line = 6;
    let text = read(&run(&reported(report)));
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is not in\n{text}"));
    assert!(at("create table bios ()") < at("it has no way back"));
    assert!(at("it has no way back") < at("003_index_orders"));
    assert!(
        at("003_index_orders") < at("Findings elsewhere")
            && at("Findings elsewhere") < at("it has no up file")
    );
}

#[test]
fn a_bar_is_as_long_as_its_statement_took_and_has_the_colour_of_who_waits() {
    let mut report = passed();
    report.migrations[1].statements[0].duration_ms = 230.0;
    let mut page = reported(report);
    page.estimates.push(estimated());
    let html = run(&page);
    let bars: Vec<&str> = html.split("<svg class=\"bar ").skip(1).collect();
    // A lock on a table that is not there yet keeps nobody waiting, however strong.
    assert!(bars[0].starts_with("writes\"") && bars[0].contains("width=\"10.0\""), "{}", bars[0]);
    assert!(bars[1].starts_with("unknown\"") && bars[1].contains("width=\"100.0\""), "{}", bars[1]);
}

#[test]
fn a_run_that_goes_on_shows_its_progress_and_asks_for_more() {
    for state in [RunState::Waiting, RunState::Running] {
        let mut page = page(state);
        page.progress.push(Progress { at: "14:30:17".to_owned(), text: "laying the base".to_owned() });
        let html = run(&page);
        assert!(html.contains("data-events=\"42/events\"") && html.contains("assets/live.js"));
        assert!(html.contains("http-equiv=\"refresh\""), "without scripts the page asks again by itself");
        assert!(read(&html).contains("14:30:17 laying the base"));
    }
    for ended in [reported(passed()), page(RunState::Ended(Ending::Superseded))] {
        let html = run(&ended);
        assert!(!html.contains("data-events") && !html.contains("live.js") && !html.contains("refresh"));
    }
}

#[test]
fn whatever_is_in_names_and_texts_stays_text_on_the_page_of_a_run() {
    let mut report = drifted();
    let failure = refused().failure;
    report.failure = failure;
    let failure = report.failure.as_mut().unwrap();
    failure.message = HOSTILE.to_owned();
    failure.detail = Some(HOSTILE.to_owned());
    failure.log.push(HOSTILE.to_owned());
    failure.excerpt.as_mut().unwrap().lines[1] = HOSTILE.to_owned();
    report.migrations[0].name = HOSTILE.to_owned();
    report.migrations[0].path = HOSTILE.into();
    report.migrations[0].statements[0].text = HOSTILE.to_owned();
    report.base.git_ref = Some(HOSTILE.to_owned());
    report.findings.push(finding(Rule::MissingDown, HOSTILE, HOSTILE));
    for change in &mut report.drift.as_mut().unwrap().changes {
        change.object.name = HOSTILE.to_owned();
        change.change = ChangeKind::Renamed;
        let side = Some(HOSTILE.to_owned());
        change.properties = vec![PropertyChange { name: HOSTILE.to_owned(), from: side.clone(), to: side }];
    }
    let mut page = reported(report);
    page.repository = HOSTILE.to_owned();
    page.pull = Some(Pull { number: 1, title: HOSTILE.to_owned(), url: "javascript:alert(1)".to_owned() });
    page.context.repository_url = Some("javascript:alert(3)//".to_owned());
    page.progress.push(Progress { at: HOSTILE.to_owned(), text: HOSTILE.to_owned() });
    is_harmless(&run(&page));
    page.state = RunState::Ended(Ending::GivenUp(HOSTILE.to_owned()));
    is_harmless(&run(&page));
}

#[test]
fn whatever_is_in_titles_stays_text_on_the_first_page() {
    let mut page = first_page();
    page.visitor = Visitor::Person { login: HOSTILE.to_owned(), token: HOSTILE.to_owned() };
    let repository = &mut page.repositories[0];
    repository.name = HOSTILE.to_owned();
    repository.url = "javascript:alert(1)".to_owned();
    repository.pulls[0].pull = Pull { number: 1, title: HOSTILE.to_owned(), url: "javascript:x".to_owned() };
    repository.pulls[0].author = HOSTILE.to_owned();
    repository.pulls[0].last.as_mut().unwrap().state =
        LastState::Reported { ok: false, said: HOSTILE.to_owned() };
    repository.matrix.as_mut().unwrap().cells[0][1] = Cell::Collides(HOSTILE.to_owned());
    is_harmless(&home(&page));
}

#[track_caller]
fn is_harmless(html: &str) {
    assert!(html.contains("&lt;script&gt;"), "the text is there");
    let without_ours = html.replace("<script src=\"../assets/live.js\" defer></script>", "");
    for markup in ["<script", "<img", "javascript:", "style=", "\u{202e}", "\u{2066}", "\u{1b}"] {
        assert!(!without_ours.contains(markup), "{markup:?} is in the page");
    }
    let tags = html.split('<').skip(1).filter_map(|piece| piece.split_once('>'));
    for (tag, _) in tags {
        let mut outside_quotes = tag.split('"').step_by(2);
        assert!(
            !outside_quotes.any(|part| part.contains("onerror=")),
            "the text has left its attribute: <{tag}>"
        );
    }
}

fn first_page() -> HomePage {
    let open = |number, title: &str, last: Option<LastRun>| OpenPull {
        pull: pull(number, title),
        author: "ada".to_owned(),
        last,
    };
    let last = |id: &str, state| Some(LastRun { id: id.to_owned(), state });
    let reported = |ok, said: &str| LastState::Reported { ok, said: said.to_owned() };
    let order = Cell::Order("#11 must go first: it makes orders.region".to_owned());
    let collides = Cell::Collides("both take version 003".to_owned());
    HomePage {
        visitor: ada(),
        links_open: true,
        unasked: 2,
        repositories: vec![Repository {
            name: "acme/shop".to_owned(),
            url: "https://github.com/acme/shop".to_owned(),
            pulls: vec![
                open(
                    11,
                    "Orders have a region",
                    last("40", reported(true, "Preflight passed: no migration is pending.")),
                ),
                open(
                    12,
                    "Index by region",
                    last("41", reported(false, "Preflight failed: 1 error was found.")),
                ),
                open(13, "Bios", last("42", LastState::Running)),
                open(14, "New", None),
            ],
            matrix: Some(Matrix {
                pulls: vec![11, 12, 13],
                cells: vec![
                    vec![Cell::Itself, order.clone(), Cell::Independent],
                    vec![order, Cell::Itself, collides.clone()],
                    // A row that is not filled in yet.
                    vec![Cell::Independent],
                ],
            }),
        }],
    }
}

#[test]
fn the_first_page_lists_what_is_open_with_its_last_verdict_and_who_gets_on_with_whom() {
    insta::assert_snapshot!(read(&home(&first_page())));
}

fn ada() -> Visitor {
    Visitor::Person { login: "ada".to_owned(), token: "t".to_owned() }
}

#[test]
fn whoever_comes_to_an_empty_first_page_is_told_what_to_do() {
    for (visitor, wanted) in [
        (ada(), "Install the GitHub App on one"),
        (Visitor::Stranger, "Sign in with GitHub"),
        (Visitor::Anybody, "Nobody can sign in here"),
    ] {
        let mut page = HomePage { visitor, links_open: true, repositories: Vec::new(), unasked: 0 };
        let html = home(&page);
        assert!(read(&html).contains(wanted), "{html}");
        page.links_open = false;
        assert!(!home(&page).contains("View more details"), "links lead nowhere");
    }
}

#[test]
fn a_page_that_shows_nothing_says_why_and_leads_on() {
    let all = [Notice::NoRun, Notice::NotSigned(false), Notice::NotSigned(true), Notice::Expired(true)];
    let more = [Notice::SignInFirst(true), Notice::SignInFirst(false)];
    let all = all.into_iter().chain(more).chain([Notice::NotSignedIn, Notice::Stale, Notice::Trouble]);
    let pages: Vec<String> = all.map(|one| read(&notice(one, Some("42")))).collect();
    insta::assert_snapshot!(pages.join("\n---\n"));
    assert!(notice(Notice::Expired(true), Some("42")).contains("../sign-in?run=42"));
}

#[test]
fn the_matrix_has_those_that_are_open_and_says_what_stands_between_two() {
    let found = conflicts();
    let numbers: Vec<u64> = found.branches.iter().filter_map(|one| one.id[1..].parse().ok()).collect();
    let all = of_open(&found, &numbers);
    assert_eq!(all.pulls, numbers);
    let said: Vec<String> = all.cells.iter().map(|row| format!("{row:?}")).collect();
    insta::assert_snapshot!(said.join("\n"));
    // One that was closed is left out, and one that nobody has tried yet is not in the picture.
    let open = [numbers[0], 4_000];
    assert_eq!(of_open(&found, &open).pulls, [numbers[0]]);
}

#[test]
fn nothing_on_a_page_needs_more_than_the_policy_allows() {
    let mut whole = reported(drifted());
    whole.estimates.push(estimated());
    for html in [run(&whole), run(&page(RunState::Running)), home(&first_page())] {
        assert!(!html.contains("style=") && !html.contains("<style"), "a style is written into the page");
        for event in [" onclick=", " onload=", "<script>"] {
            assert!(!html.contains(event), "a script is written into the page");
        }
        let sources = html.split("src=\"").chain(html.split("<link rel=\"stylesheet\" href=\"")).skip(1);
        assert!(sources.into_iter().all(|source| !source.starts_with("http") && !source.starts_with("//")));
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("http"));
    assert!(
        CONTENT_SECURITY_POLICY.starts_with("default-src 'none'")
            && !CONTENT_SECURITY_POLICY.contains("unsafe")
    );
}
