//! How fast migrating and building are, as ratios in one run: `cargo bench --bench migrate`. Medians of seven, the two
//! sides taken in turns.
//!
//! Needs `psql` and PostgreSQL's server binaries, and `CONFITURE_TEST_PYTHON_TOOL` for the Python tool's side
//! (`ensure_python_tool` in scripts/lib/setup.sh). Says what was measured; judges nothing, since a busy machine is no
//! fault. A word after `--` measures only what has it in its name.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program for developers, which starts the programs that it compares"
)]

mod common;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{compare, median, pairs, rounds, say};
use confiture::gateway::postgres::{Admin, Session, SessionSettings, Target};
use confiture::gateway::scratch::{EmbeddedOptions, Server, ServerChoice, start};

const CONFITURE: &str = env!("CARGO_BIN_EXE_confiture");

/// What measures one thing and says it.
type Measure = fn(&Bench);

fn main() {
    let bench = Bench::start();
    let wanted = std::env::args().nth(1).filter(|word| !word.starts_with('-')).unwrap_or_default();
    let measures: [(&str, Measure); 4] = [
        ("python", Bench::beside_the_python_tool),
        ("up", Bench::up_beside_psql),
        ("build", Bench::build_beside_psql),
        ("template", Bench::second_database),
    ];
    for (_, measure) in measures.iter().filter(|(name, _)| name.contains(&wanted)) {
        measure(&bench);
    }
    bench.end();
}

struct Bench {
    variables: BTreeMap<String, String>,
    runtime: tokio::runtime::Runtime,
    server: Box<dyn Server>,
    databases: Cell<usize>,
}

impl Bench {
    fn start() -> Self {
        let variables: BTreeMap<String, String> = std::env::vars().collect();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let options = EmbeddedOptions {
            major: None,
            download: false,
            sandbox: false,
            small: true,
            logged: false,
            variables: variables.clone(),
        };
        let choice = ServerChoice::parse(variables.get("CONFITURE_POSTGRES").map(String::as_str)).unwrap();
        let server = runtime.block_on(start(&choice, &options, None)).unwrap();
        Self { variables, runtime, server, databases: Cell::new(0) }
    }

    fn end(mut self) {
        self.runtime.block_on(self.server.stop());
    }

    /// Start-up, `status` and `up` of 300 migrations, `build` of 200 tables into a file.
    fn beside_the_python_tool(&self) {
        let Some(python) = self.variables.get("CONFITURE_TEST_PYTHON_TOOL") else {
            println!("the Python tool: not measured, CONFITURE_TEST_PYTHON_TOOL is not set");
            return;
        };
        let wanted = "at least 5 × faster: ratio 0.20";
        let both = |what: &str, project: &Project, arguments: &[&str], fresh: bool| {
            let one = |tool: &str| {
                let target = if fresh { self.migratable(project) } else { project.target.clone().unwrap() };
                project.lead_to(&target);
                run(Command::new(tool).current_dir(&project.root).args(arguments), &[0, 1])
            };
            let (ours, theirs) = pairs(|| one(CONFITURE), || one(python));
            compare(what, ours, "python", theirs, wanted);
        };
        let mut chain = Project::with_chain(300);
        chain.target = Some(self.migratable(&chain));
        both("--version", &chain, &["--version"], false);
        both("status of 300 migrations", &chain, &["migrate", "status", "--config", LOCAL], false);
        both("up of 300 migrations", &chain, &["migrate", "up", "--config", LOCAL], true);
        let mut tables = Project::with_tables(200, 1);
        tables.target = Some(self.database());
        both("build of 200 tables into a file", &tables, &["build", "--env", "local"], false);
    }

    fn up_beside_psql(&self) {
        for number in [300, 1000] {
            let project = Project::with_chain(number);
            let script = project.chain_for_psql();
            let up = || confiture(&project, &["migrate", "up"], &self.migratable(&project));
            let (ours, theirs) = pairs(up, || psql(&self.migratable(&project), &script));
            compare(&format!("up of {number} migrations"), ours, "psql", theirs, "at most 1.3 × psql");
        }
    }

    fn build_beside_psql(&self) {
        for (tables, each, what) in [
            (200, 200, "build of 200 tables"),
            (200, 1, "the same in 200 files"),
            (1000, 1, "build of 1,000 files"),
        ] {
            let project = Project::with_tables(tables, each);
            let script = project.joined("db/schema");
            let build = || confiture(&project, &["build"], &self.database());
            let (ours, theirs) = pairs(build, || psql(&self.database(), &script));
            compare(what, ours, "psql", theirs, "at most 1.1 × psql");
        }
    }

    /// The whole command, and where its time goes: the server's own part, each way.
    fn second_database(&self) {
        let project = Project::with_tables(200, 1);
        let copy = || confiture(&project, &["build", "--template"], &self.not_there("copy"));
        say("a second fresh database from the template", median(rounds(copy)), "at most 150 ms");
        let name = self.value("select datname from pg_database where datname like 'confiture_template_%'");
        for strategy in ["wal_log", "file_copy"] {
            let times = rounds(|| {
                let target = self.not_there(strategy);
                let begun = Instant::now();
                self.value(&format!(
                    "create database {} template {name} strategy {strategy}",
                    target.libpq_environment()[0].1
                ));
                begun.elapsed()
            });
            say(&format!("the server's part of it, {strategy}"), median(times), "no figure wanted");
        }
    }

    /// A database that has not been made.
    fn not_there(&self, prefix: &str) -> Target {
        self.databases.set(self.databases.get() + 1);
        self.server.admin().with_database(&format!("{prefix}{}", self.databases.get()))
    }

    /// The first value of what the server answers to a superuser.
    fn value(&self, sql: &str) -> String {
        self.runtime.block_on(async {
            let settings = SessionSettings::administering("bench");
            let session = Session::open(self.server.admin(), &settings).await.unwrap();
            let value = session.value(sql).await.unwrap();
            session.close().await;
            value.unwrap_or_default()
        })
    }

    /// A new empty database; the one before goes.
    fn database(&self) -> Target {
        let number = self.databases.get() + 1;
        self.databases.set(number);
        let name = |number: usize| format!("bench{number}");
        self.runtime.block_on(async {
            let admin = Admin::open(self.server.admin(), "bench").await.unwrap();
            admin.drop_database(&name(number - 1)).await.unwrap();
            admin.create_database(&name(number), None, None).await.unwrap();
            admin.close().await;
        });
        self.server.admin().with_database(&name(number))
    }

    /// A new database with an empty ledger.
    fn migratable(&self, project: &Project) -> Target {
        let target = self.database();
        let empty = project.root.join("empty");
        std::fs::create_dir_all(empty.join("db/migrations")).unwrap();
        let arguments = ["migrate", "up", "--database-url", &url(&target)];
        run(Command::new(CONFITURE).current_dir(empty).args(arguments), &[0]);
        target
    }
}

const LOCAL: &str = "db/environments/local.yaml";

/// A project on disk.
struct Project {
    root: PathBuf,
    target: Option<Target>,
    _keep: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let keep = tempfile::tempdir().unwrap();
        let root = keep.path().to_owned();
        for directory in ["db/migrations", "db/schema", "db/environments"] {
            std::fs::create_dir_all(root.join(directory)).unwrap();
        }
        Self { root, target: None, _keep: keep }
    }

    fn with_chain(number: usize) -> Self {
        let project = Self::new();
        for version in 1..=number {
            let sql = format!("create table t{version} (id integer primary key, name text not null);\n");
            let path = project.root.join(format!("db/migrations/{version:04}_t.up.sql"));
            std::fs::write(&path, sql).unwrap();
            // The Python tool takes no migration without.
            let back = format!("drop table t{version};\n");
            std::fs::write(path.with_file_name(format!("{version:04}_t.down.sql")), back).unwrap();
        }
        project
    }

    /// Tables with identity, unique, check, index and comment, so many to a file.
    fn with_tables(number: usize, each: usize) -> Self {
        let project = Self::new();
        let tables: Vec<usize> = (1..=number).collect();
        for (file, tables) in tables.chunks(each).enumerate() {
            let mut sql = String::new();
            for table in tables {
                write!(
                    sql,
                    "create table t{table} (id bigint generated always as identity primary key, email text not null \
                     unique, amount numeric check (amount >= 0), born date);\n\
                     create index t{table}_born on t{table} (born);\ncomment on table t{table} is 'number {table}';\n"
                )
                .unwrap();
            }
            std::fs::write(project.root.join(format!("db/schema/{file:04}_t.sql")), sql).unwrap();
        }
        project
    }

    /// Its migrations as one script, each in its own transaction with its ledger row.
    fn chain_for_psql(&self) -> PathBuf {
        let mut script = String::new();
        let all = self.files("db/migrations").into_iter();
        for path in all.filter(|path| path.to_string_lossy().ends_with(".up.sql")) {
            let (version, sql) =
                (&path.file_name().unwrap().to_str().unwrap()[..4], std::fs::read_to_string(&path).unwrap());
            write!(
                script,
                "begin;\n{sql}insert into tb_confiture (slug, version, name, execution_time_ms, checksum, applied_by) \
                 values ('t_{version}', '{version}', 't', 1, repeat('0', 64), current_user);\ncommit;\n"
            )
            .unwrap();
        }
        let file = self.root.join("chain.sql");
        std::fs::write(&file, script).unwrap();
        file
    }

    /// The files of a directory as one script.
    fn joined(&self, directory: &str) -> PathBuf {
        let file = self.root.join("joined.sql");
        let texts = self.files(directory).into_iter().map(|path| std::fs::read_to_string(path).unwrap());
        std::fs::write(&file, texts.collect::<String>()).unwrap();
        file
    }

    fn files(&self, directory: &str) -> Vec<PathBuf> {
        let entries = self.root.join(directory).read_dir().unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// Writes an environment file that both tools read.
    fn lead_to(&self, target: &Target) {
        let text = format!("name: local\ndatabase_url: {}\ninclude_dirs: [db/schema]\n", url(target));
        std::fs::write(self.root.join(LOCAL), text).unwrap();
    }
}

fn url(target: &Target) -> String {
    let variables: BTreeMap<_, _> = target.libpq_environment().into_iter().collect();
    let host = variables["PGHOST"].replace('/', "%2F");
    let (user, port, database) = (&variables["PGUSER"], &variables["PGPORT"], &variables["PGDATABASE"]);
    format!("postgresql://{user}@{host}:{port}/{database}")
}

fn confiture(project: &Project, arguments: &[&str], target: &Target) -> Duration {
    let mut command = Command::new(CONFITURE);
    run(command.current_dir(&project.root).args(arguments).args(["--database-url", &url(target)]), &[0])
}

/// Everything in one session of psql's.
fn psql(target: &Target, script: &Path) -> Duration {
    let mut command = Command::new("psql");
    command.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--file"]).arg(script);
    run(command.envs(target.libpq_environment()), &[0])
}

/// How long a program took, which has to end with one of these exit codes.
fn run(command: &mut Command, codes: &[i32]) -> Duration {
    let begun = Instant::now();
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let taken = begun.elapsed();
    assert!(output.code().is_some_and(|code| codes.contains(&code)), "{command:?} ended with {output}");
    taken
}
