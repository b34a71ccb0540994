//! How files are grouped into transactions, and that a ledger row stands exactly once for what ran whole.

use serde_json::Value;

use super::support::{Production, Project};

/// Applies one file to a fresh database with `migrate up`, after the same file passed a preflight.
async fn applied(sql: &str, transaction: &str) -> (Production, Value) {
    let project = Project::with_migration(sql);
    let report = project.preflight().report(0);
    assert_eq!(report["migrations"][0]["transaction"], transaction);
    assert_eq!(report["applied_count"], 1);
    let production = Production::start().await;
    production.database("app", "").await;
    let up = project.migrate("up", &production.url("app")).with(&["--format", "json"]).ends_with(0).json();
    assert_eq!(up["applied"], serde_json::json!(["001"]));
    assert_eq!(ledger(&production).await, ["001"]);
    (production, up)
}

async fn ledger(production: &Production) -> Vec<String> {
    production.rows("app", "select version from public.tb_confiture order by 1").await
}

async fn count(production: &Production, table: &str) -> Vec<String> {
    production.rows("app", &format!("select count(*) from {table}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_file_runs_in_one_transaction_with_its_ledger_row() {
    let (production, _) = applied("create table a (i int);\ninsert into a values (1);", "single").await;
    let same = "select l.xmin = a.xmin from public.tb_confiture l, a";
    assert_eq!(production.rows("app", same).await, ["t"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_its_own_begin_and_commit_has_its_row_inside_them() {
    let sql = "BEGIN;\ncreate table a (i int);\ninsert into a values (1);\nCOMMIT;\n";
    let (production, _) = applied(sql, "own").await;
    let same = "select l.xmin = a.xmin from public.tb_confiture l, a";
    assert_eq!(production.rows("app", same).await, ["t"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_several_transactions_of_its_own_has_one_row() {
    let sql =
        "begin;\ncreate table a (i int);\ncommit;\nstart transaction;\ninsert into a values (1);\nend;\n";
    let (production, _) = applied(sql, "own").await;
    assert_eq!(count(&production, "a").await, ["1"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_go_on_after_its_commit() {
    let sql = "begin;\ncreate table a (i int);\ncommit;\ncreate index concurrently a_i on a (i);\n";
    let (production, _) = applied(sql, "own").await;
    assert_eq!(
        production.rows("app", "select indisvalid from pg_index where indexrelid = 'a_i'::regclass").await,
        ["t"]
    );
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_fails_after_its_commit_has_no_row() {
    let project =
        Project::with_migration("begin;\ncreate table a (i int);\ncommit;\ninsert into a values ('x');\n");
    let report = project.preflight().report(3);
    assert_eq!(
        (&report["migrations"][0]["status"], &report["failure"]["line"]),
        (&"failed".into(), &4.into())
    );
    let production = Production::start().await;
    production.database("app", "").await;
    let ended = project.migrate("up", &production.url("app")).ends_with(3);
    ended.says(&["3 of 4 statements of 001_first are done and stay: the same command goes on with this one"]);
    assert!(ledger(&production).await.is_empty());
    assert_eq!(count(&production, "a").await, ["0"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_rolls_back_on_purpose_is_applied_all_the_same() {
    let sql = "begin;\ncreate table a (i int);\nrollback;\ncreate table b (i int);\n";
    let (production, _) = applied(sql, "own").await;
    assert_eq!(
        production.rows("app", "select to_regclass('a') is null, to_regclass('b') is null").await,
        ["t|f"]
    );
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_ends_with_a_rollback_still_has_its_row() {
    let (production, _) = applied("begin;\ncreate table a (i int);\nrollback;\n", "own").await;
    assert_eq!(production.rows("app", "select to_regclass('a') is null").await, ["t"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concurrent_index_needs_no_marker() {
    let sql = "create table a (i int);\ncreate index concurrently a_i on a (i);\n";
    let (production, _) = applied(sql, "none").await;
    assert_eq!(
        production.rows("app", "select indisvalid from pg_index where indexrelid = 'a_i'::regclass").await,
        ["t"]
    );
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_procedure_that_commits_runs_under_the_directive() {
    let sql = "-- confiture: no-transaction\ncreate table a (i int);\n\
        create procedure fill() language plpgsql as $$ begin for n in 1..3 loop insert into a values (n); commit; end loop; end $$;\n\
        call fill();\n";
    let (production, _) = applied(sql, "none").await;
    assert_eq!(count(&production, "a").await, ["3"]);
    production.stop().await;
}

#[test]
fn a_procedure_that_commits_without_the_directive_is_told_of_it() {
    let sql = "create procedure p() language plpgsql as $$ begin commit; end $$;\ncall p();\n";
    let report = Project::with_migration(sql).preflight().report(3);
    assert_eq!(report["failure"]["sqlstate"], "2D000");
    assert!(report["failure"]["help"].as_str().unwrap().contains("-- confiture: no-transaction"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_nothing_ends_is_refused_before_anything_runs() {
    let project = Project::new()
        .file("db/migrations/001_first.up.sql", "create table a (i int);")
        .file("db/migrations/002_open.up.sql", "begin;\ncommit;\nbegin;\ncreate table b (i int);\n");
    let report = project.preflight().report(2);
    assert_eq!((&report["failure"]["line"], &report["failure"]["exit_code"]), (&3.into(), &2.into()));
    let production = Production::start().await;
    production.database("app", "").await;
    let ended = project.migrate("up", &production.url("app")).ends_with(2);
    ended.says(&[
        "002_open.up.sql begins a transaction that nothing commits",
        "002_open.up.sql:3:1",
        "end the file with COMMIT",
    ]);
    assert!(ledger(&production).await.is_empty());
    assert_eq!(production.rows("app", "select to_regclass('a') is null").await, ["t"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_file_that_fails_leaves_nothing_of_it_and_what_came_before_stays() {
    let project = Project::new()
        .file("db/migrations/001_a.up.sql", "create table a (i int);")
        .file("db/migrations/002_b.up.sql", "create table b (i int);\nselect nothing_of_that_name;\n")
        .file("db/migrations/003_c.up.sql", "create table c (i int);");
    let production = Production::start().await;
    production.database("app", "").await;
    let up = project.migrate("up", &production.url("app")).with(&["--format", "json"]).ends_with(3).json();
    let statuses: Vec<&Value> =
        up["migrations"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["applied", "failed", "not_run"]);
    assert_eq!(up["applied"], serde_json::json!(["001"]));
    assert_eq!(up["error"]["sqlstate"], "42703");
    assert_eq!(up["errors"].as_array().unwrap().len(), 1);
    assert_eq!(ledger(&production).await, ["001"]);
    assert_eq!(production.rows("app", "select to_regclass('b') is null").await, ["t"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_file_sets_does_not_reach_the_next_nor_the_ledger() {
    let look = "create table TABLE as select current_user::text as who, current_setting('search_path') as path, \
        current_setting('lock_timeout') as lock, current_setting('standard_conforming_strings') as strings;";
    let project = Project::new()
        .file("db/migrations/001_before.up.sql", look.replace("TABLE", "public.before"))
        .file(
            "db/migrations/002_sets.up.sql",
            "create schema other;\ngrant create, usage on schema other to app_user;\nset search_path to other;\n\
             set lock_timeout = '7s';\nset standard_conforming_strings = off;\nset role app_user;\ncreate table mine (i int);\n",
        )
        .file("db/migrations/003_own.up.sql", "begin;\nset role app_user;\nset search_path to other;\ncommit;\n")
        .file("db/migrations/004_none.up.sql", "-- confiture: no-transaction\nset role app_user;\n")
        .file("db/migrations/005_after.up.sql", look.replace("TABLE", "public.after"));
    let report = project.preflight().report(0);
    assert_eq!(report["applied_count"], 5);
    let production = Production::start().await;
    production.sql("postgres", "create role app login; create role app_user; grant app_user to app").await;
    production.sql("postgres", "create database app owner app").await;
    project.migrate("up", &production.url_as("app", "app")).ends_with(0);
    assert_eq!(ledger(&production).await, ["001", "002", "003", "004", "005"]);
    assert_eq!(
        production.rows("app", "table public.before").await,
        production.rows("app", "table public.after").await
    );
    assert_eq!(production.rows("app", "select distinct applied_by from tb_confiture").await, ["app"]);
    production.stop().await;
}

#[test]
fn statements_that_no_transaction_takes_are_better_off_by_themselves() {
    let mixed = "create table a (i int);\ncreate index concurrently a_i on a (i);\nvacuum a;\ninsert into a values (1);\n";
    let project = Project::with_migration(mixed)
        .file(
            "db/migrations/002_alone.up.sql",
            "set lock_timeout = '1s';\ncreate index concurrently a_j on a (i);",
        )
        .file(
            "db/migrations/003_asked.up.sql",
            format!("-- confiture: no-transaction\n{}", mixed.replace(" a", " c")),
        );
    let report = project.preflight().report(0);
    let found: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["rule"] == "mixed-transactions")
        .collect();
    assert_eq!(found.len(), 1, "{report:#}");
    assert_eq!((&found[0]["line"], &found[0]["severity"]), (&2.into(), &"warning".into()));
    let message = found[0]["message"].as_str().unwrap();
    assert!(
        message.contains(
            "001_first has statements that no transaction takes (line 2, 3) beside 2 that one takes"
        )
    );
    assert!(
        found[0]["help"]
            .as_str()
            .unwrap()
            .contains("move what stands at line 2, 3 into migrations of its own")
    );
}
