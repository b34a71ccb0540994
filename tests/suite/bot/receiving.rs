//! Taking deliveries: who is believed, what is kept, and when it is answered.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Bot, STATE, signed};
use crate::support::until;

const DELIVERIES: &str =
    "select delivery, event, state, coalesce(reason, '') from confiture_bot.deliveries order by number";

const JOBS: &str = "select subject, kind, left(head, 1), \
    case when state in ('waiting', 'running') then 'open' else state end from confiture_bot.jobs order by job";

fn pull_request(action: &str, head: &str) -> Value {
    json!({
        "action": action,
        "pull_request": { "number": 7, "head": { "sha": head }, "base": { "sha": "b".repeat(40) } },
        "repository": { "full_name": "Acme/Shop" },
        "installation": { "id": 5 },
    })
}

/// The answer to a request that says how long its body is, before any of it is sent.
async fn claiming(bot: &Bot, length: usize) -> String {
    let address = bot.address.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /webhooks HTTP/1.1\r\nhost: {address}\r\nx-hub-signature-256: sha256=00\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_signed_with_one_of_the_secrets_is_taken() {
    let bot = Bot::start().await;
    let body = r#"{"zen":"ö"}"#;
    let answer = async |signature: &str, body: &str| {
        bot.delivery("1", "ping", body, signature).send().await.unwrap().status().as_u16()
    };
    assert_eq!(answer(&signed("wrong", body), body).await, 401);
    assert_eq!(answer(&signed(super::SECRET, body), r#"{"zen":"o"}"#).await, 401);
    assert_eq!(answer(&signed(super::SECRET, body)[7..], body).await, 401);
    assert_eq!(answer("", body).await, 401);
    assert_eq!(bot.rows(DELIVERIES).await, [""; 0]);
    assert_eq!(answer(&signed("another", body), body).await, 202);
    until("it is worked off", async || bot.rows(DELIVERIES).await == ["1|ping|ignored|ping is not used"])
        .await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_delivered_before_is_accepted_and_does_nothing() {
    let bot = Bot::start().await;
    let opened = pull_request("opened", &"a".repeat(40));
    for _ in 0..3 {
        assert_eq!(bot.deliver("one", "pull_request", &opened).await, 202);
    }
    let both = tokio::join!(
        bot.deliver("two", "pull_request", &opened),
        bot.deliver("two", "pull_request", &opened)
    );
    assert_eq!(both, (202, 202));
    until("all is worked off", async || {
        bot.rows(DELIVERIES).await == ["one|pull_request|taken|", "two|pull_request|taken|"]
    })
    .await;
    // The second delivery says what the first said: there is nothing more to do.
    assert_eq!(bot.rows("select count(*) from confiture_bot.jobs").await, ["1"]);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_delivery_is_refused_with_the_reason() {
    let bot = Bot::start().await;
    let say = async |request: reqwest::RequestBuilder| {
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let body = "[1]";
    let (code, text) = say(bot.delivery("1", "ping", body, &signed(super::SECRET, body))).await;
    assert_eq!((code, text.as_str()), (400, "the body is no JSON object\n"));
    let body = "{}";
    let signature = signed(super::SECRET, body);
    let (code, text) = say(bot.delivery("", "ping", body, &signature)).await;
    assert_eq!((code, text.as_str()), (400, "the headers X-GitHub-Event and X-GitHub-Delivery are wanted\n"));
    let long = "x".repeat(101);
    assert_eq!(say(bot.delivery(&long, "ping", body, &signature)).await.0, 400);
    let form = bot.http.post(format!("{}/webhooks", bot.address)).body(body);
    let form = form.header("x-github-event", "ping").header("x-github-delivery", "1");
    let (code, text) = say(form.header("x-hub-signature-256", &signature)).await;
    assert_eq!(code, 415, "{text}");
    assert!(claiming(&bot, 25 * 1024 * 1024 + 1).await.starts_with("HTTP/1.1 413 "));
    let (code, _) = say(bot.http.get(format!("{}/webhooks", bot.address))).await;
    assert_eq!(code, 405);
    assert_eq!(bot.rows(DELIVERIES).await, [""; 0]);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_kill() {
    let bot = Bot::start().await;
    let all = (0..50).map(|number| async move {
        let head = format!("{number:040}");
        (number, head)
    });
    let all = futures_util::future::join_all(all).await;
    let sent = all.iter().map(|(number, head)| {
        let (bot, id) = (&bot, format!("d{number}"));
        async move { bot.deliver(&id, "pull_request", &pull_request("synchronize", head)).await }
    });
    let answers = futures_util::future::join_all(sent).await;
    assert!(answers.iter().all(|answer| *answer == 202), "{answers:?}");
    let state = bot.kill();
    assert_eq!(state.rows(STATE, "select count(*) from confiture_bot.deliveries").await, ["50"]);
    let bot = Bot::beside(state, "");
    until("the rest is worked off", async || {
        bot.rows("select count(*) from confiture_bot.deliveries where state = 'waiting'").await == ["0"]
    })
    .await;
    // Of fifty heads of one pull request the last one counts.
    assert_eq!(bot.rows("select count(*) from confiture_bot.jobs where state = 'superseded'").await, ["49"]);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_head_takes_the_place_of_an_older_one_and_a_closed_pull_request_of_all() {
    let bot = Bot::start().await;
    let head = |letter: &str| letter.repeat(40);
    for (id, action, letter) in [("1", "opened", "a"), ("2", "synchronize", "b"), ("3", "edited", "b")] {
        assert_eq!(bot.deliver(id, "pull_request", &pull_request(action, &head(letter))).await, 202);
    }
    until("the newer head is there", async || {
        bot.rows(JOBS).await == ["pull/7|preflight|a|superseded", "pull/7|preflight|b|open"]
    })
    .await;
    assert_eq!(bot.deliver("4", "pull_request", &pull_request("closed", &head("b"))).await, 202);
    until("it is closed", async || {
        bot.rows(JOBS).await == ["pull/7|preflight|a|superseded", "pull/7|preflight|b|superseded"]
    })
    .await;
    let reasons = "select reason from confiture_bot.deliveries where reason is not null";
    assert_eq!(bot.rows(reasons).await, ["neither its commits nor its base changed"]);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_cannot_be_kept_is_not_accepted_and_the_bot_lives_on() {
    let bot = Bot::start().await;
    assert_eq!(bot.get("/readyz").await.status().as_u16(), 200);
    let away = format!("alter database {STATE} rename to away");
    let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{STATE}'");
    bot.state.sql("postgres", &format!("alter database {STATE} allow_connections false; {end}")).await;
    bot.state.quiet(STATE).await;
    bot.state.sql("postgres", &away).await;
    let opened = pull_request("opened", &"a".repeat(40));
    assert_eq!(bot.deliver("1", "pull_request", &opened).await, 503);
    assert_eq!(bot.get("/readyz").await.status().as_u16(), 503);
    assert_eq!(bot.get("/healthz").await.status().as_u16(), 200);
    bot.state.sql("postgres", &format!("alter database away rename to {STATE}")).await;
    bot.state.sql("postgres", &format!("alter database {STATE} allow_connections true")).await;
    assert_eq!(bot.deliver("1", "pull_request", &opened).await, 202);
    until("it is worked off", async || bot.rows(DELIVERIES).await == ["1|pull_request|taken|"]).await;
    let log = bot.log();
    assert!(log.contains("a delivery was not kept") && !log.contains(super::SECRET), "{log}");
    bot.stop().await;
}

/// Payloads of every event that GitHub sends.
fn examples() -> Vec<(String, Value)> {
    let place = std::env::var("CONFITURE_TEST_WEBHOOKS")
        .expect("CONFITURE_TEST_WEBHOOKS is not set: run scripts/test, which fetches GitHub's payloads");
    let text = fs_err::read_to_string(format!("{place}/index.json")).unwrap();
    let events: Vec<Value> = serde_json::from_str(&text).unwrap();
    let examples = events.iter().flat_map(|event| {
        let name = event["name"].as_str().unwrap().to_owned();
        event["examples"].as_array().unwrap().iter().map(move |example| (name.clone(), example.clone()))
    });
    examples.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_that_github_sends_is_taken_and_what_is_not_used_says_why() {
    let bot = Bot::start().await;
    let examples = examples();
    assert!(examples.len() > 300);
    for (number, (event, payload)) in examples.iter().enumerate() {
        assert_eq!(bot.deliver(&number.to_string(), event, payload).await, 202, "{event}: {payload}");
    }
    let waiting = "select count(*) from confiture_bot.deliveries where state = 'waiting'";
    until("all is worked off", async || bot.rows(waiting).await == ["0"]).await;
    let silent =
        "select event from confiture_bot.deliveries where state = 'ignored' and coalesce(reason, '') = ''";
    assert_eq!(bot.rows(silent).await, [""; 0]);
    let unread =
        "select event || ': ' || reason from confiture_bot.deliveries where reason like '%cannot be read%'";
    assert_eq!(bot.rows(unread).await, [""; 0]);
    bot.stop().await;
}
