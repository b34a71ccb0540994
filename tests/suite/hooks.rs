//! Hooks: what a project wants done around its migrations, and what becomes of it.

use std::os::unix::fs::PermissionsExt as _;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::support::{Ended, Production, Project, json_of, processes_in, until};

const PHASES: [&str; 6] =
    ["before_validation", "before_ddl", "after_ddl", "after_validation", "on_error", "cleanup"];

/// Notes what a hook is told, and whether the migration lock is held; at the end a server may take its time to let go.
const NOTE: &str = "insert into seen (said) select concat_ws('|', current_setting('confiture.phase'),
    current_setting('confiture.command'), current_setting('confiture.environment'),
    current_setting('confiture.version'), current_setting('confiture.versions'), current_setting('confiture.outcome'),
    case when current_setting('confiture.outcome') = 'running' then
        (select count(*) from pg_locks where locktype = 'advisory') end)";

async fn production() -> Production {
    let production = Production::start().await;
    production.database("app", "create table seen (i int generated always as identity, said text)").await;
    production
}

fn two() -> Project {
    let mut project = Project::new();
    for (version, table) in [("001", "a"), ("002", "b")] {
        let file = format!("db/migrations/{version}_{table}");
        project = project
            .file(&format!("{file}.up.sql"), format!("create table {table} (i int);\n"))
            .file(&format!("{file}.down.sql"), format!("drop table {table};\n"));
    }
    project
}

/// A project that notes every phase.
fn noting() -> Project {
    PHASES
        .into_iter()
        .fold(two(), |project, phase| project.file(&format!("db/hooks/{phase}/1_note.sql"), NOTE))
}

fn program(project: &Project, path: &str, text: &str) {
    project.write(path, format!("#!/bin/sh\n{text}\n"));
    mode(project, path, 0o755);
}

fn mode(project: &Project, path: &str, mode: u32) {
    fs_err::set_permissions(project.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
}

async fn seen(production: &Production) -> Vec<String> {
    production.rows("app", "select said from seen order by i").await
}

/// What an answer says, without what is different each time.
fn check(name: &str, ended: &Ended) {
    insta::with_settings!({ filters => vec![
        (r"(under )?\d+(\.\d+)? (ms|µs|s)\b", "[time]"),
        (r"postgresql://\S+", "[database]"),
    ] }, { insta::assert_snapshot!(name, ended.out) });
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_run_phase_by_phase_and_are_told_of_the_run() {
    let production = production().await;
    let project = noting().file("db/hooks/before_ddl/10_last.sql", "insert into seen (said) values ('last')");
    let project =
        project.file("db/hooks/before_ddl/9_almost.sql", "insert into seen (said) values ('almost')");
    let up = || project.migrate("up", &production.url("app"));
    let ended = up().ends_with(0);
    let wanted = [
        "before_validation|migrate up|local|||running|0",
        "before_ddl|migrate up|local|002|001 002|running|1",
        "almost",
        "last",
        "after_ddl|migrate up|local|002|001 002|running|1",
        "after_validation|migrate up|local|002|001 002|running|1",
        "cleanup|migrate up|local|002|001 002|succeeded",
    ];
    assert_eq!(seen(&production).await, wanted);
    check("up_with_hooks", &ended);
    // Where there is nothing to be run, nothing is said to come before and after it.
    production.sql("app", "truncate seen").await;
    let again = json_of(up(), 0);
    let phases: Vec<&Value> = again["hooks"].as_array().unwrap().iter().map(|hook| &hook["phase"]).collect();
    assert_eq!(phases, ["before_validation", "after_validation", "cleanup"]);
    production.sql("app", "truncate seen").await;
    let down = json_of(project.migrate("down", &production.url("app")), 0);
    assert_eq!(down["hooks"].as_array().unwrap().len(), 7);
    assert_eq!(seen(&production).await[1], "before_ddl|migrate down|local|002|002|running|1");
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_ends_the_run_and_the_end_is_told_to_hooks() {
    let production = production().await;
    let project = noting().file("db/hooks/before_ddl/0_ready.sql", "select 1;\nselect 1 / 0;\n");
    let ended = project.migrate("up", &production.url("app")).ends_with(3);
    check("up_refused_by_a_hook", &ended);
    assert_eq!(production.rows("app", "select to_regclass('a') is null").await, ["t"]);
    let told = ["before_validation", "on_error|migrate up|local|002|001 002|failed", "cleanup"];
    let seen = seen(&production).await;
    assert_eq!(seen.len(), 3, "{seen:?}");
    for (row, wanted) in seen.iter().zip(told) {
        assert!(row.starts_with(wanted), "{row}");
    }
    // What is applied stays, and is said.
    fs_err::rename(project.path("db/hooks/before_ddl/0_ready.sql"), project.path("db/hooks/after_ddl/0.sql"))
        .unwrap();
    let answer = json_of(project.migrate("up", &production.url("app")), 3);
    assert_eq!((&answer["applied"], &answer["success"]), (&json!(["001", "002"]), &json!(false)));
    assert_eq!((&answer["error"]["stage"], &answer["error"]["line"]), (&json!("hook"), &json!(2)));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_told_of_the_run_and_never_the_password() {
    let production = production().await;
    let project = two();
    let tell = "cat > told.json; env > told.env; echo $# > told.arguments";
    program(&project, "db/hooks/after_ddl/tell", tell);
    program(&project, "db/hooks/cleanup/1.sh", "cat > end.json; echo \"it was s3cret\"; exit 3");
    let url = production.url("app").replace('@', ":s3cret@");
    let answer = json_of(project.migrate("up", &url).env("EDITOR", "vi"), 0);
    let read = |name: &str| fs_err::read_to_string(project.path(name)).unwrap();
    let told: Value = serde_json::from_str(&read("told.json")).unwrap();
    assert_eq!(told["phase"], "after_ddl");
    assert_eq!((&told["version"], &told["versions"]), (&json!("002"), &json!(["001", "002"])));
    assert_eq!((&told["outcome"], &told["exit_code"]), (&json!("running"), &Value::Null));
    assert!(told["database"].as_str().unwrap().contains(":***@"), "{told}");
    let end: Value = serde_json::from_str(&read("end.json")).unwrap();
    assert_eq!((&end["outcome"], &end["exit_code"]), (&json!("succeeded"), &json!(0)));
    let env = read("told.env");
    for wanted in
        ["CONFITURE_PHASE=after_ddl", "CONFITURE_VERSION=002", "CONFITURE_VERSIONS=001 002", "EDITOR=vi"]
    {
        assert!(env.lines().any(|line| line == wanted), "{wanted} is not in {env}");
    }
    assert_eq!(read("told.arguments"), "0\n");
    // A hook at the end that fails is tolerated, and what it wrote is kept without the password.
    let cleanup = &answer["hooks"][1];
    assert_eq!((&cleanup["status"], &cleanup["output"]), (&json!("tolerated"), &json!("it was ***")));
    assert_eq!(cleanup["failure"]["message"], "db/hooks/cleanup/1.sh ended with exit status: 3");
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 1);
    assert!(!format!("{answer}{told}{env}").contains("s3cret"));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_takes_too_long_is_ended_with_all_that_it_started() {
    let production = production().await;
    let project = two().file("db/environments/local.yaml", "hooks: {timeout: 400ms, on_failure: warn}");
    program(&project, "db/hooks/before_ddl/1", "echo begun; sleep 97 & sleep 98");
    program(&project, "db/hooks/before_ddl/2", "sleep 99 > /dev/null 2>&1 & exit 0");
    project.write("db/hooks/before_ddl/3.sql", "select pg_sleep(60)");
    let answer = json_of(project.migrate("up", &production.url("app")), 0);
    let hooks = answer["hooks"].as_array().unwrap();
    assert_eq!(hooks[0]["failure"]["message"], "db/hooks/before_ddl/1 took longer than 400ms: it was ended");
    assert_eq!((&hooks[0]["output"], &hooks[0]["status"]), (&json!("begun"), &json!("tolerated")));
    assert_eq!(hooks[1]["status"], "passed");
    assert_eq!(hooks[2]["failure"]["sqlstate"], "57014");
    assert_eq!(processes_in(&project.path("")), Vec::<String>::new());
    assert_eq!(answer["applied"], json!(["001", "002"]));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_of_nothing_is_no_limit_for_programs_as_for_statements() {
    let production = production().await;
    let project = two().file("db/environments/local.yaml", "hooks: {timeout: 0}");
    program(&project, "db/hooks/before_ddl/1", "sleep 0.2; echo done");
    project.write("db/hooks/before_ddl/2.sql", "select pg_sleep(0.2)");
    let answer = json_of(project.migrate("up", &production.url("app")), 0);
    assert_eq!(answer["hooks"][0]["output"], "done");
    assert_eq!(answer["applied"], json!(["001", "002"]));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_writes_is_bounded() {
    let production = production().await;
    let project = two();
    program(&project, "db/hooks/cleanup/1", "seq 1 100000; echo the end");
    let answer = json_of(project.migrate("up", &production.url("app")), 0);
    let output = answer["hooks"][0]["output"].as_str().unwrap();
    assert!(output.starts_with('…') && output.ends_with("100000\nthe end"), "{output}");
    assert!(output.len() <= 8200, "{}", output.len());
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_runs_no_program_of_the_project_s() {
    let production = production().await;
    let project = two().file("db/schema/1.sql", "create table a (i int); create table b (i int);");
    program(&project, "db/hooks/before_validation/1", "touch ran");
    program(&project, "db/hooks/cleanup/1", "touch ran");
    project.write("db/hooks/before_ddl/1.sql", "drop table nothing");
    let ran = || project.path("ran").exists();
    project.preflight().ends_with(0);
    for flags in [&["--dry-run"][..], &["--dry-run-execute"], &["--no-hooks"]] {
        project.migrate("up", &production.url("app")).with(flags).ends_with(0);
        assert!(!ran(), "{flags:?}");
    }
    project.migrate("up", &production.url("app")).ends_with(0);
    assert!(ran());
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_not_run_as_it_is_meant_is_refused() {
    let production = production().await;
    let refused = |project: &Project, said: &[&str]| {
        project.migrate("up", &production.url("app")).ends_with(2).says(said);
    };
    let project = two();
    program(&project, "db/hooks/cleanup/1.sh", "exit 0");
    mode(&project, "db/hooks/cleanup/1.sh", 0o757);
    refused(
        &project,
        &["db/hooks/cleanup/1.sh may be written by everybody", "chmod o-w db/hooks/cleanup/1.sh"],
    );
    mode(&project, "db/hooks/cleanup/1.sh", 0o644);
    refused(&project, &["db/hooks/cleanup/1.sh is neither a .sql file nor executable"]);
    fs_err::remove_file(project.path("db/hooks/cleanup/1.sh")).unwrap();
    std::os::unix::fs::symlink("/bin/true", project.path("db/hooks/cleanup/1.sh")).unwrap();
    refused(&project, &["db/hooks/cleanup/1.sh leads out of the project directory"]);
    let project = two().file("db/hooks/before_dll/1.sql", "select 1");
    refused(&project, &["db/hooks/before_dll is called like no phase", "did you mean before_ddl?"]);
    let project = two().file("db/migrations/002_c.before.sql", "select 1");
    refused(&project, &["db/migrations/002_c.before.sql is the hook of no migration"]);
    let project = two().file("db/migrations/002_b.before.sql", "select 1;\nvacuum;\n");
    refused(&project, &["cannot share the migration's transaction", "db/migrations/002_b.before.sql:2:1"]);
    let project = two();
    program(&project, "db/hooks/before_ddl/1", "");
    project.write("db/hooks/before_ddl/1", "#!/bin/nowhere\n");
    project.migrate("up", &production.url("app")).ends_with(4).says(&[
        "db/hooks/before_ddl/1 cannot be run: ",
        "a script begins with #! and the path of what runs it on this machine",
    ]);
    // What is left alone.
    let project = two().file("db/hooks/README.md", "").file("db/hooks/cleanup/_lib.sh", "");
    project.write("db/hooks/_lib/common.sh", "");
    project.migrate("up", &production.url("app")).ends_with(0);
    production.stop().await;
}

/// Notes which migration it belongs to, and in which transaction it runs.
const OWN: &str = "insert into seen (said) select concat_ws('|', current_setting('confiture.version'),
    current_setting('confiture.migration'), txid_current());\n";
const OWN_ROWS: &str = "select split_part(said, '|', 1), split_part(said, '|', 2), count(*) from seen
    group by said order by min(i)";

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_s_own_hooks_share_its_transaction() {
    let production = production().await;
    let project = two()
        .file("db/migrations/002_b.before.sql", OWN)
        .file("db/migrations/002_b.after.sql", format!("{OWN}select 1 / (select i from switch);\n"))
        .file("db/migrations/002_b.up.sql", OWN);
    production.sql("app", "create table switch as select 0 i").await;
    let up = || project.migrate("up", &production.url("app"));
    let ended = up().ends_with(3);
    check("up_refused_by_a_migrations_own_hook", &ended);
    assert!(seen(&production).await.is_empty());
    assert_eq!(production.rows("app", "select version from tb_confiture").await, ["001"]);
    production.sql("app", "update switch set i = 1").await;
    let rehearsed = json_of(up().with(&["--dry-run-execute"]), 0);
    assert_eq!(rehearsed["migrations"][0]["hooks"].as_array().unwrap().len(), 2);
    assert!(seen(&production).await.is_empty());
    // They belong to the migration, so `--no-hooks` is not about them.
    let answer = json_of(up().with(&["--no-hooks"]), 0);
    let phases: Vec<&Value> =
        answer["migrations"][0]["hooks"].as_array().unwrap().iter().map(|hook| &hook["phase"]).collect();
    assert_eq!(phases, ["before_migration", "after_migration"]);
    assert_eq!(production.rows("app", OWN_ROWS).await, ["002|002_b|3"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn around_a_migration_without_transaction_its_hooks_run_exactly_once() {
    let production = production().await;
    let sql = "create index concurrently seen_said on seen (said);\nselect 1 / i from switch;\n";
    let project = Project::with_migration(sql)
        .file("db/migrations/001_first.before.sql", OWN)
        .file("db/migrations/001_first.after.sql", OWN);
    production.sql("app", "create table switch as select 0 i").await;
    let up = || project.migrate("up", &production.url("app"));
    up().ends_with(3);
    up().ends_with(3);
    assert_eq!(production.rows("app", OWN_ROWS).await, ["001|001_first|1"]);
    production.sql("app", "update switch set i = 1").await;
    up().ends_with(0);
    assert_eq!(production.rows("app", OWN_ROWS).await, ["001|001_first|1", "001|001_first|1"]);
    assert!(production.rows("app", "select * from tb_confiture_steps").await.is_empty());
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_proves_a_migration_with_its_own_hooks() {
    let project = two()
        .file("db/migrations/002_b.after.sql", "alter table b add column j int;\n")
        .file("db/schema/1.sql", "create table a (i int); create table b (i int, j int);");
    let report = project.preflight().report(0);
    assert_eq!(report["migrations"][1]["hooks"][0]["path"], "db/migrations/002_b.after.sql");
    project.write("db/migrations/002_b.after.sql", "alter table b add column i int;\n");
    project.preflight().ends_with(3).says(&["db/migrations/002_b.after.sql:1:"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_leaves_no_program_running() {
    let production = production().await;
    let project = two();
    program(&project, "db/hooks/before_ddl/1", "touch begun; sleep 97 & sleep 98");
    for (signal, code) in [(Signal::SIGINT, Some(130)), (Signal::SIGTERM, Some(130)), (Signal::SIGKILL, None)]
    {
        let mut child = project.migrate("up", &production.url("app")).start();
        until("the hook runs", async || project.path("begun").exists()).await;
        fs_err::remove_file(project.path("begun")).unwrap();
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), code);
        until("nothing of it runs", async || processes_in(&project.path("")).is_empty()).await;
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_the_database_is_not_reached_is_told_to_hooks() {
    let production = production().await;
    let project = two();
    program(&project, "db/hooks/on_error/1", "cat > told.json");
    project.write("db/hooks/cleanup/1.sql", "select 1");
    let answer = json_of(project.migrate("up", &production.url("nowhere")), 3);
    let told = fs_err::read_to_string(project.path("told.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["outcome"], &told["exit_code"]), (&json!("failed"), &json!(3)));
    assert_eq!(told["error"]["message"], answer["error"]["message"]);
    assert_eq!(answer["hooks"][1]["status"], "tolerated");
    production.stop().await;
}
