//! What stands around a production database, as it really is: a standby that streams, and pgbouncer.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use confiture::gateway::scratch::SUPERUSER;
use nix::unistd::{User, geteuid};

use super::support::{Production, Project, enterable, until};

fn one() -> Project {
    Project::with_migration("create table a (i int);\n")
        .file("db/migrations/001_first.down.sql", "drop table a;\n")
}

/// A program that runs as whoever may run servers: neither PostgreSQL nor pgbouncer runs as root.
fn as_server_user(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if geteuid().is_root() {
        let user =
            User::from_name("postgres").unwrap().expect("the server's package makes the user postgres");
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

/// Runs one of PostgreSQL's own programs.
#[track_caller]
fn run(program: &Path, arguments: &[&str]) {
    let output = as_server_user(program).args(arguments).status().unwrap();
    assert!(output.success(), "{} {arguments:?}: {output}", program.display());
}

/// The directory of an installation that has every program of a server's, as distributions package them.
fn whole_installation() -> PathBuf {
    let places = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];
    let found = places.iter().filter_map(|place| Path::new(place).read_dir().ok()).flatten();
    let bins = found.map(|entry| entry.unwrap().path().join("bin"));
    bins.filter(|bin| bin.join("pg_basebackup").exists() && bin.join("postgres").exists())
        .max()
        .expect("pg_basebackup is needed for this test: run scripts/test, which installs PostgreSQL")
}

/// A cluster that runs until this is dropped. Its socket lies in its directory's parent.
struct Cluster {
    bin: PathBuf,
    data: String,
}

impl Cluster {
    /// Starts the cluster in a directory. What a primary needs for a standby is the default of every server.
    fn start(bin: &Path, data: &str, port: &str) -> Self {
        let sockets = Path::new(data).parent().unwrap().display();
        let options =
            format!("-p {port} -k {sockets} -c listen_addresses= -c fsync=off -c shared_buffers=16MB");
        run(&bin.join("pg_ctl"), &["start", "-w", "-s", "-D", data, "-o", &options]);
        Self { bin: bin.to_owned(), data: data.to_owned() }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = as_server_user(self.bin.join("pg_ctl"));
        let _ = stop.args(["stop", "-w", "-s", "-m", "immediate", "-D", &self.data]).status();
    }
}

fn url(directory: &Path, port: &str, database: &str) -> String {
    let host = directory.to_str().unwrap().replace('/', "%2F");
    format!("postgresql://{SUPERUSER}@{host}:{port}/{database}")
}

#[test]
fn a_standby_is_refused_and_its_primary_is_not() {
    let bin = whole_installation();
    let directory = enterable("cy");
    let place = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let initdb = ["--username", SUPERUSER, "--auth", "trust", "--no-sync", "--locale", "C", "--pgdata"];
    run(&bin.join("initdb"), &[&initdb[..], &[&place("primary")]].concat());
    let _primary = Cluster::start(&bin, &place("primary"), "5432");
    let sockets = place("");
    let from = ["--host", &sockets, "--username", SUPERUSER, "--checkpoint", "fast", "--no-sync"];
    run(
        &bin.join("pg_basebackup"),
        &[&from[..], &["--write-recovery-conf", "--pgdata", &place("standby")]].concat(),
    );
    let _standby = Cluster::start(&bin, &place("standby"), "5433");
    let project = one();
    let on = |port: &str, command: &str| project.migrate(command, &url(directory.path(), port, "postgres"));
    on("5433", "up")
        .ends_with(3)
        .says(&["/postgres is a standby: it takes no writes", "name the primary server"]);
    on("5433", "status").ends_with(2);
    on("5433", "up").with(&["--dry-run"]).ends_with(0);
    on("5432", "up").ends_with(0).says(&["1 migration applied now"]);
}

/// pgbouncer in front of a server, until this is dropped.
struct Pgbouncer {
    child: Child,
    directory: tempfile::TempDir,
}

impl Pgbouncer {
    async fn start(production: &Production, pool_mode: &str) -> Self {
        let directory = enterable("cb");
        let sockets = directory.path().to_str().unwrap().to_owned();
        let settings = format!(
            "[databases]\napp = host={} user={SUPERUSER}\n[pgbouncer]\nauth_type = any\nlisten_port = 6432\n\
             unix_socket_dir = {sockets}\npool_mode = {pool_mode}\n",
            production.socket().display()
        );
        let file = directory.path().join("pgbouncer.ini");
        fs_err::write(&file, settings).unwrap();
        let path = std::env::var_os("PATH").unwrap();
        let program = std::env::split_paths(&path)
            .chain(["/usr/sbin".into()])
            .map(|place| place.join("pgbouncer"))
            .find(|program| program.exists())
            .expect("pgbouncer is needed for this test: run scripts/test, which installs it");
        let child = as_server_user(program).arg("--quiet").arg(&file).spawn().unwrap();
        let pgbouncer = Self { child, directory };
        until("pgbouncer listens", async || {
            let config = format!("host={sockets} port=6432 user={SUPERUSER} dbname=app");
            tokio_postgres::connect(&config, tokio_postgres::NoTls).await.is_ok()
        })
        .await;
        pgbouncer
    }
}

impl Drop for Pgbouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Structure is read over two connections, of which such a pool keeps one waiting for the other's end.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_one_session_is_enough_to_read_a_structure() {
    let production = Production::start().await;
    production.database("app", "create table t (i int)").await;
    let pool = Pgbouncer::start(&production, "session\ndefault_pool_size = 1\nquery_wait_timeout = 0").await;
    let project = Project::bare();
    let read = project.run(&["schema", "dump", &url(pool.directory.path(), "6432", "app")]);
    let ended =
        tokio::time::timeout(Duration::from_mins(1), tokio::task::spawn_blocking(|| read.ends_with(0)));
    ended.await.expect("it waits for ever").unwrap().says(&["public.t"]);
    drop(pool);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pgbouncer_is_refused_where_it_lends_sessions_for_one_transaction() {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = one();
    let lending = Pgbouncer::start(&production, "transaction").await;
    let refused = |command: &str| {
        let ended = project.migrate(command, &url(lending.directory.path(), "6432", "app")).ends_with(2);
        ended.says(&["is a pooler that lends a session for one transaction", "a pool in session mode"]);
    };
    refused("up");
    let tables = "select relname from pg_class where relnamespace = 'public'::regnamespace";
    assert!(production.rows("app", tables).await.is_empty());
    let keeping = Pgbouncer::start(&production, "session").await;
    project.migrate("up", &url(keeping.directory.path(), "6432", "app")).ends_with(0);
    refused("down");
    drop(lending);
    drop(keeping);
    production.stop().await;
}
