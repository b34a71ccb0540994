//! A throwaway server, databases on it, and what they are told to be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use confiture::gateway::postgres::{DatabaseError, Session, SessionSettings, Target, read_schema};
use confiture::gateway::scratch::{self, EmbeddedOptions, Server, ServerChoice};
use confiture::model::ident::Ident;
use confiture::model::ledger::LedgerTable;
use confiture::model::plan::{Step, StepTransaction};
use confiture::model::schema::Schema;
use confiture::model::statement::TransactionMode;

use super::dump;
use crate::support::{self, cache};

/// The roles that rows may name; they cannot log in.
const ROLES: [&str; 3] = ["app_owner", "app_reader", "app_writer"];

/// Bytes that a server with some databases stays below.
const ENOUGH_MEMORY: u64 = 2 << 30;

/// A server with what is needed to try a way from one structure to another.
pub(super) struct Lab {
    server: Box<dyn Server>,
    _directory: tempfile::TempDir,
    admin: Session,
    dumper: Option<PathBuf>,
    number: AtomicU32,
}

/// Why a plan did not go through.
pub(super) struct Stopped {
    /// How many of its steps hold all the same.
    pub(super) done: usize,
    /// The step that failed.
    pub(super) step: usize,
    pub(super) error: DatabaseError,
}

impl Lab {
    /// Starts a server of a major version.
    pub(super) async fn start(major: u32) -> Self {
        let directory = quick_directory();
        let binaries = if major == support::MAJOR { PathBuf::new() } else { support::binaries_of(major) };
        let variables = BTreeMap::from([
            ("TMPDIR".to_owned(), directory.path().to_str().unwrap().to_owned()),
            ("CONFITURE_CACHE_DIR".to_owned(), cache().to_str().unwrap().to_owned()),
            ("CONFITURE_POSTGRES_BIN".to_owned(), binaries.to_str().unwrap().to_owned()),
        ]);
        let options = EmbeddedOptions {
            major: None,
            download: false,
            sandbox: false,
            small: false,
            logged: false,
            variables,
        };
        let server = scratch::start(&ServerChoice::Embedded(Some(major)), &options, None).await;
        let server = server.unwrap_or_else(|error| {
            panic!("PostgreSQL {major} is needed for this test: {error}; run scripts/test, which installs it")
        });
        let admin = Session::open(server.admin(), &SessionSettings::administering("a test")).await.unwrap();
        for role in ROLES {
            admin.run(&format!("create role {}", Ident::new(role))).await.unwrap();
        }
        Self { server, _directory: directory, admin, dumper: dumper(major), number: AtomicU32::new(0) }
    }

    pub(super) async fn stop(mut self) {
        self.admin.close().await;
        self.server.stop().await;
    }

    pub(super) fn target(&self, database: &str) -> Target {
        self.server.admin().with_database(database)
    }

    async fn session(&self, database: &str, settings: &SessionSettings) -> Session {
        Session::open(&self.target(database), settings).await.unwrap()
    }

    /// Makes a database and runs SQL in it, each statement by itself; returns its name.
    pub(super) async fn build(&self, sql: &str) -> Result<String, String> {
        let name = self.create().await?;
        let session = self.session(&name, &SessionSettings::migrating("60s")).await;
        let ended = run_each(&session, sql).await;
        session.close().await;
        ended.map(|()| name)
    }

    /// Makes a database and runs the files of a chain in it, each in one transaction where it allows that.
    pub(super) async fn build_chain(&self, files: &[String]) -> Result<String, String> {
        let name = self.create().await?;
        let session = self.session(&name, &SessionSettings::migrating("60s")).await;
        for file in files {
            let statements = confiture::sql::statements(file).map_err(|error| error.to_string())?;
            let whole = confiture::sql::transaction_mode(&statements, false) != TransactionMode::None;
            if whole {
                session.run(file).await.map_err(|error| error.to_string())?;
            } else {
                run_each(&session, file).await?;
            }
            session.run("reset all").await.map_err(|error| error.to_string())?;
        }
        session.close().await;
        Ok(name)
    }

    /// Makes an empty database.
    async fn create(&self) -> Result<String, String> {
        let name = format!("lab_{}", self.number.fetch_add(1, Ordering::Relaxed));
        let sql = format!("create database {} strategy file_copy", Ident::new(&name));
        self.admin.run(&sql).await.map_err(|error| error.to_string())?;
        Ok(name)
    }

    /// Removes a database. One with subscriptions cannot be removed and stays as long as the server.
    pub(super) async fn remove(&self, database: &str) {
        let _ = self.admin.run(&format!("drop database {} with (force)", Ident::new(database))).await;
    }

    /// The rows that a query answers.
    pub(super) async fn rows(&self, database: &str, sql: &str) -> Result<Vec<String>, String> {
        let session = self.session(database, &SessionSettings::migrating("60s")).await;
        let rows = session.rows(sql).await;
        session.close().await;
        let rows = rows.map_err(|error| format!("{error}, in: {sql}"))?;
        let values = rows.iter().map(|row| row.columns().map(|(_, value)| value).collect::<Vec<_>>());
        Ok(values.map(|values| format!("{values:?}")).collect())
    }

    pub(super) async fn schema(&self, database: &str) -> Result<Schema, String> {
        let schema = read_schema(&self.target(database), &LedgerTable::default()).await;
        schema.map_err(|error| error.to_string())
    }

    /// What `pg_dump` says, when there is one for this server.
    pub(super) async fn dump(&self, database: &str) -> Option<Vec<String>> {
        let dumper = self.dumper.as_ref()?;
        let output = tokio::process::Command::new(dumper)
            .args(["--schema-only", "--no-password"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(self.target(database).libpq_environment())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
        Some(dump::statements(&String::from_utf8_lossy(&output.stdout)))
    }

    /// Runs a plan: neighbours in one transaction as far as they allow it.
    pub(super) async fn apply(&self, database: &str, steps: &[Step]) -> Result<(), Stopped> {
        let session = self.session(database, &SessionSettings::migrating("60s")).await;
        // What functions name in their text may come later.
        session.run("set check_function_bodies = off").await.unwrap();
        let ended = apply(&session, steps).await;
        session.close().await;
        ended
    }
}

async fn run_each(session: &Session, sql: &str) -> Result<(), String> {
    for statement in confiture::sql::statements(sql).map_err(|error| error.to_string())? {
        let text = &sql[statement.span];
        session.run(text).await.map_err(|error| format!("{error}, in: {text}"))?;
    }
    Ok(())
}

async fn apply(session: &Session, steps: &[Step]) -> Result<(), Stopped> {
    let mut done = 0;
    let mut open = false;
    for (number, step) in steps.iter().enumerate() {
        let shared = step.transaction == StepTransaction::Shared;
        let stopped = |done: usize| move |error| Stopped { done, step: number, error };
        if open && !shared {
            session.run("commit").await.map_err(stopped(done))?;
            (open, done) = (false, number);
        }
        if shared && !open {
            session.run("begin").await.map_err(stopped(done))?;
            open = true;
        }
        session.run(&step.sql).await.map_err(stopped(done))?;
        if !shared {
            done = number + 1;
        }
    }
    if open {
        let last = steps.len() - 1;
        session.run("commit").await.map_err(|error| Stopped { done, step: last, error })?;
    }
    Ok(())
}

/// Where a server is quick that makes and drops hundreds of databases: in memory, when there is enough of it.
fn quick_directory() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let free = nix::sys::statvfs::statvfs(memory)
        .map_or(0, |memory| memory.blocks_available().saturating_mul(memory.fragment_size()));
    support::enterable_in(if free > ENOUGH_MEMORY { memory } else { Path::new("/tmp") }, "ca")
}

/// The oldest `pg_dump` that can read a server of this major version.
fn dumper(major: u32) -> Option<PathBuf> {
    let given = std::env::var_os("CONFITURE_TEST_PG_DUMP").map(PathBuf::from);
    let system = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten();
    let mut installed: Vec<(u32, PathBuf)> = system
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin/pg_dump")))
        })
        .filter(|(version, path): &(u32, PathBuf)| *version >= major && path.is_file())
        .collect();
    installed.sort();
    installed.into_iter().next().map(|(_, path)| path).or(given)
}
