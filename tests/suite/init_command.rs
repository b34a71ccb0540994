//! `confiture init`.

use serde_json::Value;

use super::support::{MAJOR, Production, Project};

#[test]
fn a_new_project_passes_a_preflight_and_builds() {
    let project = Project::bare();
    let made = project.run(&["init"]).ends_with(0);
    made.says(&["✓ db/migrations/001_create_users.up.sql", "confiture preflight", "13 files in ."]);
    project.run(&["schema", "fmt", "--check"]).ends_with(0);
    project.run(&["migrate", "validate"]).ends_with(0);
    project.run(&["seed", "validate"]).ends_with(0).says(&["2 files, 0 violations"]);
    let major = MAJOR.to_string();
    let report = project.preflight().report(0);
    assert_eq!((&report["verdict"], &report["findings"]), (&Value::from("passed"), &serde_json::json!([])));
    for environment in ["local", "test", "production"] {
        let build = project.run(&["build", "--scratch", "--postgres", &major, "-e", environment]);
        build.ends_with(0).says(&["seeds"]);
    }
}

#[test]
fn a_project_that_is_there_is_left_alone() {
    let project = Project::bare().file("db/schema/mine.sql", "select 1;\n");
    let refused = project.run(&["init", "--format", "json"]).ends_with(2).json();
    assert_eq!((&refused["success"], &refused["written"]), (&Value::from(false), &serde_json::json!([])));
    assert!(refused["error"]["message"].as_str().unwrap().contains("is there already; nothing was written"));
    assert!(!project.path("db/migrations").exists());
    let inside = project.run(&["init", "new/one", "--format", "json"]).ends_with(0).json();
    assert_eq!(inside["directory"], "new/one");
    assert!(project.path("new/one/db/environments/production.yaml").exists());
    project.run(&["init", "new/one"]).ends_with(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_project_migrates_a_database_and_back() {
    let project = Project::bare();
    project.run(&["init"]).ends_with(0);
    let production = Production::start().await;
    production.database("app", "").await;
    project.migrate("up", &production.url("app")).ends_with(0);
    project.migrate("down", &production.url("app")).ends_with(0);
    assert_eq!(production.rows("app", "select to_regclass('users') is null").await, ["t"]);
    production.stop().await;
}
