//! How fast, as ratios in one run: `cargo bench`. Medians of seven, the two sides taken in turns.
//!
//! Needs `psql` and PostgreSQL's server binaries, and `CONFITURE_TEST_PROCRASTINATE_PROJECT`, a project that
//! `scripts/procrastinate DIR` makes. Says what was measured; judges nothing, since a busy machine is no fault.
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
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use confiture::gateway::postgres::{Admin, Target};
use confiture::gateway::scratch::{EmbeddedOptions, Server, ServerChoice, start};

use common::{compare, median, pairs, rounds, say};

const CONFITURE: &str = env!("CARGO_BIN_EXE_confiture");

fn main() {
    let variables: BTreeMap<String, String> = std::env::vars().collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bench = Bench { variables, runtime };
    version();
    bench.server_start();
    bench.procrastinate();
    bench.thousand();
}

fn version() {
    let times = rounds(|| run(Command::new(CONFITURE).arg("--version")));
    say("confiture --version", median(times), "at most 15 ms");
}

struct Bench {
    variables: BTreeMap<String, String>,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn server_start(&self) {
        let times = rounds(|| {
            let begun = Instant::now();
            let mut server = self.server();
            let taken = begun.elapsed();
            self.runtime.block_on(server.stop());
            taken
        });
        say("embedded server ready, warm template", median(times), "at most 300 ms");
    }

    /// The whole process against psql with the same two scripts on the same kind of server, start and end included.
    fn procrastinate(&self) {
        let name = "CONFITURE_TEST_PROCRASTINATE_PROJECT";
        let Some(project) = self.variables.get(name) else {
            println!("procrastinate: not measured, {name} is not set (scripts/procrastinate DIR makes it)");
            return;
        };
        let project = Path::new(project);
        let work = tempfile::tempdir().unwrap();
        let (chain, schema) = (work.path().join("chain.sql"), work.path().join("schema.sql"));
        std::fs::write(&chain, joined(&project.join("db/migrations"))).unwrap();
        std::fs::write(&schema, joined(&project.join("db/schema"))).unwrap();
        let preflight = || run(Command::new(CONFITURE).args(["preflight", "-C"]).arg(project));
        let (ours, theirs) = pairs(preflight, || self.psql_on_a_server(&[&chain, &schema]));
        compare("preflight of procrastinate", ours, "psql", theirs, "at most 1.0 s and 1.5 × psql");
        let memory = peak_memory(Command::new(CONFITURE).args(["preflight", "-C"]).arg(project));
        println!("{:<52} {:>9.1} MB   (at most 100 MB)", "its peak memory besides the server", memory);
    }

    fn thousand(&self) {
        let work = tempfile::tempdir().unwrap();
        let migrations = work.path().join("db/migrations");
        std::fs::create_dir_all(&migrations).unwrap();
        let mut script = String::new();
        for number in 1..=1000 {
            let sql = format!("create table t{number} (id integer primary key, name text not null);\n");
            std::fs::write(migrations.join(format!("{number:04}_t.up.sql")), &sql).unwrap();
            write!(script, "begin;\n{sql}commit;\n").unwrap();
        }
        let file = work.path().join("thousand.sql");
        std::fs::write(&file, script).unwrap();
        let preflight = || run(Command::new(CONFITURE).args(["preflight", "-C"]).arg(work.path()));
        let (ours, theirs) = pairs(preflight, || self.psql_on_a_server(&[&file]));
        compare("1,000 one-statement migrations", ours, "psql", theirs, "at most 1.3 × psql");
    }

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

    /// Starts a server, makes a database for each script, feeds psql with it, and ends the server.
    fn psql_on_a_server(&self, scripts: &[&Path]) -> Duration {
        let begun = Instant::now();
        let mut server = self.server();
        for (number, script) in scripts.iter().enumerate() {
            let database = format!("bench{number}");
            self.runtime.block_on(async {
                let admin = Admin::open(server.admin(), "bench").await.unwrap();
                admin.create_database(&database, None, None).await.unwrap();
                admin.close().await;
            });
            psql(&server.admin().with_database(&database), script);
        }
        self.runtime.block_on(server.stop());
        begun.elapsed()
    }
}

fn psql(target: &Target, script: &Path) {
    let status = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--file"])
        .arg(script)
        .envs(target.libpq_environment())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "psql failed on {}", script.display());
}

/// The files of a directory, in order of name, as one script.
fn joined(directory: &Path) -> String {
    let mut files: Vec<_> = directory.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    files.iter().map(|path| std::fs::read_to_string(path).unwrap() + "\n").collect()
}

fn run(command: &mut Command) -> Duration {
    let begun = Instant::now();
    let output = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let taken = begun.elapsed();
    assert!(matches!(output.code(), Some(0 | 7)), "{command:?} ended with {output}");
    taken
}

/// The highest resident memory of a process, in megabytes, as the kernel counted it until just before the end.
fn peak_memory(command: &mut Command) -> f64 {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes =
            line.and_then(|line| line.split_whitespace().next()).and_then(|word| word.parse::<f64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0.0) / 1024.0);
        std::thread::yield_now();
    }
    peak
}
