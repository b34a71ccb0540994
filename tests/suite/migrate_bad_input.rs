//! Projects, ledgers and arguments that are not as they should be, as `migrate` meets them.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Barrier};

use serde_json::json;

use super::support::{Production, Project, Run, until, wait};

async fn production() -> Production {
    let production = Production::start().await;
    production.database("app", "").await;
    production
}

/// What a run says, without what differs from run to run.
#[track_caller]
fn said(run: Run, code: i32) -> String {
    let ended = run.ends_with(code);
    let mut before = "";
    let words = ended.out.split(' ').map(|word| {
        let (first, rest) = word.split_at(word.find('\n').unwrap_or(word.len()));
        let shown = match (before, first) {
            ("in", number) if number.parse::<f64>().is_ok() => "N",
            ("applied", time) if time.starts_with("20") => "TIME",
            (_, url) if url.starts_with("postgresql://") => "URL",
            _ => first,
        };
        before = first;
        format!("{shown}{rest}")
    });
    words.collect::<Vec<_>>().join(" ") + &ended.err
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_gone_or_come_late_are_said() {
    let production = production().await;
    let project = Project::new()
        .file("db/migrations/001_first.up.sql", "create table a (i int);\n")
        .file("db/migrations/003_third.up.sql", "create table c (i int);\n");
    let run = |command: &str| project.migrate(command, &production.url("app"));
    run("up").ends_with(0);
    fs_err::remove_file(project.path("db/migrations/001_first.up.sql")).unwrap();
    project.write("db/migrations/002_second.up.sql", "create table b (i int);\n");
    insta::assert_snapshot!("gone_and_late_status", said(run("status"), 1));
    let answer = run("up").with(&["--dry-run", "--format", "json"]).ends_with(0).json();
    assert_eq!(answer["checksums_verified"], true);
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 2);
    insta::assert_snapshot!("gone_and_late_up", said(run("up"), 0));
    assert_eq!(production.rows("app", "select to_regclass('b')::text").await, ["b"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_at_once_one_applies_and_the_other_finds_it_done() {
    let production = production().await;
    let project = Project::with_migration("create table a (i int);\n");
    for round in 0..20 {
        production.sql("app", "drop table if exists a, tb_confiture").await;
        let barrier = Arc::new(Barrier::new(2));
        let runs = [0, 1].map(|_| {
            let run = project.migrate("up", &production.url("app")).with(&["--format", "json"]);
            let barrier = barrier.clone();
            std::thread::spawn(move || {
                barrier.wait();
                wait(run.start())
            })
        });
        let mut applied: Vec<String> = Vec::new();
        for run in runs {
            let ended = run.join().unwrap();
            assert_eq!(ended.code, 0, "round {round}: {}{}", ended.out, ended.err);
            applied.push(ended.json()["applied"].to_string());
        }
        applied.sort();
        assert_eq!(applied, ["[\"001\"]", "[]"], "round {round}");
        assert_eq!(production.rows("app", "select version from tb_confiture").await, ["001"]);
    }
    production.stop().await;
}

/// The highest resident memory of a process while it runs, in bytes.
async fn peak_memory(run: Run) -> u64 {
    let child = run.start();
    let status = format!("/proc/{}/status", child.id());
    let ending = tokio::task::spawn_blocking(|| wait(child));
    let mut peak = 0;
    until("the run is over", async || {
        let text = fs_err::read_to_string(Path::new(&status)).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let found = line.and_then(|line| line.split_whitespace().next()).and_then(|word| word.parse().ok());
        peak = peak.max(found.unwrap_or(0) * 1024);
        ending.is_finished()
    })
    .await;
    let ended = ending.await.unwrap();
    assert_eq!(ended.code, 0, "{}{}", &ended.out[..ended.out.len().min(2000)], ended.err);
    peak
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_of_fifty_megabytes_takes_a_bounded_amount_of_memory() {
    let production = production().await;
    production.sql("app", "create table t (t text)").await;
    let size = 50 << 20;
    let sql = format!("insert into t values ('{}');\n", "x".repeat(size));
    let project = Project::with_migration(&sql);
    drop(sql);
    let peak = peak_memory(project.migrate("up", &production.url("app"))).await;
    assert_eq!(production.rows("app", "select length(t) from t").await, [size.to_string()]);
    let times = peak / (50 << 20);
    assert!(times < 5, "{} MB", peak >> 20);
    production.stop().await;
}

/// A project that cannot be read: what is said, with exit code 2, before any connection.
fn refused(project: &Project) -> String {
    said(project.migrate("up", "postgresql://nobody@127.0.0.1:9/x"), 2)
}

#[test]
fn what_cannot_be_read_as_sql_is_told_with_its_place() {
    let words =
        |bytes: &[u8]| refused(&Project::with_migration("").file("db/migrations/001_first.up.sql", bytes));
    insta::assert_snapshot!("no_utf8", words(b"select 1;\nselect '\xe9';\n"));
    insta::assert_snapshot!("zero_byte", words(b"select 1;\nselect '\0';\n"));
}

#[test]
fn what_is_no_file_is_not_read() {
    let project = Project::new();
    let file = project.path("db/migrations/001_first.up.sql");
    fs_err::create_dir(&file).unwrap();
    insta::assert_snapshot!("directory", refused(&project));
    fs_err::remove_dir(&file).unwrap();
    nix::unistd::mkfifo(&file, nix::sys::stat::Mode::from_bits_truncate(0o644)).unwrap();
    insta::assert_snapshot!("pipe", refused(&project));
    fs_err::remove_file(&file).unwrap();
    symlink("001_first.up.sql", &file).unwrap();
    insta::assert_snapshot!("circle_of_links", refused(&project));
    let project = Project::with_migration("select 1;\n");
    symlink(".", project.path("db/migrations/again")).unwrap();
    let unread = project.migrate("status", "postgresql://nobody@127.0.0.1:9/x").ends_with(3);
    assert!(unread.out.contains("127.0.0.1"), "{}", unread.out);
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::with_migration("select 1;\n");
    let file = project.path("db/migrations/001_first.up.sql");
    fs_err::set_permissions(file, std::fs::Permissions::from_mode(0o000)).unwrap();
    let mut run = project.migrate("up", "postgresql://nobody@127.0.0.1:9/x");
    if nix::unistd::geteuid().is_root() {
        // Root may read what it may not, unless that right is taken away.
        run = run.under("setpriv", &["--bounding-set=-dac_override,-dac_read_search"]);
    }
    insta::assert_snapshot!("unreadable", said(run, 2));
}

#[test]
fn a_setting_that_cannot_be_used_is_named_and_what_may_be_secret_is_not_shown() {
    let words = |text: &str| {
        let project = Project::with_migration("select 1;\n").file("db/environments/local.yaml", text);
        said(project.run(&["migrate", "up"]), 2)
    };
    insta::assert_snapshot!("open_variable", words("database_url: postgresql://app:s3cr${et@db/app\n"));
    insta::assert_snapshot!(
        "variable_without_name",
        words("database_url: postgresql://app:s3${cr et}@db/app\n")
    );
    let mut bomb = "acls:\n  - &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("  - &a{level} [{below}]\n");
    }
    bomb += "include_dirs: *a11\n";
    insta::assert_snapshot!("alias_bomb", words(&bomb));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_only_comments_is_applied_and_no_files_are_nothing_to_do() {
    let production = production().await;
    let up = |project: &Project| project.migrate("up", &production.url("app"));
    insta::assert_snapshot!("no_migrations", said(up(&Project::new()), 0));
    let project = Project::with_migration("-- nothing but words\n/* and more */\n")
        .file("db/migrations/002_empty.up.sql", "");
    let answer = up(&project).with(&["--format", "json"]).ends_with(0).json();
    assert_eq!(answer["applied"], json!(["001", "002"]));
    assert_eq!(production.rows("app", "select version from tb_confiture order by 1").await, ["001", "002"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_files_stay_on_their_line() {
    let production = production().await;
    let project = Project::new()
        .file("db/migrations/001_\u{1b}[2Jred\n::error::x.up.sql", "create table a (i int);\n")
        .file("db/migrations/002_b\u{202e}.up.sql", "create table b (i nothing);\n");
    let run = |command: &str| project.migrate(command, &production.url("app"));
    for (command, code) in [("status", 2), ("up", 3), ("status", 1), ("history", 0), ("verify", 0)] {
        let ended = run(command).end();
        let text = format!("{}{}", ended.out, ended.err);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{command}: {text:?}");
        assert!(!text.lines().any(|line| line.starts_with("::")), "{command}: {text:?}");
        assert_eq!(ended.code, code, "{command}: {text}");
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_changes_neither_the_order_nor_how_long_it_took() {
    let production = production().await;
    let project = Project::new();
    for (version, table, year) in [("001", "a", 2099), ("002", "b", 1999)] {
        project.write(
            &format!("db/migrations/{version}_{table}.up.sql"),
            format!("create table {table} (i int);\n"),
        );
        project.write(&format!("db/migrations/{version}_{table}.down.sql"), format!("drop table {table};\n"));
        let clock = format!(
            "create or replace function pg_catalog.now() returns timestamptz language sql stable \
             as $$ select '{year}-01-01 UTC'::timestamptz $$"
        );
        production.sql("app", &clock).await;
        project.migrate("up", &production.url("app")).ends_with(0);
    }
    let rows = "select version, extract(year from applied_at at time zone 'UTC'), execution_time_ms between 0 and 60000 \
        from tb_confiture order by 1";
    assert_eq!(production.rows("app", rows).await, ["001|2099|t", "002|1999|t"]);
    let answer =
        project.migrate("down", &production.url("app")).with(&["--format", "json"]).ends_with(0).json();
    assert_eq!(answer["rolled_back"], json!(["002"]));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_as_a_ledger_is_refused_by_name_by_those_who_only_read_too() {
    let production = production().await;
    let project = Project::with_migration("create table a (i int);\n");
    production.sql("app", "create table tb_confiture (id int, version text)").await;
    let reading = ["status", "history", "verify"];
    let run = |user: &str, command: &str| project.migrate(command, &production.url_as(user, "app"));
    let owner = confiture::gateway::scratch::SUPERUSER;
    for command in reading {
        run(owner, command).ends_with(2).says(&["public.tb_confiture is no ledger: it lacks slug, name"]);
    }
    production.sql("app", "drop table tb_confiture; create role low login").await;
    run(owner, "up").ends_with(0);
    for command in reading {
        run("low", command)
            .ends_with(3)
            .says(&["may not use the ledger public.tb_confiture: it lacks select\n"]);
    }
    production.sql("app", "grant select on tb_confiture to low").await;
    run("low", "history").ends_with(0);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_at_the_commit_is_told_with_its_migration_and_seen_in_a_rehearsal() {
    let production = production().await;
    let sql = "create table a (i int primary key);\n\
        create table b (i int references a deferrable initially deferred);\ninsert into b values (1);\n";
    let project = Project::with_migration(sql);
    for flags in [&["--dry-run-execute"][..], &[]] {
        let run = project.migrate("up", &production.url("app")).with(flags);
        run.ends_with(3).says(&[
            "001_first cannot be committed: insert or update on table \"b\" violates foreign key",
            "001_first.up.sql:3:1",
            "what is deferred (constraints, triggers) looks at the end only",
        ]);
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_drops_the_ledger_is_told_so_and_undone() {
    let production = production().await;
    let project = Project::with_migration("create table a (i int);\ndrop table tb_confiture;\n");
    let up = || project.migrate("up", &production.url("app"));
    let said =
        ["the ledger row of 001_first cannot be written: ", "a migration may not drop or rename the ledger"];
    up().ends_with(3).says(&said);
    assert_eq!(production.rows("app", "select to_regclass('a') is null").await, ["t"]);
    project
        .write("db/migrations/001_first.up.sql", "-- confiture: no-transaction\ndrop table tb_confiture;\n");
    up().ends_with(3).says(&said);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_to_do_is_said_of_a_database_in_use_and_not_of_a_preflight() {
    let production = production().await;
    production.sql("app", "create role low login; grant create on schema public to low").await;
    let project = Project::with_migration("create table a (i int);\n")
        .file("db/migrations/002_b.up.sql", "create role other;\n");
    let up = project.migrate("up", &production.url_as("low", "app")).ends_with(3);
    up.says(&["002_b.up.sql:1:1", "grant the right to the role"]);
    assert!(!up.out.contains("preflight"), "{}", up.out);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_in_a_schema_that_is_not_there_is_refused_by_name() {
    let production = production().await;
    let project = Project::with_migration("create table a (i int);\n")
        .file("db/environments/local.yaml", "migration: {tracking_table: nowhere.ledger}\n");
    project.migrate("up", &production.url("app")).ends_with(3).says(&[
        "the ledger nowhere.ledger cannot be made: schema \"nowhere\" does not exist",
        "name another table as migration.tracking_table",
    ]);
    production.stop().await;
}
