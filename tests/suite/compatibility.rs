//! The Python tool beside this one: the same project, the same server, the same command lines.
//!
//! Whatever the two leave or say differently has to be in [`DIFFERENCES`], and each of those in
//! docs/compatibility.md. What is compared: exit codes, the keys of the JSON with their values, the rows of the
//! ledger, and the catalog.

mod differences;
mod python;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use self::differences::{DIFFERENCES, Difference};
use super::support::{Ended, Production, Project, until, wait};

/// The two tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Ours,
    Original,
}
use Tool::{Original, Ours};

/// A server and a project with four migrations that both tools read.
struct Bench {
    project: Project,
    production: Production,
}

impl Bench {
    async fn start() -> Self {
        let mut project = Project::new();
        for (version, table) in [("001", "a"), ("002", "b"), ("003", "c"), ("004", "d")] {
            let file = format!("db/migrations/{version}_{table}");
            project = project
                .file(&format!("{file}.up.sql"), format!("create table {table} (i int primary key);\n"))
                .file(&format!("{file}.down.sql"), format!("drop table {table};\n"));
        }
        Self { project, production: Production::start().await }
    }

    /// Makes a database, and an environment of the same name that leads to it.
    async fn database(&self, name: &str) {
        self.production.database(name, "").await;
        let settings =
            format!("name: {name}\ndatabase_url: {}\ninclude_dirs: []\n", self.production.url(name));
        self.project.write(&format!("db/environments/{name}.yaml"), settings);
    }

    /// Starts the same command line with either tool.
    fn start_run(&self, tool: Tool, database: &str, command: &str) -> Child {
        let config = format!("db/environments/{database}.yaml");
        let arguments: Vec<&str> =
            command.split(' ').chain(["--config", &config, "--format", "json"]).collect();
        match tool {
            Ours => self.project.run(&arguments).start(),
            Original => Command::new(original())
                .current_dir(self.project.path(""))
                .args(&arguments)
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap())
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        }
    }

    fn run(&self, tool: Tool, database: &str, command: &str) -> Ended {
        wait(self.start_run(tool, database, command))
    }

    /// Runs the second of two commands after the first, which either tool may have run, and says what is different
    /// from when the original did both.
    async fn compare(&self, first: &str, second: &str) -> BTreeSet<String> {
        let reference = self.halves("both_original", [(Original, first), (Original, second)]).await;
        let mut observed = BTreeSet::new();
        for (database, tools) in [
            ("both_ours", [Ours, Ours]),
            ("original_first", [Original, Ours]),
            ("ours_first", [Ours, Original]),
        ] {
            let ended = self.halves(database, [(tools[0], first), (tools[1], second)]).await;
            observed.extend(differences(&command(second), &ended, &reference));
            observed.extend(self.left(database, "both_original").await);
        }
        observed
    }

    /// Runs two commands on a new database and returns how the second ended; the first has to succeed.
    async fn halves(&self, database: &str, steps: [(Tool, &str); 2]) -> Ended {
        self.database(database).await;
        let [(tool, first), (other, second)] = steps;
        if !first.is_empty() {
            let ended = self.run(tool, database, first);
            assert_eq!(ended.code, 0, "{tool:?} {first}: {}{}", ended.out, ended.err);
        }
        self.run(other, database, second)
    }

    /// What is different in two databases.
    async fn left(&self, ours: &str, original: &str) -> Vec<String> {
        let mut observed = Vec::new();
        let catalogs =
            [self.production.rows(ours, CATALOG).await, self.production.rows(original, CATALOG).await];
        let [mine, theirs] = catalogs.map(|rows| rows.into_iter().collect::<BTreeSet<_>>());
        observed.extend(mine.difference(&theirs).map(|what| format!("catalog: only ours has {what}")));
        observed
            .extend(theirs.difference(&mine).map(|what| format!("catalog: only the original has {what}")));
        let has_ledger = |catalog: &BTreeSet<String>| catalog.contains("relation r public.tb_confiture");
        if has_ledger(&mine) && has_ledger(&theirs) {
            let rows =
                [self.production.rows(ours, LEDGER).await, self.production.rows(original, LEDGER).await];
            if rows[0] != rows[1] {
                observed.push(format!("ledger: {:?}, the original {:?}", rows[0], rows[1]));
            }
        }
        observed
    }
}

/// The columns that both write; of a slug its shape, of a duration whether there is one.
const LEDGER: &str = "select version, name, checksum, regexp_replace(slug, '[0-9]{8}_[0-9]{6}', 'TIME'),
    execution_time_ms is null, applied_by, archived_into, pk_confiture from tb_confiture order by version";

/// Everything that is in a database, a line each.
const CATALOG: &str = "
    with mine as (select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')
    select 'schema ' || nspname from mine
    union all
    select 'relation ' || relkind::text || ' ' || nspname || '.' || relname from pg_class join mine on mine.oid = relnamespace
    union all
    select format('column %s.%s.%s %s %s %s %s %s', nspname, relname, attnum, attname, format_type(atttypid, atttypmod),
        attnotnull, attidentity, pg_get_expr(adbin, adrelid))
    from pg_attribute join pg_class on pg_class.oid = attrelid join mine on mine.oid = relnamespace
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attnum > 0 and not attisdropped and relkind = 'r'
    union all
    select 'index ' || pg_get_indexdef(indexrelid) from pg_index join pg_class on pg_class.oid = indrelid
        join mine on mine.oid = relnamespace
    union all
    select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid))
    from pg_constraint join mine on mine.oid = connamespace
    union all
    select format('function %s.%s(%s)', nspname, proname, pg_get_function_arguments(pg_proc.oid))
    from pg_proc join mine on mine.oid = pronamespace";

/// The Python tool's program.
fn original() -> PathBuf {
    let found = std::env::var_os("CONFITURE_TEST_PYTHON_TOOL").map(PathBuf::from);
    found.expect(
        "CONFITURE_TEST_PYTHON_TOOL is not set: run scripts/test, which fetches fraiseql-confiture from PyPI, \
         or `. scripts/lib/setup.sh && ensure_python_tool`",
    )
}

/// The command without its flags.
fn command(line: &str) -> String {
    line.split(' ').take_while(|word| !word.starts_with("--")).collect::<Vec<_>>().join(" ")
}

/// What two runs said differently. Keys that only ours has are more, and no difference.
fn differences(command: &str, ours: &Ended, original: &Ended) -> Vec<String> {
    let mut observed = Vec::new();
    if ours.code != original.code {
        observed.push(format!("{command}: exit code {}, the original {}", ours.code, original.code));
    }
    let (mine, theirs) = (ours.json(), original.json());
    let mut said = BTreeSet::new();
    compare_json("", &mine, &theirs, &mut said);
    observed.extend(said.into_iter().map(|what| format!("{command}: json {what}")));
    observed
}

/// Walks over what the original says.
fn compare_json(at: &str, mine: &Value, theirs: &Value, said: &mut BTreeSet<String>) {
    match (mine, theirs) {
        _ if at.ends_with("duration_ms") => {}
        (Value::Object(mine), Value::Object(theirs)) => {
            for (key, value) in theirs {
                let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                match mine.get(key) {
                    Some(same) => compare_json(&path, same, value, said),
                    None => drop(said.insert(format!("lacks {path}"))),
                }
            }
        }
        (Value::Array(mine), Value::Array(theirs)) if mine.len() == theirs.len() => {
            for (one, other) in mine.iter().zip(theirs) {
                compare_json(&format!("{at}[]"), one, other, said);
            }
        }
        _ if mine == theirs => {}
        _ => drop(said.insert(format!("{at} differs"))),
    }
}

/// Whether a text is as a pattern with `*` says.
fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|after| {
            (0..=after.len()).filter(|at| after.is_char_boundary(*at)).any(|at| is_like(rest, &after[at..]))
        }),
    }
}

/// Asserts that what was observed are these differences, all of them and no other.
#[track_caller]
fn are(observed: &BTreeSet<String>, names: &[&str]) {
    let meant: Vec<&Difference> = DIFFERENCES.iter().filter(|one| names.contains(&one.name)).collect();
    assert_eq!(meant.len(), names.len(), "{names:?} are not all in DIFFERENCES");
    let explains = |one: &Difference, what: &str| one.seen.iter().any(|pattern| is_like(pattern, what));
    let strange: Vec<_> =
        observed.iter().filter(|what| !meant.iter().any(|one| explains(one, what))).collect();
    assert!(strange.is_empty(), "these differences are not meant: {strange:#?}");
    for one in meant {
        let is_seen = observed.iter().any(|what| explains(one, what));
        assert!(is_seen, "{} is no difference any more: {observed:#?}", one.name);
    }
}

/// Compares two halves of a job, whoever did the first.
async fn two_halves(first: &str, second: &str, names: &[&str]) {
    let bench = Bench::start().await;
    let observed = bench.compare(first, second).await;
    bench.production.stop().await;
    are(&observed, names);
}

#[tokio::test(flavor = "multi_thread")]
async fn up_goes_on_where_the_other_tool_stopped() {
    let names = ["no-parser-key", "lists-of-versions", "fewer-keys", "only-the-ledger"];
    two_halves("migrate up --target 002", "migrate up", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn status_reads_what_the_other_tool_applied() {
    let names = ["no-parser-key", "one-table-name", "time-ends-with-z", "ok-is-exit-zero", "only-the-ledger"];
    two_halves("migrate up --target 002", "migrate status", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn down_takes_back_what_the_other_tool_applied() {
    let names = ["no-parser-key", "lists-of-versions", "fewer-keys", "only-the-ledger"];
    two_halves("migrate up", "migrate down --steps 2", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn baseline_knows_what_the_other_tool_marked() {
    two_halves(
        "migrate baseline --through 002",
        "migrate baseline --through 003",
        &["no-parser-key", "only-the-ledger"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reinit_writes_the_other_tools_ledger_anew() {
    let names = ["no-parser-key", "lists-of-versions", "fewer-keys", "only-the-ledger"];
    two_halves("migrate up", "migrate reinit --through 002 --yes", &names).await;
}

/// Each tool on a database of its own: what is said differently once something was changed between two commands.
async fn after(first: &str, change: impl FnOnce(&Project), second: &str, names: &[&str]) {
    let bench = Bench::start().await;
    for (tool, database) in [(Ours, "ours"), (Original, "original")] {
        bench.database(database).await;
        if !first.is_empty() {
            assert_eq!(bench.run(tool, database, first).code, 0, "{tool:?} {first}");
        }
    }
    change(&bench.project);
    let [mine, theirs] =
        [(Ours, "ours"), (Original, "original")].map(|(tool, database)| bench.run(tool, database, second));
    let mut observed = BTreeSet::from_iter(differences(&command(second), &mine, &theirs));
    observed.extend(bench.left("ours", "original").await);
    bench.production.stop().await;
    are(&observed, names);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_ledger_is_only_read() {
    let names = [
        "no-parser-key",
        "one-table-name",
        "status-writes-nothing",
        "ok-is-exit-zero",
        "no-ledger-is-a-hint",
        "only-the-ledger",
    ];
    after("", |_| {}, "migrate status", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_no_file_has_is_refused() {
    let names = ["no-parser-key", "an-error-is-a-failure", "unknown-version-is-usage", "only-the-ledger"];
    after("migrate up --target 001", |_| {}, "migrate baseline --through 009", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployed_file_that_has_changed_stops_both() {
    let change =
        |project: &Project| project.write("db/migrations/001_a.up.sql", "create table a (i bigint);\n");
    let names = ["no-parser-key", "an-error-is-a-failure", "ledger-has-its-own-code", "only-the-ledger"];
    after("migrate up --target 002", change, "migrate up", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_does_not_matter_to_whoever_says_so() {
    let change =
        |project: &Project| project.write("db/migrations/001_a.up.sql", "create table a (i bigint);\n");
    let names = ["no-parser-key", "lists-of-versions", "fewer-keys", "only-the-ledger"];
    after("migrate up --target 002", change, "migrate up --no-verify-checksums", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn force_runs_everything_again_and_keeps_one_row_each() {
    let change = |project: &Project| {
        for table in ["a", "b", "c", "d"] {
            let version = format!("00{}", table.as_bytes()[0] - b'a' + 1);
            let text = format!("create table if not exists {table} (i int primary key);\n");
            project.write(&format!("db/migrations/{version}_{table}.up.sql"), text);
        }
    };
    let names = [
        "no-parser-key",
        "lists-of-versions",
        "fewer-keys",
        "only-the-ledger",
        "force-says-what-it-does",
        "forced-row-has-its-checksum",
    ];
    after("migrate up --target 002", change, "migrate up --force", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_with_one_version_stop_both() {
    let change = |project: &Project| {
        project.write("db/migrations/003_x.up.sql", "select 1;\n");
        project.write("db/migrations/003_x.down.sql", "select 1;\n");
    };
    let names = ["no-parser-key", "an-error-is-a-failure", "ledger-has-its-own-code", "only-the-ledger"];
    after("migrate up --target 002", change, "migrate up", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_that_the_database_refuses_is_rolled_back_by_both() {
    let change = |project: &Project| {
        project.write("db/migrations/003_c.up.sql", "create table c (i int); select 1 / 0;\n");
    };
    let names = [
        "no-parser-key",
        "an-error-is-a-failure",
        "fewer-keys",
        "ok-is-exit-zero",
        "pending-is-what-is-missing",
        "only-the-ledger",
    ];
    after("migrate up --target 002", change, "migrate up", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settings_file_that_is_not_there_is_refused() {
    let change = |project: &Project| {
        for name in ["ours", "original"] {
            fs_err::remove_file(project.path(&format!("db/environments/{name}.yaml"))).unwrap();
        }
    };
    let names = ["no-parser-key", "an-error-is-a-failure", "configuration-is-two", "only-the-ledger"];
    after("migrate up --target 002", change, "migrate up", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_way_back_stays() {
    let change =
        |project: &Project| fs_err::remove_file(project.path("db/migrations/004_d.down.sql")).unwrap();
    let names = ["no-parser-key", "an-error-is-a-failure", "no-way-back-is-eight", "only-the-ledger"];
    after("migrate up", change, "migrate down", &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_of_one_keeps_the_other_out() {
    let bench = Bench::start().await;
    bench.project.write("db/migrations/001_a.up.sql", "create table a (i int); select pg_sleep(8);\n");
    for (holder, other) in [(Ours, Original), (Original, Ours)] {
        let database = format!("held_by_{holder:?}").to_lowercase();
        bench.database(&database).await;
        let held = bench.start_run(holder, &database, "migrate up");
        let sleeps = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'";
        until("the holder works", async || bench.production.rows("postgres", sleeps).await == ["1"]).await;
        let kept_out = bench.run(other, &database, "migrate up --lock-timeout 300");
        let held = wait(held);
        assert_eq!((held.code, kept_out.code), (0, 6), "{}{}", kept_out.out, kept_out.err);
    }
    bench.production.stop().await;
}

/// A file with CRLF line ends is the same to us; the original takes its bytes, and refuses our checksum of it.
#[tokio::test(flavor = "multi_thread")]
async fn either_checksum_is_read_and_line_ends_do_not_count_here() {
    let bench = Bench::start().await;
    bench.project.write("db/migrations/001_a.up.sql", "create table a (\r\n  i int primary key\r\n);\r\n");
    for (database, tools, code) in
        [("original_first", [Original, Ours], 0), ("ours_first", [Ours, Original], 1)]
    {
        let steps = [(tools[0], "migrate up --target 001"), (tools[1], "migrate up --target 002")];
        let ended = bench.halves(database, steps).await;
        assert_eq!(ended.code, code, "{database}: {}{}", ended.out, ended.err);
    }
    let mut observed = BTreeSet::from_iter(bench.left("ours_first", "original_first").await);
    observed.retain(|what| what.starts_with("ledger"));
    bench.production.stop().await;
    are(&observed, &["checksum-of-line-ends"]);
}

#[test]
fn every_difference_is_in_the_documentation_and_the_other_way_round() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/compatibility.md");
    let page = fs_err::read_to_string(path).unwrap();
    let wanted: Vec<String> =
        DIFFERENCES.iter().map(|one| format!("| `{}` | {} |", one.name, one.why)).collect();
    let told: Vec<&str> = page.lines().filter(|line| line.starts_with("| `") && line.contains('-')).collect();
    assert_eq!(told, wanted, "the table in docs/compatibility.md");
}
