//! Deliveries come doubled, out of order, or are poison.

use serde_json::json;

use super::super::{SECRET, STATE};
use super::{Asked, World, change};
use crate::fake_github::{PULL, REPOSITORY, Subject};
use crate::support::until;

/// Deliveries with what became of them.
const DELIVERIES: &str = "select coalesce(convert_from(payload, 'utf8')::jsonb ->> 'action', 'none'), state, \
                          coalesce(reason, '') from confiture_bot.deliveries order by number";

#[tokio::test(flavor = "multi_thread")]
async fn events_that_come_in_the_wrong_order_change_nothing() {
    let world = World::start().await;
    let about = |action: &str| {
        world.github.deliver(SECRET, "pull_request", Some(action), REPOSITORY, Subject::Pull(PULL))
    };
    let old = world.push(change());
    let opened = about("opened");
    let new = world.push(change());
    let synchronize = about("synchronize");
    for webhook in [&synchronize, &opened, &synchronize, &opened] {
        assert_eq!(world.send(webhook).await, 202);
    }
    world.is_told_once(Asked::Preflight, &new, "success", "synchronize before opened").await;
    assert!(world.checks(&old).is_empty());
    let late = "something later about it was worked off before";
    let rows = ["synchronize|taken|".to_owned(), format!("opened|ignored|{late}")];
    assert_eq!(world.state.rows(STATE, DELIVERIES).await, rows);

    let newest = world.push(change());
    let synchronize = about("synchronize");
    world.github.state().close(REPOSITORY, PULL);
    let closed = about("closed");
    assert_eq!((world.send(&closed).await, world.send(&synchronize).await), (202, 202));
    world.quiet().await;
    assert!(world.checks(&newest).is_empty(), "closed before synchronize");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_late_and_does_not_say_so_leads_to_the_newest_commit() {
    let world = World::start().await;
    let about = |action: &str| {
        world.github.state().pull(REPOSITORY, PULL).updated = 0;
        world.github.deliver(SECRET, "pull_request", Some(action), REPOSITORY, Subject::Pull(PULL))
    };
    let old = world.push(change());
    let opened = about("opened");
    let new = world.push(change());
    assert_eq!(world.send(&opened).await, 202);
    world.is_told_once(Asked::Preflight, &new, "success", "the event of the old commit").await;
    assert!(world.checks(&old).is_empty());
    world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
    world.github.state().close(REPOSITORY, PULL);
    let newest = world.push(change());
    assert_eq!(world.send(&about("reopened")).await, 202);
    world.quiet().await;
    assert!(world.checks(&newest).is_empty(), "nothing is checked of what is closed");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_cannot_be_written_is_refused_and_keeps_nobody_waiting() {
    let world = World::start().await;
    let head = world.push(change());
    let poison = |name: &str| {
        json!({
            "action": "opened",
            "pull_request": { "number": 8, "head": { "sha": "a\u{0}" }, "base": { "sha": "b" } },
            "repository": { "full_name": name },
            "installation": { "id": 99 },
        })
    };
    for id in ["poison one", "poison two"] {
        assert_eq!(world.bot.deliver(id, "pull_request", &poison(REPOSITORY)).await, 202);
    }
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    world.is_told_once(Asked::Preflight, &head, "success", "beside poison").await;
    let refused = "select delivery, state, reason from confiture_bot.deliveries where state = 'refused'";
    until("the poison is refused", async || world.state.rows(STATE, refused).await.len() == 2).await;
    let rows = world.state.rows(STATE, refused).await;
    assert!(rows[0].contains("invalid byte sequence"), "{rows:?}");
    world.stop().await;
}
