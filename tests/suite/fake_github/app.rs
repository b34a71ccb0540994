//! The App: its installations, its tokens, and the log of what was delivered to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::access::Token;
use super::answer::Answer;
use super::routes::{Call, Needs, Route};
use super::webhook::Sent;
use super::{APP, LOGIN};

pub(super) const ROUTES: &[Route] = &[
    ("POST", "/app-manifests/{code}/conversions", Needs::Nobody, convert),
    ("GET", "/app", Needs::App, app),
    ("GET", "/app/installations", Needs::App, installations),
    ("POST", "/app/installations/{installation_id}/access_tokens", Needs::App, mint),
    ("GET", "/installation/repositories", Needs::Token(&[]), repositories),
    ("GET", "/app/hook/deliveries", Needs::App, deliveries),
    ("GET", "/app/hook/deliveries/{delivery_id}", Needs::App, delivery),
    ("POST", "/app/hook/deliveries/{delivery_id}/attempts", Needs::App, redeliver),
];

fn app(call: &mut Call<'_>) -> Answer {
    let mut app = call.operation.example(200);
    app["id"] = json!(APP);
    app["slug"] = json!(LOGIN.trim_end_matches("[bot]"));
    Answer::new(200, app)
}

fn installations(call: &mut Call<'_>) -> Answer {
    let template = call.operation.example(200)[0].clone();
    let shown = call.state.installations.iter().map(|installation| {
        let mut shown = template.clone();
        shown["id"] = json!(installation.id);
        shown["app_id"] = json!(APP);
        shown["account"]["login"] = json!(installation.account);
        // By GitHub's description an account is a user and an enterprise at once.
        shown["account"]["name"] = json!("Acme");
        shown["account"]["slug"] = json!("acme");
        shown["account"]["created_at"] = Value::Null;
        shown["account"]["updated_at"] = Value::Null;
        shown["permissions"] = json!(installation.permissions);
        shown["suspended_at"] =
            if installation.suspended { json!("2026-01-01T00:00:00Z") } else { Value::Null };
        shown["suspended_by"] = Value::Null;
        shown
    });
    let shown: Vec<Value> = shown.collect();
    call.page(&shown, None)
}

/// Makes a token, which reaches no further than its installation.
fn mint(call: &mut Call<'_>) -> Answer {
    let id = call.number(3);
    let Some(installation) = call.state.installations.iter().find(|one| one.id == id).cloned() else {
        return Answer::not_found();
    };
    if installation.suspended {
        return Answer::error(403, "This installation has been suspended");
    }
    let full = |name: &Value| format!("{}/{}", installation.account, name.as_str().unwrap_or_default());
    let wanted = call.body["repositories"].as_array().map(|names| names.iter().map(full).collect::<Vec<_>>());
    let repositories = wanted.unwrap_or_else(|| installation.repositories.clone());
    if !repositories.iter().all(|name| installation.repositories.contains(name)) {
        return Answer::error(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        );
    }
    let given = &installation.permissions;
    let permissions: BTreeMap<String, String> = match call.body["permissions"].as_object() {
        Some(wanted) => {
            wanted.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())).collect()
        }
        None => given.clone(),
    };
    let allowed = |(name, level): (&String, &String)| {
        given.get(name).is_some_and(|given| given == level || given == "write")
    };
    if !permissions.iter().all(allowed) {
        return Answer::error(422, "The permissions requested are not granted to this installation.");
    }
    let mut shown = call.operation.example(201);
    shown["permissions"] = json!(permissions);
    shown["repositories"] = Value::Null;
    shown.as_object_mut().unwrap().remove("repositories");
    let (repositories, permissions) = (Some(repositories), Some(permissions));
    shown["token"] =
        json!(call.state.mint(Token { installation: Some(id), repositories, permissions, login: None }));
    shown["expires_at"] = json!("2099-07-11T22:14:10Z");
    Answer::new(201, shown)
}

/// Hands an App out that was registered with a manifest: once for each code.
fn convert(call: &mut Call<'_>) -> Answer {
    let code = call.part(2);
    let Some(place) = call.state.app_codes.iter().position(|known| *known == code) else {
        return Answer::not_found();
    };
    call.state.app_codes.remove(place);
    let mut shown = call.operation.example(201);
    shown["id"] = json!(super::APP);
    shown["slug"] = json!("confiture");
    shown["html_url"] = json!("https://github.com/apps/confiture");
    shown["client_id"] = json!("Iv1.8a61f9b3a7aba766");
    shown["client_secret"] = json!("a client secret");
    shown["webhook_secret"] = json!("a webhook secret");
    shown["pem"] = json!(super::KEY);
    Answer::new(201, shown)
}

fn repositories(call: &mut Call<'_>) -> Answer {
    let reached = call.token.as_ref().and_then(|token| token.repositories.clone()).unwrap_or_default();
    let template = call.operation.example(200)["repositories"][0].clone();
    let shown = reached.iter().map(|name| {
        let repository = &call.state.repositories[name];
        let mut shown = template.clone();
        shown["id"] = json!(repository.id);
        shown["name"] = json!(name.split('/').nth(1));
        shown["full_name"] = json!(name);
        shown["default_branch"] = json!(repository.default_branch);
        shown["private"] = json!(repository.private);
        shown["archived"] = json!(repository.archived);
        shown
    });
    let shown: Vec<Value> = shown.collect();
    call.page(&shown, Some("repositories"))
}

/// The log, newest first, page for page by a cursor.
fn deliveries(call: &mut Call<'_>) -> Answer {
    let template = call.operation.example(200)[0].clone();
    let size = call.query("per_page").and_then(|size| size.parse().ok()).unwrap_or(30_usize);
    let newest_first: Vec<&Sent> = call.state.deliveries.iter().rev().collect();
    let from = match call.query("cursor") {
        None => 0,
        Some(cursor) => {
            let id = cursor.strip_prefix("v1=").and_then(|id| id.parse().ok()).unwrap_or(0_u64);
            newest_first.iter().position(|sent| sent.id == id).unwrap_or(newest_first.len())
        }
    };
    let shown = newest_first.iter().skip(from).take(size).map(|sent| show(sent, template.clone())).collect();
    let answer = Answer::new(200, Value::Array(shown));
    match newest_first.get(from + size) {
        Some(next) => answer.with("link", call.link(&[("cursor", &format!("v1={}", next.id))])),
        None => answer,
    }
}

fn delivery(call: &mut Call<'_>) -> Answer {
    let id = call.number(4);
    let Some(sent) = call.state.deliveries.iter().find(|sent| sent.id == id) else {
        return Answer::not_found();
    };
    let mut shown = show(sent, call.operation.example(200));
    shown["request"]["headers"] = sent.webhook.headers.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
    shown["request"]["payload"] = serde_json::from_slice(&sent.webhook.body).unwrap();
    Answer::new(200, shown)
}

fn redeliver(call: &mut Call<'_>) -> Answer {
    let id = call.number(4);
    if !call.state.deliveries.iter().any(|sent| sent.id == id) {
        return Answer::not_found();
    }
    call.state.redeliveries.push(id);
    Answer::new(202, json!({}))
}

fn show(sent: &Sent, mut shown: Value) -> Value {
    shown["id"] = json!(sent.id);
    shown["guid"] = json!(sent.webhook.guid);
    shown["delivered_at"] = json!(sent.delivered_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    shown["redelivery"] = json!(sent.redelivery);
    shown["status"] = json!(if sent.status == 202 { "OK" } else { "Invalid HTTP Response" });
    shown["status_code"] = json!(sent.status);
    shown["event"] = json!(sent.webhook.event);
    shown["action"] = json!(sent.webhook.action);
    shown["installation_id"] = json!(sent.installation);
    shown["throttled_at"] = Value::Null;
    shown
}
