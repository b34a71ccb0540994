//! Renames that are said, on real servers.

use serde_json::Value;

use super::diff_command::{answer, changes, diff};
use super::support::{MAJOR, Production, Project};

const USERS: &str = "create table users (id serial primary key, name text not null);
    create index users_name_idx on users (name);
    create view names as select name from users;";

/// The same with a table and a column renamed, and a column more.
const ACCOUNTS: &str = "create table accounts (id serial primary key, full_name text not null, bio text);
    create index accounts_full_name_idx on accounts (full_name);
    create view names as select full_name as name from accounts;";

const BOTH: [&str; 4] = ["--rename", "table Users accounts", "--rename", "column accounts.name full_name"];

/// The statements of a plan.
#[track_caller]
fn statements(answer: &Value, plan: &str) -> Vec<String> {
    let steps = answer[plan]["steps"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    steps.iter().map(|step| step["sql"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_said_on_the_command_line_or_in_the_ddl_is_renamed_first_and_last_on_the_way_back() {
    let said = ACCOUNTS
        .replace(" full_name text", " -- confiture: rename column accounts.name full_name\nfull_name text");
    let said = format!("{said}\n-- confiture: rename table users accounts\n");
    let project = Project::bare().file("a.sql", USERS).file("b.sql", ACCOUNTS).file("said.sql", &said);
    let by_words = answer(diff(&project, &["a.sql", "b.sql", "--plan"]).with(&BOTH), 7);
    let by_comment = answer(diff(&project, &["a.sql", "said.sql", "--plan"]), 7);
    assert_eq!(changes(&by_words), changes(&by_comment));
    assert_eq!(
        changes(&by_words),
        [
            "sequence  public.accounts_id_seq renamed",
            "table  public.accounts renamed",
            "column public.accounts bio added",
            "column public.accounts full_name renamed",
            "constraint public.accounts accounts_pkey renamed",
            "index public.accounts accounts_full_name_idx renamed",
        ]
    );
    let renames = [
        "alter table public.users rename to accounts",
        "alter table public.accounts rename column name to full_name",
        "alter sequence public.users_id_seq rename to accounts_id_seq",
        "alter table public.accounts rename constraint users_pkey to accounts_pkey",
        "alter index public.users_name_idx rename to accounts_full_name_idx",
    ];
    let up = statements(&by_words, "plan");
    assert_eq!(up, statements(&by_comment, "plan"));
    assert_eq!((&up[..5], up.len()), (&renames.map(str::to_owned)[..], 6), "{up:#?}");
    assert_eq!(up[5], "alter table public.accounts add column bio text");
    let down = statements(&by_words, "down");
    assert_eq!(down.len(), 6, "{down:#?}");
    assert!(down[0].contains("drop column bio"), "{down:#?}");
    assert_eq!(down[5], "alter table public.accounts rename to users");
    assert_eq!(by_words["proof"], "proved");
    assert_eq!(by_words["plan"]["steps"][0]["lock"]["mode"], "access_exclusive");
    assert!(
        !by_words.to_string().contains("data_loss\"],\"lock\":null"),
        "nothing of the way there loses data"
    );
    // It is in the other direction as well, when the other side says it.
    let back = answer(diff(&project, &["said.sql", "a.sql", "--plan"]), 7);
    assert_eq!(statements(&back, "plan").len(), 6, "{back:#}");
    assert!(statements(&back, "plan").contains(&down[5]));
}

#[test]
fn a_comparison_says_renamed_without_a_plan_and_in_every_format() {
    let project = Project::bare().file("a.sql", USERS).file("b.sql", ACCOUNTS);
    for (format, wanted) in [
        (
            "text",
            [
                "table public.accounts   renamed: users → accounts",
                "column full_name   renamed: name → full_name",
            ],
        ),
        ("markdown", ["  table public.accounts  renamed: users → accounts", "renamed: name → full_name"]),
        ("sql", ["alter table public.users rename to accounts;", "5 renamed"]),
    ] {
        let run = diff(&project, &["a.sql", "b.sql", "--format", format]).with(&BOTH).ends_with(7);
        run.says(&wanted);
    }
    // What only has another name is a difference, and the only one.
    let project =
        Project::bare().file("a.sql", "create table a (x int)").file("b.sql", "create table b (x int)");
    let only = answer(diff(&project, &["a.sql", "b.sql", "--plan", "--rename", "table a b"]), 7);
    assert_eq!(changes(&only), ["table  public.b renamed"]);
    assert_eq!((&only["drift"]["equal"], &only["proof"]), (&false.into(), &"proved".into()));
    assert_eq!(statements(&only, "down"), ["alter table public.b rename to a"]);
}

#[test]
fn snapshots_are_renamed_on_a_copy_and_a_plan_without_proof_has_its_renames() {
    let project = Project::bare().file("a.sql", USERS).file("b.sql", ACCOUNTS);
    for side in ["a", "b"] {
        let (sql, json) = (format!("{side}.sql"), format!("{side}.json"));
        project.run(&["schema", "dump", &sql, "-o", &json, "--postgres", &MAJOR.to_string()]).ends_with(0);
    }
    let proved = answer(diff(&project, &["a.json", "b.json", "--plan"]).with(&BOTH), 7);
    assert_eq!(proved["proof"], "proved");
    let thought = answer(diff(&project, &["a.json", "b.json", "--plan", "--no-proof"]).with(&BOTH), 7);
    assert_eq!(statements(&thought, "plan"), statements(&proved, "plan"));
    assert_eq!(statements(&thought, "down"), statements(&proved, "down"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_positions_are_there_after_the_migration_and_after_the_way_back() {
    let production = Production::start().await;
    production.database("app", USERS).await;
    production.sql("app", "insert into users (name) values ('Ada'), ('Grace')").await;
    let said =
        "-- confiture: rename table users accounts\n-- confiture: rename column accounts.name full_name";
    let project = Project::new()
        .file("db/migrations/001_users.up.sql", USERS)
        .file("db/schema/all.sql", format!("{said}\n{ACCOUNTS}"));
    let run = diff(&project, &["--generate", "--name", "accounts"]);
    let written = tokio::task::block_in_place(|| answer(run, 0))["written"].clone();
    // The lines stay where they are, and nothing is left to do.
    tokio::task::block_in_place(|| answer(diff(&project, &[]), 0));
    let path = |way: usize| written[way].as_str().unwrap().to_owned();
    for (file, query, name) in [
        (path(0), "select id, full_name from accounts order by 1", "accounts"),
        (path(1), "select id, name from users order by 1", "users"),
    ] {
        production.sql("app", &fs_err::read_to_string(project.path(&file)).unwrap()).await;
        assert_eq!(production.rows("app", query).await.len(), 2, "{file}");
        let next = format!("select last_value from {name}_id_seq");
        assert_eq!(production.rows("app", &next).await, production.rows("app", "select 2").await);
    }
    production.stop().await;
}

#[test]
fn a_rename_that_can_be_about_nothing_ends_with_2_and_its_place() {
    let project = Project::bare()
        .file("a.sql", "create table a (x int);")
        .file("b.sql", "create table b (x int);")
        .file("malformed.sql", "create table b (x int);\n\n  -- confiture: rename tabel a b\n")
        .file("nowhere.sql", "create table b ( -- confiture: rename column c.y z\n x int);");
    for (options, wanted) in [
        (&["malformed.sql"][..], ["malformed.sql:3:3", "`tabel` is nothing that a rename is said of"]),
        (&["nowhere.sql"], ["nowhere.sql:1:18", "neither side has a column \"y\" or \"z\""]),
        (&["b.sql", "--rename", "table a"], ["--rename \"table a\"", "`rename table OLD NEW`"]),
        (
            &["b.sql", "--rename", "table x b"],
            ["--rename \"table x b\"", "the first side has no table \"x\""],
        ),
        (
            &["b.sql", "--rename", "table a c"],
            ["--rename \"table a c\"", "no table \"c\" that \"a\" could be"],
        ),
    ] {
        let run = diff(&project, &["a.sql"]).with(options).ends_with(2);
        run.says(&wanted);
    }
}

#[test]
fn a_rename_that_the_server_refuses_is_told_where_it_was_said() {
    let project = Project::bare()
        .file("a.sql", "create table p (a int); create table k () inherits (p);")
        .file("b.sql", "create table p (a int); create table k (b int);\n-- confiture: rename column k.a b");
    let said = diff(&project, &["a.sql", "b.sql"]).ends_with(3);
    said.says(&["cannot rename inherited column \"a\"", "b.sql:2:1"]);
    let said = diff(&project, &["a.sql", "a.sql", "--rename", "rename column k.b c"]).ends_with(2);
    said.says(&["neither side has a column \"b\" or \"c\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_renamed_on_a_copy_and_drift_and_preflight_leave_the_lines_alone() {
    let lines = "-- confiture: rename table users accounts\n-- confiture: rename tabel x\n-- confiture: rename table x y\n";
    let production = Production::start().await;
    production.database("app", USERS).await;
    let project = Project::new()
        .file("db/migrations/001_users.up.sql", format!("{lines}{ACCOUNTS}"))
        .file("db/migrations/001_users.down.sql", "drop view names; drop table accounts;")
        .file("db/schema/all.sql", format!("{lines}{ACCOUNTS}"))
        .file("said.sql", ACCOUNTS);
    let url = production.url("app");
    let run = |arguments: &[&str], code: i32| {
        tokio::task::block_in_place(|| {
            let run = project.run(arguments).with(&["--postgres", &MAJOR.to_string(), "--format", "json"]);
            run.ends_with(code).json()
        })
    };
    assert_eq!(run(&["preflight"], 0)["failure"], Value::Null);
    let drift = run(&["drift", "--url", &url], 7);
    assert!(drift.to_string().contains("drop table public.users"), "{drift:#}");
    let before = production.rows("app", "select xmin, relname from pg_class order by 2").await;
    let mut renamed = vec!["diff", &url, "said.sql", "--plan"];
    renamed.extend(BOTH);
    let renamed = run(&renamed, 7);
    assert_eq!(renamed["proof"], "proved", "{renamed:#}");
    assert_eq!(statements(&renamed, "plan")[0], "alter table public.users rename to accounts");
    assert_eq!(production.rows("app", "select xmin, relname from pg_class order by 2").await, before);
    production.stop().await;
}

#[test]
fn a_likely_rename_is_a_hint_that_can_be_copied_and_is_never_acted_upon() {
    let project =
        Project::bare().file("a.sql", USERS).file("b.sql", ACCOUNTS.replace("full_name", "name").as_str());
    let found = answer(diff(&project, &["a.sql", "b.sql", "--plan"]), 7);
    assert_eq!(found["hints"][0]["rename"], "table public.users accounts", "{found:#}");
    assert!(statements(&found, "plan").iter().any(|sql| sql == "drop table public.users"), "{found:#}");
    assert!(found["plan"].to_string().contains("data_loss"));
    let said = diff(&project, &["a.sql", "b.sql"]).ends_with(7);
    said.says(&[
        "hint: is table users now accounts? Say so with --rename \"table public.users accounts\"",
        "-- confiture: rename table public.users accounts; else its rows are lost",
    ]);
    let copied = found["hints"][0]["rename"].as_str().unwrap();
    let found = answer(diff(&project, &["a.sql", "b.sql", "--rename", copied]), 7);
    assert_eq!(found["hints"], Value::Array(Vec::new()));
    let columns = Project::bare()
        .file(
            "a.sql",
            "create table t (id int, \"A b\" text, c text, gone text); create type m as enum ('a', 'b')",
        )
        .file(
            "b.sql",
            "create table t (id int, x text, c text, y int); create type m as enum ('a', 'it''s')",
        );
    let found = answer(diff(&columns, &["a.sql", "b.sql"]), 7);
    let hints: Vec<&Value> = found["hints"].as_array().unwrap().iter().map(|hint| &hint["rename"]).collect();
    assert_eq!(hints, ["column public.t.\"A b\" x", "value public.m.'b' 'it''s'"]);
    for hint in hints {
        let found = answer(diff(&columns, &["a.sql", "b.sql", "--rename", hint.as_str().unwrap()]), 7);
        assert_eq!(found["hints"].as_array().unwrap().len(), 1, "{hint}");
    }
}
