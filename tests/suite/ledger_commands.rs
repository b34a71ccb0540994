//! `migrate history`, `verify`, `reinit`, `repair` and `generate`.

use serde_json::{Value, json};

use super::support::{Production, Project, json_of};

fn two() -> Project {
    Project::new()
        .file("db/migrations/001_a.up.sql", "create table a (i int);\n")
        .file("db/migrations/002_b.up.sql", "create table b (i int);\n")
}

async fn deployed(project: &Project) -> Production {
    let production = Production::start().await;
    production.database("app", "").await;
    project.migrate("up", &production.url("app")).ends_with(0);
    production
}

const LEDGER: &str = "select xmin, * from tb_confiture order by version";

#[tokio::test(flavor = "multi_thread")]
async fn history_says_what_was_applied_when_and_by_whom() {
    let project = two();
    let production = deployed(&project).await;
    let history = || project.migrate("history", &production.url("app"));
    let answer = json_of(history(), 0);
    assert_eq!(answer["tracking_table"], "public.tb_confiture");
    let row = &answer["migrations"][1];
    assert_eq!((&row["version"], &row["applied_by"]), (&json!("002"), &json!("confiture_superuser")));
    assert!(row["applied_at"].as_str().unwrap().ends_with('Z') && row["execution_time_ms"].is_u64());
    history().ends_with(0).says(&["001_a", "by confiture_superuser", "2 migrations in public.tb_confiture"]);
    production.database("empty", "").await;
    let none = project.migrate("history", &production.url("empty")).ends_with(2);
    none.says(&["the database has no ledger public.tb_confiture"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_runs_the_checks_of_what_is_deployed_and_writes_nothing() {
    let project = two()
        .file("db/migrations/001_a.verify.sql", "select count(*) = 0 from a;\n")
        .file("db/verify/002_b.sql", "select 1 / count(*) from pg_class where relname = 'b';\n")
        .file("db/verify/003_c.sql", "select false;\n");
    let production = deployed(&project).await;
    let verify = || project.migrate("verify", &production.url("app"));
    let good = json_of(verify(), 0);
    assert_eq!((&good["verified_count"], &good["skipped_count"]), (&json!(2), &json!(1)));
    production.sql("app", "insert into a values (1); drop table b").await;
    let before = production.rows("app", "select * from a").await;
    let bad = verify().ends_with(4);
    bad.says(&[
        "db/migrations/001_a.verify.sql    does not hold",
        "the query's first value is false",
        "division by zero",
        "db/verify/002_b.sql:1:",
        "checks: 0 hold, 2 do not, 1 skipped",
    ]);
    let one = json_of(verify().with(&["--version", "001"]), 4);
    assert_eq!((&one["failed_count"], &one["checks"].as_array().unwrap().len()), (&json!(1), &1));
    for trick in ["commit; delete from a;", "set transaction read write; delete from a;", "delete from a;"] {
        project.write("db/verify/002_b.sql", trick);
        verify().with(&["--version", "002"]).ends_with(4);
        assert_eq!(production.rows("app", "select * from a").await, before, "{trick}");
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_says_where_ledger_and_files_disagree() {
    let project = two();
    let production = deployed(&project).await;
    project.write("db/migrations/001_a.up.sql", "create table a (i bigint);\n");
    std::fs::remove_file(project.path("db/migrations/002_b.up.sql")).unwrap();
    let answer = json_of(project.migrate("verify", &production.url("app")), 5);
    let rules: Vec<&Value> = answer["findings"].as_array().unwrap().iter().map(|one| &one["rule"]).collect();
    assert_eq!(rules, ["deployed-file-changed", "deployed-file-missing"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reinit_asks_first_and_then_writes_the_ledger_anew() {
    let project = two().file("db/migrations/003_c.up.sql", "create table c (i int);\n");
    let production = deployed(&project).await;
    let before = production.rows("app", LEDGER).await;
    let reinit = || project.migrate("reinit", &production.url("app")).with(&["--through", "002"]);
    let asked = reinit().ends_with(2);
    asked.says(&["this removes 3 rows of the ledger", "--dry-run", "--yes"]);
    let dry = json_of(reinit().with(&["--dry-run"]), 0);
    assert_eq!((&dry["deleted_count"], &dry["marked"]), (&json!(3), &json!(["001", "002"])));
    assert_eq!(production.rows("app", LEDGER).await, before);
    reinit().with(&["--yes"]).ends_with(0).says(&["3 rows removed, 2 migrations marked as applied"]);
    let rows = "select version, slug like '%\\_reinit', execution_time_ms from tb_confiture order by version";
    assert_eq!(production.rows("app", rows).await, ["001|t|0", "002|t|0"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repair_writes_checksums_and_removes_rows_only_when_told() {
    let project = two();
    let production = deployed(&project).await;
    project.write("db/migrations/001_a.up.sql", "create table a (i int); -- as it was meant\n");
    std::fs::remove_file(project.path("db/migrations/002_b.up.sql")).unwrap();
    let repair = || project.migrate("repair", &production.url("app"));
    let before = production.rows("app", LEDGER).await;
    let dry = json_of(repair().with(&["--dry-run"]), 5);
    assert_eq!((&dry["updated"], &dry["missing"]), (&json!(["001"]), &json!(["002"])));
    assert_eq!(production.rows("app", LEDGER).await, before);
    repair().ends_with(5).says(&["001    checksum written anew", "002    its file is gone"]);
    let removed = json_of(repair().with(&["--remove-missing"]), 0);
    assert_eq!((&removed["updated"], &removed["removed"]), (&json!([]), &json!(["002"])));
    project.migrate("verify", &production.url("app")).ends_with(0);
    production.stop().await;
}

#[test]
fn generate_writes_a_pair_with_the_next_version_of_all_branches() {
    let project = Project::new();
    let first = json_of(project.run(&["migrate", "generate", "add_bio"]), 0);
    let files = json!(["db/migrations/001_add_bio.up.sql", "db/migrations/001_add_bio.down.sql"]);
    assert_eq!((&first["version"], &first["written"]), (&json!("001"), &files));
    project.commit();
    project.git(&["checkout", "-q", "-b", "another"]);
    project.run(&["migrate", "generate", "--name", "theirs"]).ends_with(0);
    project.commit();
    project.git(&["checkout", "-q", "-"]);
    let dry = json_of(project.run(&["migrate", "generate", "ours", "--dry-run"]), 0);
    assert_eq!(dry["version"], "003");
    assert!(!project.path("db/migrations/003_ours.up.sql").exists());
    project.write("db/environments/local.yaml", "migration:\n  versions: timestamp\n");
    let stamped = json_of(project.run(&["migrate", "generate", "ours"]), 0);
    assert_eq!(stamped["version"].as_str().unwrap().len(), 14);
    project.run(&["migrate", "generate", "../x"]).ends_with(2).says(&["`../x` is no name for a migration"]);
    project.run(&["migrate", "generate"]).ends_with(2);
    project.run(&["migrate", "generate", "ours", "--name", "twice"]).ends_with(2);
}

#[test]
fn a_generated_migration_passes_preflight_as_it_is() {
    let project = Project::new().file("db/schema/a.sql", "");
    project.run(&["migrate", "generate", "nothing"]).ends_with(0);
    project.preflight().ends_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_git_cannot_tell_of_other_branches_is_said() {
    let project = Project::new();
    let generate = || project.run(&["migrate", "generate", "next"]);
    let quiet = generate().with(&["--format", "json"]).ends_with(0).json();
    assert_eq!((&quiet["version"], &quiet["notes"]), (&json!("001"), &json!([])));
    // A repository that git cannot read.
    fs_err::create_dir(project.path(".git")).unwrap();
    let ended = generate().ends_with(0);
    ended.says(&[
        "002_next.up.sql",
        "⚠ the version is free here; whether it is taken on another branch is not known",
    ]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_read_is_said_and_the_ledger_is_told() {
    let production = Production::start().await;
    production.database("app", "create role reader login").await;
    let project = Project::with_migration("-- confiture: no-transaction\nselect 1;\n");
    project.migrate("up", &production.url("app")).ends_with(0);
    production.sql("app", "grant select on tb_confiture to reader").await;
    let status = project.migrate("status", &production.url_as("reader", "app")).ends_with(0);
    status.says(&[
        "001_first    applied",
        "⚠ whether a migration stopped half-way is not known: the journal cannot be read: permission denied",
    ]);
    production.stop().await;
}
