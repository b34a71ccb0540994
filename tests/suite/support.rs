//! A project on disk, the binary that is run on it, and a real database beside it.
//!
//! Every run gets a `TMPDIR` of its own, so that what it leaves behind can be seen, and a cleared environment.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use confiture::gateway::scratch::{self, EmbeddedOptions, SUPERUSER, Server, ServerChoice};
use serde_json::Value;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The major version that the tests' servers have unless they are about another.
pub(super) const MAJOR: u32 = 15;

/// A project in a directory of its own.
pub(super) struct Project {
    keep: tempfile::TempDir,
    servers: tempfile::TempDir,
}

impl Project {
    /// An empty directory: not even `db/`.
    pub(super) fn bare() -> Self {
        let keep = tempfile::Builder::new().prefix("cp").tempdir_in("/tmp").unwrap();
        Self { keep, servers: enterable("ct") }
    }

    /// A project with `db/migrations` and no settings.
    pub(super) fn new() -> Self {
        let project = Self::bare();
        fs_err::create_dir_all(project.path("db/migrations")).unwrap();
        project
    }

    /// A project with one migration and no down file of it.
    pub(super) fn with_migration(sql: &str) -> Self {
        Self::new().file("db/migrations/001_first.up.sql", sql)
    }

    /// Writes a file; directories on the way are made.
    pub(super) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.write(path, text);
        self
    }

    pub(super) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.keep.path().join(path)
    }

    /// The `TMPDIR` of its runs.
    pub(super) fn servers(&self) -> &Path {
        self.servers.path()
    }

    /// `confiture preflight` on the newest server that every machine of the tests has.
    pub(super) fn preflight(&self) -> Run {
        self.run(&["preflight"]).with(&["--postgres", &MAJOR.to_string()])
    }

    /// `confiture migrate …` on a database.
    pub(super) fn migrate(&self, command: &str, url: &str) -> Run {
        self.run(&["migrate", command]).with(&["--database-url", url])
    }

    /// The binary with arguments; the project is its working directory.
    pub(super) fn run(&self, arguments: &[&str]) -> Run {
        let mut run = Run::of(self.keep.path(), self.servers.path());
        run.command.args(arguments);
        run
    }

    /// Runs git in the project and returns what it says.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.keep.path())
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits everything and returns the commit.
    pub(super) fn commit(&self) -> String {
        if !self.path(".git").exists() {
            self.git(&["init", "--quiet", "--initial-branch=main"]);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "change"]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// A directory with a short path that everybody may use, as `/tmp`: as root, servers run as `postgres`.
pub(super) fn enterable(prefix: &str) -> tempfile::TempDir {
    enterable_in(Path::new("/tmp"), prefix)
}

/// The same below another directory.
pub(super) fn enterable_in(parent: &Path, prefix: &str) -> tempfile::TempDir {
    let directory = tempfile::Builder::new().prefix(prefix).tempdir_in(parent).unwrap();
    fs_err::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
    directory
}

/// The cache that all tests share: an empty cluster is made once.
pub(super) fn cache() -> PathBuf {
    PathBuf::from(format!("/tmp/confiture-test-cache-{}", nix::unistd::geteuid()))
}

/// The binary, ready to be run.
pub(super) struct Run {
    command: Command,
    servers: PathBuf,
}

/// How a run ended.
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

/// The JSON that a run answers with, which ends with this code.
pub(super) fn json_of(run: Run, code: i32) -> serde_json::Value {
    run.with(&["--format", "json"]).ends_with(code).json()
}

impl Run {
    pub(super) fn of(directory: &Path, servers: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_confiture"));
        command
            .current_dir(directory)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TMPDIR", servers)
            .env("CONFITURE_CACHE_DIR", cache())
            .stdin(Stdio::null());
        Self { command, servers: servers.to_owned() }
    }

    pub(super) fn with(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub(super) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The same run with lines that somebody types.
    pub(super) fn typing(mut self, lines: &str) -> Self {
        use std::io::{Seek as _, Write as _};
        let mut typed = tempfile::tempfile().unwrap();
        typed.write_all(lines.as_bytes()).unwrap();
        typed.rewind().unwrap();
        self.command.stdin(typed);
        self
    }

    /// The same run, started by a shell script that finds it as `"$@"`, in a mount namespace of its own.
    pub(super) fn in_namespace(self, script: &str) -> Self {
        self.under("unshare", &["--mount", "sh", "-c", script, "sh"])
    }

    /// The same run, started by another program.
    pub(super) fn under(self, program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).arg(self.command.get_program());
        command.args(self.command.get_args()).env_clear().stdin(Stdio::null());
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(self.command.get_current_dir().unwrap());
        Self { command, servers: self.servers }
    }

    /// Runs it, and asserts that it left nothing behind.
    #[track_caller]
    pub(super) fn end(mut self) -> Ended {
        let output = self.command.output().unwrap();
        assert_nothing_is_left(&self.servers);
        Ended::of(&output)
    }

    /// Runs it and asserts its exit code.
    #[track_caller]
    pub(super) fn ends_with(self, code: i32) -> Ended {
        let ended = self.end();
        let start = ended.out.char_indices().rev().nth(4000).map_or(0, |(at, _)| at);
        assert_eq!(ended.code, code, "…{}{}", &ended.out[start..], ended.err);
        ended
    }

    /// Runs a preflight for its JSON, which has to be as the published schema says.
    #[track_caller]
    pub(super) fn report(self, code: i32) -> Value {
        let report = self.with(&["--format", "json"]).ends_with(code).json();
        let schema: Value = serde_json::from_str(&confiture::render::json::schema()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let faults: Vec<String> = validator.iter_errors(&report).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?} in {report:#}");
        assert_eq!(report["exit_code"], code, "{report:#}");
        assert_eq!(report["ok"], code == 0, "{report:#}");
        report
    }

    /// Starts it on a terminal, where somebody types.
    pub(super) fn in_terminal(self) -> rexpect::session::PtySession {
        // Who waits in vain is told what was read instead.
        let Self { mut command, .. } = self;
        command.stdin(Stdio::inherit());
        rexpect::session::spawn_command(command, Some(120_000)).unwrap()
    }

    /// Starts it and leaves it running.
    pub(super) fn start(mut self) -> Child {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

impl Ended {
    pub(super) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// Asserts that standard output has every one of these.
    #[track_caller]
    pub(super) fn says(&self, wanted: &[&str]) -> &Self {
        for text in wanted {
            assert!(self.out.contains(text), "{text:?} is not in:\n{}{}", self.out, self.err);
        }
        self
    }
}

/// Asserts that a `TMPDIR` is empty and that no process works in it.
#[track_caller]
pub(super) fn assert_nothing_is_left(servers: &Path) {
    let left: Vec<_> = servers.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    let processes = processes_in(servers);
    assert!(processes.is_empty(), "left running: {processes:?}");
}

/// The processes whose command line or working directory is in a directory.
pub(super) fn processes_in(directory: &Path) -> Vec<String> {
    let wanted = directory.to_str().unwrap();
    let mut found = Vec::new();
    for entry in Path::new("/proc").read_dir().unwrap().filter_map(Result::ok) {
        let number = entry.file_name().into_string().unwrap();
        if !number.bytes().all(|byte| byte.is_ascii_digit()) || number == std::process::id().to_string() {
            continue;
        }
        let command = fs_err::read(entry.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        let place = fs_err::read_link(entry.path().join("cwd")).unwrap_or_default();
        if command.contains(wanted) || place.starts_with(wanted) {
            found.push(format!("{number}: {command}"));
        }
    }
    found
}

/// Waits until something is so: asks every few milliseconds and gives up after half a minute.
pub(super) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..1500 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited in vain until {what}");
}

/// A database server that is not the throwaway one of a run: "production".
pub(super) struct Production {
    server: Box<dyn Server>,
    directory: tempfile::TempDir,
}

impl Production {
    pub(super) async fn start() -> Self {
        Self::of_major(MAJOR, &[]).await
    }

    /// A server of a major version from these directories of binaries, or from the system's.
    pub(super) async fn of_major(major: u32, binaries: &[PathBuf]) -> Self {
        Self::begin(major, binaries, false).await
    }

    /// A server in the sandbox, as comparisons have it.
    #[cfg(target_os = "linux")]
    pub(super) async fn in_the_sandbox(major: u32, binaries: &[PathBuf]) -> Self {
        let production = Self::begin(major, binaries, true).await;
        assert!(
            production.server.is_sandboxed(),
            "there is no sandbox: these tests need Linux 6.12 or newer with Landlock"
        );
        production
    }

    async fn begin(major: u32, binaries: &[PathBuf], sandbox: bool) -> Self {
        let directory = enterable("cs");
        let mut variables = BTreeMap::from([
            ("TMPDIR".to_owned(), directory.path().to_str().unwrap().to_owned()),
            ("CONFITURE_CACHE_DIR".to_owned(), cache().to_str().unwrap().to_owned()),
        ]);
        let paths = std::env::join_paths(binaries).unwrap().into_string().unwrap();
        variables.insert("CONFITURE_POSTGRES_BIN".to_owned(), paths);
        let options =
            EmbeddedOptions { major: None, download: false, sandbox, small: true, logged: false, variables };
        let server = scratch::start(&ServerChoice::Embedded(Some(major)), &options, None).await;
        let server = server.unwrap_or_else(|error| {
            panic!("PostgreSQL {major} is needed for this test: {error}; run scripts/test, which installs it")
        });
        Self { server, directory }
    }

    /// What the server has written into its log.
    pub(super) fn log(&self) -> String {
        fs_err::read_to_string(self.directory_of_server().join("log")).unwrap()
    }

    /// The socket's directory, which is the cluster's.
    pub(super) fn socket(&self) -> PathBuf {
        self.directory_of_server().join("data")
    }

    fn directory_of_server(&self) -> PathBuf {
        let mut found = self.directory.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
        found.next().unwrap()
    }

    /// The URL of a database, as the superuser.
    pub(super) fn url(&self, database: &str) -> String {
        self.url_as(SUPERUSER, database)
    }

    pub(super) fn url_as(&self, user: &str, database: &str) -> String {
        let host = self.socket().to_str().unwrap().replace('/', "%2F");
        format!("postgresql://{user}@{host}:5432/{database}")
    }

    pub(super) async fn connect(&self, database: &str) -> Client {
        connect(&self.socket(), SUPERUSER, database).await.unwrap()
    }

    /// Makes a database and runs SQL in it.
    pub(super) async fn database(&self, name: &str, sql: &str) {
        self.sql("postgres", &format!("create database {name}")).await;
        self.sql(name, sql).await;
    }

    pub(super) async fn sql(&self, database: &str, sql: &str) {
        let client = self.connect(database).await;
        client.batch_execute(sql).await.unwrap();
        self.goodbye(client).await;
    }

    /// Waits until nobody is connected to a database any more.
    pub(super) async fn quiet(&self, database: &str) {
        self.gone(&format!("datname = '{database}'")).await;
    }

    /// Ends a session and waits until the server has seen it.
    async fn goodbye(&self, client: Client) {
        let pid = rows(&client, "select pg_backend_pid()").await.remove(0);
        drop(client);
        self.gone(&format!("pid = {pid}")).await;
    }

    async fn gone(&self, condition: &str) {
        let admin = self.connect("postgres").await;
        let sql =
            format!("select count(*) from pg_stat_activity where {condition} and pid <> pg_backend_pid()");
        until(condition, async || rows(&admin, &sql).await == ["0"]).await;
    }

    /// The rows of a query, columns joined by a bar.
    pub(super) async fn rows(&self, database: &str, sql: &str) -> Vec<String> {
        let client = self.connect(database).await;
        let found = rows(&client, sql).await;
        self.goodbye(client).await;
        found
    }

    pub(super) async fn stop(mut self) {
        self.server.stop().await;
        assert_nothing_is_left(self.directory.path());
    }
}

/// A session on the server whose socket is in a directory.
pub(super) async fn connect(
    socket: &Path,
    user: &str,
    database: &str,
) -> Result<Client, tokio_postgres::Error> {
    let mut config = tokio_postgres::Config::new();
    config.host_path(socket).user(user).dbname(database).application_name("a test");
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// The rows of a query, columns joined by a bar.
pub(super) async fn rows(client: &Client, sql: &str) -> Vec<String> {
    let messages = client.simple_query(sql).await.unwrap();
    let shown = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            let values: Vec<&str> = (0..row.len()).map(|index| row.get(index).unwrap_or("∅")).collect();
            Some(values.join("|"))
        }
        _ => None,
    });
    shown.collect()
}

/// The binaries of a newer major version, which `scripts/test` fetches.
pub(super) fn binaries_of(major: u32) -> PathBuf {
    let name = format!("CONFITURE_TEST_PG_{major}_BIN");
    let found = std::env::var_os(&name).map(PathBuf::from);
    found.unwrap_or_else(|| panic!("{name} is not set: run scripts/test, which fetches PostgreSQL {major}"))
}

/// What a list of notes says of one kind.
#[track_caller]
pub(super) fn note<'a>(report: &'a Value, kind: &str) -> &'a Value {
    let notes = report["notes"].as_array().unwrap();
    notes.iter().find(|note| note["kind"] == kind).unwrap_or_else(|| panic!("no note {kind} in {notes:?}"))
}

/// The rules of a report's findings.
pub(super) fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|found| found["rule"].as_str().unwrap()).collect()
}

/// Waits for a run that was started.
pub(super) fn wait(child: Child) -> Ended {
    Ended::of(&child.wait_with_output().unwrap())
}

/// That an answer is as its published schema says.
#[track_caller]
pub(super) fn assert_as_published(answer: &serde_json::Value, schema: &str) {
    let (_, schema) =
        confiture::render::json::PUBLISHED.into_iter().find(|(name, _)| *name == schema).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema()).unwrap()).unwrap();
    let faults: Vec<String> = validator.iter_errors(answer).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?} in {answer:#}");
}
