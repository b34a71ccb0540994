//! The pages: what a run found and what it is doing, and the open pull requests of who looks.

mod home;
mod links;
mod readers;
mod run;
mod session;
mod sign_in;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::job::Tools;
use crate::gateway::github::{App, GitHubError, Patience, SignIn};
use crate::gateway::store::StoreError;
use crate::render::page::{self, Notice};
pub(super) use links::Links;
use secrecy::SecretString;

/// How many pages of this process may watch runs at a time.
const WATCHERS: usize = 128;

/// What pages are made with.
pub(super) struct Pages {
    tools: Tools,
    /// The App, which does not let people wait for long.
    app: App,
    sign_in: Option<SignIn>,
    watchers: Arc<Semaphore>,
    /// The process ends: so do streams.
    cancel: CancellationToken,
}

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
enum PageError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    /// What is said instead, and the run that was asked for.
    #[error("{1:?}")]
    Said(StatusCode, Notice, Option<String>),
}

impl PageError {
    fn said(status: StatusCode, notice: Notice) -> Self {
        Self::Said(status, notice, None)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, notice, run) = match self {
            Self::Said(status, notice, run) => (status, notice, run),
            Self::Store(_) | Self::GitHub(_) => {
                tracing::warn!(error = %self, "a page is not shown");
                (StatusCode::SERVICE_UNAVAILABLE, Notice::Trouble, None)
            }
        };
        (status, Html(page::notice(notice, run.as_deref()))).into_response()
    }
}

/// The routes of all pages.
pub(super) fn routes(tools: Tools, cancel: CancellationToken) -> Result<Router, GitHubError> {
    let github = &tools.settings.github;
    let sign_in = match (&github.client_id, &github.client_secret) {
        (Some(id), Some(secret)) => {
            Some(SignIn::connect(&github.api, id, &SecretString::from(secret.as_str()))?)
        }
        _ => None,
    };
    let patience = Patience { attempts: 2, longest_wait: Duration::from_secs(2), ..Patience::default() };
    let app = App::clone(&tools.app).with_patience(patience);
    let pages = Pages { tools, app, sign_in, watchers: Arc::new(Semaphore::new(WATCHERS)), cancel };
    Ok(Router::new()
        .route("/", get(home::show))
        .route("/runs/{run}", get(run::show))
        .route("/runs/{run}/events", get(run::events))
        .route("/sign-in", get(sign_in::begin))
        .route("/sign-in/done", get(sign_in::done))
        .route("/sign-out", post(sign_in::out))
        .route("/assets/page.css", get(async || asset("text/css; charset=utf-8", page::STYLE)))
        .route("/assets/live.js", get(async || asset("text/javascript; charset=utf-8", page::SCRIPT)))
        .layer(from_fn(guarded))
        .with_state(Arc::new(pages)))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=300")], text)
}

/// What every answer tells the browser: run nothing of others, guess nothing, tell nobody where one came from. Pages
/// are one person's, so nobody keeps them.
async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let always: [(HeaderName, &str); 5] = [
        (header::CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    response
}

/// 32 bytes that nobody can guess.
fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    // Linux has randomness to give as soon as it is up; without any nothing here would be safe.
    #[expect(clippy::expect_used, reason = "going on with bytes that can be guessed would be worse")]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
