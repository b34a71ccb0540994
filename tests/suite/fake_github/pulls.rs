//! Pull requests with their comments, and people.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::REPOSITORY;
use super::answer::Answer;
use super::contract::Operation;
use super::routes::{Call, Needs, Route};
use super::state::{Comment, Pull, State};

const READ: Needs = Needs::Token(&[("pull_requests", "read"), ("issues", "read")]);
const WRITE: Needs = Needs::Token(&[("pull_requests", "write"), ("issues", "write")]);

pub(super) const ROUTES: &[Route] = &[
    ("GET", "/user", Needs::Token(&[]), user),
    ("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", Needs::Token(&[]), permission),
    (
        "GET",
        "/orgs/{org}/teams/{team_slug}/memberships/{username}",
        Needs::Token(&[("members", "read")]),
        membership,
    ),
    ("GET", "/repos/{owner}/{repo}/pulls", Needs::Token(&[("pull_requests", "read")]), pulls),
    ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", Needs::Token(&[("pull_requests", "read")]), pull),
    ("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments", READ, comments),
    ("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", WRITE, comment),
    ("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}", WRITE, edit),
    ("POST", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", WRITE, react),
];

fn user(call: &mut Call<'_>) -> Answer {
    let of_user = call.token.as_ref().is_some_and(|token| token.installation.is_none());
    let signed_in = call.token.as_ref().and_then(|token| token.login.clone());
    match signed_in.or_else(|| call.state.user.clone()) {
        Some(login) if of_user => {
            let mut user = call.operation.example(200);
            user["id"] = json!(call.state.account(&login));
            user["login"] = json!(login);
            Answer::new(200, user)
        }
        _ => Answer::error(403, "Resource not accessible by integration"),
    }
}

fn permission(call: &mut Call<'_>) -> Answer {
    let (repository, login) = (call.repository(), call.part(5));
    let Some(mut permission) = call.state.permissions.get(&login).cloned() else {
        return Answer::not_found();
    };
    if call.state.hidden.contains(&(repository, login.clone())) {
        "none".clone_into(&mut permission);
    }
    let mut answer = call.operation.example(200);
    answer["permission"] = json!(permission);
    // GitHub's example lacks what GitHub's schema wants; so below.
    answer["user"]["role_name"] = json!(permission);
    answer["user"]["id"] = json!(call.state.account(&login));
    answer["user"]["login"] = json!(login);
    Answer::new(200, answer)
}

fn membership(call: &mut Call<'_>) -> Answer {
    let (team, login) = (format!("{}/{}", call.part(2), call.part(4)), call.part(6));
    if !call.state.members.contains(&(team, login)) {
        return Answer::not_found();
    }
    Answer::new(200, call.operation.example(200))
}

fn pulls(call: &mut Call<'_>) -> Answer {
    let name = call.repository();
    let (state, base) = (call.query("state").unwrap_or("open"), call.query("base"));
    let meant = |pull: &&Pull| {
        (state == "all" || pull.open == (state == "open")) && base.is_none_or(|base| pull.base_branch == base)
    };
    let pulls = call.state.repositories[&name].pulls.values().filter(meant);
    let template = call.operation.example(200)[0].clone();
    let mut shown: Vec<Value> = pulls.map(|pull| show(call.state, &name, pull, template.clone())).collect();
    if call.query("direction").unwrap_or("desc") == "desc" {
        shown.reverse();
    }
    call.page(&shown, None)
}

fn pull(call: &mut Call<'_>) -> Answer {
    let (name, number) = (call.repository(), call.number(5));
    match shown_pull(call.state, &name, number) {
        Some(pull) => Answer::new(200, pull),
        None => Answer::not_found(),
    }
}

/// A pull request as GitHub shows it alone.
pub(super) fn shown_pull(state: &State, repository: &str, number: u64) -> Option<Value> {
    let pull = state.repositories[repository].pulls.get(&number)?;
    let operation = Operation::find("GET", &format!("/repos/{repository}/pulls/{number}")).unwrap();
    let mut shown = show(state, repository, pull, operation.example(200));
    shown["merged"] = json!(pull.merged);
    Some(shown)
}

fn show(state: &State, repository: &str, pull: &Pull, mut shown: Value) -> Value {
    let here = &state.repositories[repository];
    shown["number"] = json!(pull.number);
    shown["title"] = json!(pull.title);
    shown["user"]["login"] = json!(pull.author);
    shown["html_url"] = json!(format!("https://github.com/{repository}/pull/{}", pull.number));
    shown["state"] = json!(if pull.open { "open" } else { "closed" });
    shown["draft"] = json!(pull.draft);
    shown["merged_at"] = if pull.merged { json!("2026-01-26T19:01:12Z") } else { Value::Null };
    shown["closed_at"] = if pull.open { Value::Null } else { json!("2026-01-26T19:01:12Z") };
    let updated = DateTime::from_timestamp(1_769_454_000 + i64::try_from(pull.updated).unwrap(), 0).unwrap();
    shown["updated_at"] = json!(updated.to_rfc3339_opts(SecondsFormat::Secs, true));
    shown["requested_teams"] = json!([]);
    side(&mut shown["base"], repository, here.id, &pull.base_branch);
    shown["base"]["sha"] = json!(here.branches[&pull.base_branch]);
    let there = &state.repositories[&pull.head_repository];
    side(&mut shown["head"], &pull.head_repository, there.id, &pull.head_branch);
    shown["head"]["sha"] = json!(pull.head);
    shown
}

fn side(side: &mut Value, repository: &str, id: u64, branch: &str) {
    let (owner, name) = repository.split_once('/').unwrap_or_default();
    side["label"] = json!(format!("{owner}:{branch}"));
    side["ref"] = json!(branch);
    side["repo"]["id"] = json!(id);
    side["repo"]["name"] = json!(name);
    side["repo"]["full_name"] = json!(repository);
    side["repo"]["owner"]["login"] = json!(owner);
}

fn comments(call: &mut Call<'_>) -> Answer {
    let (name, number) = (call.repository(), call.number(5));
    let here = call.state.comments.iter().filter(|one| one.repository == name && one.pull == number);
    let shown: Vec<Value> = here.map(shown_comment).collect();
    call.page(&shown, None)
}

fn comment(call: &mut Call<'_>) -> Answer {
    let body = call.text("body").unwrap_or_default();
    if body.chars().count() > 65_536 {
        return Answer::error(422, "Body is too long");
    }
    let (name, number) = (call.repository(), call.number(5));
    if !call.state.repositories[&name].pulls.contains_key(&number) {
        return Answer::not_found();
    }
    let (login, kind) = call.author();
    call.state.comment_on(&name, number, &login, kind, body);
    Answer::new(201, shown_comment(call.state.comments.last().unwrap()))
}

fn edit(call: &mut Call<'_>) -> Answer {
    let (author, id, body) = (call.author().0, call.number(6), call.text("body").unwrap_or_default());
    match call.state.comments.iter_mut().find(|comment| comment.id == id) {
        Some(comment) if comment.login == author => {
            comment.body = body;
            Answer::new(200, shown_comment(comment))
        }
        Some(_) => Answer::error(403, "Must have admin rights"),
        None => Answer::not_found(),
    }
}

fn react(call: &mut Call<'_>) -> Answer {
    let reaction = (call.number(6), call.text("content").unwrap_or_default());
    let mut shown = call.operation.example(201);
    shown["content"] = json!(reaction.1);
    let again = call.state.reactions.contains(&reaction);
    call.state.reactions.push(reaction);
    Answer::new(if again { 200 } else { 201 }, shown)
}

/// A comment as GitHub shows it.
pub(super) fn shown_comment(comment: &Comment) -> Value {
    let create = Operation::find("POST", &format!("/repos/{REPOSITORY}/issues/1/comments")).unwrap();
    let (repository, pull) = (&comment.repository, comment.pull);
    let mut shown = create.example(201);
    shown["id"] = json!(comment.id);
    shown["body"] = json!(comment.body);
    shown["html_url"] =
        json!(format!("https://github.com/{repository}/pull/{pull}#issuecomment-{}", comment.id));
    shown["user"]["login"] = json!(comment.login);
    shown["user"]["type"] = json!(comment.kind);
    shown
}

impl Call<'_> {
    fn author(&self) -> (String, &'static str) {
        self.token.as_ref().map(|token| self.state.author(token)).unwrap()
    }
}
