//! A migration that is to run when the replicas are ready waits for them.
//!
//! The servers of the tests have no replicas, so a table stands for what a server says of them.

use super::support::{Production, Project, wait};

const REPLICAS: &str = "set allow_system_table_mods = on;
    create table public.replica (name text, replayed pg_lsn, readable boolean default true);
    create or replace view pg_catalog.pg_stat_replication as select null::int pid, null::oid usesysid,
        null::name usename, name application_name, null::inet client_addr, null::text client_hostname,
        null::int client_port, null::timestamptz backend_start, null::xid backend_xmin, null::text state,
        null::pg_lsn sent_lsn, null::pg_lsn write_lsn, null::pg_lsn flush_lsn, replayed replay_lsn,
        null::interval write_lag, null::interval flush_lag, null::interval replay_lag, null::int sync_priority,
        null::text sync_state, null::timestamptz reply_time from public.replica;
    create table public.slot (name name);
    create or replace view pg_catalog.pg_replication_slots as select name slot_name, null::name plugin,
        null::text slot_type, null::oid datoid, null::name as database, false as temporary, false active,
        null::int active_pid, null::xid xmin, null::xid catalog_xmin, '0/1'::pg_lsn restart_lsn,
        null::pg_lsn confirmed_flush_lsn, null::text wal_status, null::bigint safe_wal_size, null::boolean two_phase
        from public.slot;
    grant select on public.replica, public.slot to public;";

const NOW: &str = "'FFFFFFFF/0'";

async fn production() -> Production {
    let production = Production::start().await;
    production.database("app", REPLICAS).await;
    production
}

fn two() -> Project {
    Project::with_migration("create table a (i int);\n")
        .file("db/migrations/002_b.up.sql", "-- confiture: run-on=replica-safe\ncreate table b (i int);\n")
}

const LEDGER: &str = "select version from tb_confiture order by version";

#[tokio::test(flavor = "multi_thread")]
async fn it_begins_when_every_replica_has_replayed_what_comes_before() {
    let production = production().await;
    production.sql("app", &format!("insert into replica values ('ahead', {NOW}), ('eu', '0/10')")).await;
    let project = two();
    let mut child = project.migrate("up", &production.url("app")).start();
    let said = super::lock_waits::said(&mut child, "waits for replicas");
    assert!(said.starts_with("confiture: 002_b waits for replicas: eu is "), "{said}");
    assert_eq!(production.rows("app", LEDGER).await, ["001"]);
    production.sql("app", &format!("update replica set replayed = {NOW}")).await;
    assert_eq!(wait(child).code, 0);
    assert_eq!(production.rows("app", LEDGER).await, ["001", "002"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_does_not_follow_is_named_and_nothing_is_run() {
    let production = production().await;
    production
        .sql("app", "insert into replica values ('eu', '0/10'); insert into slot values ('gone')")
        .await;
    let project = two();
    let up = |user: &str| {
        project.migrate("up", &production.url_as(user, "app")).with(&["--retry-for", "300ms"]).ends_with(3)
    };
    up("confiture_superuser").says(&[
        "002_b waits for replicas in vain: eu is ",
        "the slot gone is not connected",
        "✗ 002_b    failed",
    ]);
    assert_eq!(production.rows("app", LEDGER).await, ["001"]);
    let role = "create role app login; grant all on all tables in schema public to app; grant create on schema public to app";
    production.sql("app", role).await;
    up("app").says(&["002_b is to run when the replicas are ready, and this role cannot see them"]);
    production.sql("app", "truncate replica, slot").await;
    project.migrate("up", &production.url("app")).ends_with(0);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn between_the_parts_of_a_long_update_replicas_are_waited_for_as_well() {
    let production = production().await;
    let sql = "-- confiture: run-on=replica-safe batched(t, i, 10)\nupdate t set j = 1;\n";
    production.sql("app", "create table t as select i, 0 j from generate_series(1, 30) i").await;
    production.sql("app", "alter table t add primary key (i)").await;
    // It falls behind once something is updated.
    let lags = format!(
        "insert into replica values ('eu', {NOW}); create function lag() returns trigger language plpgsql as \
         $$ begin update public.replica set replayed = '0/10'; return null; end $$; \
         create trigger lag after update on t execute function lag()"
    );
    production.sql("app", &lags).await;
    let project = Project::with_migration(sql);
    let up = || project.migrate("up", &production.url("app")).with(&["--retry-for", "100ms"]);
    up().ends_with(3).says(&["in vain: eu is ", "10 rows of 001_first are done and stay"]);
    production.sql("app", &format!("drop trigger lag on t; update replica set replayed = {NOW}")).await;
    up().ends_with(0);
    assert_eq!(production.rows("app", "select j, count(*) from t group by j").await, ["1|30"]);
    production.stop().await;
}

#[test]
fn another_place_to_run_on_is_refused() {
    let project = Project::with_migration("-- confiture: run-on=standby\nselect 1;\n");
    project
        .preflight()
        .ends_with(2)
        .says(&["run-on=standby: there is no such place", "write run-on=replica-safe"]);
}
