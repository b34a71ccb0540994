//! How fast a structure is read and compared, as ratios in one run: `cargo bench --bench catalog`, the first
//! figure alone with `-- reading`.
//!
//! Needs `pg_dump` and PostgreSQL's server binaries. Says what was measured; judges nothing, since a busy machine is
//! no fault.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program for developers, which starts the programs that it compares"
)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{compare, median, pairs, rounds, say};
use confiture::engine::diff::diff;
use confiture::engine::plan::{Options, plan};
use confiture::gateway::postgres::{Admin, Session, SessionSettings, Target, read_schema};
use confiture::gateway::scratch::{EmbeddedOptions, Server, ServerChoice, start};
use confiture::model::ledger::{DEFAULT_TABLE, LedgerTable};
use confiture::model::schema::Schema;

const CONFITURE: &str = env!("CARGO_BIN_EXE_confiture");

fn main() {
    let variables: BTreeMap<String, String> = std::env::vars().collect();
    let bench = Bench { variables, runtime: tokio::runtime::Runtime::new().unwrap() };
    let mut server = bench.server();
    let thousand = bench.build(&*server, "thousand", 1_000);
    let schema = bench.read(&thousand);
    println!("{} objects, {} of which depend on others", schema.objects.len(), schema.dependencies.len());
    let (ours, theirs) = pairs(|| bench.timed_read(&thousand), || pg_dump(&thousand));
    compare("reading 1,000 tables", ours, "pg_dump", theirs, "at most a third of pg_dump");
    if std::env::args().any(|argument| argument == "reading") {
        return;
    }
    let five_thousand = bench.build(&*server, "five_thousand", 5_000);
    let (ours, theirs) = pairs(|| bench.timed_read(&five_thousand), || bench.timed_read(&thousand));
    compare("reading 5,000 tables", ours, "1,000", theirs, "about five times");
    in_memory(&schema);
    bench.runtime.block_on(server.stop());
    two_files();
}

/// Comparing and planning, without a server.
fn in_memory(schema: &Schema) {
    let mut changed = schema.clone();
    for object in changed.objects.values_mut().step_by(100) {
        object.properties.insert("comment".to_owned(), "another".to_owned());
    }
    let timed = |work: &dyn Fn()| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    let compared = rounds(|| timed(&|| assert!(!diff(schema, &changed).equal)));
    say("comparing two structures of 1,000 tables", median(compared), "at most 50 ms");
    let options = Options::default();
    let planned = rounds(|| timed(&|| assert!(!plan(schema, &changed, &options).unwrap().steps.is_empty())));
    say("planning the way between them", median(planned), "no figure wanted");
}

/// The whole process with its own server, on two files of 50 tables that differ in one column.
fn two_files() {
    let work = tempfile::tempdir().unwrap();
    let (one, other) = (work.path().join("a.sql"), work.path().join("b.sql"));
    std::fs::write(&one, tables(50)).unwrap();
    std::fs::write(&other, tables(50) + "alter table t7 add column more text;\n").unwrap();
    let times = rounds(|| {
        let begun = Instant::now();
        let mut command = Command::new(CONFITURE);
        let ended =
            command.arg("diff").args([&one, &other]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert_eq!(ended.unwrap().code(), Some(7));
        begun.elapsed()
    });
    say("confiture diff a.sql b.sql, 50 tables each", median(times), "at most 1.0 s");
}

/// Twelve columns, three indexes, a check and a foreign key to the table before, for each table.
fn tables(number: usize) -> String {
    let mut sql = String::new();
    for table in 0..number {
        let reference = if table == 0 { String::new() } else { format!(" references t{} (id)", table - 1) };
        write!(
            sql,
            "create table t{table} (id bigint generated always as identity primary key, previous bigint{reference}, \
             name text not null default 'x', amount numeric(12,2) check (amount >= 0), born date, seen timestamptz \
             default now(), tags text[], data jsonb, flag boolean not null default false, a int, b int, c varchar(40));\n\
             create index t{table}_name on t{table} (name);\ncreate index t{table}_seen on t{table} (seen) where flag;\n\
             comment on table t{table} is 'number {table}';\n"
        )
        .unwrap();
    }
    sql
}

struct Bench {
    variables: BTreeMap<String, String>,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn server(&self) -> Box<dyn Server> {
        let options = EmbeddedOptions {
            major: None,
            download: false,
            sandbox: false,
            small: false,
            logged: false,
            variables: self.variables.clone(),
        };
        let choice =
            ServerChoice::parse(self.variables.get("CONFITURE_POSTGRES").map(String::as_str)).unwrap();
        self.runtime.block_on(start(&choice, &options, None)).unwrap()
    }

    fn build(&self, server: &dyn Server, database: &str, number: usize) -> Target {
        let target = server.admin().with_database(database);
        self.runtime.block_on(async {
            let admin = Admin::open(server.admin(), "bench").await.unwrap();
            admin.create_database(database, None, None).await.unwrap();
            admin.close().await;
            let session = Session::open(&target, &SessionSettings::migrating("10min")).await.unwrap();
            // A transaction has room for the locks of some thousands of objects only.
            for statement in tables(number).lines() {
                session.run(statement).await.unwrap();
            }
            session.run("vacuum analyze").await.unwrap();
            session.close().await;
        });
        target
    }

    fn read(&self, target: &Target) -> Schema {
        self.runtime.block_on(async { read_schema(target, &LedgerTable::new(DEFAULT_TABLE)).await.unwrap() })
    }

    fn timed_read(&self, target: &Target) -> Duration {
        let begun = Instant::now();
        let schema = self.read(target);
        let taken = begun.elapsed();
        drop(schema);
        taken
    }
}

fn pg_dump(target: &Target) -> Duration {
    let begun = Instant::now();
    let mut command = Command::new("pg_dump");
    let ended = command.arg("--schema-only").envs(target.libpq_environment()).stdout(Stdio::null()).status();
    assert!(ended.unwrap().success());
    begun.elapsed()
}
