//! What pending migrations are replayed on: nothing, a revision, a snapshot, a given database.

use serde_json::{Value, json};

use super::migrate_commands::hold_the_lock;
use super::support::{MAJOR, Production, Project, Run, note, rules};

const FIRST: &str = "create table users (id int primary key, name text);\n";
const SECOND: &str = "alter table users add column bio text;\n";
const DECLARED: &str = "create table users (id integer primary key, name text, bio text);\n";

fn project() -> Project {
    Project::new()
        .file("db/migrations/001_users.up.sql", FIRST)
        .file("db/migrations/001_users.down.sql", "drop table users;\n")
        .file("db/migrations/002_bio.up.sql", SECOND)
        .file("db/migrations/002_bio.down.sql", "alter table users drop column bio;\n")
        .file("db/schema/users.sql", DECLARED)
}

fn pending(report: &Value) -> Vec<&str> {
    report["migrations"].as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect()
}

#[test]
fn on_an_empty_base_everything_is_pending() {
    let report = project().preflight().report(0);
    assert_eq!(
        report["base"],
        json!({
            "kind": "empty", "version": null, "deployed_count": 0, "ref": null, "commit": null, "source": null,
            "server_version": null, "copy": null, "cached": false
        })
    );
    assert_eq!(pending(&report), ["001", "002"]);
}

/// Puts a word into the first migration that no other run had, so that no base of an earlier run is found.
fn unheard_of(project: &Project) {
    let word = project.servers().file_name().unwrap().to_str().unwrap().to_owned();
    project.write("db/migrations/001_users.up.sql", format!("{FIRST}-- {word}\n"));
}

#[test]
fn what_stands_at_a_revision_is_deployed_and_kept_for_the_next_run() {
    let project = project();
    unheard_of(&project);
    fs_err::remove_file(project.path("db/migrations/002_bio.up.sql")).unwrap();
    let commit = project.commit();
    project.write("db/migrations/002_bio.up.sql", SECOND);
    let run = || project.preflight().with(&["--base-ref", "main"]).report(0);
    let mut first = run();
    assert_eq!(pending(&first), ["002"]);
    assert_eq!((&first["base"]["commit"], &first["base"]["ref"]), (&json!(commit), &json!("main")));
    assert_eq!((&first["base"]["version"], &first["base"]["deployed_count"]), (&json!("001"), &json!(1)));
    assert_eq!(first["base"]["cached"], false);
    let mut second = run();
    assert_eq!(second["base"]["cached"], true);
    for report in [&mut first, &mut second] {
        report["base"]["cached"] = Value::Null;
        report["duration_ms"] = Value::Null;
        report["migrations"][0]["duration_ms"] = Value::Null;
        report["migrations"][0]["statements"] = Value::Null;
    }
    assert_eq!(first, second, "a kept base is as good as a new one");
    project.write("db/schema/users.sql", "create table users (id integer primary key, name text);\n");
    let drift = project.preflight().with(&["--base-ref", "main"]).report(7);
    assert_eq!(
        (&drift["base"]["cached"], &drift["drift"]["changes"][0]["name"]),
        (&json!(true), &json!("bio"))
    );
}

#[test]
fn a_kept_base_brings_its_roles_and_says_so_again() {
    let project = project();
    unheard_of(&project);
    let word = project.servers().file_name().unwrap().to_str().unwrap().to_lowercase();
    project.write("db/migrations/001_users.up.sql", format!("{FIRST}grant select on users to \"{word}\";\n"));
    project.commit();
    let run = || project.preflight().with(&["--base-ref", "HEAD"]).report(0);
    let (first, second) = (run(), run());
    assert_eq!(second["base"]["cached"], true);
    assert_eq!(note(&first, "roles_created")["roles"], json!([word]));
    assert_eq!(first["notes"], second["notes"]);
}

#[test]
fn a_deployed_file_that_was_edited_or_removed_is_found() {
    let project = project();
    project.commit();
    project.write(
        "db/migrations/001_users.up.sql",
        "create table users (id int primary key, name varchar(9));\n",
    );
    let edited = project.preflight().with(&["--base-ref", "HEAD"]).report(4);
    assert_eq!(rules(&edited), ["deployed-file-changed"]);
    assert_eq!((&edited["verdict"], &edited["pending_count"]), (&json!("findings"), &json!(0)));
    fs_err::remove_file(project.path("db/migrations/001_users.up.sql")).unwrap();
    fs_err::remove_file(project.path("db/migrations/001_users.down.sql")).unwrap();
    let removed = project.preflight().with(&["--base-ref", "HEAD"]).report(4);
    assert_eq!(rules(&removed), ["deployed-file-missing"]);
    project.preflight().with(&["--base-ref", "HEAD", "--fail-on", "never"]).report(0);
}

#[test]
fn a_revision_that_is_not_there_is_told_with_the_way_to_have_it() {
    let project = project();
    project.commit();
    let ended = project.preflight().with(&["--base-ref", "origin/gone"]).ends_with(2);
    ended.says(&["origin/gone is not in this repository", "fetch-depth: 0"]);
    let ended = Project::new().preflight().with(&["--base-ref", "main"]).ends_with(2);
    ended.says(&["git"]);
}

/// A database with the first migration applied, owned by a role of its own.
async fn production(project: &Project) -> Production {
    let production = Production::start().await;
    production.sql("postgres", "create role app login; create role reader").await;
    production.sql("postgres", "create database app owner app").await;
    project.migrate("up", &production.url_as("app", "app")).with(&["--target", "001"]).ends_with(0);
    let rows = "insert into users values (1, 'Ann'); grant select on users to reader;";
    production.sql("app", rows).await;
    production.quiet("app").await;
    production
}

async fn fingerprint(production: &Production, database: &str) -> Vec<String> {
    let mut state = production.rows(database, "select xmin, * from tb_confiture").await;
    state.extend(production.rows(database, "select xmin, * from users").await);
    state.extend(
        production
            .rows(database, "select oid, relname, relfilenode, relacl from pg_class order by oid")
            .await,
    );
    state.extend(production.rows(database, "select datname from pg_database order by 1").await);
    state.extend(production.rows(database, "select rolname from pg_roles order by 1").await);
    state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_database_is_copied_by_template_and_left_as_it_was() {
    let project = project();
    let production = production(&project).await;
    let before = fingerprint(&production, "app").await;
    let report = against(&project, &production).report(0);
    assert_eq!((&report["base"]["kind"], &report["base"]["copy"]), (&json!("against"), &json!("template")));
    assert_eq!((&report["base"]["version"], pending(&report)), (&json!("001"), vec!["002"]));
    assert_eq!(report["server"]["provider"], "external");
    assert_eq!(fingerprint(&production, "app").await, before);
    production.stop().await;
}

fn against(project: &Project, production: &Production) -> Run {
    project.preflight().with(&["--against", &production.url("app")])
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_given_server_the_sql_runs_as_the_owner_of_the_database_not_as_the_superuser_of_the_url() {
    let project = project().file("db/migrations/003_evil.up.sql", "copy users to program 'true';\n");
    let production = production(&project).await;
    let report = against(&project, &production).report(3);
    assert_eq!(
        (&report["failure"]["sqlstate"], &report["base"]["copy"]),
        (&json!("42501"), &json!("template"))
    );
    assert_eq!(production.rows("postgres", "select count(*) from pg_database").await, ["4"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_database_that_somebody_uses_is_copied_by_dump_without_its_data() {
    let project = project();
    let production = production(&project).await;
    let _somebody = production.connect("app").await;
    let report = against(&project, &production).report(0);
    assert_eq!(
        (&report["base"]["copy"], &report["server"]["provider"]),
        (&json!("dump"), &json!("embedded"))
    );
    assert_eq!((&report["base"]["version"], pending(&report)), (&json!("001"), vec!["002"]));
    note(&report, "copied_without_data");
    assert_eq!(note(&report, "roles_created")["roles"], json!(["app", "reader"]));
    against(&project, &production).ends_with(0).says(&["copied without its data"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_the_given_server_lacks_is_made_on_the_throwaway_one_only() {
    let project = project()
        .file("db/migrations/003_role.up.sql", "create role new_one; grant select on users to new_one;\n");
    let production = production(&project).await;
    let before = fingerprint(&production, "app").await;
    let report = against(&project, &production).report(0);
    assert_eq!(report["base"]["copy"], "dump");
    assert_eq!(fingerprint(&production, "app").await, before);
    production.sql("postgres", "alter role app createrole createdb").await;
    let url = production.url_as("app", "app");
    project.preflight().with(&["--in-place", "--against", &url]).report(0);
    assert_eq!(production.rows("postgres", "select 1 from pg_roles where rolname = 'new_one'").await, ["1"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_place_changes_the_given_database() {
    let project = project();
    let production = production(&project).await;
    let report = against(&project, &production).with(&["--in-place"]).report(0);
    assert_eq!(report["base"]["copy"], "in_place");
    assert_eq!(production.rows("app", "select version from tb_confiture order by 1").await, ["001", "002"]);
    assert_eq!(production.rows("app", "select name, bio from users").await, ["Ann|∅"]);
    assert_eq!(production.rows("app", "select count(*) from pg_database").await, ["4"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_held_ends_it_with_the_holders_name() {
    let project = project();
    let production = production(&project).await;
    let holder = production.connect("app").await;
    let pid = hold_the_lock(&holder, "app").await;
    let ended = against(&project, &production).with(&["--in-place"]).ends_with(6);
    ended.says(&[&format!("pid {pid}"), "application a test", "wait until it is done"]);
    production.stop().await;
}

#[test]
fn a_given_database_that_cannot_be_reached_is_named_without_its_password() {
    let project = project();
    let url = "postgresql://app:s3cret@127.0.0.1:9/app";
    let run = || project.preflight().with(&["--against", url]);
    let ended = run().ends_with(3);
    ended.says(&["postgresql://app:***@127.0.0.1:9/app cannot be used", "127.0.0.1"]);
    assert!(!format!("{}{}", ended.out, ended.err).contains("s3cret"));
    assert!(!run().report(3).to_string().contains("s3cret"));
    for (wrong, said) in [("mysql://h/d", "postgresql://"), ("postgresql://u:s3cret@h", "names no database")]
    {
        let ended = project.preflight().with(&["--against", wrong]).ends_with(2);
        ended.says(&[said]);
        assert!(!ended.out.contains("s3cret"));
    }
}

/// A plain dump of the production database.
fn dump(production: &Production, arguments: &[&str]) -> Vec<u8> {
    let program = format!("/usr/lib/postgresql/{MAJOR}/bin/pg_dump");
    let output =
        std::process::Command::new(program).args(arguments).arg(production.url("app")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_brings_its_ledger_its_rows_and_its_roles() {
    let project = project();
    let production = production(&project).await;
    let text = String::from_utf8(dump(&production, &[])).unwrap();
    let guarded = format!("\\restrict abc\n\n{text}\n\\unrestrict abc\n");
    project.write(
        "base.sql",
        guarded.replace("SET client_encoding", "SET transaction_timeout = 0;\nSET client_encoding"),
    );
    let report = project.preflight().with(&["--snapshot", "base.sql"]).report(0);
    assert_eq!(
        (&report["base"]["kind"], &report["base"]["source"]),
        (&json!("snapshot"), &json!("base.sql"))
    );
    assert_eq!((&report["base"]["version"], pending(&report)), (&json!("001"), vec!["002"]));
    assert_eq!(note(&report, "roles_created")["roles"], json!(["app", "reader"]));
    assert_eq!(note(&report, "settings_skipped")["settings"], json!(["SET transaction_timeout = 0"]));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_without_ledger_says_how_far_it_goes() {
    let project = project();
    let production = production(&project).await;
    project.write("base.sql", dump(&production, &["--exclude-table=tb_confiture*"]));
    let run = |more: &[&str]| project.preflight().with(&["--snapshot", "base.sql"]).with(more);
    let report = run(&["--through", "001"]).report(0);
    assert_eq!((&report["base"]["version"], pending(&report)), (&json!("001"), vec!["002"]));
    let refused = run(&[]).report(3);
    assert_eq!(refused["failure"]["sqlstate"], "42P07");
    note(&refused, "no_ledger");
    run(&["--through", "9"]).ends_with(2).says(&["--through 9: there is no migration of that version"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_another_major_version_is_noted() {
    let project = project();
    let production = production(&project).await;
    let text = String::from_utf8(dump(&production, &[])).unwrap();
    let line = "-- Dumped from database version ";
    project.write("base.sql", text.replacen(&format!("{line}15"), &format!("{line}13"), 1));
    let report = project.preflight().with(&["--snapshot", "base.sql"]).report(0);
    assert!(note(&report, "version_differs")["base"].as_str().unwrap().starts_with("13."));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_is_no_snapshot_and_neither_is_nothing() {
    let project = project();
    let production = production(&project).await;
    project.write("base.dump", dump(&production, &["--format=custom"]));
    let ended = project.preflight().with(&["--snapshot", "base.dump"]).ends_with(2);
    ended.says(&["base.dump is an archive", "--format=plain"]);
    project.preflight().with(&["--snapshot", "none.sql"]).ends_with(2).says(&["none.sql", "cannot be read"]);
    production.stop().await;
}

#[test]
fn one_base_at_a_time() {
    let ended = project().preflight().with(&["--base-ref", "main", "--snapshot", "x"]).ends_with(2);
    assert!(ended.err.contains("cannot be used with"), "{}", ended.err);
}
