//! The same on every major version of the server.
//!
//! `scripts/test` fetches those that the system does not have.

use std::path::Path;

use serde_json::{Value, json};

use super::drift_truth;
use super::support::{MAJOR, Production, Project, Run, binaries_of, enterable};

const NEWER: [u32; 3] = [16, 17, 18];

/// Makes a run use this major version.
fn on(run: Run, major: u32) -> Run {
    let run = run.with(&["preflight", "--postgres", &major.to_string()]);
    if major == MAJOR { run } else { run.env("CONFITURE_POSTGRES_BIN", binaries_of(major)) }
}

fn preflight(project: &Project, major: u32) -> Run {
    on(project.run(&[]), major)
}

fn is_of(report: &Value, major: u32) -> bool {
    report["server"]["version"].as_str().unwrap().starts_with(&format!("{major}."))
}

#[test]
fn the_blog_passes_on_every_major_version_and_the_version_asked_for_is_used() {
    let blog = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/blog");
    for major in [MAJOR].into_iter().chain(NEWER) {
        let servers = enterable("ct");
        let report = on(Run::of(&blog, servers.path()), major).report(0);
        assert!(is_of(&report, major), "{}", report["server"]);
    }
}

#[test]
fn without_a_wish_the_newest_is_taken() {
    let paths = std::env::join_paths(NEWER.map(binaries_of)).unwrap();
    let project = Project::with_migration("select 1;");
    let run = || project.run(&["preflight"]).env("CONFITURE_POSTGRES_BIN", &paths);
    assert!(is_of(&run().report(0), 18));
    assert!(is_of(&run().env("CONFITURE_POSTGRES", "16").report(0), 16));
    let project = project.file("db/environments/local.yaml", "preflight:\n  postgres: 17\n");
    assert!(is_of(&project.run(&["preflight"]).env("CONFITURE_POSTGRES_BIN", &paths).report(0), 17));
}

#[test]
fn what_is_only_spelled_differently_is_equal_on_every_major_version() {
    let cases: Vec<(String, String)> =
        drift_truth::EQUAL.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    for major in NEWER {
        preflight(&drift_truth::project(&cases), major).report(0);
    }
}

/// Two sides that differ in one property on a server that knows it.
fn differs(major: u32, from: &str, to: &str, kind: &str, property: &Value) {
    let project = Project::with_migration(from).file("db/schema/x.sql", from);
    preflight(&project, major).report(0);
    project.write("db/schema/x.sql", to);
    let report = preflight(&project, major).report(7);
    let changes = report["drift"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!((&changes[0]["kind"], &changes[0]["properties"]), (&json!(kind), &json!([property])));
}

#[test]
fn what_only_newer_servers_have_is_compared_there() {
    let virtual_column = "create table t (a int, b int generated always as (a + 1) virtual);";
    let wanted = json!({ "name": "generated", "from": "virtual: (a + 1)", "to": "stored: (a + 1)" });
    differs(18, virtual_column, &virtual_column.replace("virtual", "stored"), "column", &wanted);
    let temporal =
        "create table t (a int4range, b tstzrange, constraint k primary key (a, b without overlaps));";
    let wanted = json!({
        "name": "definition", "from": "PRIMARY KEY (a, b WITHOUT OVERLAPS)", "to": "PRIMARY KEY (a, b)"
    });
    let project =
        Project::with_migration(temporal).file("db/schema/x.sql", temporal.replace(" without overlaps", ""));
    let report = preflight(&project, 18).report(7);
    assert_eq!(report["drift"]["changes"][0]["properties"], json!([wanted]));
    let not_null = "create table t (a int constraint named not null);";
    let project =
        Project::with_migration(not_null).file("db/schema/x.sql", "create table t (a int not null);");
    preflight(&project, 18).report(0);
    let changed = "create table t (a int, b int generated always as (a + 1) stored);\n";
    let altered = format!("{changed}alter table t alter b set expression as (a + 2);");
    let wanted = json!({ "name": "generated", "from": "stored: (a + 1)", "to": "stored: (a + 2)" });
    differs(17, changed, &altered, "column", &wanted);
    let storage = "create table t (a text storage main);";
    let wanted = json!({ "name": "storage", "from": "main", "to": null });
    differs(16, storage, "create table t (a text);", "column", &wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_server_may_be_of_any_major_version() {
    let project = Project::new()
        .file("db/migrations/001_t.up.sql", "create table t (i int);")
        .file("db/migrations/002_t.up.sql", "alter table t add j int;")
        .file("db/schema/t.sql", "create table t (i int, j int);");
    for major in NEWER {
        let production = Production::of_major(major, &[binaries_of(major)]).await;
        production.database("app", "").await;
        project.migrate("up", &production.url("app")).with(&["--target", "001"]).ends_with(0);
        production.quiet("app").await;
        let run = || project.run(&["preflight", "--against", &production.url("app")]);
        let report = run().report(0);
        assert!(is_of(&report, major));
        assert_eq!((&report["base"]["copy"], &report["pending_count"]), (&json!("template"), &json!(1)));
        let _somebody = production.connect("app").await;
        let ended = run().ends_with(2);
        ended.says(&[
            &format!("no pg_dump was found that can read a server of PostgreSQL {major}"),
            "nobody connected",
        ]);
        production.stop().await;
    }
}

#[test]
fn between_major_versions_what_only_the_newer_one_tells_is_listed_and_no_difference() {
    let table = "create table t (a int constraint given not null, b text);";
    let project = Project::bare().file("a.sql", table).file("b.sql", table);
    let dump = |major: u32| {
        let (major_text, file) = (major.to_string(), format!("{major}.json"));
        let run = project.run(&["schema", "dump", "a.sql", "--postgres", &major_text, "-o", &file]);
        let run = if major == MAJOR { run } else { run.env("CONFITURE_POSTGRES_BIN", binaries_of(major)) };
        run.ends_with(0);
    };
    dump(MAJOR);
    dump(18);
    let both = [format!("{MAJOR}.json"), "18.json".to_owned()];
    for (from, to) in [(&both[0], &both[1]), (&both[1], &both[0])] {
        let answer = project.run(&["diff", from, to, "--format", "json"]).ends_with(0).json();
        let note = &super::support::note(&answer, "majors_differ");
        assert_eq!(note["not_compared"], json!(["not null name of 1 columns"]), "{note}");
    }
    let text = project.run(&["diff", &both[0], &both[1]]).ends_with(0);
    text.says(&[
        "the two sides come from PostgreSQL 15",
        "and 18",
        "is not compared: not null name of 1 columns",
    ]);
}
