//! `migrate wizard`: the conversation, and the migrations that come of it.

use serde_json::json;

use super::support::{MAJOR, Project, Run};

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
    // Once it is declared, all is well.
    project.write("db/schema/10_users.sql", FIRST.replace("name text", "name text, email text"));
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

#[test]
fn a_rename_is_offered_in_two_deploys_and_in_one() {
    let project = project();
    let answers = |strategy: &str| {
        let said = format!(
            "{{change: rename-column, table: users, column: name, to: full_name, strategy: {strategy}, name: renamed}}"
        );
        project.write("answers.yaml", said);
        wizard(&project).with(&["--answers", "answers.yaml"])
    };
    let one = answers("expand").with(&["--format", "json"]).ends_with(0).json();
    assert_eq!((&one["proof"], &one["chosen"]["strategy"]), (&json!("proved"), &json!("expand")));
    assert_eq!(one["chosen"]["then"][3], "`confiture migrate wizard` with drop-column name");
    let read = |path: &str| fs_err::read_to_string(project.path(path)).unwrap();
    assert!(read("db/migrations/002_renamed.up.sql").contains("add column full_name text"));
    fs_err::remove_file(project.path("db/migrations/002_renamed.up.sql")).unwrap();
    fs_err::remove_file(project.path("db/migrations/002_renamed.down.sql")).unwrap();
    answers("plain").ends_with(0).says(&["rename column name to full_name", "002_renamed.up.sql"]);
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
        assert_eq!(said["proof"], "proved", "{said:#}");
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
    refused(wizard(&project).typing("drop-column\nusers\nname\n\nno\n"), "you said no: nothing was written");
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
