//! The bot's pages in a browser: what the policy, the style sheet and the script make of them.

pub(super) mod browser;
mod sample;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use browser::{Browser, View};
use confiture::render::page::{self, RunPage};

pub(super) const PHONE: View = View { width: 360, is_dark: false, on_paper: false };
pub(super) const DESK: View = View { width: 1200, is_dark: false, on_paper: false };
const NIGHT: View = View { is_dark: true, ..DESK };
const PAPER: View = View { width: 800, is_dark: false, on_paper: true };

/// Serves pages as the bot does; answers with where.
async fn serve(runs: Router) -> String {
    let text = |kind: &'static str, text: &'static str| get(async move || ([(CONTENT_TYPE, kind)], text));
    let router = runs
        .route("/", get(async || html(page::home(&sample::home()))))
        .route("/assets/page.css", text("text/css", page::STYLE))
        .route("/assets/live.js", text("text/javascript", page::SCRIPT));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn html(page: String) -> impl IntoResponse {
    let policy = (CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY_POLICY);
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), policy], page)
}

fn of(run: fn() -> RunPage) -> axum::routing::MethodRouter {
    get(async move || html(page::run(&run())))
}

fn samples() -> Router {
    Router::new()
        .route("/runs/drifted", of(sample::drifted))
        .route("/runs/refused", of(sample::refused))
        .route("/runs/passed", of(sample::passed))
}

/// Where pictures are put for people to look at.
pub(super) fn picture(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs_err::create_dir_all(&folder).unwrap();
    folder.join(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_asks_nobody_else_complains_of_nothing_and_fits_a_phone() {
    let address = serve(samples()).await;
    let mut browser = Browser::start();
    for path in ["runs/drifted", "runs/refused", "runs/passed", ""] {
        for view in [PHONE, DESK, NIGHT] {
            browser.open(&format!("{address}/{path}"), view);
            let width = browser.ask("document.documentElement.scrollWidth").as_u64().unwrap();
            assert!(width <= view.width.into(), "/{path} is {width} wide on {view:?}");
            assert!(browser.complaints().is_empty(), "/{path}: {:?}", browser.complaints());
            let requests = browser.requests();
            assert!(requests.len() >= 2, "the page and its style sheet at least: {requests:?}");
            let elsewhere = |url: &&&str| !url.starts_with(&address) && !url.starts_with("data:");
            assert_eq!(requests.iter().find(elsewhere), None);
            let shade = if view.is_dark {
                "dark"
            } else if view.width < 500 {
                "phone"
            } else {
                "light"
            };
            browser.photograph(&picture(&format!("{}-{shade}.png", path.replace('/', "-"))));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_style_sheet_is_allowed_and_a_script_in_the_page_is_not() {
    let address = serve(samples()).await;
    let mut browser = Browser::start();
    browser.open(&format!("{address}/runs/drifted"), DESK);
    let colour = "getComputedStyle(document.querySelector('.bar.writes')).fill";
    assert_eq!(browser.ask(colour), "rgb(182, 106, 0)");
    browser.ask("const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.body.append(script)");
    assert!(browser.ask("window.ran").is_null());
    assert_eq!(browser.complaints().len(), 1, "the policy refuses it, and says so");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_paper_everything_is_open() {
    let address = serve(samples()).await;
    let mut browser = Browser::start();
    browser.open(&format!("{address}/runs/refused"), DESK);
    let is_seen = "document.querySelector('.log').checkVisibility({ contentVisibilityAuto: true })";
    assert_eq!(browser.ask(is_seen), false, "on a screen the log is closed");
    browser.look(PAPER);
    // A picture makes it lay the page out; before, it keeps what it knew of parts that were closed.
    browser.photograph(&picture("runs-refused-print.png"));
    assert_eq!(browser.ask(is_seen), true);
    browser.print(&picture("runs-refused.pdf"));
    browser.open(&format!("{address}/runs/drifted"), PAPER);
    browser.photograph(&picture("runs-drifted-print.png"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_page_becomes_its_report_by_itself() {
    let is_done = Arc::new(AtomicBool::new(false));
    let (seen, told) = (Arc::clone(&is_done), Arc::clone(&is_done));
    let shown = get(async move || {
        let done = seen.load(Ordering::SeqCst);
        html(page::run(&if done { sample::passed() } else { sample::running() }))
    });
    // The first word of the stream is that something happened: the run has ended.
    let events = get(async move || {
        told.store(true, Ordering::SeqCst);
        ([(CONTENT_TYPE, "text/event-stream")], "data: changed\n\n")
    });
    let runs = Router::new().route("/runs/42", shown).route("/runs/42/events", events);
    let address = serve(runs).await;
    let mut browser = Browser::start();
    browser.open(&format!("{address}/runs/42"), DESK);
    let ended = "new Promise(resolve => { \
                   const look = () => document.querySelector('main').dataset.events ? false : (resolve(document.querySelector('h1').innerText), true); \
                   if (!look()) new MutationObserver(look).observe(document.body, { childList: true }); \
                 })";
    let verdict = browser.ask(ended);
    assert!(verdict.as_str().unwrap().contains("Preflight passed"), "{verdict}");
    assert!(browser.complaints().is_empty(), "{:?}", browser.complaints());
}
