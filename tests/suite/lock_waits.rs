//! What does not get its locks is tried again, and who is in the way is named.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;

use serde_json::{Value, json};

use super::support::{Production, Project, Run, until};

async fn production(sql: &str) -> Production {
    let production = Production::start().await;
    production.database("app", sql).await;
    production
}

fn project(sql: &str) -> Project {
    Project::with_migration(sql)
        .file("db/environments/local.yaml", "migration:\n  lock_timeout: 300ms\n  retry_for: 2min\n")
}

/// Reads what a run says on standard error until one of its lines has a text, and returns that line.
pub(super) fn said(child: &mut Child, text: &str) -> String {
    let errors = BufReader::new(child.stderr.as_mut().unwrap());
    let found = errors.lines().map(Result::unwrap).find(|line| line.contains(text));
    found.unwrap_or_else(|| {
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        panic!("it ended without saying {text:?}: {out}")
    })
}

fn json_of(child: Child, code: i32) -> Value {
    let ended = super::support::wait(child);
    assert_eq!(ended.code, code, "{}{}", ended.out, ended.err);
    ended.json()
}

fn started(run: Run) -> Child {
    run.with(&["--format", "json"]).start()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_does_not_get_its_lock_is_tried_again_and_says_who_has_it() {
    let production = production("create table t (i int)").await;
    let project = project("create table u (i int);\nalter table t add column j int;\n")
        .file("db/migrations/001_first.down.sql", "drop table u;\nalter table t drop column j;\n");
    let holder = production.connect("app").await;
    for (command, list) in [("up", "applied"), ("down", "rolled_back")] {
        holder.batch_execute("begin; lock table t; select 'held  here'").await.unwrap();
        let mut child = started(project.migrate(command, &production.url("app")));
        let line = said(&mut child, "tried again");
        assert!(line.contains("001_first: no lock in time at line 2"), "{line}");
        assert!(line.contains("has AccessExclusiveLock on public.t: begin; lock table t; select"), "{line}");
        // Whoever waits holds nothing meanwhile.
        holder.batch_execute("rollback").await.unwrap();
        let answer = json_of(child, 0);
        assert_eq!(answer[list], json!(["001"]));
        assert_eq!(
            (&answer["blockers"], &answer["migrations"][0]["statement_count"]),
            (&json!([]), &json!(2))
        );
        let retry = &answer["retries"][0];
        assert_eq!((&retry["sqlstate"], &retry["line"]), (&json!("55P03"), &json!(2)));
        let blocker = &retry["blockers"][0];
        assert_eq!((&blocker["application"], &blocker["relation"]), (&json!("a test"), &json!("public.t")));
        assert_eq!(blocker["state"], "idle in transaction");
        assert!(blocker["age_seconds"].as_f64().unwrap() > 0.0, "{blocker}");
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_time_is_up_it_fails_and_says_who_was_in_the_way() {
    let production = production("create table t (i int)").await;
    let project = project("-- confiture: lock-timeout=150ms\nalter table t add column j int;\n");
    let holder = production.connect("app").await;
    holder.batch_execute("begin; lock table t").await.unwrap();
    let up = || project.migrate("up", &production.url("app"));
    let ended = up().with(&["--retry-for", "0"]).ends_with(3);
    ended.says(&["canceling statement due to lock timeout", "⚠ in the way: pid", "(a test, user "]);
    let answer = up().with(&["--retry-for", "700ms", "--format", "json"]).ends_with(3).json();
    assert_eq!(answer["blockers"][0]["lock_mode"], "AccessExclusiveLock");
    assert!(answer["retries"].as_array().unwrap().len() >= 2, "{answer:#}");
    up().with(&["--retry-for", "soon"]).ends_with(2).says(&["--retry-for soon: this is no time"]);
    holder.batch_execute("rollback").await.unwrap();
    project.write("db/environments/local.yaml", "migration:\n  lock_timeout: soon\n");
    up().ends_with(2).says(&["migration.lock_timeout: ", "this is no time", "local.yaml:2"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_tried_again() {
    let production = production("create table a (i int); create table b (i int)").await;
    production.sql("postgres", "alter database app set deadlock_timeout = '2s'").await;
    let project = Project::with_migration("lock table b;\nlock table a;\ncreate table c (i int);\n");
    let holder = production.connect("app").await;
    holder.batch_execute("set deadlock_timeout = '1min'; begin; lock table a").await.unwrap();
    let mut child = started(project.migrate("up", &production.url("app")));
    let looking = production.connect("app").await;
    let waits = "select count(*) from pg_locks where not granted";
    until("it waits", async || super::support::rows(&looking, waits).await == ["1"]).await;
    let other = tokio::spawn(async move {
        holder.batch_execute("lock table b; rollback").await.unwrap();
    });
    assert!(said(&mut child, "tried again").contains("a deadlock at line 2"));
    other.await.unwrap();
    let answer = json_of(child, 0);
    assert_eq!((&answer["applied"], &answer["retries"][0]["sqlstate"]), (&json!(["001"]), &json!("40P01")));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_a_transaction_the_statement_alone_is_tried_again() {
    let production = production("create table t (i int)").await;
    let own =
        "begin;\ncreate table v (i int);\ncommit;\nbegin;\ncreate table w (i int);\nlock table t;\ncommit;\n";
    let project = project("create table u (i int);\ncreate index concurrently t_i on t (i);\n")
        .file("db/migrations/002_own.up.sql", own);
    let holder = production.connect("app").await;
    let up = || project.migrate("up", &production.url("app")).with(&["--steps", "1"]);
    for place in ["001_first: no lock in time at line 2", "002_own: no lock in time at line 6"] {
        holder.batch_execute("begin; lock table t").await.unwrap();
        let mut child = started(up());
        let line = said(&mut child, "tried again");
        assert!(line.contains(place), "{line}");
        holder.batch_execute("rollback").await.unwrap();
        json_of(child, 0);
    }
    assert_eq!(production.rows("app", "select version from tb_confiture order by 1").await, ["001", "002"]);
    let valid = "select indisvalid from pg_index where indexrelid = 't_i'::regclass";
    assert_eq!(production.rows("app", valid).await, ["t"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_requires_one_which_is_not_applied_is_refused_before_anything_runs() {
    let production = production("").await;
    let project = Project::with_migration("create table a (i int);")
        .file("db/migrations/002_b.up.sql", "-- confiture: requires=001\ncreate table b (i int);")
        .file("db/migrations/003_c.up.sql", "-- B\n-- confiture: requires=007\ncreate table c (i int);");
    let up = || project.migrate("up", &production.url("app"));
    up().ends_with(5).says(&["003_c requires 007, which is not applied", "003_c.up.sql:2:15"]);
    assert_eq!(production.rows("app", "select to_regclass('a') is null").await, ["t"]);
    up().with(&["--target", "002"]).ends_with(0);
    project.write("db/migrations/003_c.up.sql", "-- confiture: no-transactoin\ncreate table c (i int);");
    up().ends_with(2).says(&[
        "unknown directive no-transactoin",
        "did you mean no-transaction?",
        "003_c.up.sql:1:1",
    ]);
    assert_eq!(project.preflight().report(2)["failure"]["message"], "unknown directive no-transactoin");
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_the_ledger_locked_is_named() {
    let production = production("").await;
    let project = Project::with_migration("create table c (i int);\n");
    project.migrate("baseline", &production.url("app")).with(&["--through", "001"]).ends_with(0);
    project.write("db/migrations/002_d.up.sql", "create table d (i int);\n");
    project.write("db/environments/local.yaml", "migration: {lock_timeout: 1s}\n");
    let holder = production.connect("app").await;
    holder.batch_execute("begin; lock table tb_confiture in exclusive mode").await.unwrap();
    let up = project.migrate("up", &production.url("app")).with(&["--format", "json", "--retry-for", "0"]);
    let answer = up.ends_with(3).json();
    assert_eq!(answer["blockers"][0]["application"], "a test");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("the ledger row of 002_d cannot be written: "), "{message}");
    assert_eq!((&answer["error"]["sqlstate"], &answer["error"]["help"]), (&json!("55P03"), &Value::Null));
    production.stop().await;
}
