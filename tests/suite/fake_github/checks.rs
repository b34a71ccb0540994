//! Check runs.

use serde_json::{Value, json};

use super::APP;
use super::REPOSITORY;
use super::answer::Answer;
use super::contract::Operation;
use super::routes::{Call, Needs, Route};
use super::state::Check;

pub(super) const ROUTES: &[Route] = &[
    ("POST", "/repos/{owner}/{repo}/check-runs", Needs::Token(&[("checks", "write")]), create),
    ("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}", Needs::Token(&[("checks", "read")]), one),
    (
        "PATCH",
        "/repos/{owner}/{repo}/check-runs/{check_run_id}",
        Needs::Token(&[("checks", "write")]),
        update,
    ),
    ("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", Needs::Token(&[("checks", "read")]), of_commit),
];

fn create(call: &mut Call<'_>) -> Answer {
    if call.token.as_ref().is_none_or(|token| token.installation.is_none()) {
        return Answer::error(403, "You must authenticate via a GitHub App.");
    }
    let id = call.state.id();
    let mut check = Check {
        id,
        repository: call.repository(),
        app: APP,
        name: call.text("name").unwrap_or_default(),
        head: call.text("head_sha").unwrap_or_default(),
        external_id: String::new(),
        details_url: None,
        status: "queued".to_owned(),
        conclusion: None,
        title: String::new(),
        summary: String::new(),
        text: None,
        annotations: Vec::new(),
        actions: Vec::new(),
    };
    if let Err(refused) = say(&mut check, &call.body) {
        return refused;
    }
    call.state.checks.push(check.clone());
    Answer::new(201, shown_check(&check))
}

fn one(call: &mut Call<'_>) -> Answer {
    let (name, id) = (call.repository(), call.number(5));
    let check = call.state.checks.iter().find(|check| check.id == id && check.repository == name);
    check.map_or_else(Answer::not_found, |check| Answer::new(200, shown_check(check)))
}

fn update(call: &mut Call<'_>) -> Answer {
    let (name, id) = (call.repository(), call.number(5));
    match call.state.checks.iter_mut().find(|check| check.id == id && check.repository == name) {
        None => Answer::not_found(),
        Some(check) if check.app != APP => Answer::error(
            403,
            "Invalid app_id `4711` - check run can only be modified by the GitHub App that created it.",
        ),
        Some(check) => match say(check, &call.body) {
            Ok(()) => Answer::new(200, shown_check(check)),
            Err(refused) => refused,
        },
    }
}

fn of_commit(call: &mut Call<'_>) -> Answer {
    let (name, commit) = (call.repository(), call.part(5));
    let app = call.query("app_id").and_then(|id| id.parse::<u64>().ok());
    let mut found: Vec<&Check> = call
        .state
        .checks
        .iter()
        .rev()
        .filter(|check| check.repository == name && check.head == commit)
        .filter(|check| call.query("check_name").is_none_or(|wanted| wanted == check.name))
        .filter(|check| app.is_none_or(|app| app == check.app))
        .collect();
    if call.query("filter").unwrap_or("latest") == "latest" {
        let mut seen = Vec::new();
        found.retain(|check| {
            let new = !seen.contains(&(check.app, &check.name));
            seen.push((check.app, &check.name));
            new
        });
    }
    let shown: Vec<Value> = found.into_iter().map(shown_check).collect();
    call.page(&shown, Some("check_runs"))
}

/// Does with a check what a request says. Annotations come to those that are there.
fn say(check: &mut Check, body: &Value) -> Result<(), Answer> {
    let annotations = body["output"]["annotations"].as_array().cloned().unwrap_or_default();
    let invalid = |one: &Value| {
        let columns = one["start_column"].is_number() || one["end_column"].is_number();
        (columns && one["start_line"] != one["end_line"])
            || one["start_line"].as_u64() > one["end_line"].as_u64()
            || one["message"].as_str().is_some_and(|text| text.len() > 64 << 10)
            || one["title"].as_str().is_some_and(|text| text.chars().count() > 255)
    };
    if annotations.iter().any(invalid) {
        return Err(Answer::error(422, "Invalid request. An annotation is not as it should be."));
    }
    let text = |value: &Value, into: &mut String| {
        value.as_str().into_iter().for_each(|text| text.clone_into(into));
    };
    text(&body["external_id"], &mut check.external_id);
    text(&body["status"], &mut check.status);
    text(&body["output"]["title"], &mut check.title);
    text(&body["output"]["summary"], &mut check.summary);
    if let Some(url) = body["details_url"].as_str() {
        check.details_url = Some(url.to_owned());
    }
    if let Some(text) = body["output"]["text"].as_str() {
        check.text = Some(text.to_owned());
    }
    if let Some(actions) = body["actions"].as_array() {
        check.actions.clone_from(actions);
    }
    check.conclusion = body["conclusion"].as_str().map(str::to_owned);
    check.annotations.extend(annotations);
    Ok(())
}

/// A check as GitHub shows it.
pub(super) fn shown_check(check: &Check) -> Value {
    let create = Operation::find("PATCH", &format!("/repos/{REPOSITORY}/check-runs/1")).unwrap();
    let mut shown = create.example(200);
    let completed = check.status == "completed";
    shown["id"] = json!(check.id);
    shown["head_sha"] = json!(check.head);
    shown["name"] = json!(check.name);
    shown["external_id"] = json!(check.external_id);
    shown["details_url"] = json!(check.details_url);
    shown["html_url"] = json!(format!("https://github.com/{}/runs/{}", check.repository, check.id));
    shown["status"] = json!(check.status);
    shown["conclusion"] = json!(check.conclusion);
    shown["completed_at"] = if completed { json!("2026-05-04T01:14:52Z") } else { Value::Null };
    shown["output"]["title"] = json!(check.title);
    shown["output"]["summary"] = json!(check.summary);
    shown["output"]["text"] = json!(check.text);
    shown["output"]["annotations_count"] = json!(check.annotations.len());
    shown["app"]["id"] = json!(check.app);
    // Of a fork's commit GitHub tells no pull request, so nobody may count on it.
    shown["pull_requests"] = json!([]);
    shown
}
