//! What stands around a production database, as it really is: a standby that streams, and pgbouncer.

use std::process::Child;
use std::time::Duration;

use confiture::gateway::scratch::SUPERUSER;

use super::cluster::{Cluster, Pair, as_server_user};
use super::support::{Production, Project, enterable, until};

fn one() -> Project {
    Project::with_migration("create table a (i int);\n")
        .file("db/migrations/001_first.down.sql", "drop table a;\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_refused_and_its_primary_is_not() {
    let pair = Pair::start().await;
    let project = one();
    let on = |cluster: &Cluster, command: &str| project.migrate(command, &cluster.url(SUPERUSER));
    on(&pair.standby, "up")
        .ends_with(3)
        .says(&["/postgres is a standby: it takes no writes", "name the primary server"]);
    on(&pair.standby, "status").ends_with(2);
    on(&pair.standby, "up").with(&["--dry-run"]).ends_with(0);
    on(&pair.primary, "up").ends_with(0).says(&["1 migration applied now"]);
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

impl Pgbouncer {
    /// The URL of a database behind it.
    fn url(&self, database: &str) -> String {
        let host = self.directory.path().to_str().unwrap().replace('/', "%2F");
        format!("postgresql://{SUPERUSER}@{host}:6432/{database}")
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
    let read = project.run(&["schema", "dump", &pool.url("app")]);
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
        let ended = project.migrate(command, &lending.url("app")).ends_with(2);
        ended.says(&["is a pooler that lends a session for one transaction", "a pool in session mode"]);
    };
    refused("up");
    let tables = "select relname from pg_class where relnamespace = 'public'::regnamespace";
    assert!(production.rows("app", tables).await.is_empty());
    let keeping = Pgbouncer::start(&production, "session").await;
    project.migrate("up", &keeping.url("app")).ends_with(0);
    refused("down");
    drop(lending);
    drop(keeping);
    production.stop().await;
}
