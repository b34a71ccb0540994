//! `init --from` and `migrate baseline --from-db`: projects and databases of other tools made ours.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::adoption::fetched;
use super::support::{MAJOR, Production, Project};

/// A project of a tool: three migrations, each making a table `t1` to `t3`.
struct Case {
    tool: &'static str,
    files: fn(usize) -> Vec<(String, String)>,
    /// Rows of the tool's ledger, as they are.
    ledger: &'static str,
}

fn up(number: usize) -> String {
    format!("create table t{number} (i int);\n")
}

fn down(number: usize) -> String {
    format!("drop table t{number};\n")
}

fn marked(up_mark: &str, down_mark: &str, number: usize) -> String {
    format!("{up_mark}\n{}\n{down_mark}\n{}", up(number), down(number))
}

fn dbmate(number: usize) -> Vec<(String, String)> {
    let text = marked("-- migrate:up", "-- migrate:down", number);
    vec![(format!("db/migrations/2024010{number}000000_t{number}.sql"), text)]
}

fn node_pg_migrate(number: usize) -> Vec<(String, String)> {
    let text = marked("-- Up Migration", "-- Down Migration", number);
    let package = r#"{"devDependencies": {"node-pg-migrate": "8"}}"#;
    vec![
        ("package.json".to_owned(), package.to_owned()),
        (format!("migrations/170406720000{number}_t{number}.sql"), text),
    ]
}

const CASES: [Case; 13] = [
    Case { tool: "dbmate", files: dbmate, ledger: "schema_migrations" },
    Case { tool: "node-pg-migrate", files: node_pg_migrate, ledger: "pgmigrations" },
    Case {
        tool: "flyway",
        files: |number| {
            vec![
                (format!("sql/V1_{number}__make_t{number}.sql"), up(number)),
                (format!("sql/U1_{number}__make_t{number}.sql"), down(number)),
            ]
        },
        ledger: "flyway_schema_history",
    },
    Case {
        tool: "sqlx",
        files: |number| {
            vec![
                (format!("migrations/2024010{number}000000_t{number}.up.sql"), up(number)),
                (format!("migrations/2024010{number}000000_t{number}.down.sql"), down(number)),
            ]
        },
        ledger: "_sqlx_migrations",
    },
    Case {
        tool: "goose",
        files: |number| {
            let text = marked("-- +goose Up", "-- +goose Down", number);
            vec![(format!("migrations/2024010{number}000000_t{number}.sql"), text)]
        },
        ledger: "goose_db_version",
    },
    Case {
        tool: "prisma",
        files: |number| {
            vec![(format!("prisma/migrations/2024010{number}000000_t{number}/migration.sql"), up(number))]
        },
        ledger: "_prisma_migrations",
    },
    Case {
        tool: "golang-migrate",
        files: |number| {
            vec![
                (format!("db/migrations/{number}_t{number}.up.sql"), up(number)),
                (format!("db/migrations/{number}_t{number}.down.sql"), down(number)),
            ]
        },
        ledger: "schema_migrations",
    },
    Case {
        tool: "diesel",
        files: |number| {
            let directory = format!("migrations/2024-01-0{number}-000000_t{number}");
            vec![(format!("{directory}/up.sql"), up(number)), (format!("{directory}/down.sql"), down(number))]
        },
        ledger: "__diesel_schema_migrations",
    },
    Case {
        tool: "refinery",
        files: |number| {
            vec![
                ("refinery.toml".to_owned(), "[main]\n".to_owned()),
                (format!("migrations/V{number}__t{number}.sql"), up(number)),
            ]
        },
        ledger: "refinery_schema_history",
    },
    Case {
        tool: "sql-migrate",
        files: |number| {
            let text = marked("-- +migrate Up", "-- +migrate Down", number);
            vec![(format!("migrations/2024010{number}000000-t{number}.sql"), text)]
        },
        ledger: "gorp_migrations",
    },
    Case {
        tool: "graphile-migrate",
        files: |number| {
            let before = if number == 1 { "-".to_owned() } else { format!("sha1:{}", number - 1) };
            let head = format!("--! Previous: {before}\n--! Hash: sha1:{number}\n--! AllowInvalidHash\n\n");
            vec![(format!("migrations/committed/00000{number}-t{number}.sql"), head + &up(number))]
        },
        ledger: "graphile_migrate.migrations",
    },
    Case {
        tool: "supabase",
        files: |number| {
            vec![(format!("supabase/migrations/2024010{number}000000_t{number}.sql"), up(number))]
        },
        ledger: "supabase_migrations.schema_migrations",
    },
    Case {
        tool: "atlas",
        files: |number| {
            vec![
                ("migrations/atlas.sum".to_owned(), "h1:x\n".to_owned()),
                (format!("migrations/2024010{number}000000_t{number}.sql"), up(number)),
            ]
        },
        ledger: "atlas_schema_revisions.atlas_schema_revisions",
    },
];

/// Every file of a project but git's, with what it holds.
fn files(project: &Project) -> BTreeMap<String, String> {
    let listed = project.git(&["ls-files", "--cached", "--others"]);
    let there = listed.lines().filter(|path| project.path(path).exists());
    there.map(|path| (path.to_owned(), fs_err::read_to_string(project.path(path)).unwrap())).collect()
}

/// A project as its tool has it, committed, and its structure in a file beside it.
fn begun(case: &Case) -> Project {
    let project = Project::bare();
    for (path, text) in (1..=3).flat_map(case.files) {
        project.write(&path, text);
    }
    project.write(".gitignore", "*.json\n!package.json\n");
    project.write("confiture.yaml", format!("layout: {{tool: {}, execute: native}}\nname: app\n", case.tool));
    project.commit();
    project
}

async fn ledger(production: &Production, table: &str) -> Vec<String> {
    production.rows("app", &format!("select to_jsonb(l) from {table} l order by to_jsonb(l)::text")).await
}

/// What a converted project has to hold, with the first `applied` of its migrations deployed.
async fn is_ours(project: &Project, production: &Production, applied: usize) {
    let url = production.url("app");
    let code = i32::from(applied < 3);
    let status = project.migrate("status", &url).with(&["--format", "json"]).ends_with(code).json();
    assert_eq!(
        status["summary"],
        json!({"applied": applied, "pending": 3 - applied, "total": 3}),
        "{status:#}"
    );
    assert_eq!(status["hints"], json!([]));
    // Prisma's lead forward only, which is a warning.
    let leads_back = files(project).keys().any(|path| path.ends_with(".down.sql"));
    let fail_on = if leads_back { "warning" } else { "error" };
    project.run(&["migrate", "validate", "--fail-on", fail_on]).ends_with(0);
    project.migrate("verify", &url).ends_with(0);
    project.run(&["drift", "--database-url", &url, "--postgres", &MAJOR.to_string()]).ends_with(0);
    let same = project.run(&["diff", "before.json", "migrations", "--postgres", &MAJOR.to_string()]);
    same.ends_with(0);
    project.migrate("up", &url).ends_with(0);
    let tables = "select relname from pg_class where relname ~ '^t[0-9]$' order by 1";
    assert_eq!(production.rows("app", tables).await, ["t1", "t2", "t3"]);
}

fn remember(project: &Project) {
    let major = MAJOR.to_string();
    project.run(&["schema", "dump", "migrations", "-o", "before.json", "--postgres", &major]).ends_with(0);
}

async fn is_converted(case: &Case) {
    let production = Production::start().await;
    production.database("app", "").await;
    let url = production.url("app");
    let project = begun(case);
    remember(&project);
    project.migrate("up", &url).with(&["--steps", "2"]).ends_with(0);
    let (theirs, before) = (ledger(&production, case.ledger).await, files(&project));

    project
        .run(&["init", "--from", case.tool, "-d", &url, "--dry-run"])
        .ends_with(0)
        .says(&["nothing is changed"]);
    assert_eq!(files(&project), before);
    let done = project.run(&["init", "--from", "-d", &url, "--yes"]).ends_with(0);
    let rows = if case.ledger.contains('.') { "2 rows of " } else { "2 rows of public." };
    done.says(&["3 migrations converted", rows, "git checkout -- ."]);
    assert!(!project.git(&["status", "--porcelain"]).is_empty());
    is_ours(&project, &production, 2).await;
    assert_eq!(ledger(&production, case.ledger).await, theirs, "{}", case.tool);

    // What the output says takes all of it back.
    project.git(&["checkout", "--", "."]);
    project.git(&["clean", "-f", "--", "db/migrations"]);
    assert_eq!(files(&project), before);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_of_dbmate_and_node_pg_migrate_become_ours_with_their_history() {
    is_converted(&CASES[0]).await;
    is_converted(&CASES[1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_of_flyway_and_sqlx_become_ours_with_their_history() {
    is_converted(&CASES[2]).await;
    is_converted(&CASES[3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_of_goose_prisma_and_golang_migrate_become_ours_with_their_history() {
    is_converted(&CASES[4]).await;
    is_converted(&CASES[5]).await;
    is_converted(&CASES[6]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_of_diesel_refinery_and_sql_migrate_become_ours_with_their_history() {
    is_converted(&CASES[7]).await;
    is_converted(&CASES[8]).await;
    is_converted(&CASES[9]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_of_tools_whose_ledger_has_a_schema_of_its_own_become_ours_and_do_not_drift() {
    is_converted(&CASES[10]).await;
    is_converted(&CASES[11]).await;
    is_converted(&CASES[12]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_alone_marks_what_it_names_in_ours() {
    // Versions alone, rows with checksums, and one row that stands for all.
    for case in [&CASES[0], &CASES[2], &CASES[6]] {
        let production = Production::start().await;
        production.database("app", "").await;
        let url = production.url("app");
        let project = begun(case);
        remember(&project);
        project.migrate("up", &url).with(&["--steps", "2"]).ends_with(0);
        let theirs = ledger(&production, case.ledger).await;
        project.migrate("baseline", &url).with(&["--from-db"]).ends_with(2).says(&["whose own ledger tells"]);
        project.run(&["init", "--from", "--yes"]).ends_with(0).says(&["3 migrations converted"]);

        let dry = project.migrate("baseline", &url).with(&["--from-db", "--dry-run"]).ends_with(0);
        dry.says(&["2 rows would be marked as applied from public."]);
        let told =
            project.migrate("baseline", &url).with(&["--from-db", "--format", "json"]).ends_with(0).json();
        assert_eq!((&told["tool"], &told["copied_count"]), (&json!(case.tool), &json!(2)), "{told:#}");
        is_ours(&project, &production, 2).await;
        let again = project.migrate("baseline", &url).with(&["--from-db", "--from", case.tool]).ends_with(0);
        again.says(&["0 rows marked as applied", "2 there already"]);
        assert_eq!(ledger(&production, case.ledger).await, theirs, "{}", case.tool);
        production.stop().await;
    }
}

/// A tool itself applies two of three migrations; then they are ours.
async fn is_taken_over_from_the_tool(case: &Case, tool: impl Fn(&Project, &Production)) {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = Project::bare().file(".gitignore", "*.json\n!package.json\n");
    let add = |number| (case.files)(number).iter().for_each(|(path, text)| project.write(path, text));
    (1..=2).for_each(add);
    tool(&project, &production);
    add(3);
    project.commit();
    remember(&project);
    let times = "select count(*) from tb_confiture where applied_at < now() and execution_time_ms is null";
    let done = project.run(&["init", "--from", "auto", "-d", &production.url("app"), "--yes"]).ends_with(0);
    done.says(&[&format!("▸ {}", case.tool), "2 rows of public."]);
    assert_eq!(production.rows("app", times).await, ["2"]);
    is_ours(&project, &production, 2).await;
    production.stop().await;
}

fn run(mut command: Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; run scripts/test"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn tool(program: &Path, project: &Project) -> Command {
    let mut command = Command::new(program);
    command.current_dir(project.path(""));
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn what_dbmate_has_applied_is_ours_afterwards() {
    is_taken_over_from_the_tool(&CASES[0], |project, production| {
        let socket = production.socket();
        let url = format!("postgres://confiture_superuser@/app?host={}&sslmode=disable", socket.display());
        let mut command = tool(&fetched("dbmate"), project);
        command.args(["--url", &url, "--no-dump-schema", "up"]);
        run(command);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_node_pg_migrate_has_applied_is_ours_afterwards() {
    is_taken_over_from_the_tool(&CASES[1], |project, production| {
        let mut command = tool(&fetched("node-pg-migrate"), project);
        command.args(["up", "-m", "migrations"]).env("DATABASE_URL", production.url("app"));
        run(command);
    })
    .await;
}

/// A project with everything in it that has to become something else.
fn rich() -> Project {
    Project::bare()
        .file(
            "confiture.yaml",
            "name: app\nlayout:\n  tool: flyway\n  placeholders: {role: public}\n# kept\n",
        )
        .file(
            "sql/V1__users.sql",
            "create table users (id int primary key, name text);\r\ngrant select on users to ${role};\r\n",
        )
        .file("sql/V1_1__index names.sql", "create index concurrently users_name on users (name);\n")
        .file("sql/V1_1__index names.sql.conf", "executeInTransaction=false\n")
        .file("sql/V2__orders.sql", "create table orders (id int);\n")
        .file("sql/U2__orders.sql", "drop table orders;\n")
        .file("sql/R__view.sql", "create or replace view names as select name from users;\n")
        .file("sql/notes.sql", "select 1;\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_our_files_say_otherwise_is_translated_and_all_else_stays_byte_for_byte() {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = rich();
    let url = production.url("app");
    project.write(
        "confiture.yaml",
        "name: app\nlayout:\n  tool: flyway\n  execute: native\n  placeholders: {role: public}\n# kept\n",
    );
    project.commit();
    project.migrate("up", &url).ends_with(0);
    let plan = project.run(&["init", "--from", "flyway", "-d", &url, "--dry-run"]).ends_with(0);
    let filters = vec![
        (r"postgresql://confiture_superuser@[^ ]*?:5432/", "postgresql://production/"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "[when]"),
    ];
    insta::with_settings!({ filters => filters }, {
        insta::assert_snapshot!("init_from_flyway", plan.out);
    });
    project.run(&["init", "--from", "flyway", "-d", &url, "-y"]).ends_with(0);
    let read = |path: &str| fs_err::read_to_string(project.path(path)).unwrap();
    assert_eq!(
        read("db/migrations/1_users.up.sql"),
        "create table users (id int primary key, name text);\r\ngrant select on users to public;\r\n"
    );
    assert!(
        read("db/migrations/1.1_index_names.up.sql")
            .starts_with("-- confiture: no-transaction\ncreate index")
    );
    assert_eq!(read("db/migrations/2_orders.down.sql"), "drop table orders;\n");
    assert!(read("db/migrations/3_view.up.sql").starts_with("create or replace view"));
    assert_eq!(read("confiture.yaml"), "name: app\nlayout: confiture\n# kept\n");
    assert!(project.path("sql/notes.sql").exists() && !project.path("sql/V2__orders.sql").exists());
    assert!(!project.path("sql/V1_1__index names.sql.conf").exists());
    project.migrate("status", &url).ends_with(0);
    project.migrate("verify", &url).ends_with(0);
    project.migrate("down", &url).with(&["--to", "2"]).ends_with(8);
    production.stop().await;
}

/// Converts, which is refused, and asserts that nothing is written.
#[track_caller]
fn refused(project: &Project, arguments: &[&str], code: i32) -> Value {
    let before = files(project);
    let ended = project.run(&["init", "--from"]).with(arguments).with(&["--format", "json"]).ends_with(code);
    assert_eq!(files(project), before);
    ended.json()
}

#[test]
fn every_file_that_cannot_be_converted_is_named_and_nothing_is_written() {
    let project = Project::bare()
        .file("migrations/001_a.sql", "-- +goose Up\nselect 1;\n")
        .file("migrations/002_b.go", "package migrations\n")
        .file("migrations/003_c.sql", "-- +goose ENVSUB ON\n-- +goose Up\nselect ${X};\n")
        .file("migrations/004_d.sql", "select 4;\n");
    project.commit();
    let answer = refused(&project, &["goose", "--yes"], 2);
    let reasons: Vec<&str> =
        answer["refused"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["migrations/002_b.go", "migrations/003_c.sql", "migrations/004_d.sql"]);
    project.run(&["init", "--from", "goose", "-y"]).ends_with(2).says(&[
        "it is a Go program, which only goose can run",
        "it puts variables of the environment in",
        "several things are in the way: nothing was written",
    ]);
}

#[test]
fn what_git_could_not_take_back_is_not_done() {
    let project = Project::bare().file("migrations/001_a.sql", "-- +goose Up\nselect 1;\n");
    let says = |arguments: &[&str], wanted: &str| {
        project.run(&["init", "--from"]).with(arguments).ends_with(2).says(&[wanted]);
        assert!(!project.path("db").exists());
    };
    says(&["goose", "--yes"], "this is no git repository");
    project.commit();
    says(&["goose"], "nobody has said yes: nothing was written");
    project.write("migrations/002_b.sql", "-- +goose Up\nselect 2;\n");
    says(&["goose", "--yes"], "git has 1 changes that are not committed");
    says(&["confiture", "--yes", "--force"], "");
    says(&["alembik", "--yes"], "");
    project.run(&["init", "--from", "goose", "--yes", "--force"]).ends_with(0);
    assert!(project.path("db/migrations/002_b.up.sql").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_does_not_fit_is_refused_whole() {
    let production = Production::start().await;
    let rows = "create table schema_migrations (version bigint primary key, dirty boolean not null); \
        insert into schema_migrations values (2, true);";
    production.database("app", rows).await;
    let url = production.url("app");
    let project = Project::bare();
    for (path, text) in (1..=2).flat_map(CASES[6].files) {
        project.write(&path, text);
    }
    project.write("confiture.yaml", "layout: golang-migrate\n");
    project.commit();
    let answer = refused(&project, &["golang-migrate", "-d", &url, "--yes"], 5);
    assert_eq!(answer["refused"][0]["message"], "golang-migrate says that 2 stopped half-way");
    production.sql("app", "update schema_migrations set dirty = false, version = 3").await;
    let answer = refused(&project, &["golang-migrate", "-d", &url, "--yes"], 5);
    assert_eq!(answer["refused"][0]["message"], "golang-migrate has applied 3, of which there is no file");
    project.run(&["init", "--from", "golang-migrate", "--yes"]).ends_with(0);
    let baseline = || project.migrate("baseline", &url).with(&["--from-db"]);
    baseline()
        .ends_with(5)
        .says(&["cannot be taken over; nothing was written", "3, of which there is no file"]);
    assert_eq!(production.rows("app", "select to_regclass('tb_confiture') is null").await, ["t"]);
    // What a second tool has written there makes it a question.
    production.sql("app", "update schema_migrations set version = 2; create table pgmigrations (id int, name text, run_on timestamp)").await;
    baseline().ends_with(2).says(&["has ledgers of several tools: golang-migrate, node-pg-migrate"]);
    baseline()
        .with(&["--from", "golang-migrate", "--through", "1"])
        .ends_with(0)
        .says(&["1 row marked as applied"]);
    assert_eq!(production.rows("app", "select version from tb_confiture").await, ["1"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_cannot_be_written_leaves_every_file_as_it_was() {
    let production = Production::start().await;
    production.database("app", "create table pgmigrations (id int, name text, run_on timestamp)").await;
    let project = Project::bare();
    for (path, text) in node_pg_migrate(1) {
        project.write(&path, text);
    }
    project.commit();
    production.sql("app", "alter database app set default_transaction_read_only = on").await;
    let before = files(&project);
    let refused = project.run(&["init", "--from", "-d", &production.url("app"), "--yes"]).ends_with(3);
    refused.says(&["is read-only", "nothing is changed"]);
    assert_eq!(files(&project), before);
    assert!(!project.path("db").exists(), "directories are left");
    production.stop().await;
}

#[test]
fn what_has_no_number_gets_the_next_ones_and_keeps_its_name() {
    let project = Project::bare()
        .file("prisma/migrations/20240101000000_users/migration.sql", up(1))
        .file("prisma/migrations/second thoughts/migration.sql", up(2));
    project.commit();
    let done = project.run(&["init", "--from", "prisma", "--yes"]).ends_with(0);
    done.says(&[
        "second thoughts becomes 20240101000001",
        "db/migrations/20240101000001_second_thoughts.up.sql",
    ]);
    assert!(!project.path("prisma").exists());
}

#[test]
fn a_question_is_asked_and_yes_is_needed() {
    let project = Project::bare().file("migrations/001_a.sql", "-- +goose Up\nselect 1;\n");
    project.commit();
    let asked = || project.run(&["init", "--from"]);
    asked().typing("n\n").ends_with(2).says(&["Do this? [y/N]", "nobody has said yes: nothing was written"]);
    assert!(!project.path("db").exists());
    asked().typing("y\n").ends_with(0).says(&[
        "Do this? [y/N]",
        "1 migration converted",
        "git checkout -- .",
    ]);
    assert!(project.path("db/migrations/001_a.up.sql").exists());
}
