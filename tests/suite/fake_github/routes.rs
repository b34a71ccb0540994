//! What is asked of the API: who may, and who does it.

use serde_json::{Value, json};

use super::access::{Caller, Token, caller};
use super::answer::Answer;
use super::contract::Operation;
use super::server::{Asked, Reply, Sending};
use super::state::State;
use super::{app, checks, files, oauth, pulls, repository};

/// Who may ask.
pub(super) enum Needs {
    /// Anybody.
    Nobody,
    /// The App, by its key.
    App,
    /// Who holds a token with one of these permissions; with any token when there is none.
    Token(&'static [(&'static str, &'static str)]),
}

/// One operation that the fake can do.
pub(super) type Route = (&'static str, &'static str, Needs, fn(&mut Call<'_>) -> Answer);

/// One request that is being carried out.
pub(super) struct Call<'a> {
    pub state: &'a mut State,
    pub operation: Operation,
    pub asked: &'a Asked,
    pub body: Value,
    pub token: Option<Token>,
    /// Where archives are.
    pub archives: &'a str,
}

/// Answers a request, and writes down what GitHub would not have so.
pub(super) fn answer(state: &mut State, asked: &Asked, archives: &str) -> Reply {
    if let Some(reply) = oauth::answer(state, asked) {
        return reply;
    }
    state.requests.push(format!("{} {}", asked.method, asked.path));
    let operation = match Operation::find(&asked.method, &asked.path) {
        Ok(operation) => operation,
        Err(fault) => {
            state.faults.push(fault);
            return Answer::not_found().into();
        }
    };
    let body: Option<Value> = serde_json::from_slice(&asked.body).ok();
    if let Err(fault) = operation.check_request(&asked.query, body.as_ref()) {
        state.faults.push(fault);
    }
    let failure = state.failure(&asked.method, &asked.path);
    let done = failure.as_ref().is_none_or(|failure| failure.done);
    let acted = done.then(|| act(state, &operation, asked, body.unwrap_or_default(), archives));
    let failed = failure.as_ref().and_then(|failure| failure.status);
    let mut answer = match (failed, acted) {
        (None, Some(answer)) => answer,
        (status, _) => Answer::error(status.unwrap_or(500), "It went wrong"),
    };
    if let Err(fault) = operation.check_response(answer.status, &answer.body) {
        state.faults.push(fault);
    }
    for (name, value) in failure.iter().flat_map(|failure| &failure.headers) {
        answer = answer.with(name, (*value).to_owned());
    }
    Reply { sending: failure.map_or(Sending::Whole, |failure| failure.sending), ..answer.into() }
}

fn act(state: &mut State, operation: &Operation, asked: &Asked, body: Value, archives: &str) -> Answer {
    let routes = [pulls::ROUTES, checks::ROUTES, app::ROUTES, files::ROUTES, repository::ROUTES];
    let mut all = routes.into_iter().flatten();
    let meant = |route: &&Route| route.0 == asked.method && route.1 == operation.template;
    let Some((method, template, needs, carry_out)) = all.find(meant) else {
        state.faults.push(format!("the fake does not do {} {}", asked.method, operation.template));
        return Answer::not_found();
    };
    if matches!(needs, Needs::Nobody) {
        return carry_out(&mut Call {
            state,
            operation: operation.clone(),
            asked,
            body,
            token: None,
            archives,
        });
    }
    let caller = match caller(state, asked.authorization.as_deref()) {
        Ok(caller) => caller,
        Err(refused) => return refused,
    };
    let forbidden = || Answer::error(403, "Resource not accessible by integration");
    let token = match (needs, caller) {
        (Needs::App, Caller::App) | (Needs::Nobody, _) => None,
        (Needs::App, Caller::Token(_)) => return Answer::error(401, "A JSON web token is wanted"),
        (Needs::Token(_), Caller::App) => return forbidden(),
        (Needs::Token(needs), Caller::Token(token)) => {
            let repository = template.starts_with("/repos/").then(|| repository_in(&asked.path));
            if repository.is_some_and(|name| !token.reaches(&name) || !state.repositories.contains_key(&name))
            {
                return Answer::not_found();
            }
            if !token.may(needs) || (state.read_only && *method != "GET") {
                return forbidden();
            }
            Some(token)
        }
    };
    carry_out(&mut Call { state, operation: operation.clone(), asked, body, token, archives })
}

/// The repository in a path.
fn repository_in(path: &str) -> String {
    path.split('/').skip(2).take(2).collect::<Vec<_>>().join("/")
}

impl Call<'_> {
    pub(super) fn repository(&self) -> String {
        repository_in(&self.asked.path)
    }

    /// A part of the path.
    pub(super) fn part(&self, place: usize) -> String {
        self.asked.path.split('/').nth(place).unwrap_or_default().to_owned()
    }

    /// A number in the path.
    pub(super) fn number(&self, place: usize) -> u64 {
        self.part(place).parse().unwrap_or(0)
    }

    /// A text in the body.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.body[name].as_str().map(str::to_owned)
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.asked.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// One page of all these, with GitHub's link to the next; `wrapped` says by which name they are in an object.
    pub(super) fn page(&self, all: &[Value], wrapped: Option<&str>) -> Answer {
        let number = |name: &str, otherwise: usize| {
            self.query(name).and_then(|value| value.parse().ok()).unwrap_or(otherwise)
        };
        let (size, page) = (number("per_page", 30).min(100), number("page", 1));
        let items: Vec<Value> = all.iter().skip((page - 1) * size).take(size).cloned().collect();
        let body = match wrapped {
            Some(name) => json!({ "total_count": all.len(), name: items }),
            None => Value::Array(items),
        };
        let answer = Answer::new(200, body);
        if page * size >= all.len() {
            return answer;
        }
        answer.with("link", self.link(&[("per_page", &size.to_string()), ("page", &(page + 1).to_string())]))
    }

    /// GitHub's link to a next page, with the rest of the query as it was.
    pub(super) fn link(&self, changed: &[(&str, &str)]) -> String {
        let kept = self.asked.query.iter().filter(|(name, _)| changed.iter().all(|(key, _)| key != name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept.chain(changed.iter().copied()))
            .finish();
        format!("<https://api.github.com{}?{query}>; rel=\"next\"", self.asked.path)
    }
}
