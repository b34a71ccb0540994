//! `migrate validate` and `migrate fix`.

use serde_json::{Value, json};

use super::support::{Production, Project, json_of, rules};

fn good() -> Project {
    Project::new()
        .file("db/migrations/001_a.up.sql", "create table if not exists a (i int);\n")
        .file("db/migrations/001_a.down.sql", "drop table if exists a;\n")
}

#[test]
fn what_is_wrong_with_files_of_migrations_is_said_without_a_database() {
    let project = good();
    let valid = json_of(project.run(&["migrate", "validate", "--idempotent"]), 0);
    assert_eq!((&valid["status"], &valid["migrations_checked"]), (&json!("valid"), &json!(1)));
    project.write("db/migrations/001_b.up.sql", "create tabel b ();\n");
    project
        .write("db/migrations/003_c.sql", "create table c (i int);\ncreate index concurrently x on c (i);\n");
    project.write("db/migrations/004_d.up.sql", "begin;\nselect 1;\n");
    project.write("db/migrations/005_e.up.sql", "select 1;\n\\echo x\n");
    project.write("db/migrations/006_f.down.sql", "select 1;\n");
    project.write("db/migrations/notes.sql", "select 1;\n");
    let bad = json_of(project.run(&["migrate", "validate"]), 4);
    let found: Vec<String> = (bad["findings"].as_array().unwrap().iter())
        .map(|one| {
            format!("{} {} {}", one["rule"].as_str().unwrap(), one["path"].as_str().unwrap(), one["line"])
        })
        .collect();
    assert_eq!(
        found,
        [
            "duplicate-version db/migrations/001_b.up.sql 1",
            "version-gap db/migrations/003_c.sql 1",
            "missing-down db/migrations/001_b.up.sql 1",
            "orphan-down db/migrations/006_f.down.sql 1",
            "file-without-version db/migrations/notes.sql 1",
            "file-name db/migrations/003_c.sql 1",
            "unparseable db/migrations/001_b.up.sql 1",
            "mixed-transactions db/migrations/003_c.sql 2",
            "unparseable db/migrations/004_d.up.sql 1",
            "unparseable db/migrations/005_e.up.sql 2",
        ]
    );
    assert_eq!(bad["errors"].as_array().unwrap().len(), 4);
    let never = json_of(project.run(&["migrate", "validate", "--fail-on", "never"]), 0);
    assert_eq!(never["status"], "issues_found");
}

#[test]
fn a_statement_that_cannot_be_run_twice_is_found_unless_what_it_makes_is_dropped_before() {
    let project = good();
    project.write(
        "db/migrations/002_b.up.sql",
        "create type e as enum ('a');\n\ndrop type if exists f;\ncreate type f as enum ('a');\ndrop table b;\n",
    );
    project.write("db/migrations/002_b.down.sql", "");
    let found = json_of(project.run(&["migrate", "validate", "--idempotent"]), 4);
    let patterns: Vec<(&Value, &Value, &Value)> = (found["violations"].as_array().unwrap().iter())
        .map(|one| (&one["pattern"], &one["line_number"], &one["fix_available"]))
        .collect();
    let wanted =
        [(json!("CREATE_TYPE"), json!(1), json!(false)), (json!("DROP_TABLE"), json!(5), json!(true))];
    assert_eq!(patterns, wanted.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
    assert!(rules(&found).is_empty());
}

const UP: &str = "-- a comment\r\nCREATE TABLE b (i int);\r\ncreate type e as enum ('x');\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn files_are_put_right_unless_they_are_applied() {
    let project = Project::new().file("db/migrations/001_a.sql", "create table a (i int);\n");
    let production = Production::start().await;
    production.database("app", "").await;
    let url = production.url("app");
    project.migrate("up", &url).ends_with(0);
    project.write("db/migrations/002-b c.up.sql", UP);
    project.write("db/migrations/002-b c.down.sql", "drop table b;\n");
    let fix = || project.migrate("fix", &url).with(&["--naming", "--idempotent"]);
    let dry = json_of(fix().with(&["--dry-run"]), 0);
    assert_eq!((&dry["fixes_applied"], &dry["skipped"]), (&json!(2), &json!(["db/migrations/001_a.sql"])));
    assert_eq!(dry["left"][0]["pattern"], "CREATE_TYPE");
    assert_eq!(fs_err::read_to_string(project.path("db/migrations/002-b c.up.sql")).unwrap(), UP);
    fix().ends_with(0).says(&["002-b c.up.sql    renamed to 002_b_c.up.sql", "left alone: it is applied"]);
    let after = fs_err::read_to_string(project.path("db/migrations/002_b_c.up.sql")).unwrap();
    assert_eq!(after, UP.replace("TABLE b", "TABLE IF NOT EXISTS b"));
    assert!(
        project.path("db/migrations/002_b_c.down.sql").exists()
            && project.path("db/migrations/001_a.sql").exists()
    );
    project.migrate("up", &url).ends_with(0);
    let forced = json_of(project.run(&["migrate", "fix", "--naming", "--force"]), 0);
    assert_eq!(forced["renamed"][0]["to"], "db/migrations/001_a.up.sql");
    production.stop().await;
}

#[test]
fn without_a_ledger_to_ask_or_a_free_name_nothing_is_written() {
    let project = Project::new()
        .file("db/migrations/001_a.sql", "create table a (i int);\n")
        .file("db/migrations/002-b.up.sql", "select 1;\n")
        .file("db/migrations/002_b.up.sql", "select 2;\n");
    let unknown = project.run(&["migrate", "fix", "--idempotent"]).ends_with(2);
    unknown.says(&["no database is named", "--force"]);
    let taken = project.run(&["migrate", "fix", "--naming", "--force"]).ends_with(2);
    taken.says(&["db/migrations/002_b.up.sql is there already; nothing was written"]);
    assert!(project.path("db/migrations/001_a.sql").exists());
    project.run(&["migrate", "fix", "--force"]).ends_with(2);
}

#[test]
fn an_index_without_a_name_is_to_get_one_first() {
    let project = good();
    project.write("db/migrations/001_a.up.sql", "create index on a (i);\ncreate index x on a (i);\n");
    let found = json_of(project.run(&["migrate", "validate", "--idempotent"]), 4);
    let said = |at: usize| found["violations"][at]["suggestion"].as_str().unwrap();
    assert_eq!((said(0), said(1)), ("give it a name, and say if not exists", "say if not exists"));
}
