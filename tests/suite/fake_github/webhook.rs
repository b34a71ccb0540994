//! Webhooks: what GitHub sends, signed, and the log of it.

use chrono::{DateTime, Utc};
use confiture::model::hex;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::checks::shown_check;
use super::contract::Operation;
use super::pulls::{shown_comment, shown_pull};
use super::state::State;
use super::{APP, FakeGitHub};

/// What an event is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// A pull request.
    Pull(u64),
    /// A comment on a pull request.
    Comment(u64),
    /// A check run; with the button that was pressed, if that is what happened.
    Check(u64, Option<&'a str>),
    /// All checks of a commit.
    Suite(&'a str),
    /// Pull requests that are queued together: the newest commit of them, and the one that they go onto.
    MergeGroup { head: &'a str, base: &'a str },
    /// The newest commit of a branch.
    Push { branch: &'a str, before: &'a str },
    /// The repository or the installation as such.
    Nothing,
}

/// A request as GitHub makes it.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub guid: String,
    pub event: String,
    pub action: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Webhook {
    /// The same with another body, signed anew.
    pub(crate) fn resign(&mut self, secret: &str, body: Vec<u8>) {
        self.headers = headers(secret, &self.event, &self.guid, &body);
        self.body = body;
    }
}

/// One attempt to deliver, as the log has it.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub id: u64,
    pub webhook: Webhook,
    pub delivered_at: DateTime<Utc>,
    pub redelivery: bool,
    /// What the receiver answered; 0 when it was not reached.
    pub status: u16,
    pub installation: Option<u64>,
}

impl FakeGitHub {
    /// Makes what GitHub sends when something happens in a repository, signed with `secret`. In the log it stands as
    /// not arrived, until [`Self::arrived`].
    pub(crate) fn deliver(
        &self,
        secret: &str,
        event: &str,
        action: Option<&str>,
        repository: &str,
        subject: Subject<'_>,
    ) -> Webhook {
        let mut state = self.state();
        let id = state.id();
        let guid = format!("0b989ba4-242f-11e5-81e1-{id:012}");
        let installation =
            state.installations.iter().find(|one| one.repositories.iter().any(|name| name == repository));
        let installation = installation.map(|one| one.id);
        let body = payload(&state, action, repository, installation, subject).to_string().into_bytes();
        let headers = headers(secret, event, &guid, &body);
        let action = action.map(str::to_owned);
        let webhook = Webhook { guid, event: event.to_owned(), action, headers, body };
        let (delivered_at, redelivery, status) = (Utc::now(), false, 0);
        let sent = Sent { id, webhook: webhook.clone(), delivered_at, redelivery, status, installation };
        state.deliveries.push(sent);
        webhook
    }

    /// Writes down what the receiver answered to the last attempt with this id.
    pub(crate) fn arrived(&self, guid: &str, status: u16) {
        let mut state = self.state();
        let sent = state.deliveries.iter_mut().rev().find(|sent| sent.webhook.guid == guid);
        sent.unwrap_or_else(|| panic!("{guid} was never sent")).status = status;
    }

    /// What was asked for to be sent again since the last time: the same requests, as new attempts.
    pub(crate) fn again(&self) -> Vec<Webhook> {
        let mut state = self.state();
        let ids = std::mem::take(&mut state.redeliveries);
        let mut again = Vec::new();
        for id in ids {
            let earlier = state.deliveries.iter().find(|sent| sent.id == id).unwrap().clone();
            again.push(earlier.webhook.clone());
            let (id, delivered_at) = (state.id(), Utc::now());
            state.deliveries.push(Sent { id, delivered_at, redelivery: true, status: 0, ..earlier });
        }
        again
    }
}

/// What `X-Hub-Signature-256` says of a body.
pub(crate) fn signature(secret: &str, body: &[u8]) -> String {
    let mut signature = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    signature.update(body);
    format!("sha256={}", hex(&signature.finalize().into_bytes()))
}

/// The headers of a request, of which the signature is over the body's bytes.
fn headers(secret: &str, event: &str, guid: &str, body: &[u8]) -> Vec<(String, String)> {
    [
        ("accept", "*/*".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("user-agent", "GitHub-Hookshot/044aadd".to_owned()),
        ("x-github-delivery", guid.to_owned()),
        ("x-github-event", event.to_owned()),
        ("x-github-hook-id", "42".to_owned()),
        ("x-github-hook-installation-target-id", APP.to_string()),
        ("x-github-hook-installation-target-type", "integration".to_owned()),
        ("x-hub-signature-256", signature(secret, body)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn payload(
    state: &State,
    action: Option<&str>,
    repository: &str,
    installation: Option<u64>,
    subject: Subject<'_>,
) -> Value {
    let mut payload = json!({});
    if let Some(action) = action {
        payload["action"] = json!(action);
    }
    about(state, repository, subject, &mut payload);
    payload["repository"] = shown_repository(state, repository);
    let sender = payload["sender"].as_str().unwrap_or("octocat").to_owned();
    payload["sender"] = shown_user(&sender);
    if let Some(id) = installation {
        payload["installation"] = json!({ "id": id, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uOTk=" });
    }
    payload
}

/// What the event is about. `sender` is who did it, if that is told by what it is about.
fn about(state: &State, repository: &str, subject: Subject<'_>, payload: &mut Value) {
    match subject {
        Subject::Pull(number) => {
            let pull = shown_pull(state, repository, number).unwrap();
            payload["number"] = json!(number);
            payload["sender"] = pull["user"]["login"].clone();
            payload["pull_request"] = pull;
        }
        Subject::Comment(id) => {
            let comment = state.comments.iter().find(|comment| comment.id == id).unwrap();
            let mut issue = example("GET", &format!("/repos/{repository}/issues/{}", comment.pull));
            issue["number"] = json!(comment.pull);
            let url = format!("https://api.github.com/repos/{repository}/pulls/{}", comment.pull);
            issue["pull_request"]["url"] = json!(url);
            payload["issue"] = issue;
            payload["sender"] = json!(comment.login);
            payload["comment"] = shown_comment(comment);
        }
        Subject::Check(id, pressed) => {
            let check = state.checks.iter().find(|check| check.id == id).unwrap();
            payload["check_run"] = shown_check(check);
            if let Some(identifier) = pressed {
                payload["requested_action"] = json!({ "identifier": identifier });
            }
        }
        Subject::Suite(commit) => {
            let mut suite = example("GET", &format!("/repos/{repository}/check-suites/5"));
            suite["head_sha"] = json!(commit);
            suite["app"]["id"] = json!(APP);
            suite["pull_requests"] = json!([]);
            payload["check_suite"] = suite;
        }
        Subject::MergeGroup { head, base } => {
            let here = &state.repositories[repository];
            let branch = &here.default_branch;
            let queued =
                here.branches.iter().find(|(_, commit)| *commit == head).map(|(name, _)| name.clone());
            let queued = queued.unwrap_or_else(|| format!("gh-readonly-queue/{branch}/pr-7-{base}"));
            payload["merge_group"] = json!({
                "head_sha": head,
                "head_ref": format!("refs/heads/{queued}"),
                "base_sha": base,
                "base_ref": format!("refs/heads/{branch}"),
                "head_commit": { "id": head, "tree_id": head, "message": "Merge", "timestamp": "2026-01-26T19:01:12Z",
                    "author": { "name": "Octo Cat", "email": "octocat@github.com" },
                    "committer": { "name": "GitHub", "email": "noreply@github.com" } },
            });
        }
        Subject::Push { branch, before } => {
            let after = &state.repositories[repository].branches[branch];
            payload["ref"] = json!(format!("refs/heads/{branch}"));
            payload["before"] = json!(before);
            payload["after"] = json!(after);
            payload["created"] = json!(false);
            payload["deleted"] = json!(false);
            payload["forced"] = json!(false);
            payload["commits"] = json!([]);
        }
        Subject::Nothing => {}
    }
}

fn shown_repository(state: &State, repository: &str) -> Value {
    let here = &state.repositories[repository];
    let mut shown = example("GET", &format!("/repos/{repository}"));
    shown["id"] = json!(here.id);
    shown["name"] = json!(repository.split('/').nth(1));
    shown["full_name"] = json!(repository);
    shown["owner"]["login"] = json!(repository.split('/').next());
    shown["default_branch"] = json!(here.default_branch);
    shown["private"] = json!(here.private);
    shown
}

fn shown_user(login: &str) -> Value {
    let mut user = example("GET", "/users/octocat");
    user["login"] = json!(login);
    user["type"] = json!(if login.ends_with("[bot]") { "Bot" } else { "User" });
    user
}

fn example(method: &str, path: &str) -> Value {
    Operation::find(method, path).unwrap().example(200)
}
