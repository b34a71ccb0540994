//! Clusters of a whole PostgreSQL installation: a primary, and a standby that streams from it.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use confiture::gateway::scratch::SUPERUSER;
use nix::unistd::{User, geteuid};

use super::support::{connect, enterable, rows, until};

/// A program that runs as whoever may run servers: neither PostgreSQL nor pgbouncer runs as root.
pub(super) fn as_server_user(program: impl AsRef<Path>) -> Command {
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

/// Where a cluster has its data.
fn data(place: &Path) -> String {
    place.join("data").to_str().unwrap().to_owned()
}

/// A cluster that runs until this is dropped. Its socket lies beside its data.
pub(super) struct Cluster {
    bin: PathBuf,
    place: PathBuf,
}

impl Cluster {
    /// Starts the cluster whose data are in a directory `data`. What a primary needs for a standby is the default of every server.
    fn start(bin: &Path, place: PathBuf) -> Self {
        let sockets = place.display();
        let options = format!("-k {sockets} -c listen_addresses= -c fsync=off -c shared_buffers=16MB");
        run(&bin.join("pg_ctl"), &["start", "-w", "-s", "-D", &data(&place), "-o", &options]);
        Self { bin: bin.to_owned(), place }
    }

    /// The URL of its database `postgres`, as a user.
    pub(super) fn url(&self, user: &str) -> String {
        format!("postgresql://{user}@{}:5432/postgres", self.place.to_str().unwrap().replace('/', "%2F"))
    }

    /// The rows of a query in its database `postgres`, columns joined by a bar.
    pub(super) async fn rows(&self, sql: &str) -> Vec<String> {
        let client = connect(&self.place, SUPERUSER, "postgres").await.unwrap();
        rows(&client, sql).await
    }

    /// SQL that has the shell of its server run a statement in it; a superuser of another server may do so.
    pub(super) fn told_by_a_program(&self, sql: &str) -> String {
        let (psql, sockets) = (self.bin.join("psql"), self.place.display());
        let (psql, user) = (psql.display(), SUPERUSER);
        format!("copy (select 1) to program '{psql} -X -q -h {sockets} -U {user} -d postgres -c \"{sql}\"'")
    }

    /// Stops it at once.
    pub(super) fn stop(&self) {
        let mut stop = as_server_user(self.bin.join("pg_ctl"));
        let _ = stop.args(["stop", "-w", "-s", "-m", "immediate", "-D"]).arg(data(&self.place)).status();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A primary and its standby.
pub(super) struct Pair {
    // In this order they are stopped.
    pub(super) standby: Cluster,
    pub(super) primary: Cluster,
    _directory: tempfile::TempDir,
}

impl Pair {
    /// Starts both and waits until the standby, which has the slot `eu`, streams.
    pub(super) async fn start() -> Self {
        let bin = whole_installation();
        let directory = enterable("cy");
        let place = |name: &str| directory.path().join(name);
        let (of_primary, of_standby) = (data(&place("primary")), data(&place("standby")));
        let initdb = ["--username", SUPERUSER, "--auth", "trust", "--no-sync", "--locale", "C", "--pgdata"];
        run(&bin.join("initdb"), &[&initdb[..], &[&of_primary]].concat());
        let primary = Cluster::start(&bin, place("primary"));
        let sockets = place("primary");
        let from = ["--host", sockets.to_str().unwrap(), "--username", SUPERUSER, "--checkpoint", "fast"];
        let slot = ["--no-sync", "--create-slot", "--slot", "eu", "--write-recovery-conf", "--pgdata"];
        run(&bin.join("pg_basebackup"), &[&from[..], &slot, &[&of_standby]].concat());
        let standby = Cluster::start(&bin, place("standby"));
        let streams = "select count(*) from pg_stat_replication where state = 'streaming'";
        until("the standby streams", async || primary.rows(streams).await == ["1"]).await;
        Self { standby, primary, _directory: directory }
    }
}
