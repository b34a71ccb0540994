//! One long update or delete runs part by part, and is gone on with where it stopped.

use serde_json::{Value, json};

use super::support::{Production, Project, json_of, rows, until, wait};

const BEFORE: &str = "create schema app; create table app.t (id int primary key, n int not null default 0, o int); \
    insert into app.t (id) select 3 * i from generate_series(1, 2500) i";
const UPDATE: &str = "-- confiture: batched(app.t, id, 1000)\nupdate app.t set n = n + 1 where id % 2 = 0;\n";

/// Rows by what was done to them, and in how many transactions.
const DONE: &str = "select n, count(*), count(distinct xmin::text) from app.t group by n order by n";

async fn production() -> Production {
    let production = Production::start().await;
    production.database("app", BEFORE).await;
    production
}

async fn assert_all_is_done(production: &Production) {
    assert_eq!(production.rows("app", DONE).await[1..], ["1|1250|3"]);
    assert_eq!(production.rows("app", "select version from tb_confiture").await, ["001"]);
    assert!(production.rows("app", "select * from tb_confiture_steps").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_update_is_committed_part_by_part_and_done_once_to_every_row() {
    let production = production().await;
    let project = Project::with_migration(UPDATE).file("db/migrations/001_first.down.sql", UPDATE);
    let answer = json_of(project.migrate("up", &production.url("app")), 0);
    let migration = &answer["migrations"][0];
    assert_eq!(migration["batches"], json!({ "count": 3, "rows": 1250, "cursor": "7500" }));
    assert_eq!(migration["transaction"], "none");
    assert_all_is_done(&production).await;
    project.migrate("down", &production.url("app")).ends_with(0).says(&["1250 rows in 3 batches"]);
    assert_eq!(production.rows("app", DONE).await[1..], ["2|1250|3"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_between_two_parts_leaves_what_the_next_one_ends() {
    let production = production().await;
    let project =
        Project::with_migration(UPDATE).file("db/environments/local.yaml", "migration: {lock_timeout: 1min}");
    let holder = production.connect("app").await;
    let looking = production.connect("postgres").await;
    // A row of the second part.
    holder.batch_execute("begin; update app.t set o = 1 where id = 4500").await.unwrap();
    let mut child = project.migrate("up", &production.url("app")).start();
    let waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
    until("it waits", async || rows(&looking, waiting).await == ["1"]).await;
    child.kill().unwrap();
    child.wait().unwrap();
    holder.batch_execute("rollback").await.unwrap();
    let gone = "select count(*) from pg_stat_activity where application_name = 'confiture migrate'";
    until("its session is gone", async || rows(&looking, gone).await == ["0"]).await;
    let journal = "select plan_index, state, batch_cursor, rows_done from tb_confiture_steps";
    assert_eq!(production.rows("app", journal).await, ["0|running|3000|500"]);
    project.migrate("status", &production.url("app")).ends_with(1).says(&["001 stopped half-way"]);
    let answer = json_of(project.migrate("up", &production.url("app")), 0);
    let batches = &answer["migrations"][0]["batches"];
    assert_eq!(*batches, json!({ "count": 2, "rows": 1250, "cursor": "7500" }));
    assert_all_is_done(&production).await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_does_not_get_its_lock_is_tried_again_alone() {
    let production = production().await;
    let project = Project::with_migration(UPDATE)
        .file("db/environments/local.yaml", "migration: {lock_timeout: 200ms}");
    let holder = production.connect("app").await;
    holder.batch_execute("begin; update app.t set o = 1 where id = 4500").await.unwrap();
    let stopped = project.migrate("up", &production.url("app")).with(&["--retry-for", "0"]).ends_with(3);
    stopped.says(&["500 rows of 001_first are done and stay: the same command goes on behind them"]);
    let mut child = project.migrate("up", &production.url("app")).start();
    super::lock_waits::said(&mut child, "tried again");
    holder.batch_execute("rollback").await.unwrap();
    assert_eq!(wait(child).code, 0);
    assert_all_is_done(&production).await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_cut_is_refused_and_nothing_is_changed() {
    let production = production().await;
    production.sql("app", "create unique index on app.t (o); create index on app.t (n)").await;
    let directive = |what: &str, sql: &str| format!("-- confiture: batched({what})\n{sql}\n");
    let update = "update app.t set n = 1;";
    for (text, wanted) in [
        (directive("app.t, n, 10", update), "\"app\".\"t\" has no unique index on \"n\" alone"),
        (directive("app.t, x, 10", update), "has no unique index on \"x\" alone"),
        (directive("app.t, o, 10", update), "\"o\" may be null"),
        (directive("app.u, id, 10", "update app.u set n = 1;"), "there is no table \"app\".\"u\""),
        (
            directive("app.u, id, 10", update),
            "it is about \"app\".\"t\", and the directive about \"app\".\"u\"",
        ),
        (directive("app.t, id, 10", "update app.t set id = id + 1;"), "it writes \"id\" itself"),
        (directive("app.t, id, 10", "update app.t set n = 1 returning id;"), "it has RETURNING"),
        (
            directive("app.t, id, 10", "delete from app.t using app.t u where u.id > t.id;"),
            "reads t a second time",
        ),
        (directive("app.t, id, 10", "update app.t set n = 1; select 1;"), "it has 2 statements"),
        (directive("app.t, id, 0", update), "this is not batched(table, key, size)"),
        (directive("app.t", update), "this is not batched(table, key, size)"),
    ] {
        let project = Project::with_migration(&text);
        project.migrate("up", &production.url("app")).ends_with(2).says(&[wanted, "001_first.up.sql:"]);
    }
    assert_eq!(production.rows("app", DONE).await[0], "0|2500|1");
    // The gate of a pull request sees the same.
    let project = Project::with_migration(&directive("t, i, 10", "update t set j = 1;"))
        .file("db/migrations/000_t.up.sql", "create table t (i int, j int);");
    project.preflight().ends_with(2).says(&["has no unique index on \"i\" alone"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_size_a_batch_has_as_many_rows_as_the_flag_or_else_the_settings_say() {
    let production = production().await;
    let project = Project::with_migration("-- confiture: batched(app.t, id)\nupdate app.t set n = 1;\n")
        .file(
            "db/migrations/002_second.up.sql",
            "-- confiture: batched(app.t, id)\nupdate app.t set n = 2;\n",
        )
        .file("db/migrations/003_third.up.sql", "update app.t set n = 3;\n");
    let batches = |more: &[&str]| {
        let run = project.migrate("up", &production.url("app")).with(&["--steps", "1"]).with(more);
        json_of(run, 0)["migrations"][0]["batches"]["count"].clone()
    };
    assert_eq!(batches(&[]), 1);
    project.write("db/environments/local.yaml", "migration: {backfill: {batch_size: 1000, max_lock_ms: 5}}");
    assert_eq!(batches(&["--batch-size", "500"]), 5);
    assert_eq!(batches(&["--batched"]), 3);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batched_cuts_every_update_that_is_alone_by_its_primary_key() {
    let production = production().await;
    let project = Project::with_migration("create table u (i int, j int, primary key (i, j));\n")
        .file("db/migrations/002_second.up.sql", "delete from app.t as x where x.id > 3000;\n")
        .file("db/migrations/003_third.up.sql", "update u set j = 1;\n");
    let up = || project.migrate("up", &production.url("app")).with(&["--batched", "--batch-size", "500"]);
    let answer = json_of(up().with(&["--target", "002"]), 0);
    assert_eq!(answer["migrations"][0]["batches"], Value::Null);
    assert_eq!(answer["migrations"][1]["batches"], json!({ "count": 5, "rows": 1500, "cursor": "7500" }));
    assert_eq!(production.rows("app", "select count(*), max(id) from app.t").await, ["1000|3000"]);
    up().ends_with(2)
        .says(&["003_third.up.sql cannot run in batches: \"u\" has no primary key of one column"]);
    project.migrate("up", &production.url("app")).ends_with(0);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_type_that_is_ordered_is_a_key() {
    let production = production().await;
    for (name, of_i) in [
        ("word", "'it''s ' || i::text"),
        ("moment", "'epoch'::timestamptz + i * interval '1.000001 day'"),
        ("token", "md5(i::text)::uuid"),
        ("price", "i / 7.0::numeric"),
        ("share", "i / 7::float8"),
    ] {
        production.database(name, "set datestyle = 'SQL, DMY'").await;
        production.sql("postgres", &format!("alter database {name} set datestyle = 'SQL, DMY'")).await;
        let table =
            format!("create table t as select {of_i} as \"The Key\", 0 n from generate_series(1, 95) i");
        production.sql(name, &table).await;
        production.sql(name, "alter table t add primary key (\"The Key\")").await;
        let sql = "-- confiture: batched(t, \"The Key\", 10)\nupdate t set n = n + 1;\n";
        let project = Project::with_migration(sql);
        let answer = json_of(project.migrate("up", &production.url(name)), 0);
        assert_eq!(answer["migrations"][0]["batches"]["count"], 10, "{name}");
        assert_eq!(production.rows(name, "select n, count(*) from t group by n").await, ["1|95"], "{name}");
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_in_batches_is_not_done_all_at_once() {
    let production = production().await;
    let project = Project::with_migration("update app.t set n = n + 1;\n");
    production.sql("app", "alter table app.t add check (id <> 4500 or n = 0)").await;
    let up = || project.migrate("up", &production.url("app"));
    let batched = || up().with(&["--batched", "--batch-size", "1000"]);
    batched().ends_with(3).says(&["1000 rows of 001_first are done and stay"]);
    production.sql("app", "alter table app.t drop constraint t_check").await;
    up().ends_with(5).says(&["001_first stopped between its batches", "say --batched"]);
    batched().ends_with(0);
    assert_eq!(production.rows("app", DONE).await, ["1|2500|3"]);
    production.stop().await;
}
