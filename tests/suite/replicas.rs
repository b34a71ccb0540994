//! A migration that is to run when the replicas are ready waits for them: here for a standby that really streams.

use confiture::gateway::scratch::SUPERUSER;

use super::cluster::Pair;
use super::support::{Project, Run, wait};

const PAUSE: &str = "select pg_wal_replay_pause()";
const RESUME: &str = "select pg_wal_replay_resume()";
const LEDGER: &str = "select version from tb_confiture order by version";

fn two() -> Project {
    Project::with_migration("create table a (i int);\n")
        .file("db/migrations/002_b.up.sql", "-- confiture: run-on=replica-safe\ncreate table b (i int);\n")
}

fn up_as(user: &str, project: &Project, pair: &Pair) -> Run {
    project.migrate("up", &pair.primary.url(user))
}

fn up(project: &Project, pair: &Pair) -> Run {
    up_as(SUPERUSER, project, pair)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_begins_when_every_replica_has_replayed_what_comes_before() {
    let pair = Pair::start().await;
    pair.standby.rows(PAUSE).await;
    let project = two();
    let mut child = up(&project, &pair).start();
    let said = super::lock_waits::said(&mut child, "waits for replicas");
    assert!(said.starts_with("confiture: 002_b waits for replicas: walreceiver is "), "{said}");
    assert_eq!(pair.primary.rows(LEDGER).await, ["001"]);
    pair.standby.rows(RESUME).await;
    assert_eq!(wait(child).code, 0);
    assert_eq!(pair.primary.rows(LEDGER).await, ["001", "002"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_does_not_follow_is_named_and_nothing_is_run() {
    let pair = Pair::start().await;
    pair.standby.rows(PAUSE).await;
    let project = two();
    let refused = |user: &str, said: &[&str]| {
        up_as(user, &project, &pair).with(&["--retry-for", "300ms"]).ends_with(3).says(said);
    };
    refused(SUPERUSER, &["002_b waits for replicas in vain: walreceiver is ", "✗ 002_b    failed"]);
    assert_eq!(pair.primary.rows(LEDGER).await, ["001"]);
    let role = "create role app login; grant all on all tables in schema public to app; grant create on schema public to app";
    pair.primary.rows(role).await;
    refused("app", &["002_b is to run when the replicas are ready, and this role cannot see them"]);
    // One that is expected and gone is not ready either, until nobody expects it any more.
    let Pair { standby, primary, .. } = &pair;
    standby.stop();
    refused(SUPERUSER, &["in vain: the slot eu is not connected"]);
    primary.rows("select pg_drop_replication_slot('eu')").await;
    up(&project, &pair).ends_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn between_the_parts_of_a_long_update_replicas_are_waited_for_as_well() {
    let pair = Pair::start().await;
    let sql = "-- confiture: run-on=replica-safe batched(t, i, 10)\nupdate t set j = 1;\n";
    // It falls behind once something is updated.
    let lags = format!(
        "create table t as select i, 0 j from generate_series(1, 30) i; alter table t add primary key (i); \
         create function lag() returns trigger language plpgsql as $$ begin {}; return null; end $$; \
         create trigger lag after update on t execute function lag()",
        pair.standby.told_by_a_program(PAUSE)
    );
    pair.primary.rows(&lags).await;
    let project = Project::with_migration(sql);
    let up = || up(&project, &pair).with(&["--retry-for", "5s"]);
    up().ends_with(3).says(&["in vain: walreceiver is ", "10 rows of 001_first are done and stay"]);
    pair.primary.rows("drop trigger lag on t").await;
    pair.standby.rows(RESUME).await;
    up().ends_with(0);
    assert_eq!(pair.primary.rows("select j, count(*) from t group by j").await, ["1|30"]);
}

#[test]
fn another_place_to_run_on_is_refused() {
    let project = Project::with_migration("-- confiture: run-on=standby\nselect 1;\n");
    project
        .preflight()
        .ends_with(2)
        .says(&["run-on=standby: there is no such place", "write run-on=replica-safe"]);
}
