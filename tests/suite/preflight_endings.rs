//! Servers that do not start, disks that are full, runs that are cut short: what is said, and that nothing stays.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Child;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use super::support::{
    MAJOR, Production, Project, assert_nothing_is_left, connect, enterable, processes_in, rows, until, wait,
};

/// A directory with programs that say they are a server, and do what the scripts do.
fn programs(postgres: &str, initdb: &str) -> tempfile::TempDir {
    let directory = enterable("cb");
    let postgres = format!(
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'postgres (PostgreSQL) {MAJOR}.99'; exit; fi\n{postgres}\n"
    );
    for (name, text) in [("postgres", postgres), ("initdb", format!("#!/bin/sh\n{initdb}\n"))] {
        let path = directory.path().join(name);
        fs_err::write(&path, text).unwrap();
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    directory
}

fn real_initdb() -> String {
    format!("exec /usr/lib/postgresql/{MAJOR}/bin/initdb \"$@\"")
}

#[test]
fn of_a_server_that_does_not_start_the_last_lines_of_its_log_are_shown() {
    let words = "echo 'FATAL:  the moon is in the wrong house' >&2; exit 3";
    let (programs, cache) = (programs(words, &real_initdb()), enterable("cc"));
    let project = Project::with_migration("select 1;");
    let run = || {
        project
            .preflight()
            .env("CONFITURE_POSTGRES_BIN", programs.path())
            .env("CONFITURE_CACHE_DIR", cache.path())
    };
    let ended = run().ends_with(3);
    ended.says(&[
        "the PostgreSQL server did not start: it ended at once",
        "│ server: FATAL:  the moon is in the wrong house",
    ]);
    let report = run().report(3);
    assert_eq!(report["failure"]["log"], json!(["FATAL:  the moon is in the wrong house"]));
    assert_eq!((&report["failure"]["stage"], &report["code"]), (&json!("server"), &json!("DATABASE")));
}

#[test]
fn what_initdb_complains_of_is_shown() {
    let (programs, cache) =
        (programs("exit 1", "echo 'initdb: error: no luck' >&2; exit 1"), enterable("cc"));
    let project = Project::with_migration("select 1;");
    let run = project.preflight().env("CONFITURE_POSTGRES_BIN", programs.path());
    let ended = run.env("CONFITURE_CACHE_DIR", cache.path()).ends_with(3);
    ended.says(&["initdb could not make a cluster", "initdb: error: no luck"]);
    assert_nothing_is_left(cache.path());
}

#[test]
fn a_version_that_is_not_installed_is_told_with_what_to_install_and_what_is_there() {
    let ended = Project::with_migration("select 1;").run(&["preflight", "--postgres", "99"]).ends_with(2);
    ended.says(&[
        "no PostgreSQL server binaries were found for PostgreSQL 99",
        "apt-get install postgresql-99",
        "--postgres docker:99",
        "found here:",
        &MAJOR.to_string(),
    ]);
}

/// Mounts a small file system where the servers lie, and shows what is left there in the end.
fn on_a_disk_of(size: &str) -> String {
    format!(
        "mount -t tmpfs -o size={size},mode=0755 tmpfs \"$TMPDIR\" || exit 99\n\"$@\"; code=$?\nls -A \"$TMPDIR\" >&2\nexit $code"
    )
}

fn only_as_root() {
    assert!(
        nix::unistd::geteuid().is_root(),
        "mounting a small disk takes root: run this one test with sudo -E"
    );
}

#[test]
fn a_disk_too_small_for_a_server_is_told() {
    only_as_root();
    let project = Project::with_migration("select 1;");
    project.preflight().ends_with(0);
    let ended = project.preflight().in_namespace(&on_a_disk_of("8m")).ends_with(3);
    ended.says(&["No space left on device", "the disk is full: free space", "TMPDIR"]);
    assert_eq!(ended.err, "", "left on the disk");
}

#[test]
fn a_disk_that_runs_full_is_told() {
    only_as_root();
    let sql =
        "create table t (t text);\ninsert into t select repeat('x', 1000) from generate_series(1, 300000);\n";
    let ended = Project::with_migration(sql).preflight().in_namespace(&on_a_disk_of("100m")).ends_with(3);
    // A half-written block is told in other words than one that was not written at all.
    ended.says(&["error [53100]", "the disk is full", "001_first.up.sql:2:1"]);
    assert_eq!(ended.err, "", "left on the disk");
}

/// A preflight in the middle of a migration that sleeps.
async fn asleep(project: &Project) -> Child {
    let child = project.preflight().start();
    until("the migration sleeps", async || is_asleep(project.servers()).await).await;
    child
}

async fn is_asleep(servers: &Path) -> bool {
    for entry in servers.read_dir().unwrap().filter_map(Result::ok) {
        let user = confiture::gateway::scratch::SUPERUSER;
        if let Ok(client) = connect(&entry.path().join("data"), user, "postgres").await {
            let sql = "select count(*) from pg_stat_activity where query like 'select pg_sleep%' and state = 'active' \
                and pid <> pg_backend_pid()";
            if rows(&client, sql).await == ["1"] {
                return true;
            }
        }
    }
    false
}

pub(super) fn send(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
}

fn sleeper() -> Project {
    Project::with_migration("create table t (i int);\nselect pg_sleep(600);\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_and_a_polite_request_to_end_leave_nothing() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let project = sleeper();
        let child = asleep(&project).await;
        send(&child, signal);
        let ended = wait(child);
        assert_nothing_is_left(project.servers());
        assert_eq!(ended.code, 130, "{}{}", ended.out, ended.err);
        assert!(ended.err.contains("interrupted; what was started is gone"), "{}", ended.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_on_a_given_server_it_takes_its_copy_away() {
    let production = Production::start().await;
    production.database("app", "").await;
    let before = production.rows("postgres", "select datname from pg_database order by 1").await;
    let project = sleeper();
    let child = project.preflight().with(&["--against", &production.url("app")]).start();
    let sleeping =
        "select count(*) from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'";
    until("the migration sleeps", async || production.rows("postgres", sleeping).await == ["1"]).await;
    send(&child, Signal::SIGINT);
    assert_eq!(wait(child).code, 130);
    assert_eq!(production.rows("postgres", "select datname from pg_database order by 1").await, before);
    assert_eq!(production.rows("postgres", sleeping).await, ["0"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_a_killed_run_left_on_a_given_server_is_swept_by_the_next() {
    let production = Production::start().await;
    production.database("app", "").await;
    let before = production.rows("postgres", "select datname from pg_database order by 1").await;
    let project = sleeper();
    let child = project.preflight().with(&["--against", &production.url("app")]).start();
    let sleeping =
        "select pid from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'";
    until("the migration sleeps", async || !production.rows("postgres", sleeping).await.is_empty()).await;
    send(&child, Signal::SIGKILL);
    wait(child);
    until("its sessions have ended", async || {
        let others = "select count(*) from pg_stat_activity where application_name like 'confiture_scratch%'";
        production.rows("postgres", others).await == ["0"]
    })
    .await;
    let next = Project::with_migration("create table t (i int);");
    next.preflight().with(&["--against", &production.url("app")]).ends_with(0);
    assert_eq!(production.rows("postgres", "select datname from pg_database order by 1").await, before);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_outright_it_leaves_nothing_either() {
    let project = sleeper();
    let child = asleep(&project).await;
    send(&child, Signal::SIGKILL);
    wait(child);
    until("the watcher has cleaned up", async || {
        project.servers().read_dir().unwrap().next().is_none() && processes_in(project.servers()).is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_under_it_is_told() {
    let project = sleeper();
    let child = asleep(&project).await;
    let entry = project.servers().read_dir().unwrap().next().unwrap().unwrap();
    let text = fs_err::read_to_string(entry.path().join("data/postmaster.pid")).unwrap();
    kill(Pid::from_raw(text.lines().next().unwrap().parse().unwrap()), Signal::SIGKILL).unwrap();
    let ended = wait(child);
    assert_eq!(ended.code, 3, "{}{}", ended.out, ended.err);
    ended.says(&["db/migrations/001_first.up.sql:2:1"]);
    until("everything is gone", async || processes_in(project.servers()).is_empty()).await;
    assert_nothing_is_left(project.servers());
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_while_the_first_cluster_is_made_it_leaves_nothing() {
    let (programs, cache) = (programs("exit 1", "echo $$ >\"$2/started\"; exec sleep 600"), enterable("cc"));
    let project = Project::with_migration("select 1;");
    let run = project.preflight().env("CONFITURE_POSTGRES_BIN", programs.path());
    let child = run.env("CONFITURE_CACHE_DIR", cache.path()).start();
    let is_started = || {
        let found = cache.path().read_dir().unwrap().filter_map(Result::ok);
        found.map(|entry| entry.path().join("started")).find_map(|path| fs_err::read_to_string(path).ok())
    };
    until("initdb runs", async || is_started().is_some_and(|text| text.ends_with('\n'))).await;
    let initdb = is_started().unwrap();
    send(&child, Signal::SIGINT);
    assert_eq!(wait(child).code, 130);
    assert_nothing_is_left(project.servers());
    assert_nothing_is_left(cache.path());
    until("initdb has ended", async || !Path::new("/proc").join(initdb.trim()).exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_run_left_is_swept_and_what_a_live_one_has_is_not() {
    let project = sleeper();
    let live = asleep(&project).await;
    let stale = project.servers().join("confiture-1-0");
    fs_err::create_dir_all(stale.join("data")).unwrap();
    fs_err::write(stale.join("lock"), "confiture throws this directory away\n").unwrap();
    // What a watcher leaves that may empty the directory and not remove it.
    let empty = project.servers().join("confiture-1-1");
    fs_err::create_dir(&empty).unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_mins(2);
    std::fs::File::open(&empty).unwrap().set_modified(long_ago).unwrap();
    fs_err::write(project.servers().join("confiture-notes"), "somebody's own").unwrap();
    let other = Project::with_migration("select 1;");
    let ended = wait(other.preflight().env("TMPDIR", project.servers()).start());
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(!stale.exists() && !empty.exists());
    assert!(is_asleep(project.servers()).await, "the live one goes on");
    assert!(project.servers().join("confiture-notes").exists());
    fs_err::remove_file(project.servers().join("confiture-notes")).unwrap();
    send(&live, Signal::SIGTERM);
    wait(live);
    assert_nothing_is_left(project.servers());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let project = Project::with_migration("select 1;");
    let mut child = project.preflight().start();
    drop(child.stdout.take());
    assert_eq!(wait(child).code, 0);
    assert_nothing_is_left(project.servers());
}
