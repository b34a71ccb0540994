//! `confiture drift`, on real servers.

use serde_json::Value;

use super::support::{MAJOR, Production, Project, Run, assert_as_published, note};

const USERS: &str = "create table users (id int primary key, name text not null);";

/// A project whose migrations lead to its declared schema.
fn project() -> Project {
    Project::new()
        .file("db/migrations/001_users.up.sql", USERS)
        .file("db/migrations/002_bio.up.sql", "alter table users add bio text;")
        .file("db/schema/users.sql", "create table users (id int primary key, name text not null, bio text);")
}

fn drift(project: &Project, url: &str) -> Run {
    project.run(&["drift", "--database-url", url, "--postgres", &MAJOR.to_string()])
}

/// Its JSON, which has to be as the published schema says.
#[track_caller]
fn answer(run: Run, code: i32) -> Value {
    let answer = run.with(&["--format", "json"]).ends_with(code).json();
    assert_as_published(&answer, "drift.schema.json");
    assert_eq!((&answer["exit_code"], &answer["ok"]), (&code.into(), &(code == 0).into()), "{answer:#}");
    answer
}

/// What differs from the declared schema and from the chain, a line each.
fn changes(answer: &Value) -> Vec<Vec<String>> {
    let line = |change: &Value| {
        let text = |name: &str| change[name].as_str().unwrap_or_default();
        format!("{} {} {}", text("kind"), text("name"), text("change"))
    };
    let comparisons = answer["comparisons"].as_array().unwrap().iter();
    comparisons.map(|one| one["drift"]["changes"].as_array().unwrap().iter().map(line).collect()).collect()
}

/// The statements of one way of a comparison.
fn statements(comparison: &Value, way: &str) -> Vec<String> {
    let steps = comparison[way]["steps"].as_array().unwrap();
    steps.iter().map(|step| step["sql"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_compared_with_what_is_declared_and_with_the_chain_at_its_ledger() {
    let production = Production::start().await;
    production.database("app", "").await;
    let (project, url) = (project(), production.url("app"));
    tokio::task::block_in_place(|| {
        project.migrate("up", &url).with(&["--target", "001"]).ends_with(0);
        let found = answer(drift(&project, &url), 7);
        assert_eq!(changes(&found), [vec!["column bio added".to_owned()], vec![]]);
        assert_eq!(found["version"], "001");
        project.migrate("up", &url).ends_with(0);
        let found = answer(drift(&project, &url), 0);
        assert_eq!(changes(&found), [Vec::<String>::new(), vec![]]);
        let other = project.run(&["migrate", "drift"]).env("DATABASE_URL", &url).ends_with(0);
        other.says(&[
            "✓ No drift: nothing differs from db/schema, and nothing differs from the deployed migrations.",
        ]);
    });
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_repairs_it_is_said_both_ways_and_repairs_it() {
    let production = Production::start().await;
    production.database("app", "").await;
    let (project, url) = (project(), production.url("app"));
    tokio::task::block_in_place(|| project.migrate("up", &url).ends_with(0));
    production
        .sql("app", "create index names on users (name); alter table users alter bio set not null")
        .await;
    let found = tokio::task::block_in_place(|| answer(drift(&project, &url), 7));
    let differs = vec!["column bio changed".to_owned(), "index names dropped".to_owned()];
    assert_eq!(changes(&found), [differs.clone(), differs]);
    let declared = &found["comparisons"][0];
    assert_eq!((&declared["proof"], &declared["to"]["name"]), (&"proved".into(), &"db/schema".into()));
    assert!(
        statements(declared, "down").iter().any(|sql| sql.contains("CREATE INDEX names")),
        "{declared:#}"
    );
    let text = tokio::task::block_in_place(|| drift(&project, &url).ends_with(7));
    text.says(&[
        "only in the database",
        "To make the database like that: 2 statements",
        "Or, to declare what",
    ]);
    production.sql("app", &statements(declared, "plan").join(";")).await;
    tokio::task::block_in_place(|| answer(drift(&project, &url), 0));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_settings_list_is_left_alone() {
    let production = Production::start().await;
    let own = "create schema audit; create table audit.log (i int); create table tmp_1 (i int);
        create role monitor; create table probes (i int); alter table probes owner to monitor;
        create view seen as select i from audit.log;";
    production.database("app", &format!("{USERS} alter table users add bio text; {own}")).await;
    let (project, url) = (project(), production.url("app"));
    tokio::task::block_in_place(|| {
        assert_eq!(changes(&answer(drift(&project, &url), 7))[0].len(), 5);
        project.write(
            "db/environments/local.yaml",
            "drift:\n  ignore:\n    schemas: [audit]\n    objects: [\"tmp_*\", public.seen]\n    owners: [monitor]\n",
        );
        let found = answer(drift(&project, &url), 0);
        assert_eq!(note(&found, "ignored")["objects"], 5);
        assert_eq!(note(&found, "no_chain")["table"], "public.tb_confiture");
        project.write("db/environments/local.yaml", "drift:\n  ignore:\n    tables: [x]\n");
        drift(&project, &url).ends_with(2).says(&["unknown key drift.ignore.tables"]);
    });
    production.stop().await;
}

#[test]
fn without_a_database_or_a_project_it_ends_with_2_and_without_an_answer_with_3() {
    let project = project();
    project.run(&["drift"]).ends_with(2).says(&["no database is named"]);
    let run = drift(&project, "postgresql://app:s3cret@127.0.0.1:1/app").ends_with(3);
    assert!(!run.says(&["127.0.0.1"]).out.contains("s3cret"));
    drift(&Project::bare(), "postgresql://h/d").ends_with(2).says(&["has no db/ directory"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_told_as_a_page_with_both_repairs() {
    let production = Production::start().await;
    production.database("app", "").await;
    let (project, url) = (project(), production.url("app"));
    tokio::task::block_in_place(|| {
        project.migrate("up", &url).with(&["--target", "001"]).ends_with(0);
        let page = drift(&project, &url).with(&["--format", "markdown"]).ends_with(7).out;
        for wanted in [
            "### ✗ The database has drifted",
            "#### Compared with `db/schema`",
            "+   column bio  type text",
            "<b>To make the database like that</b>: 1 statement",
            "alter table public.users add column bio text;",
            "<b>Or, to declare what the database has</b>",
            "alter table public.users drop column bio;",
        ] {
            assert!(page.contains(wanted), "{wanted} is not in\n{page}");
        }
    });
    production.stop().await;
}
