//! A bot without a database to spare: it keeps its state in a PostgreSQL of its own.

use super::{Running, run, settings};
use crate::support::{enterable, processes_in, until};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_the_bot_keeps_its_state_itself_and_a_kill_loses_nothing() {
    let place = enterable("cb");
    let data = place.path().join("state");
    let more = format!("data_dir: {}\n", data.display());
    let bot = Running::start(&more);
    assert_eq!(bot.get("/readyz").await.status().as_u16(), 200);
    let ping = json!({ "zen": "Keep it logically awesome." });
    assert_eq!(bot.deliver("one", "ping", &ping).await, 202);

    let second = run(&settings(&more)).ends_with(2);
    assert!(second.err.contains("another process keeps its state there"), "{}", second.err);

    bot.kill();
    let bot = Running::start(&more);
    let known = bot.delivery("one", "ping", "{}", &super::signed(super::SECRET, "{}")).send().await.unwrap();
    assert_eq!((known.status().as_u16(), known.text().await.unwrap().as_str()), (202, "known already\n"));
    assert_eq!(bot.ask_to_end(), 0);
    until("its server is gone", async || processes_in(place.path()).is_empty()).await;
}

#[test]
fn settings_that_cannot_be_used_are_refused_with_what_to_do() {
    for (more, wanted) in [
        ("state_url: mysql://x/y\n", "state_url: the database URL must begin with postgresql://"),
        ("state_url: ${NOT_SET}\n", "state_url names the environment variable NOT_SET, which is not set"),
        ("limits:\n  jobs: 0\n", "limits: no job could ever run with 0 at a time"),
        ("limits:\n  job: 1\n", "did you mean"),
        ("teams:\n  commands: {ignored: [dba]}\n", "did you mean ignore?"),
        ("repositories:\n  a/b: {}\n  a/b: {}\n", "found duplicate key"),
    ] {
        let ended = run(&settings(more)).ends_with(2);
        assert!(ended.err.contains(wanted) && !ended.err.contains(super::SECRET), "{more}: {}", ended.err);
    }
}
