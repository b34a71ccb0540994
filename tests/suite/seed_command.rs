//! `confiture seed apply` and `validate`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::support::{Production, Project, Run, json_of};

const SCHEMA: &str = "create table users (id int primary key, name text);\n\
                      create table orders (id int primary key, user_id int references users);\n";

fn shop() -> Project {
    Project::bare()
        .file("db/schema/tables.sql", SCHEMA)
        .file("db/seeds/common/1.sql", "insert into users values (1, 'Ada') on conflict do nothing;\n")
        .file(
            "db/seeds/test/2.sql",
            "insert into orders (id, user_id) values (1, 1) on conflict do nothing;\n",
        )
}

fn apply(project: &Project, url: &str) -> Run {
    project.run(&["seed", "apply", "--env", "test", "--database-url", url])
}

async fn production() -> Production {
    let production = Production::start().await;
    production.database("app", SCHEMA).await;
    production
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_an_environment_are_applied_and_again() {
    let project = shop().file("db/seeds/production/3.sql", "select 1 / 0;\n");
    let production = production().await;
    let url = production.url("app");
    for run in [apply(&project, &url), apply(&project, &url).with(&["--transaction"])] {
        let answer = json_of(run, 0);
        assert_eq!((&answer["files_applied"], &answer["files_failed"]), (&json!(2), &json!(0)));
        assert_eq!(answer["files"][1]["path"], "db/seeds/test/2.sql");
    }
    apply(&project, &url).ends_with(0).says(&["✓ db/seeds/common/1.sql    applied in", "2 files: 2 applied"]);
    assert_eq!(production.rows("app", "select name from users, orders").await, ["Ada"]);
    project.run(&["seed", "apply", "-d", &url, "-e", "none", "-C", "nowhere"]).ends_with(2);
    let none = Project::new();
    none.run(&["seed", "apply", "-d", &url]).ends_with(2).says(&["the environment local has no seeds"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_refused_is_taken_back_and_ends_it_or_not() {
    let project = shop()
        .file(
            "db/seeds/test/3.sql",
            "insert into users values (3, 'Cy');\ninsert into users values (3, 'Di');\n",
        )
        .file("db/seeds/test/4.sql", "insert into users values (4, 'Ed');\n");
    let production = production().await;
    let url = production.url("app");
    let statuses = |answer: &Value| -> Vec<String> {
        let files = answer["files"].as_array().unwrap().iter();
        files.map(|file| file["status"].as_str().unwrap().to_owned()).collect()
    };
    let together = json_of(apply(&project, &url).with(&["--transaction"]), 3);
    assert_eq!(statuses(&together), ["rolled_back", "rolled_back", "failed", "not_run"]);
    assert_eq!(production.rows("app", "select count(*) from users").await, ["0"]);
    let first = json_of(apply(&project, &url), 3);
    assert_eq!(statuses(&first), ["applied", "applied", "failed", "not_run"]);
    assert_eq!(
        (&first["error"]["path"], &first["error"]["line"]),
        (&json!("db/seeds/test/3.sql"), &json!(2))
    );
    let all = json_of(apply(&project, &url).with(&["--transaction", "--continue-on-error"]), 3);
    assert_eq!(statuses(&all), ["applied", "applied", "failed", "applied"]);
    assert_eq!(production.rows("app", "select name from users order by id").await, ["Ada", "Ed"]);
    project.write("db/environments/test.yaml", "seed: {continue_on_error: true}\n");
    production.sql("app", "delete from users where id = 4").await;
    assert_eq!(statuses(&json_of(apply(&project, &url), 3)), ["applied", "applied", "failed", "applied"]);
    project.write("db/seeds/test/5.sql", "begin;\nselect 1;\ncommit;\n");
    let own = apply(&project, &url).with(&["--transaction"]).ends_with(2);
    own.says(&["one transaction cannot hold db/seeds/test/5.sql"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_inserts_are_copied_where_that_is_the_same() {
    let rows = |first: usize, last: &str| {
        let mut text = format!("insert into users (id, name) values ({first}, null)");
        for id in first + 1..first + 20 {
            write!(text, ",\n  ({id}, 'it''s; \t{id}')").unwrap();
        }
        format!("{text}{last};\n")
    };
    let project = Project::bare().file("db/seeds/common/1.sql", rows(1, ""));
    let production = production().await;
    let url = production.url("app");
    let copied = json_of(apply(&project, &url).with(&["--copy-threshold", "20"]), 0);
    assert_eq!(copied["files"][0]["rows_copied"], 20);
    let check = "select count(*), count(name), max(name) from users";
    assert_eq!(production.rows("app", check).await, ["20|19|it's; \t9"]);
    let again = json_of(apply(&project, &url).with(&["--copy-threshold", "20"]), 3);
    let error = &again["error"];
    assert_eq!((&error["sqlstate"], &error["line"]), (&json!("23505"), &json!(1)));
    project.write("db/seeds/common/1.sql", rows(21, " on conflict do nothing") + &rows(41, ""));
    let below = json_of(apply(&project, &url).with(&["--copy-threshold", "21"]), 0);
    assert_eq!(below["files"][0]["rows_copied"], 0);
    production.sql("app", "create rule r as on insert to users do also nothing").await;
    project.write("db/seeds/common/1.sql", rows(61, ""));
    let ruled = json_of(apply(&project, &url).with(&["--copy-threshold", "20"]), 0);
    assert_eq!(ruled["files"][0]["rows_copied"], 0);
    assert_eq!(production.rows("app", "select count(*) from users").await, ["80"]);
    production.stop().await;
}

#[test]
fn what_is_wrong_with_files_of_rows_is_said_without_a_database() {
    let project = shop();
    let validate = |code| json_of(project.run(&["seed", "validate", "--env", "test"]), code);
    let good = validate(0);
    assert_eq!((&good["has_violations"], &good["files_scanned"]), (&json!(false), &json!(2)));
    project.write(
        "db/seeds/common/0.sql",
        "insert into orders (id, user_id) values (2, 1), (3) on conflict do nothing;;\n",
    );
    project.write(
        "db/seeds/test/3.sql",
        "insert into users values (2, 'b');\nupdate users set name = '';\n  drop table x;\n",
    );
    project.write("db/seeds/test/4.sql", "insert int users;\n");
    project.write("db/seeds/test/5.sql", "select 1;\n\\copy users from x\n");
    let bad = validate(4);
    let found: Vec<String> = bad["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            format!(
                "{}:{}:{} {} {}",
                text("path"),
                one["line"],
                one["column"],
                text("pattern"),
                text("severity")
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "db/seeds/common/0.sql:1:1 COLUMN_VALUE_MISMATCH error",
            "db/seeds/common/0.sql:1:1 FOREIGN_KEY_ORDER error",
            "db/seeds/common/0.sql:1:76 DOUBLE_SEMICOLON warning",
            "db/seeds/test/3.sql:1:1 MISSING_ON_CONFLICT warning",
            "db/seeds/test/3.sql:2:1 NON_INSERT_STATEMENT warning",
            "db/seeds/test/3.sql:3:3 NON_INSERT_STATEMENT error",
            "db/seeds/test/4.sql:1:1 SEED_UNPARSEABLE error",
            "db/seeds/test/5.sql:2:1 SEED_UNPARSEABLE error",
        ]
    );
    let text = project.run(&["seed", "validate", "-e", "test"]).ends_with(4);
    text.says(&[
        "✗ FOREIGN_KEY_ORDER   db/seeds/common/0.sql:1:1\n    \
         orders points at users, whose first rows come later, in db/seeds/common/1.sql:1:1",
        "row 2 has 1 values for 2 columns",
        "6 files",
    ]);
}
