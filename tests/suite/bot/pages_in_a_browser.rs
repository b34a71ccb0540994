//! The pages as a person meets them: in Chromium, from the first page to a run and out again.

use std::net::TcpListener;

use super::STATE;
use super::conversation::{BIO, SCHEMA, SCHEMA_WITH_BIO, Setup, USERS, World, tree};
use super::pages::sign_in_settings;
use crate::fake_github::{PULL, REPOSITORY, Subject};
use crate::pages::browser::{Browser, View};
use crate::pages::{DESK, PHONE, picture};
use crate::support::until;

const NARROW: [(View, &str); 2] = [(PHONE, "phone"), (DESK, "desk")];

/// Asserts that the page fits and complains of nothing, and takes pictures of it.
#[track_caller]
fn looks_right(browser: &mut Browser, address: &str, path: &str, name: &str) {
    for (view, width) in NARROW {
        browser.open(&format!("{address}{path}"), view);
        let wide = browser.ask("document.documentElement.scrollWidth").as_u64().unwrap();
        assert!(wide <= view.width.into(), "{path} is {wide} wide on {view:?}");
        assert!(browser.complaints().is_empty(), "{path}: {:?}", browser.complaints());
        let foreign: Vec<&str> = browser.requests();
        assert!(
            foreign.iter().all(|url| url.starts_with(address) || url.starts_with("data:")),
            "{foreign:?}"
        );
        browser.photograph(&picture(&format!("served-{name}-{width}.png")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_finds_their_way_from_the_first_page_to_a_run_and_out_again() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}");
    let (listen, more) = (Some(format!("127.0.0.1:{port}")), format!("public_url: {address}\n"));
    let world =
        World::start_as(&Setup { github: sign_in_settings(), more, listen, ..Setup::default() }).await;
    world.github.state().browser = Some("ada".to_owned());
    world.github.state().permissions.insert("ada".to_owned(), "read".to_owned());
    world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA]));
    let more = world.github.state().open_pull(REPOSITORY, "more", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    let broken =
        ("db/migrations/003_index.up.sql", "-- for the dashboard\ncreate index users_bio on users (boi);\n");
    let worse =
        world.github.state().open_pull(REPOSITORY, "index", tree(&[USERS, BIO, broken, SCHEMA_WITH_BIO]));
    for pull in [PULL, more, worse] {
        world.tell("pull_request", "opened", Subject::Pull(pull)).await;
    }
    world.quiet().await;
    matrix(&world, [PULL, more, worse]).await;

    let mut browser = Browser::start();
    looks_right(&mut browser, &address, "/", "home-stranger");
    browser.click("a.button");
    browser.wait_until("document.querySelector('.person bdi')?.innerText === 'ada'");
    looks_right(&mut browser, &address, "/", "home");
    for (number, name) in [(PULL, "drifted"), (more, "passed"), (worse, "refused")] {
        let found = format!(
            "[...document.querySelectorAll('.pulls li')].find(li => li.innerText.includes('#{number} ')).querySelector('a[href^=runs]').pathname"
        );
        browser.open(&address, DESK);
        let path = browser.ask(&found).as_str().unwrap().to_owned();
        looks_right(&mut browser, &address, &path, &format!("run-{name}"));
    }
    browser.click("nav a");
    browser.wait_until("location.pathname === '/'");
    browser.click("form button");
    browser.wait_until("document.querySelector('.person')?.innerText === 'Sign in with GitHub'");
    assert!(browser.complaints().is_empty(), "{:?}", browser.complaints());
    looks_right_closed(&mut browser, &address, &world).await;
    world.stop().await;
}

/// A page that is not open to whoever is not signed in.
async fn looks_right_closed(browser: &mut Browser, address: &str, world: &World) {
    let run = world.state.rows(STATE, "select run::text from confiture_bot.runs limit 1").await.remove(0);
    browser.open(&format!("{address}/runs/{run}"), PHONE);
    assert_eq!(browser.ask("document.querySelector('h1').innerText"), "This page is not open to everybody");
    browser.photograph(&picture("served-closed-phone.png"));
}

/// What a conflict check would have kept of three pull requests.
async fn matrix(world: &World, [one, two, three]: [u64; 3]) {
    let branch = |pull: u64| {
        serde_json::json!({
            "id": format!("#{pull}"), "title": "", "url": "", "fingerprint": "", "migrations": [], "renumber": [],
            "fails": null, "own_database": false, "effect": { "touches": [], "uses": [] },
        })
    };
    let pair = |a: u64, b: u64, verdict: &str| serde_json::json!({ "a": format!("#{a}"), "b": format!("#{b}"), "verdict": verdict, "conflicts": [] });
    let mut collides = pair(one, two, "collides");
    collides["conflicts"] = serde_json::json!([{
        "kind": "file_name", "severity": "error", "object": null, "what": "same_file_name",
        "path": "db/migrations/002_bio.up.sql", "take": [], "evidence": "names",
    }]);
    let matrix = serde_json::json!({
        "schema_version": 1, "tool_version": "", "base": "", "server_version": null, "judged": 0,
        "branches": [branch(one), branch(two), branch(three), branch(1_000)],
        "pairs": [collides, pair(one, three, "independent"), pair(two, three, "unknown")],
    });
    let matrix = matrix.to_string();
    // Of another branch, which has more than the one that the bot keeps by itself.
    let row = format!(
        "insert into confiture_bot.matrices (repository, branch, matrix) \
         values ('{REPOSITORY}', 'next', $${matrix}$$::jsonb)"
    );
    world.state.sql(STATE, &row).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_open_while_its_run_goes_on_becomes_the_report_by_itself() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}");
    let (listen, more) = (Some(format!("127.0.0.1:{port}")), format!("public_url: {address}\n"));
    let world = World::start_as(&Setup { more, listen, ..Setup::default() }).await;
    let slow =
        ("db/migrations/002_bio.up.sql", "select pg_sleep(4);\nalter table users add column bio text;\n");
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, slow, SCHEMA_WITH_BIO]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    until("it runs", async || !world.checks(&head).is_empty()).await;
    let link = world.checks(&head)[0].details_url.clone().unwrap();
    let mut browser = Browser::start();
    browser.open(&link, PHONE);
    browser.wait_until("document.querySelector('.log')?.innerText.includes('replaying 1 of 1: 002_bio')");
    browser.photograph(&picture("served-live-phone.png"));
    browser.wait_until("document.querySelector('h1').innerText.includes('Preflight passed')");
    assert!(browser.ask("document.querySelector('main').dataset.events === undefined").as_bool().unwrap());
    assert!(browser.complaints().is_empty(), "{:?}", browser.complaints());
    world.stop().await;
}
