//! `migrate down`, and `migrate up` that only looks or only tries.

use serde_json::{Value, json};

use super::support::{Production, Project, json_of};

fn three() -> Project {
    Project::new()
        .file("db/migrations/001_a.up.sql", "create table a (i int);\n")
        .file("db/migrations/001_a.down.sql", "drop table a;\n")
        .file("db/migrations/002_b.up.sql", "create table b (i int);\ninsert into b values (1);\n")
        .file("db/migrations/002_b.down.sql", "drop table b;\n")
        .file("db/migrations/003_c.up.sql", "create index concurrently b_i on b (i);\n")
        .file("db/migrations/003_c.down.sql", "drop index concurrently b_i;\n")
}

async fn production() -> Production {
    let production = Production::start().await;
    production.database("app", "").await;
    production
}

const LEDGER: &str = "select version from tb_confiture order by version";
const RELATIONS: &str = "select relname from pg_class where relname in ('a', 'b', 'b_i') order by 1";

#[tokio::test(flavor = "multi_thread")]
async fn down_takes_the_newest_back_with_its_ledger_row() {
    let production = production().await;
    let project = three();
    project.migrate("up", &production.url("app")).ends_with(0);
    let down = || project.migrate("down", &production.url("app"));
    let one = json_of(down(), 0);
    assert_eq!((&one["rolled_back"], &one["success"]), (&json!(["003"]), &json!(true)));
    assert_eq!(one["migrations"][0]["status"], "rolled_back");
    assert_eq!(production.rows("app", LEDGER).await, ["001", "002"]);
    assert_eq!(production.rows("app", RELATIONS).await, ["a", "b"]);
    let ended = down().with(&["--steps", "9"]).ends_with(0);
    ended.says(&["002_b    rolled back", "001_a    rolled back", "2 migrations rolled back"]);
    assert!(production.rows("app", LEDGER).await.is_empty());
    assert!(production.rows("app", RELATIONS).await.is_empty());
    project.migrate("up", &production.url("app")).ends_with(0);
    let to = json_of(down().with(&["--to", "001"]), 0);
    assert_eq!(to["rolled_back"], json!(["003", "002"]));
    down().with(&["--to", "002"]).ends_with(2).says(&["--to 002: no migration of that version is deployed"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_that_fails_changes_nothing() {
    let production = production().await;
    let project = three();
    project.migrate("up", &production.url("app")).with(&["--target", "002"]).ends_with(0);
    project.write("db/migrations/002_b.down.sql", "drop table b;\ndrop table b;\n");
    let ended = project.migrate("down", &production.url("app")).ends_with(3);
    ended.says(&["table \"b\" does not exist", "db/migrations/002_b.down.sql:2:1", "002_b    failed"]);
    assert_eq!(production.rows("app", LEDGER).await, ["001", "002"]);
    assert_eq!(production.rows("app", "select i from b").await, ["1"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_back_when_one_of_them_has_no_way_back() {
    let production = production().await;
    let project = three();
    project.migrate("up", &production.url("app")).ends_with(0);
    let down = || project.migrate("down", &production.url("app")).with(&["--steps", "3"]);
    project.write("db/migrations/001_a.down.sql", "-- not written yet\n");
    down()
        .ends_with(8)
        .says(&["db/migrations/001_a.down.sql holds no statement: 001_a cannot be taken back"]);
    std::fs::remove_file(project.path("db/migrations/001_a.down.sql")).unwrap();
    down().ends_with(8).says(&["001_a has no down file", "nothing was taken back"]);
    std::fs::remove_file(project.path("db/migrations/001_a.up.sql")).unwrap();
    down().ends_with(5).says(&["001_a is deployed, but its file is gone"]);
    assert_eq!(production.rows("app", LEDGER).await, ["001", "002", "003"]);
    assert_eq!(production.rows("app", RELATIONS).await, ["a", "b", "b_i"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_down_shows_the_down_files_and_leaves_the_database_alone() {
    let production = production().await;
    let project = three();
    let down = || project.migrate("down", &production.url("app"));
    down().ends_with(2).says(&["the database has no ledger public.tb_confiture"]);
    project.migrate("up", &production.url("app")).ends_with(0);
    let dry = json_of(down().with(&["--dry-run", "--steps", "2"]), 0);
    assert_eq!((&dry["dry_run"], &dry["rolled_back"]), (&json!(true), &json!([])));
    assert_eq!(dry["migrations"][0]["statements"][0]["text"], "drop index concurrently b_i");
    assert_eq!(dry["migrations"][1]["path"], "db/migrations/002_b.down.sql");
    let text = down().with(&["--dry-run"]).ends_with(0);
    text.says(&[
        "003_c    1 statement, outside a transaction",
        "drop index concurrently b_i",
        "nothing is changed",
    ]);
    assert_eq!(production.rows("app", LEDGER).await, ["001", "002", "003"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn up_goes_as_many_steps_as_it_is_told() {
    let production = production().await;
    let project = three();
    let up = json_of(project.migrate("up", &production.url("app")).with(&["--steps", "2"]), 0);
    assert_eq!((&up["applied"], &up["pending"]), (&json!(["001", "002"]), &json!(["003"])));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_up_writes_nothing_at_all() {
    let production = production().await;
    let project = three();
    let everything = "select oid, relname from pg_class order by oid";
    let before = production.rows("app", everything).await;
    let dry = json_of(project.migrate("up", &production.url("app")).with(&["--dry-run"]), 0);
    assert_eq!((&dry["applied"], &dry["pending"]), (&json!([]), &json!(["001", "002", "003"])));
    assert_eq!(dry["migrations"][1]["statements"][1]["line"], 2);
    let text = project.migrate("up", &production.url("app")).with(&["--dry-run"]).ends_with(0);
    text.says(&[
        "002_b    2 statements, one transaction",
        "3 migrations would be applied; nothing is changed",
    ]);
    assert_eq!(production.rows("app", everything).await, before);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_runs_everything_and_rolls_it_back_and_says_what_it_cannot_show() {
    let production = production().await;
    let project = three();
    let everything = "select relname from pg_class order by 1";
    let before = production.rows("app", everything).await;
    let rehearse = || project.migrate("up", &production.url("app")).with(&["--dry-run-execute"]);
    let tried = json_of(rehearse(), 0);
    let statuses: Vec<&Value> =
        tried["migrations"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["applied", "applied", "not_run"]);
    assert_eq!((&tried["applied"], &tried["dry_run_execute"]), (&json!([]), &json!(true)));
    let text = rehearse().ends_with(0);
    text.says(&["ran and was rolled back", "everything was rolled back", "003_c is not tried"]);
    assert_eq!(production.rows("app", everything).await, before);

    project.write("db/migrations/002_b.up.sql", "create table b (i int);\nselect 1 / 0;\n");
    rehearse().ends_with(3).says(&["division by zero", "db/migrations/002_b.up.sql:2:1", "001_a"]);
    project.write("db/migrations/002_b.up.sql", "do $$ begin commit; end $$;\n");
    rehearse().ends_with(3).says(&["invalid transaction termination"]);
    assert_eq!(production.rows("app", everything).await, before);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_a_warning_or_nothing_when_that_is_asked_for() {
    let production = production().await;
    let project = three();
    project.migrate("up", &production.url("app")).with(&["--steps", "1"]).ends_with(0);
    project.write("db/migrations/001_a.up.sql", "create table a (i bigint);\n");
    let up = |what: &str| {
        project.migrate("up", &production.url("app")).with(&["--steps", "1", "--on-checksum-mismatch", what])
    };
    up("fail").ends_with(5);
    let warned = json_of(up("warn"), 0);
    assert_eq!(warned["warnings"], json!(["001_a is deployed, and its file has changed since"]));
    assert_eq!((&warned["checksums_verified"], &warned["applied"]), (&json!(false), &json!(["002"])));
    let ignored = json_of(up("ignore"), 0);
    assert_eq!((&ignored["warnings"], &ignored["applied"]), (&json!([]), &json!(["003"])));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_lock_nobody_is_waited_for() {
    let production = production().await;
    let project = three();
    let holder = production.connect("app").await;
    super::migrate_commands::hold_the_lock(&holder, "app").await;
    let up = || project.migrate("up", &production.url("app"));
    up().with(&["--lock-timeout", "50ms"]).ends_with(6);
    up().with(&["--no-lock"]).ends_with(0);
    up().with(&["--no-lock", "--lock-timeout", "1s"]).ends_with(2);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forced_migrations_run_again_and_keep_their_one_row() {
    let production = production().await;
    let project =
        Project::with_migration("create table if not exists a (i int);\ninsert into a values (1);\n")
            .file("db/migrations/002_b.up.sql", "insert into a values (2);\n");
    let up = || project.migrate("up", &production.url("app"));
    up().with(&["--target", "001"]).ends_with(0);
    project.write("db/migrations/001_first.up.sql", "insert into a values (1), (1);\n");
    up().ends_with(5);
    let forced = json_of(up().with(&["--force"]), 0);
    assert_eq!((&forced["applied"], &forced["skipped"]), (&json!(["001", "002"]), &json!([])));
    let warned = "--force: what is deployed is run again, and checksums are not looked at";
    assert_eq!((&forced["warnings"], &forced["checksums_verified"]), (&json!([warned]), &json!(false)));
    assert_eq!(
        production.rows("app", "select i, count(*) from a group by i order by i").await,
        ["1|3", "2|1"]
    );
    assert_eq!(production.rows("app", LEDGER).await, ["001", "002"]);
    // The row tells the file that ran last.
    up().ends_with(0);
    let again = json_of(up().with(&["--force", "--target", "001"]), 0);
    assert_eq!((&again["applied"], &again["skipped"]), (&json!(["001"]), &json!(["002"])));
    project.write("db/migrations/002_b.up.sql", "select 1 / 0;\n");
    let failed = json_of(up().with(&["--force"]), 3);
    assert_eq!((&failed["applied"], &failed["pending"]), (&json!(["001"]), &json!([])));
    up().with(&["--no-verify-checksums"]).ends_with(0);
    up().with(&["--verify-checksums"]).ends_with(5);
    production.stop().await;
}
