//! `migrate wizard`: the conversation, and the migrations that come of it.

use serde_json::json;

use super::support::{MAJOR, Production, Project, Run};

const FIRST: &str =
    "create table users (id int primary key, name text);\ncreate table orders (id int, user_id int);\n";

fn project() -> Project {
    Project::new()
        .file("db/migrations/001_users.up.sql", FIRST)
        .file("db/migrations/001_users.down.sql", "drop table orders, users;\n")
        .file("db/schema/10_users.sql", FIRST)
}

fn wizard(project: &Project) -> Run {
    project.run(&["migrate", "wizard", "--postgres", &MAJOR.to_string()])
}

/// The names of the migrations' files.
fn migrations(project: &Project) -> Vec<String> {
    let there = project.path("db/migrations").read_dir().unwrap();
    let mut names: Vec<String> =
        there.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_column_is_talked_about_shown_and_written() {
    let project = project();
    let lines = "?\nadd-column\nusrs\nusers\nemail\n\ntext\n\n\n\n\n";
    let said = wizard(&project).typing(lines).ends_with(0);
    insta::assert_snapshot!("wizard_adds_a_column", said.out);
    let named = ["001_users.down.sql", "001_users.up.sql"];
    let new = ["002_add_column_users_email.down.sql", "002_add_column_users_email.up.sql"];
    assert_eq!(migrations(&project), [named, new].concat());
    let declared = fs_err::read_to_string(project.path("db/schema/10_users.sql")).unwrap();
    assert_eq!(declared, FIRST.replace("name text", "name text, email text"));
    project.preflight().ends_with(0);
}

#[test]
fn ways_that_differ_are_offered_with_what_each_costs() {
    let project = project();
    let lines = "set-not-null\nusers\nname\nonline\nname_needed\nyes\n";
    let said = wizard(&project).typing(lines).ends_with(0);
    insta::assert_snapshot!("wizard_sets_not_null", said.out);
    assert!(migrations(&project).iter().any(|name| name.contains("name_needed_1")));
}

/// A wizard that is answered by a file.
fn answered(project: &Project, answers: &str) -> Run {
    project.write("answers.yaml", answers);
    wizard(project).with(&["--answers", "answers.yaml"])
}

fn text(project: &Project, path: &str) -> String {
    fs_err::read_to_string(project.path(path)).unwrap()
}

#[test]
fn a_rename_is_offered_in_two_deploys_and_in_one() {
    let rename =
        "{change: rename-column, table: users, column: name, to: full_name, name: renamed, strategy: ";
    let first = project();
    let two = answered(&first, &format!("{rename}expand}}")).ends_with(0);
    insta::assert_snapshot!("wizard_expands", two.out);
    assert!(text(&first, "db/migrations/002_renamed.up.sql").contains("add column full_name text"));
    assert!(text(&first, "db/schema/10_users.sql").contains("name text, full_name text"));
    // What it tells to be done later is a command that does it.
    let command = two.out.lines().find_map(|line| line.split_once("printf %s '")?.1.split_once("' |"));
    let later = answered(&first, command.unwrap().0).with(&["--format", "json"]).ends_with(0).json();
    assert_eq!((&later["proof"], &later["preflight"]), (&json!("proved"), &json!("SUCCESS")), "{later:#}");
    assert!(text(&first, "db/migrations/003_renamed_contract.up.sql").contains("drop column name"));
    let one = project();
    answered(&one, &format!("{rename}plain}}")).ends_with(0).says(&["rename column name to full_name"]);
    assert_eq!(text(&one, "db/schema/10_users.sql"), FIRST.replace("name text", "full_name text"));
}

#[tokio::test]
async fn a_contract_is_a_migration_of_its_own_that_loses_no_value() {
    let project = project();
    let answers = "{change: change-type, table: orders, column: user_id, type: bigint, strategy: expand, contract: now, name: wide}";
    let said = answered(&project, answers).with(&["--format", "json"]).ends_with(0).json();
    assert_eq!((&said["proof"], &said["preflight"]), (&json!("proved"), &json!("SUCCESS")), "{said:#}");
    let names = migrations(&project);
    for name in
        ["002_wide.up", "003_wide_contract.before", "003_wide_contract.down", "004_wide_contract_name.up"]
    {
        assert!(names.contains(&format!("{name}.sql")), "{name}: {names:?}");
    }
    assert!(text(&project, "db/schema/10_users.sql").contains("user_id bigint"));
    let production = Production::start().await;
    production.database("shop", &format!("{FIRST} insert into orders values (1, 2)")).await;
    let url = production.url("shop");
    project.migrate("baseline", &url).with(&["--through", "001"]).ends_with(0);
    let refused = project.migrate("up", &url).ends_with(3);
    refused.says(&["have a value in user_id and none in user_id_new"]);
    let rows = "select user_id || coalesce(user_id_new::text, ' alone') from orders";
    assert_eq!(production.rows("shop", rows).await, ["2 alone"]);
    production.sql("shop", "update orders set user_id_new = user_id").await;
    project.migrate("up", &url).ends_with(0);
    assert_eq!(production.rows("shop", "select user_id from orders").await, ["2"]);
}

#[test]
fn what_the_declared_schema_cannot_be_told_is_said_and_the_migration_is_written() {
    let unique = FIRST.replace("name text", "name text unique");
    let project = Project::new()
        .file("db/migrations/001_users.up.sql", &unique)
        .file("db/migrations/001_users.down.sql", "drop table orders, users;\n")
        .file("db/schema/10_users.sql", &unique);
    // The constraint keeps its old name in the database.
    let answers = "{change: rename-column, table: users, column: name, to: email, strategy: plain, name: it}";
    let said = answered(&project, answers).ends_with(0);
    insta::assert_snapshot!("wizard_leaves_the_schema", said.out);
    assert_eq!(text(&project, "db/schema/10_users.sql"), unique);
    assert!(migrations(&project).contains(&"002_it.up.sql".to_owned()));
    let column = "{change: add-column, table: orders, new_column: note, type: text, name: note}";
    let ahead =
        project.file("db/schema/10_users.sql", unique.replace("user_id int", "note text, user_id int"));
    let ahead = ahead.file("db/migrations/002_it.up.sql", "select 1;\n");
    let said = answered(&ahead, column).with(&["--format", "json"]).ends_with(0).json();
    assert_eq!((&said["declared"], &said["declare"]), (&json!([]), &json!(null)), "{said:#}");
    assert_eq!(said["preflight"], "SUCCESS", "{said:#}");
    let project = ahead.file("db/schema/10_users.sql", &unique);
    fs_err::remove_file(project.path("db/migrations/003_note.up.sql")).unwrap();
    fs_err::remove_file(project.path("db/migrations/003_note.down.sql")).unwrap();
    let said = answered(&project, column).with(&["--no-schema"]).ends_with(0);
    said.says(&["db/schema/10_users.sql:2:1 declares the table: write there what this does"]);
    assert_eq!(text(&project, "db/schema/10_users.sql"), unique);
}

#[test]
fn every_change_becomes_a_migration_that_is_proved() {
    for (change, wanted) in [
        (
            "{change: add-table, new_table: Odd one, columns: id int primary key}",
            "create table public.\"Odd one\"",
        ),
        (
            "{change: add-index, table: orders, columns: 'user_id, id', strategy: online}",
            "create index concurrently",
        ),
        ("{change: change-type, table: users, column: id, type: bigint, strategy: plain}", "type bigint"),
        ("{change: drop-column, table: users, column: name}", "drop column name"),
        (
            "{change: add-foreign-key, table: orders, column: user_id, references: users, on_delete: cascade, strategy: plain}",
            "on delete cascade",
        ),
        ("{change: sql, sql: create view v as select id from users}", "create view public.v"),
    ] {
        let project = project().file("answers.yaml", format!("{}, name: it}}", change.trim_end_matches('}')));
        let said =
            wizard(&project).with(&["--answers", "answers.yaml", "--format", "json"]).ends_with(0).json();
        assert_eq!((&said["proof"], &said["preflight"]), (&json!("proved"), &json!("SUCCESS")), "{said:#}");
        let written = said["written"].as_array().unwrap().iter().map(|path| path.as_str().unwrap());
        let texts: String =
            written.map(|path| fs_err::read_to_string(project.path(path)).unwrap().to_lowercase()).collect();
        assert!(texts.contains(&wanted.to_lowercase()), "{wanted}: {texts}");
    }
}

#[test]
fn whoever_stops_or_answers_wrongly_leaves_nothing_behind() {
    let project = project();
    let before = migrations(&project);
    let refused = |run: Run, wanted: &str| {
        run.ends_with(2).says(&[wanted]);
        assert_eq!(migrations(&project), before);
    };
    refused(wizard(&project), "nobody answers any more: nothing was written");
    refused(
        wizard(&project).typing("drop-column\nusers\nname\n\n\nno\n"),
        "you said no: nothing was written",
    );
    let wrong = wizard(&project).typing("sql\ncreate tabel t ()\n").ends_with(3);
    wrong.says(&["syntax error at or near \"tabel\"", "the change:1:8"]);
    refused(wizard(&project).typing("sql\nselect 1\n"), "nothing changes by that");
    refused(wizard(&project).with(&["--format", "json"]), "nobody can answer where only the end is told");
    let given = |text: &str, wanted: &str| {
        project.write("answers.yaml", text);
        refused(wizard(&project).with(&["--answers", "answers.yaml"]), wanted);
    };
    given("{change: add-column, table: user}", "table: there is no `user`; did you mean");
    given("{change: add-column, table: users}", "there is no answer to `new_column`");
    given("{change: set-not-null, table: users, column: name, stragety: online}", "an answer to `stragety`");
    given("[1, 2]", "invalid type: sequence");
    refused(wizard(&project).with(&["--answers", "nowhere.yaml"]), "nowhere.yaml");
}
