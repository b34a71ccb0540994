//! Buttons on a check: what they say, and what becomes of one that is pressed.

use super::conversation::{BIO, SCHEMA, SCHEMA_WITH_BIO, USERS, World, tree};
use crate::fake_github::{PULL, REPOSITORY, Subject};

impl World {
    /// Somebody presses a button on the newest check of a commit, and the bot has done with it.
    async fn press(&self, login: &str, head: &str, button: &str) {
        let check = self.checks(head).pop().unwrap().id;
        let mut webhook = self.event("check_run", "requested_action", Subject::Check(check, Some(button)));
        let mut payload: serde_json::Value = serde_json::from_slice(&webhook.body).unwrap();
        payload["sender"]["login"] = login.into();
        webhook.resign(super::SECRET, payload.to_string().into_bytes());
        assert_eq!(self.send(&webhook).await, 202);
        self.quiet().await;
    }

    fn shown(&self, head: &str) -> Vec<String> {
        let check = self.checks(head).pop().unwrap();
        check.actions.iter().map(|one| format!("{} = {}", one["identifier"], one["label"])).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_has_buttons_that_do_what_they_say_for_whoever_may_push() {
    let world = World::start().await;
    let maintainer = world.maintainer();
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, SCHEMA_WITH_BIO]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    world.quiet().await;
    assert_eq!(world.shown(&head), ["\"rerun\" = \"Run again\"", "\"fix\" = \"Write the fix\""]);

    // Who may not is not heard.
    world.press("stranger", &head, "rerun").await;
    world.press("stranger", &head, "fix").await;
    assert_eq!((world.checks(&head).len(), world.said().len()), (1, 1));

    world.press(maintainer, &head, "fix").await;
    let said = world.said().pop().unwrap();
    assert!(said.contains("`db/migrations/002_catch_up.up.sql`"), "{said}");
    assert!(said.contains("add column bio text") && said.contains("drop column bio"), "{said}");
    assert!(said.contains("it was tried on a copy, there and back"), "{said}");
    assert!(said.contains("confiture diff migrations schema --generate --name catch_up"), "{said}");
    let writes = world.github.state().writes().join("\n");
    assert!(!writes.contains("/contents/") && !writes.contains("/git/"), "nothing is pushed: {writes}");

    world.press(maintainer, &head, "rerun").await;
    assert_eq!(world.checks(&head).len(), 2);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_is_shown_once_and_a_button_of_an_older_commit_does_nothing_else() {
    let world = World::start().await;
    let maintainer = world.maintainer();
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    world.quiet().await;
    assert_eq!(world.shown(&head), ["\"rerun\" = \"Run again\"", "\"plan\" = \"Show the plan\""]);
    for _ in 0..2 {
        world.press(maintainer, &head, "plan").await;
    }
    let said = world.said();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].contains("ACCESS EXCLUSIVE on `users`"), "{}", said[1]);
    // What nobody has put there does nothing.
    world.press(maintainer, &head, "drop-everything").await;
    let newer = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA]));
    world.press(maintainer, &head, "rerun").await;
    assert!(world.checks(&newer).is_empty());
    assert_eq!(world.checks(&head).len(), 1);
    let said = world.said().pop().unwrap();
    assert!(said.contains(&format!("its newest commit is `{newer}`")), "{said}");
    world.stop().await;
}
