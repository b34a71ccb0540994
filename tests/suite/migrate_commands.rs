//! `migrate up`, `status` and `baseline` on a real database.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::support::{Ended, Production, Project, Run};

fn two() -> Project {
    Project::new()
        .file("db/migrations/001_a.up.sql", "create table a (i int);\r\n")
        .file("db/migrations/001_a.down.sql", "drop table a;\n")
        .file("db/migrations/002_b.up.sql", "create table b (i int);\n")
        .file("db/migrations/002_b.down.sql", "drop table b;\n")
}

async fn production() -> Production {
    let production = Production::start().await;
    production.database("app", "").await;
    production
}

/// Everything in the database that a command which only reads must leave alone.
async fn state(production: &Production) -> Vec<String> {
    let mut state =
        production.rows("app", "select oid, relname, relfilenode from pg_class order by oid").await;
    state.extend(production.rows("app", "select oid, nspname from pg_namespace order by oid").await);
    if state.iter().any(|row| row.contains("|tb_confiture|")) {
        state.extend(production.rows("app", "select xmin, * from tb_confiture order by version").await);
    }
    state
}

fn json_of(run: Run, code: i32) -> Value {
    let answer = run.with(&["--format", "json"]).ends_with(code).json();
    assert_eq!((&answer["exit_code"], &answer["ok"]), (&code.into(), &(code == 0).into()), "{answer:#}");
    answer
}

fn keys(answer: &Value) -> Vec<&str> {
    answer.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_has_the_columns_and_indexes_of_the_python_tool() {
    let production = production().await;
    two().migrate("up", &production.url("app")).ends_with(0);
    let columns = "select attname, format_type(atttypid, atttypmod), attnotnull, attidentity, pg_get_expr(adbin, adrelid) \
        from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum \
        where attrelid = 'public.tb_confiture'::regclass and attnum > 0 order by attnum";
    assert_eq!(
        production.rows("app", columns).await,
        [
            "id|uuid|t||gen_random_uuid()",
            "pk_confiture|bigint|t|a|∅",
            "slug|text|t||∅",
            "version|character varying(255)|t||∅",
            "name|character varying(255)|t||∅",
            "applied_at|timestamp with time zone|t||now()",
            "execution_time_ms|integer|f||∅",
            "checksum|character varying(64)|f||∅",
            "applied_by|text|f||∅",
            "archived_into|character varying(255)|f||∅",
        ]
    );
    let constraints = "select contype, pg_get_constraintdef(oid) from pg_constraint \
        where conrelid = 'public.tb_confiture'::regclass and contype <> 'n' order by 1, 2";
    let wanted = ["p|PRIMARY KEY (id)", "u|UNIQUE (pk_confiture)", "u|UNIQUE (slug)", "u|UNIQUE (version)"];
    assert_eq!(production.rows("app", constraints).await, wanted);
    let indexes = "select indexdef from pg_indexes where tablename = 'tb_confiture' and indexname like 'idx%' order by 1";
    let index = |name: &str, key: &str| {
        format!("CREATE INDEX idx_tb_confiture_{name} ON public.tb_confiture USING btree ({key})")
    };
    assert_eq!(
        production.rows("app", indexes).await,
        [
            index("applied_at", "applied_at DESC"),
            index("pk_confiture", "pk_confiture"),
            index("slug", "slug"),
            index("version", "version"),
        ]
    );
    let row = "select version, name, slug ~ '^a_001_\\d{8}_\\d{6}$', execution_time_ms >= 0, applied_by, archived_into \
        from tb_confiture where version = '001'";
    assert_eq!(production.rows("app", row).await, ["001|a|t|t|confiture_superuser|∅"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn up_applies_what_is_pending_and_a_second_up_does_nothing() {
    let production = production().await;
    let project = two();
    let first = json_of(project.migrate("up", &production.url("app")), 0);
    assert_eq!(
        keys(&first),
        [
            "ok",
            "command",
            "exit_code",
            "code",
            "database",
            "error",
            "success",
            "dry_run",
            "dry_run_execute",
            "checksums_verified",
            "applied",
            "skipped",
            "pending",
            "errors",
            "warnings",
            "total_duration_ms",
            "migrations",
            "retries",
            "blockers",
            "hooks"
        ]
    );
    assert_eq!((&first["applied"], &first["skipped"]), (&json!(["001", "002"]), &json!([])));
    assert_eq!((&first["success"], &first["errors"]), (&json!(true), &json!([])));
    assert_eq!(first["migrations"][0]["version"], "001");
    let before = state(&production).await;
    let second = json_of(project.migrate("up", &production.url("app")), 0);
    assert_eq!((&second["applied"], &second["skipped"]), (&json!([]), &json!(["001", "002"])));
    assert_eq!(state(&production).await, before);
    let ended = project.migrate("up", &production.url("app")).ends_with(0);
    ended.says(&["0 migrations applied now, 2 before"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn up_stops_after_the_target() {
    let production = production().await;
    let project = two();
    let up = json_of(project.migrate("up", &production.url("app")).with(&["--target", "001"]), 0);
    assert_eq!(up["applied"], json!(["001"]));
    let wrong = project.migrate("up", &production.url("app")).with(&["--target", "009"]).ends_with(2);
    wrong.says(&["--target 009: there is no migration of that version"]);
    let meant = project.migrate("up", &production.url("app")).with(&["--target", "2"]).ends_with(2);
    meant.says(&["--target 2: there is no migration of that version", "did you mean 002?"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn status_says_what_is_pending_by_its_exit_code_and_writes_nothing() {
    let production = production().await;
    let project = two();
    let status = || project.migrate("status", &production.url("app"));
    let before = state(&production).await;
    let none = json_of(status(), 2);
    assert_eq!(none["code"], "CONFIGURATION");
    assert_eq!((&none["pending"], &none["applied"]), (&json!(["001", "002"]), &json!([])));
    status().ends_with(2).says(&["the database has no ledger public.tb_confiture"]);
    assert_eq!(state(&production).await, before);

    project.migrate("up", &production.url("app")).with(&["--target", "001"]).ends_with(0);
    let before = state(&production).await;
    let some = json_of(status(), 1);
    for key in ["tracking_table", "applied", "pending", "migrations", "summary", "current", "total", "hints"]
    {
        assert!(keys(&some).contains(&key), "{key} is not in {some:#}");
    }
    assert_eq!(some["tracking_table"], "public.tb_confiture");
    assert_eq!(some["summary"], json!({ "applied": 1, "pending": 1, "total": 2 }));
    assert_eq!((&some["current"], &some["total"]), (&json!("001"), &json!(2)));
    assert_eq!(
        some["migrations"][1],
        json!({ "version": "002", "name": "b", "status": "pending", "applied_at": null })
    );
    assert!(some["migrations"][0]["applied_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(state(&production).await, before);

    project.migrate("up", &production.url("app")).ends_with(0);
    assert_eq!(json_of(status(), 0)["pending"], json!([]));
    production.stop().await;
}

#[test]
fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let project = two();
    let url = "postgresql://app:s3cret@127.0.0.1:9/app";
    for command in ["status", "up"] {
        let ended = project.migrate(command, url).ends_with(3);
        ended.says(&["postgresql://app:***@127.0.0.1:9/app cannot be used"]);
        assert!(!format!("{}{}", ended.out, ended.err).contains("s3cret"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_file_that_is_deployed_stops_up() {
    let production = production().await;
    let project = two();
    project.migrate("up", &production.url("app")).with(&["--target", "001"]).ends_with(0);
    project.write("db/migrations/001_a.up.sql", "create table a (i bigint);\n");
    let ended = project.migrate("up", &production.url("app")).ends_with(5);
    ended.says(&["001_a is deployed, and its file has changed since", "db/migrations/001_a.up.sql:1:1"]);
    assert_eq!(production.rows("app", "select version from tb_confiture").await, ["001"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checksum_is_of_the_text_with_lf_and_that_of_the_raw_bytes_is_accepted() {
    let production = production().await;
    let project = two();
    project.migrate("up", &production.url("app")).ends_with(0);
    let hex = |text: &str| {
        Sha256::digest(text.as_bytes()).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    let ours = production.rows("app", "select checksum from tb_confiture where version = '001'").await;
    assert_eq!(ours, [hex("create table a (i int);\n")]);
    let raw = hex("create table a (i int);\r\n");
    production.sql("app", &format!("update tb_confiture set checksum = '{raw}' where version = '001'")).await;
    project.migrate("up", &production.url("app")).ends_with(0);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_another_session_holds_is_told_with_its_holder() {
    let production = production().await;
    let project = two();
    let holder = production.connect("app").await;
    let pid = hold_the_lock(&holder, "app").await;
    let ended = project.migrate("up", &production.url("app")).with(&["--lock-timeout", "50ms"]).ends_with(6);
    ended.says(&["another session holds the migration lock", &format!("pid {pid}"), "application a test"]);
    assert_eq!(production.rows("app", "select to_regclass('tb_confiture') is null").await, ["t"]);
    production.stop().await;
}

/// Takes the lock as the Python tool does, and returns the pid that holds it.
pub(super) async fn hold_the_lock(client: &tokio_postgres::Client, database: &str) -> String {
    let hash = Sha256::digest(database.as_bytes());
    let key = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) & 0x7FFF_FFFF;
    client.batch_execute(&format!("select pg_advisory_lock(1751936052, {key})")).await.unwrap();
    super::support::rows(client, "select pg_backend_pid()").await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_of_the_command_wins_then_the_variable_then_the_file_then_the_ambient_one() {
    let production = Production::start().await;
    for name in ["flag", "variable", "file", "ambient"] {
        production.database(name, "").await;
    }
    let project = two();
    let settings = |url: &str| project.write("db/environments/local.yaml", format!("database_url: {url}\n"));
    let database = |run: Run| {
        let ended: Ended = run.with(&["--format", "json"]).ends_with(2);
        let answer = ended.json();
        answer["database"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    };
    let status = || project.run(&["migrate", "status"]).env("DATABASE_URL", production.url("ambient"));
    assert_eq!(database(status()), "ambient");
    settings("${APP_URL}");
    let with_file = || status().env("APP_URL", production.url("file"));
    assert_eq!(database(with_file()), "file");
    let with_variable = || with_file().env("CONFITURE_DATABASE_URL", production.url("variable"));
    assert_eq!(database(with_variable()), "variable");
    assert_eq!(database(with_variable().with(&["--database-url", &production.url("flag")])), "flag");
    let unset = status().ends_with(2);
    unset.says(&["APP_URL", "which is not set", "db/environments/local.yaml"]);
    production.stop().await;
}

#[test]
fn without_any_url_it_is_said_where_one_is_looked_for() {
    two().run(&["migrate", "up"]).ends_with(2).says(&[
        "--database-url",
        "db/environments/local.yaml",
        "DATABASE_URL",
    ]);
}

#[tokio::test(flavor = "multi_thread")]
async fn baseline_marks_without_running_and_twice_is_once() {
    let production = production().await;
    let project = two();
    let baseline = |more: &[&str]| {
        project.migrate("baseline", &production.url("app")).with(&["--through", "001"]).with(more)
    };
    let dry = json_of(baseline(&["--dry-run"]), 0);
    assert_eq!((&dry["marked_count"], &dry["dry_run"]), (&json!(1), &json!(true)));
    assert_eq!(production.rows("app", "select to_regclass('tb_confiture') is null").await, ["t"]);
    let first = json_of(baseline(&[]), 0);
    assert_eq!(first["migrations"], json!([{ "version": "001", "name": "a", "status": "marked" }]));
    let before = state(&production).await;
    let second = json_of(baseline(&[]), 0);
    assert_eq!((&second["marked_count"], &second["skipped_count"]), (&json!(0), &json!(1)));
    assert_eq!(state(&production).await, before);
    let row = "select slug ~ '^a_001_\\d{8}_\\d{6}_baseline$', execution_time_ms, length(checksum) from tb_confiture";
    assert_eq!(production.rows("app", row).await, ["t|0|64"]);
    assert_eq!(production.rows("app", "select to_regclass('a') is null").await, ["t"]);
    let up = json_of(project.migrate("up", &production.url("app")), 0);
    assert_eq!(up["applied"], json!(["002"]));
    project
        .migrate("baseline", &production.url("app"))
        .with(&["--through", "7"])
        .ends_with(2)
        .says(&["--through 7: there is no migration of that version"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_baseline_that_is_stopped_half_way_has_marked_nothing() {
    let production = production().await;
    let project = two();
    project.migrate("reinit", &production.url("app")).with(&["--yes"]).ends_with(0);
    production
        .sql("app", "delete from tb_confiture; alter table tb_confiture add check (version <> '002')")
        .await;
    let baseline = project.migrate("baseline", &production.url("app")).with(&["--through", "002"]);
    let answer = json_of(baseline, 3);
    assert_eq!((&answer["marked_count"], &answer["migrations"]), (&json!(0), &json!([])));
    assert_eq!(production.rows("app", "select count(*) from tb_confiture").await, ["0"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_ledger_gets_its_missing_columns_only_when_something_is_written() {
    let production = production().await;
    let project = two();
    project.migrate("up", &production.url("app")).with(&["--target", "001"]).ends_with(0);
    production.sql("app", "alter table tb_confiture drop applied_by, drop archived_into").await;
    project.migrate("status", &production.url("app")).ends_with(1);
    let columns = "select count(*) from pg_attribute where attrelid = 'tb_confiture'::regclass and attnum > 0 \
        and not attisdropped";
    assert_eq!(production.rows("app", columns).await, ["8"]);
    project.migrate("up", &production.url("app")).ends_with(0);
    assert_eq!(production.rows("app", columns).await, ["10"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_says_beside_its_answers_is_told() {
    let production = production().await;
    let sql = "do $$ begin raise notice 'half of it is done'; raise warning E'care\\x1b[31m'; end $$;\n\
        set client_min_messages = error;\ncreate table if not exists pg_catalog.pg_class (i int);\n";
    let project = Project::with_migration(sql);
    let up = || project.migrate("up", &production.url("app"));
    let ended = up().with(&["--format", "json"]).ends_with(0);
    ended.json();
    let said: Vec<&str> = ended.err.lines().collect();
    let wanted = [
        "confiture: 001_first: NOTICE: half of it is done",
        "confiture: 001_first: WARNING: care\u{fffd}[31m",
    ];
    assert_eq!(said, wanted);
    assert_eq!(up().ends_with(0).err, "");
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_statement_sends_is_nobody_s_be_it_rows_or_a_copy() {
    let production = production().await;
    let sql = "create table a as select generate_series(1, 100000) i;\ncopy a to stdout;\n\
        copy (select 1) TO STDOUT (format csv);\nselect * from a;\ninsert into a values (0);\n";
    let project = Project::with_migration(sql);
    project.migrate("up", &production.url("app")).ends_with(0);
    assert_eq!(production.rows("app", "select count(*) from a").await, ["100001"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_written_where_it_should_be_is_not_lost() {
    let production = production().await;
    let project = Project::with_migration("create table a (i int);\n");
    let up = project.migrate("up", &production.url("app")).with(&["--format", "json", "-o", "no/where.json"]);
    let ended = up.ends_with(2);
    assert_eq!(ended.json()["applied"], json!(["001"]));
    assert!(ended.err.contains("the answer cannot be written"), "{}", ended.err);
    production.stop().await;
}
