//! Every session that is opened on a database has its limits set before anything else runs.

use std::collections::BTreeMap;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::support::{Production, Project, rows, until};

const SETTINGS: [&str; 5] = [
    "application_name",
    "lock_timeout",
    "statement_timeout",
    "idle_in_transaction_session_timeout",
    "search_path",
];

/// The first statement of each session of ours, as the server has logged it.
fn first_statements(log: &str) -> BTreeMap<String, String> {
    let mut first = BTreeMap::new();
    for line in log.lines() {
        let Some((head, statement)) = line.split_once("LOG:  statement: ") else { continue };
        let mut head = head.split('|');
        let (Some(process), Some(application)) = (head.next(), head.next()) else { continue };
        if !["a test", "pg_dump"].contains(&application) {
            first.entry(process.to_owned()).or_insert_with(|| statement.to_owned());
        }
    }
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_thing_that_every_session_does_is_to_set_its_limits() {
    let production = Production::start().await;
    production.database("app", "").await;
    for setting in ["log_statement = 'all'", "log_line_prefix = '%p|%a|'"] {
        production.sql("postgres", &format!("alter system set {setting}")).await;
    }
    production.sql("postgres", "select pg_reload_conf()").await;
    let project =
        Project::with_migration("create table t (i int);").file("db/schema/t.sql", "create table t (i int);");
    project.migrate("status", &production.url("app")).ends_with(2);
    project.migrate("baseline", &production.url("app")).with(&["--through", "001", "--dry-run"]).ends_with(0);
    let against = || project.preflight().with(&["--against", &production.url("app")]);
    production.quiet("app").await;
    against().ends_with(0);
    let somebody = production.connect("app").await;
    against().ends_with(0);
    drop(somebody);
    production.quiet("app").await;
    against().with(&["--in-place"]).ends_with(0);
    project.migrate("up", &production.url("app")).ends_with(0);
    let first = first_statements(&production.log());
    assert!(first.len() >= 12, "{first:#?}");
    for statement in first.values() {
        for setting in SETTINGS {
            assert!(statement.contains(&format!("set {setting} ")), "{setting} is not set by: {statement}");
        }
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_runs_under_the_limits() {
    let look = "create table seen as select name, setting from pg_settings where name in \
        ('application_name', 'lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout');";
    let production = Production::start().await;
    production.database("app", "").await;
    Project::with_migration(look).migrate("up", &production.url("app")).ends_with(0);
    let rows = production.rows("app", "select name, setting from seen order by 1").await;
    let wanted = [
        "application_name|confiture migrate",
        "idle_in_transaction_session_timeout|600000",
        "lock_timeout|5000",
        "statement_timeout|0",
    ];
    assert_eq!(rows, wanted);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_was_doing_on_the_server_ends_with_the_run_however_that_ends() {
    let production = Production::start().await;
    production.database("app", "").await;
    let long = Project::with_migration("set client_connection_check_interval = 0;\n")
        .file("db/migrations/002_long.up.sql", "create table t (i int);\nselect pg_sleep(600);\n");
    let looking = production.connect("postgres").await;
    let runs = "select count(*) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()";
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let mut child = long.migrate("up", &production.url("app")).start();
        until("the statement runs", async || rows(&looking, runs).await == ["1"]).await;
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        child.wait().unwrap();
        production.quiet("app").await;
    }
    let short = Project::with_migration("set client_connection_check_interval = 0;\n");
    short.migrate("up", &production.url("app")).with(&["--lock-timeout", "1ms"]).ends_with(0);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_migration_sets_its_session_s_transactions_is_not_how_the_next_one_begins() {
    let production = Production::start().await;
    production.database("app", "").await;
    let look = "create table seen as select current_setting('transaction_isolation') i;\n";
    let project = Project::with_migration("set default_transaction_isolation = serializable;\n")
        .file("db/migrations/002_b.up.sql", look)
        .file("db/migrations/003_c.up.sql", "set default_transaction_read_only = on;\n")
        .file("db/migrations/004_d.up.sql", "create table d (i int);\n");
    project.migrate("up", &production.url("app")).ends_with(0);
    assert_eq!(production.rows("app", "select i from seen").await, ["read committed"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_applied_is_said_whoever_the_last_migration_has_become() {
    let production = Production::start().await;
    production.database("app", "create role nobody_s").await;
    for (index, end) in
        ["set role nobody_s", "set session authorization nobody_s", "set statement_timeout = 1"]
            .into_iter()
            .enumerate()
    {
        let version = format!("00{}", index + 1);
        let project = Project::new();
        project.write(&format!("db/migrations/{version}_x.up.sql"), format!("select 1;\n{end};\n"));
        let up = project.migrate("up", &production.url("app")).with(&["--format", "json"]);
        assert_eq!(up.ends_with(0).json()["applied"], serde_json::json!([version]), "{end}");
    }
    production.stop().await;
}
