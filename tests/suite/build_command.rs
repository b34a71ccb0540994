//! `confiture build`.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::preflight_endings::send;
use super::support::{MAJOR, Production, Project, Run, json_of, until, wait};

const USERS: &str = "create table users (id int primary key, name text not null);\n";
const ORDERS: &str = "create table orders (id int primary key, user_id int references users (id));\n";

fn shop() -> Project {
    Project::bare()
        .file("db/schema/10_users.sql", USERS)
        .file("db/schema/20_orders.sql", ORDERS)
        .file("db/seeds/common/1_users.sql", "insert into users values (1, 'Ada')")
        .file("db/seeds/test/1_users.sql", "insert into users values (2, 'Bob');\n")
}

fn build(project: &Project, url: &str) -> Run {
    project.run(&["build", "--database-url", url])
}

fn read(project: &Project, path: &str) -> String {
    fs_err::read_to_string(project.path(path)).unwrap()
}

#[test]
fn the_file_has_schema_and_seeds_and_is_the_same_each_time() {
    let project = shop();
    let answer = json_of(project.run(&["build", "-e", "test"]), 0);
    let file = "db/generated/schema_test.sql";
    for (key, wanted) in [
        ("success", json!(true)),
        ("files_processed", json!(4)),
        ("seed_files_applied", json!(2)),
        ("output_path", json!(file)),
        ("error", json!(null)),
        ("built", json!(null)),
        ("command", json!("build")),
    ] {
        assert_eq!(answer[key], wanted, "{key}");
    }
    let text = read(&project, file);
    assert_eq!(answer["schema_size_bytes"], text.len());
    assert!(
        text.contains("-- ---- db/seeds/common/1_users.sql ----\n\ninsert into users values (1, 'Ada')\n;\n")
    );
    assert!(text.find("orders").unwrap() < text.find("'Bob'").unwrap());
    let again = project.run(&["build", "-e", "test", "--show-hash", "--output", "x/all.sql"]).ends_with(0);
    again.says(&[&format!("hash {}", answer["hash"].as_str().unwrap()), "4 files, 2 of them seeds"]);
    assert_eq!(read(&project, "x/all.sql"), text);
}

#[test]
fn the_answer_goes_to_a_file_and_without_seeds_there_are_none() {
    let project = shop();
    let run = project.run(&["build", "--schema-only", "--format", "json", "--report", "r.json"]);
    assert_eq!(run.ends_with(0).out, "");
    let answer: Value = serde_json::from_str(&read(&project, "r.json")).unwrap();
    assert_eq!((&answer["files_processed"], &answer["seed_files_applied"]), (&json!(2), &json!(0)));
    let none = Project::new().run(&["build"]).ends_with(2);
    none.says(&["the project declares no schema", "include_dirs"]);
    let psql = Project::bare().file("db/schema/a.sql", "select 1;\n\\i b.sql\n");
    psql.run(&["build"]).ends_with(2).says(&["`\\i` is a command of psql", "db/schema/a.sql:2:1"]);
    assert!(!psql.path("db/generated").exists());
    project.run(&["build", "--auto-order"]).ends_with(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_built_once_and_only_when_it_is_empty() {
    let project = shop();
    let production = Production::start().await;
    let url = production.url("shop");
    build(&project, &url).ends_with(3).says(&["there is no database shop", "--create"]);
    let first = json_of(build(&project, &url).with(&["--create"]), 0);
    assert_eq!(first["built"], json!({"status": "built", "created": true, "template": null}));
    assert_eq!(production.rows("shop", "select name from users").await, ["Ada"]);
    production.sql("shop", "insert into users values (3, 'Cy')").await;
    build(&project, &url).ends_with(0).says(&["unchanged, nothing done"]);
    project.write("db/schema/30_c.sql", "create table c (i int);\n");
    let changed = build(&project, &url).ends_with(2);
    changed.says(&["the database shop was built from another state of the schema", "--drop-existing"]);
    assert_eq!(production.rows("shop", "select count(*) from users").await, ["2"]);
    let anew = json_of(build(&project, &url).with(&["--drop-existing"]), 0);
    assert_eq!(anew["built"]["status"], "built");
    assert_eq!(production.rows("shop", "select count(*) from users, (select from c) c").await, ["0"]);
    production.database("other", "create table mine (i int)").await;
    let other = build(&project, &production.url("other")).ends_with(2);
    other.says(&["the database other is not empty, and was not built by this command"]);
    assert_eq!(production.rows("other", "select count(*) from mine").await, ["0"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stamp_is_no_structure() {
    let project = shop();
    let production = Production::start().await;
    production.database("shop", "create extension pg_trgm").await;
    project.write("db/schema/00_extensions.sql", "create extension if not exists pg_trgm;\n");
    build(&project, &production.url("shop")).ends_with(0);
    let diff = project.run(&["diff", &production.url("shop"), "schema", "--postgres", &MAJOR.to_string()]);
    diff.ends_with(0);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_shown_in_its_file_and_leaves_nothing() {
    let production = Production::start().await;
    production.database("shop", "").await;
    let url = production.url("shop");
    for (text, place, sqlstate) in [
        ("create table ü (i int);\n/* ö */ create table b (\n  i nonsense);\n", (3, 5), "42704"),
        ("create table a (i int);\n\ncreate table a (i int);\nselect 1;\n", (3, 1), "42P07"),
        ("select 1;\nselect 'ü' from from;\nselect 2;\n", (2, 17), "42601"),
        ("select 1;\nselect 1 / 0;\n", (2, 1), "22012"),
        ("create table d (i int);\ncopy d from stdin;\nx\n\\.\nselect 2;\n", (2, 1), "22P02"),
    ] {
        let project = shop().file("db/schema/30_bad.sql", text);
        let answer = json_of(build(&project, &url), 3);
        let error = &answer["error"];
        assert_eq!(error["path"], "db/schema/30_bad.sql", "{error:#}");
        assert_eq!((&error["line"], &error["column"]), (&json!(place.0), &json!(place.1)), "{error:#}");
        assert_eq!(
            (&error["sqlstate"], &answer["output_path"]),
            (&json!(sqlstate), &json!(null)),
            "{error:#}"
        );
        let left =
            "select count(*) from pg_class where oid >= 16384 and relkind = 'r' and relnamespace <> 99";
        assert_eq!(production.rows("shop", left).await, ["0"]);
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_no_transaction_takes_run_statement_by_statement() {
    let production = Production::start().await;
    let project = shop()
        .file("db/schema/30_index.sql", "create index concurrently i on users (name);\nselect 1;\n")
        .file("db/schema/40_own.sql", "begin;\ncreate table own (i int);\ncommit;\nvacuum own;\n")
        .file(
            "db/schema/50_copy.sql",
            "create table rows (i int, t text);\ncopy rows from stdin;\n1\t;\n2\t\\N\n\\.\n",
        )
        .file(
            "db/schema/60_enum.sql",
            "create type e as enum ('a');\nalter type e add value 'b';\nselect 'b'::e;\n",
        );
    build(&project, &production.url("app")).with(&["--create"]).ends_with(0);
    assert_eq!(production.rows("app", "select * from rows").await, ["1|;", "2|∅"]);
    build(&project, &production.url("app")).ends_with(0).says(&["unchanged"]);
    project.write("db/schema/70_bad.sql", "select 1 / 0;\n");
    production.database("half", "").await;
    let half = build(&project, &production.url("half")).ends_with(3);
    half.says(&[
        "division by zero",
        "db/schema/70_bad.sql:1:1",
        "a part of the schema is in the database now",
    ]);
    build(&project, &production.url("new")).with(&["--create"]).ends_with(3);
    assert_eq!(production.rows("app", "select count(*) from pg_database where datname = 'new'").await, ["0"]);
    let commits = shop().file("db/schema/30_do.sql", "do $$ begin commit; end $$;\nselect 1;\n");
    build(&commits, &production.url("commits")).with(&["--create"]).ends_with(0);
    production.stop().await;
}

/// A server of the tests is set to have room for the locks of 1,280 objects, and finds more in what shared memory is left;
/// each of these tables has six.
#[tokio::test(flavor = "multi_thread")]
async fn files_with_more_objects_than_the_server_has_locks_are_built_without_running_into_that() {
    let production = Production::start().await;
    production.database("app", "select 1").await;
    let project = Project::bare();
    for file in 0..800 {
        let sql =
            format!("create table t{file} (id int generated always as identity primary key, name text);");
        project.write(&format!("db/schema/{file:03}.sql"), sql);
    }
    let answer = tokio::task::block_in_place(|| json_of(build(&project, &production.url("app")), 0));
    assert_eq!(answer["files_processed"], 800);
    let tables =
        production.rows("app", "select count(*)::text from pg_class where relname ~ '^t[0-9]+$'").await;
    assert_eq!(tables, ["800"]);
    assert!(!production.log().contains("out of shared memory"), "{}", production.log());
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_wrong_is_said_and_one_that_is_right_is_found() {
    let production = Production::start().await;
    let view = "create view a as select * from s.last where id = f();\n";
    let project = Project::bare()
        .file("db/schema/1_orders.sql", ORDERS)
        .file("db/schema/2_view.sql", view)
        .file("db/schema/3_users.sql", USERS)
        .file("db/schema/4_f.sql", "create function f() returns int language sql as 'select 1 from users';\n")
        .file("db/schema/5_last.sql", "create schema s;\ncreate view s.last as select * from orders;\n");
    let url = production.url("shop");
    let wrong = build(&project, &url).with(&["--create"]).ends_with(3);
    wrong.says(&[
        "relation \"users\" does not exist",
        "put db/schema/3_users.sql before db/schema/1_orders.sql: it makes users on line 1",
    ]);
    let found = json_of(build(&project, &url).with(&["--create", "--auto-order"]), 0);
    let first = found["order"][0].as_str().unwrap();
    assert_eq!(first, "db/schema/3_users.sql", "{found:#}");
    assert_eq!(found["order"].as_array().unwrap().len(), 5);
    production.database("by_file", &read(&project, "db/generated/schema_local.sql")).await;
    project.write(
        "db/schema/3_users.sql",
        "create table users (id int primary key, o int references orders);\n",
    );
    let circle = build(&project, &url).with(&["--drop-existing", "--auto-order"]).ends_with(3);
    circle.says(&[
        "there is no order for files that need one another",
        "db/schema/1_orders.sql needs users of db/schema/3_users.sql",
        "db/schema/3_users.sql needs orders of db/schema/1_orders.sql",
    ]);
    project.write("db/schema/3_users.sql", "create table users (id int primary key, o nowhere);\n");
    let nowhere = build(&project, &url).with(&["--create", "--auto-order"]).ends_with(3);
    nowhere.says(&["type \"nowhere\" does not exist", "db/schema/3_users.sql:1:43"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_built_once_and_copied_from_then_on() {
    let project = shop();
    let production = Production::start().await;
    let copy = |name: &str| json_of(build(&project, &production.url(name)).with(&["--template"]), 0);
    let first = copy("one");
    let template = first["built"]["template"].as_str().unwrap();
    assert_eq!(template, format!("confiture_template_{}", &first["hash"].as_str().unwrap()[..16]));
    assert_eq!(
        (&first["built"]["status"], &copy("two")["built"]["status"]),
        (&json!("built"), &json!("copied"))
    );
    assert_eq!(copy("two")["built"]["status"], "unchanged");
    production.sql("two", "delete from users").await;
    let fresh = build(&project, &production.url("two")).with(&["--template", "--drop-existing"]);
    fresh.ends_with(0).says(&["copied in", template]);
    assert_eq!(production.rows("two", "select name from users").await, ["Ada"]);
    production.database("empty", "").await;
    build(&project, &production.url("empty")).with(&["--template"]).ends_with(2);
    let left = "select count(*) from pg_database where datname like 'confiture%'";
    assert_eq!(production.rows("postgres", left).await, ["1"]);
    project.write("db/schema/30_bad.sql", "select 1 / 0;\n");
    build(&project, &production.url("three")).with(&["--template"]).ends_with(3);
    assert_eq!(production.rows("postgres", left).await, ["1"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_is_no_superuser_builds_too() {
    let project = shop();
    let production = Production::start().await;
    production.sql("postgres", "create role app login createdb").await;
    let url = production.url_as("app", "theirs");
    build(&project, &url).with(&["--create"]).ends_with(0);
    build(&project, &url).ends_with(0).says(&["unchanged"]);
    build(&project, &url).with(&["--drop-existing"]).ends_with(0);
    build(&project, &production.url_as("app", "copy")).with(&["--template"]).ends_with(0);
    production.stop().await;
}

#[test]
fn a_throwaway_server_proves_that_it_builds() {
    let project = shop().file("db/schema/30_owner.sql", "alter table users owner to nobody_here;\n");
    let scratch = || project.run(&["build", "--scratch", "--postgres", &MAJOR.to_string()]);
    let answer = json_of(scratch(), 0);
    assert_eq!(answer["built"]["status"], "built");
    assert!(answer["server"]["version"].as_str().unwrap().starts_with(&MAJOR.to_string()));
    project.write("db/seeds/local/2.sql", "insert into users values (1, 'again');\n");
    let refused = scratch().ends_with(3);
    refused.says(&["db/seeds/local/2.sql:1:1", "duplicate key value"]);
}

fn with_profiles() -> Project {
    Project::new()
        .file("db/schema/1.sql", "create table t (i int primary key);\n")
        .file("db/schema/x.draft.sql", "")
        .file("db/seeds/common/1_small.sql", "insert into t values (1) on conflict do nothing;\n")
        .file("db/seeds/local/2_large.sql", "insert into t values (2) on conflict do nothing;\n")
        .file(
            "db/environments/local.yaml",
            "include_dirs: [{path: db/schema, exclude: ['*.draft.sql'], order: 3}]\n\
             seed: {profiles: {small: {exclude: ['*large*']}, local: {include: ['local/**']}}}\n",
        )
}

#[test]
fn the_files_of_a_build_are_listed_with_the_reason_and_nothing_is_written() {
    let project = with_profiles();
    let list =
        |arguments: &[&str]| project.run(&["build", "--list-files", "--format", "json"]).with(arguments);
    let all = list(&[]).ends_with(0).json();
    let first = json!({"path": "db/schema/1.sql", "entry": "db/schema", "order": 3, "pattern": "**/*.sql", "seed": false});
    assert_eq!((&all["files"][0], &all["total"]), (&first, &json!(3)));
    let paths = |answer: &Value| -> Vec<String> {
        answer["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["path"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(paths(&list(&["--schema-only"]).ends_with(0).json()), ["db/schema/1.sql"]);
    let local = list(&["--seed-profile", "local"]).ends_with(0).json();
    assert_eq!(paths(&local), ["db/schema/1.sql", "db/seeds/local/2_large.sql"]);
    list(&["--seed-profile", "smal"])
        .ends_with(2)
        .says(&["there is no seed profile smal", "did you mean small?"]);
    assert!(!project.path("db/generated").exists());
    project.write("db/environments/local.yaml", "include_dirs: [{path: db/schema, include: ['a[']}]\n");
    list(&[]).ends_with(2).says(&["the pattern `a[` cannot be read"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn seeds_are_put_in_after_the_schema_when_that_is_asked_for() {
    let project = with_profiles();
    let production = Production::start().await;
    let url = production.url("app");
    let build = |arguments: &[&str]| {
        project.run(&["build", "--format", "json", "-d", &url, "--create"]).with(arguments)
    };
    let done = build(&["--sequential"]).ends_with(0).json();
    assert_eq!((&done["files_processed"], &done["seed_files_applied"]), (&json!(3), &json!(2)));
    assert_eq!(done["seed_files"][1]["path"], "db/seeds/local/2_large.sql");
    let written = fs_err::read_to_string(project.path("db/generated/schema_local.sql")).unwrap();
    assert!(written.contains("create table t") && !written.contains("insert into"));
    project.write("db/seeds/common/1_small.sql", "insert into nothing values (1);\n");
    production.sql("app", "delete from t").await;
    let refused = build(&["--sequential", "--continue-on-error"]).ends_with(3).json();
    assert_eq!(refused["error"]["path"], "db/seeds/common/1_small.sql");
    assert_eq!(production.rows("app", "select i from t").await, ["2"]);
    let profile = build(&["--drop-existing", "--sequential", "--seed-profile", "local"]).ends_with(0).json();
    assert_eq!((&profile["seed_profile"], &profile["seed_files_applied"]), (&json!("local"), &json!(1)));
    let settings = fs_err::read_to_string(project.path("db/environments/local.yaml")).unwrap();
    project.write(
        "db/environments/local.yaml",
        settings.replace("seed: {", "seed: {execution_mode: sequential, "),
    );
    build(&["--drop-existing"]).ends_with(3);
    project.run(&["build", "-d", &url, "--drop-existing", "--schema-only"]).ends_with(0);
    assert_eq!(production.rows("app", "select count(*) from t").await, ["0"]);
    let small =
        project.run(&["seed", "apply", "-d", &url, "--profile", "local", "--format", "json"]).ends_with(0);
    assert_eq!((&small.json()["files_applied"], &small.json()["seed_profile"]), (&json!(1), &json!("local")));
    production.stop().await;
}

#[test]
fn what_is_written_is_no_part_of_what_is_read() {
    let project = shop();
    for place in
        ["db/schema/all.sql", "db/schema/10_users.sql", "./db/schema/new/all.sql", "db/seeds/common/x.sql"]
    {
        project.run(&["build", "--output", place]).ends_with(2).says(&[
            &format!("{} is where this project's own files are read from", place.trim_start_matches("./")),
            "outside of include_dirs",
        ]);
    }
    assert_eq!(read(&project, "db/schema/10_users.sql"), USERS);
    assert!(!project.path("db/schema/new").exists());
    for place in ["db/schema/all.txt", "db/seeds/other/x.sql", "x.sql"] {
        project.run(&["build", "--output", place]).ends_with(0);
    }
    project.write("db/environments/local.yaml", "include_dirs: [{path: db, include: [schema/**]}]");
    project.run(&["build"]).ends_with(0);
    project.write("db/environments/local.yaml", "include_dirs: [db]");
    project.run(&["build"]).ends_with(2).says(&["db/generated/schema_local.sql is where"]);
}

#[test]
fn a_link_in_the_project_does_not_lead_what_is_written_out_of_it() {
    let (project, theirs) = (shop(), Project::bare().file("profile", "theirs"));
    fs_err::create_dir_all(project.path("db/generated")).unwrap();
    let link = project.path("db/generated/schema_local.sql");
    std::os::unix::fs::symlink(theirs.path("profile"), link).unwrap();
    project.run(&["build"]).ends_with(2).says(&["db/generated/schema_local.sql leads out of the project"]);
    assert_eq!(read(&theirs, "profile"), "theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_may_still_do_is_said_when_a_signal_comes() {
    let production = Production::start().await;
    production.database("app", "").await;
    let (project, url) =
        (Project::bare().file("db/schema/a.sql", "select pg_sleep(600);\n"), production.url("app"));
    project.write("db/seeds/common/a.sql", "select pg_sleep(600);\n");
    let sleeping = "select count(*) from pg_stat_activity where query like '%pg_sleep%' and state = 'active' \
        and pid <> pg_backend_pid()";
    for run in [build(&project, &url), project.run(&["seed", "apply", "-d", &url])] {
        let child = run.start();
        until("the server sleeps", async || production.rows("postgres", sleeping).await == ["1"]).await;
        send(&child, Signal::SIGINT);
        let ended = wait(child);
        assert_eq!(ended.code, 130, "{}{}", ended.out, ended.err);
        assert!(ended.err.contains("when it sees that nobody waits for it"), "{}", ended.err);
        until("the server has seen it", async || production.rows("postgres", sleeping).await == ["0"]).await;
    }
    production.stop().await;
}
