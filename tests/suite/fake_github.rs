//! A GitHub on loopback with state. A request or an answer that GitHub's own description does not allow
//! fails the test.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use confiture::gateway::github::{GitHub, Patience};
use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::fake_github_contract::Operation;

/// The repository that exists.
pub(crate) const REPOSITORY: &str = "acme/shop";
/// The pull request that exists.
pub(crate) const PULL: u64 = 7;
/// The token that is let in.
pub(crate) const TOKEN: &str = "ghs_secret";

/// What the fake knows.
#[derive(Default)]
pub(crate) struct State {
    /// Comments on the pull request, oldest first.
    pub comments: Vec<Comment>,
    /// Reactions: comment and content.
    pub reactions: Vec<(u64, String)>,
    /// Rights by login; who is missing is unknown.
    pub permissions: BTreeMap<String, String>,
    /// The pull request's newest commit.
    pub head: String,
    /// The newest commit of the branch that it goes to.
    pub base: String,
    /// The user whom the token belongs to; none for an installation's.
    pub user: Option<String>,
    /// The token may only read.
    pub read_only: bool,
    /// What is answered to the next requests with these methods, instead of doing them.
    pub failures: VecDeque<Failure>,
    /// Every request, as method and path.
    pub requests: Vec<String>,
    faults: Vec<String>,
}

/// One comment.
pub(crate) struct Comment {
    pub id: u64,
    pub login: String,
    pub kind: &'static str,
    pub body: String,
}

/// One answer that is no success.
pub(crate) struct Failure {
    pub method: &'static str,
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    /// Whether the request is carried out all the same.
    pub done: bool,
}

impl State {
    /// Adds a comment, as somebody would.
    pub(crate) fn comment(&mut self, login: &str, kind: &'static str, body: impl Into<String>) -> u64 {
        let id = 1_000 + self.comments.len() as u64;
        self.comments.push(Comment { id, login: login.to_owned(), kind, body: body.into() });
        id
    }

    /// The requests that write.
    pub(crate) fn writes(&self) -> Vec<&str> {
        self.requests.iter().map(String::as_str).filter(|request| !request.starts_with("GET")).collect()
    }

    fn author(&self) -> (String, &'static str) {
        match &self.user {
            Some(login) => (login.clone(), "User"),
            None => ("github-actions[bot]".to_owned(), "Bot"),
        }
    }
}

/// The running fake.
pub(crate) struct FakeGitHub {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

impl FakeGitHub {
    pub(crate) async fn start() -> Self {
        let server = MockServer::start().await;
        let state = Arc::new(Mutex::new(State::default()));
        Mock::given(any())
            .respond_with(Responder { state: state.clone(), url: server.uri() })
            .mount(&server)
            .await;
        Self { server, state }
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A client that does not wait long.
    pub(crate) fn client(&self) -> GitHub {
        let token = SecretString::from(TOKEN.to_owned());
        GitHub::connect(&self.url(), &token).unwrap().with_patience(patience())
    }
}

impl Drop for FakeGitHub {
    fn drop(&mut self) {
        let faults = std::mem::take(&mut self.state().faults);
        assert!(faults.is_empty() || std::thread::panicking(), "GitHub would not have it so: {faults:#?}");
    }
}

pub(crate) fn patience() -> Patience {
    let millisecond = std::time::Duration::from_millis(1);
    Patience { attempts: 4, first_wait: millisecond, longest_wait: std::time::Duration::from_secs(2) }
}

struct Responder {
    state: Arc<Mutex<State>>,
    url: String,
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.state.lock().unwrap();
        let (method, path) = (request.method.as_str(), request.url.path());
        state.requests.push(format!("{method} {path}"));
        let operation = match Operation::find(method, path) {
            Ok(operation) => operation,
            Err(fault) => {
                state.faults.push(fault);
                return ResponseTemplate::new(404);
            }
        };
        let query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
        let body: Option<Value> = serde_json::from_slice(&request.body).ok();
        if let Err(fault) = operation.check_request(&query, body.as_ref()) {
            state.faults.push(fault);
        }
        let authorized =
            request.headers.get("authorization").is_some_and(|value| value == &format!("Bearer {TOKEN}"));
        let answer = if authorized {
            self.answer(&mut state, &operation, path, &query, body.as_ref())
        } else {
            Answer::error(401, "Bad credentials")
        };
        if let Err(fault) = operation.check_response(answer.status, &answer.body) {
            state.faults.push(fault);
        }
        answer.into()
    }
}

struct Answer {
    status: u16,
    body: Value,
    headers: Vec<(String, String)>,
}

impl Answer {
    fn new(status: u16, body: Value) -> Self {
        Self { status, body, headers: Vec::new() }
    }

    fn error(status: u16, message: &str) -> Self {
        Self::new(status, json!({ "message": message, "documentation_url": "https://docs.github.com/rest" }))
    }
}

impl From<Answer> for ResponseTemplate {
    fn from(answer: Answer) -> Self {
        let template = Self::new(answer.status).set_body_json(&answer.body);
        answer
            .headers
            .iter()
            .fold(template, |template, (name, value)| template.insert_header(name.as_str(), value.as_str()))
    }
}

impl Responder {
    fn answer(
        &self,
        state: &mut State,
        operation: &Operation,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Answer {
        let method = state.requests.last().unwrap().split(' ').next().unwrap().to_owned();
        let failure = match state.failures.front() {
            Some(failure) if failure.method == method => state.failures.pop_front(),
            _ => None,
        };
        if let Some(failure) = failure {
            if failure.done {
                self.act(state, operation, path, query, body);
            }
            let mut answer = Answer::error(failure.status, "It went wrong");
            answer.headers =
                failure.headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            return answer;
        }
        if state.read_only && method != "GET" {
            return Answer::error(403, "Resource not accessible by integration");
        }
        self.act(state, operation, path, query, body)
    }

    fn act(
        &self,
        state: &mut State,
        operation: &Operation,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Answer {
        let text = |name: &str| body.and_then(|body| body[name].as_str()).unwrap_or_default().to_owned();
        let number =
            |place: usize| path.split('/').nth(place).and_then(|part| part.parse().ok()).unwrap_or(0_u64);
        let method = state.requests.last().unwrap().split(' ').next().unwrap().to_owned();
        match (method.as_str(), operation.template.as_str()) {
            ("GET", "/user") => match &state.user {
                Some(login) => {
                    let mut user = operation.example(200);
                    user["login"] = json!(login);
                    Answer::new(200, user)
                }
                None => Answer::error(403, "Resource not accessible by integration"),
            },
            ("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments") => self.page(state, path, query),
            ("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments") => {
                let body = text("body");
                if body.chars().count() > 65_536 {
                    return Answer::error(422, "Body is too long");
                }
                let (login, kind) = state.author();
                state.comment(&login, kind, body);
                Answer::new(201, shown(state.comments.last().unwrap()))
            }
            ("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}") => {
                let author = state.author().0;
                match state.comments.iter_mut().find(|comment| comment.id == number(6)) {
                    Some(comment) if comment.login == author => {
                        comment.body = text("body");
                        Answer::new(200, shown(comment))
                    }
                    Some(_) => Answer::error(403, "Must have admin rights"),
                    None => Answer::error(404, "Not Found"),
                }
            }
            ("POST", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions") => {
                state.reactions.push((number(6), text("content")));
                let mut reaction = operation.example(201);
                reaction["content"] = json!(text("content"));
                Answer::new(201, reaction)
            }
            ("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission") => {
                let login = path.split('/').nth(5).unwrap_or_default();
                let Some(permission) = state.permissions.get(login) else {
                    return Answer::error(404, "Not Found");
                };
                let mut answer = operation.example(200);
                answer["permission"] = json!(permission);
                // GitHub's example lacks what GitHub's schema wants; so below.
                answer["user"]["role_name"] = json!(permission);
                Answer::new(200, answer)
            }
            ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}") => {
                let mut pull = operation.example(200);
                pull["number"] = json!(PULL);
                pull["requested_teams"] = json!([]);
                pull["head"]["sha"] = json!(state.head);
                pull["base"]["sha"] = json!(state.base);
                Answer::new(200, pull)
            }
            (method, template) => {
                state.faults.push(format!("the fake does not do {method} {template}"));
                Answer::error(404, "Not Found")
            }
        }
    }

    /// One page of comments, with GitHub's link to the next.
    fn page(&self, state: &State, path: &str, query: &[(String, String)]) -> Answer {
        let number = |name: &str, otherwise: usize| {
            let given = query.iter().find(|(key, _)| key == name);
            given.and_then(|(_, value)| value.parse().ok()).unwrap_or(otherwise)
        };
        let (size, page) = (number("per_page", 30).min(100), number("page", 1));
        let comments: Vec<Value> =
            state.comments.iter().skip((page - 1) * size).take(size).map(shown).collect();
        let mut answer = Answer::new(200, Value::Array(comments));
        if page * size < state.comments.len() {
            let next = format!("<{}{path}?per_page={size}&page={}>; rel=\"next\"", self.url, page + 1);
            answer.headers.push(("link".to_owned(), next));
        }
        answer
    }
}

/// A comment as GitHub shows it.
fn shown(comment: &Comment) -> Value {
    let create = Operation::find("POST", &format!("/repos/{REPOSITORY}/issues/{PULL}/comments")).unwrap();
    let mut shown = create.example(201);
    shown["id"] = json!(comment.id);
    shown["body"] = json!(comment.body);
    shown["html_url"] =
        json!(format!("https://github.com/{REPOSITORY}/pull/{PULL}#issuecomment-{}", comment.id));
    shown["user"]["login"] = json!(comment.login);
    shown["user"]["type"] = json!(comment.kind);
    shown
}
