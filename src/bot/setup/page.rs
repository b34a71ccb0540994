//! The page that hands GitHub the manifest, and takes its answer.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::SetupRequest;
use crate::gateway::github::{GitHubError, NewApp, convert};
use crate::render::setup;

/// The events that the bot reads.
const EVENTS: [&str; 6] =
    ["pull_request", "push", "issue_comment", "check_run", "check_suite", "merge_group"];
/// What a webhook's address is called while nobody knows it: GitHub wants one.
const NOWHERE: &str = "https://example.com";

/// What the page knows.
pub(super) struct Page {
    pub(super) address: SocketAddr,
    /// Where the manifest is sent.
    action: String,
    manifest: Value,
    /// Comes back with the answer, so that nobody else can bring one.
    state: String,
    api: String,
    answers: mpsc::Sender<Result<NewApp, GitHubError>>,
}

impl Page {
    pub(super) fn new(
        request: &SetupRequest,
        address: SocketAddr,
        state: String,
        api: String,
        answers: mpsc::Sender<Result<NewApp, GitHubError>>,
    ) -> Self {
        let github = request.github.trim_end_matches('/');
        let owner = request.org.as_ref().map_or_else(String::new, |org| format!("/organizations/{org}"));
        let action = format!("{github}{owner}/settings/apps/new?state={state}");
        Self { address, action, manifest: manifest(request, address), state, api, answers }
    }

    /// Whether a request is for this page: a name that somebody else lets lead here is none of ours.
    fn is_meant(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let port = self.address.port();
        [format!("127.0.0.1:{port}"), format!("localhost:{port}")].iter().any(|ours| ours == host)
    }
}

/// What the App is to be: what it may do, and what it hears of.
fn manifest(request: &SetupRequest, address: SocketAddr) -> Value {
    let public = request.public_url.as_deref().map(|url| url.trim_end_matches('/'));
    let url = public.unwrap_or(NOWHERE);
    let mut permissions = json!({
        "checks": "write",
        "contents": "read",
        "issues": "read",
        "merge_queues": "read",
        "metadata": "read",
        "pull_requests": "write",
    });
    if request.org.is_some() {
        permissions["members"] = json!("read");
    }
    json!({
        "name": request.name,
        "url": url,
        "hook_attributes": { "url": format!("{url}/webhooks"), "active": public.is_some() },
        "redirect_url": format!("http://{address}/registered"),
        "callback_urls": [format!("{url}/")],
        "public": false,
        "default_permissions": permissions,
        "default_events": EVENTS,
    })
}

pub(super) fn routes(page: Arc<Page>) -> Router {
    Router::new().route("/", get(form)).route("/registered", get(registered)).with_state(page)
}

/// `GET /`: one button, which hands GitHub the manifest.
async fn form(State(page): State<Arc<Page>>, headers: HeaderMap) -> Response {
    if !page.is_meant(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let policy = format!("default-src 'none'; form-action {}; frame-ancestors 'none'", origin(&page.action));
    shown(StatusCode::OK, &policy, setup::form(&page.action, &page.manifest.to_string()))
}

/// What GitHub sends back.
#[derive(Debug, Deserialize)]
struct Answer {
    code: Option<String>,
    state: Option<String>,
}

/// `GET /registered`: the code is exchanged for the App.
async fn registered(
    State(page): State<Arc<Page>>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
    let ours = answer.state.as_deref() == Some(page.state.as_str());
    let Some(code) = answer.code.filter(|_| ours && page.is_meant(&headers)) else {
        let said = "This answer belongs to another setup. Begin at the address that was printed.";
        return shown(StatusCode::FORBIDDEN, POLICY, setup::said("Not taken", said));
    };
    let app = convert(&page.api, &code).await;
    let response = match &app {
        Ok(_) => {
            let said = "The App is registered. Go back to where you ran `confiture bot setup`: it says what comes next.";
            shown(StatusCode::OK, POLICY, setup::said("Registered", said))
        }
        Err(error) => {
            shown(StatusCode::BAD_GATEWAY, POLICY, setup::said("Not registered", &error.to_string()))
        }
    };
    // There is one answer; whoever sends a second one is told the same and changes nothing.
    let _ = page.answers.try_send(app);
    response
}

/// Scheme and host of an address.
fn origin(url: &str) -> String {
    let parts: Vec<&str> = url.splitn(4, '/').take(3).collect();
    parts.join("/")
}

fn shown(status: StatusCode, policy: &str, html: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, html).into_response()
}
