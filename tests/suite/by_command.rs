//! Projects whose migrations only their own tool can run: Alembic and Django themselves are at work, and shells that
//! behave badly.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::adoption::fetched;
use super::docker_provider;
use super::preflight_endings::send;
use super::support::{
    Production, Project, Run, assert_nothing_is_left, binaries_of, note, processes_in, until, wait,
};

/// A tool with its runnable example, of two migrations.
struct Tool {
    name: &'static str,
    /// What applies the first migration alone, and all.
    half: &'static [&'static str],
    all: &'static [&'static str],
    /// The migrations as `migrate status` and reports call them.
    versions: [&'static str; 2],
    table: &'static str,
    column: &'static str,
}

const ALEMBIC: Tool = Tool {
    name: "alembic",
    half: &["alembic", "upgrade", "1a2b3c"],
    all: &["alembic", "upgrade", "head"],
    versions: ["1a2b3c", "4d5e6f"],
    table: "users",
    column: "bio",
};

const DJANGO: Tool = Tool {
    name: "django",
    half: &["python", "manage.py", "migrate", "shop", "0001"],
    all: &["python", "manage.py", "migrate", "--noinput"],
    versions: ["shop.0001_initial", "shop.0002_note"],
    table: "shop_customer",
    column: "note",
};

/// Where programs are looked for: Alembic's and Django's first.
fn path() -> std::ffi::OsString {
    let paths = std::env::var_os("PATH").unwrap();
    let all = std::iter::once(fetched("python/bin")).chain(std::env::split_paths(&paths));
    std::env::join_paths(all).unwrap()
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/adopt")
}

/// Copies a directory's files, what Python leaves beside them left out.
pub(super) fn copy(from: &Path, project: &Project, to: &str) {
    for entry in from.read_dir().unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let to = if to.is_empty() { name.clone() } else { format!("{to}/{name}") };
        match entry.file_type().unwrap().is_dir() {
            true if name == "__pycache__" => {}
            true => copy(&entry.path(), project, &to),
            false => project.write(&to, fs_err::read(entry.path()).unwrap()),
        }
    }
}

/// Runs the tool itself on a database.
fn apply(project: &Project, production: &Production, arguments: &[&str]) {
    let mut command = Command::new("/usr/bin/env");
    command.args(arguments).current_dir(project.path("")).env("PATH", path());
    let socket = production.socket().to_str().unwrap().to_owned();
    command.env("DATABASE_URL", format!("postgresql://confiture_superuser@/app?host={socket}"));
    let libpq = [
        ("PGHOST", socket.as_str()),
        ("PGPORT", "5432"),
        ("PGUSER", "confiture_superuser"),
        ("PGDATABASE", "app"),
    ];
    let output = command.envs(libpq).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Tool {
    fn project(&self) -> Project {
        let project = Project::bare();
        copy(&examples().join(self.name), &project, "");
        project.write(".gitignore", "__pycache__\n");
        project
    }

    /// A preflight whose report is checked for what every tool's has.
    fn is_preflighted(&self) {
        let project = self.project();
        let report = preflight(&project).report(0);
        let labels: Vec<&str> = report["migrations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["version"].as_str().unwrap())
            .collect();
        assert_eq!(labels, self.versions, "{report:#}");
        assert_eq!((&report["pending_count"], &report["applied_count"]), (&json!(2), &json!(2)));
        let sent = statements(&report["migrations"][1]);
        assert!(
            sent.iter().any(|text| text.starts_with("ALTER TABLE") && text.contains(self.column)),
            "{sent:?}"
        );
        assert_eq!(report["ran"]["tool"], self.name);
        let changes = report["ran"]["changes"]["changes"].as_array().unwrap();
        assert_eq!((changes.len(), &changes[0]["name"]), (1, &json!(format!("public.{}", self.table))));
        note(&report, "no_declared_schema");
    }

    /// The tool applies half of its chain, then the rest; what is said of it is what the tool says.
    async fn is_told_as_it_is(&self) {
        let production = Production::start().await;
        production.database("app", "").await;
        let project = self.project();
        let url = production.url("app");
        let status =
            |code| project.migrate("status", &url).with(&["--format", "json"]).ends_with(code).json();
        assert_eq!(status(2)["pending"], json!(self.versions));
        apply(&project, &production, self.half);
        let half = status(1);
        assert_eq!(
            (&half["applied"], &half["pending"]),
            (&json!([self.versions[0]]), &json!([self.versions[1]]))
        );
        let report = preflight(&project).with(&["--against", &url]).report(0);
        assert_eq!((&report["base"]["deployed_count"], &report["pending_count"]), (&json!(1), &json!(1)));
        assert_eq!(report["base"]["copy"], "dump");
        assert_eq!(status(1)["pending"], json!([self.versions[1]]), "production was migrated");
        let refused = project.migrate("up", &url).ends_with(2);
        refused.says(&[
            "which its own command runs: nothing was done",
            &format!("run `{}`", self.all.join(" ")),
        ]);
        apply(&project, &production, self.all);
        assert_eq!(status(0)["applied"], json!(self.versions));
        production.stop().await;
    }

    /// What stands at a revision is deployed by the command that stood there.
    fn is_compared_with_a_revision(&self, second: &str) {
        let project = self.project();
        let text = fs_err::read(project.path(second)).unwrap();
        fs_err::remove_file(project.path(second)).unwrap();
        let base = project.commit();
        project.write(second, text);
        let report = preflight(&project).with(&["--base-ref", &base]).report(0);
        assert_eq!(
            (&report["base"]["version"], &report["base"]["commit"]),
            (&json!(self.versions[0]), &json!(base))
        );
        let migration = &report["migrations"][0];
        assert_eq!(migration["version"], self.versions[1], "{report:#}");
        let altered =
            migration["statements"].as_array().unwrap().iter().find(|one| one["locks"] != Value::Null);
        let lock = json!([{"table": self.table, "lock": "access_exclusive"}]);
        assert_eq!(altered.unwrap()["locks"], lock, "{migration:#}");
        let change = &report["ran"]["changes"]["changes"][0];
        assert_eq!((&change["kind"], &change["name"]), (&json!("column"), &json!(self.column)), "{report:#}");
        assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
    }
}

fn preflight(project: &Project) -> Run {
    project.preflight().env("PATH", path())
}

fn statements(migration: &Value) -> Vec<String> {
    let statements = migration["statements"].as_array().unwrap();
    statements.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
}

/// A project with this command, with more said of it, and nothing else to it.
fn with_command(command: &str, more: &Value) -> Project {
    let mut layout = json!({"command": command});
    layout.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Project::bare().file("confiture.yaml", json!({"layout": layout}).to_string())
}

#[test]
fn alembic_runs_its_migrations_in_a_preflight() {
    ALEMBIC.is_preflighted();
}

#[test]
fn django_runs_its_migrations_in_a_preflight() {
    DJANGO.is_preflighted();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_alembic_has_done_is_told_as_alembic_tells_it() {
    ALEMBIC.is_told_as_it_is().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_django_has_done_is_told_as_django_tells_it() {
    DJANGO.is_told_as_it_is().await;
}

#[test]
fn what_a_revision_has_is_built_by_the_command_of_its_own_tree() {
    ALEMBIC.is_compared_with_a_revision("alembic/versions/4d5e6f_add_bio.py");
    DJANGO.is_compared_with_a_revision("shop/migrations/0002_note.py");
}

/// An answer as people read it, without what differs from run to run.
fn is_shown(name: &str, text: &str) {
    let filters = [
        (r"(applied|failed) in (under 1 ms|[0-9.]+ m?s)", "$1 in [time]"),
        (r"✓ (&lt; 1 ms|[0-9.]+ m?s)", "✓ [time]"),
        (r"PostgreSQL [0-9.]+", "PostgreSQL [version]"),
        (r" · [0-9.]+ m?s", " · [time]"),
        (r"confiture [0-9]+\.[0-9.]+", "confiture [version]"),
    ];
    insta::with_settings!({filters => filters}, { insta::assert_snapshot!(name, text) });
}

#[test]
fn a_preflight_of_alembic_is_told_statement_by_statement() {
    let project = ALEMBIC.project().file("db/schema/1.sql", "create table users (id bigint generated always as identity primary key, email text not null unique);");
    is_shown("alembic", &preflight(&project).ends_with(7).out);
    is_shown("alembic_markdown", &preflight(&project).with(&["--format", "markdown"]).ends_with(7).out);
}

#[test]
fn a_statement_that_is_refused_is_shown_with_the_migration_that_sent_it() {
    let second = "alembic/versions/4d5e6f_add_bio.py";
    let project = ALEMBIC.project();
    let text = fs_err::read_to_string(project.path(second)).unwrap();
    project.write(
        second,
        text.replace(
            r#"op.add_column("users", sa.Column("bio", sa.Text))"#,
            r#"op.execute("alter table users add bio txt")"#,
        ),
    );
    let ended = preflight(&project).ends_with(3);
    // What Alembic writes about it is its own, and long.
    let lines: Vec<&str> = ended.out.lines().filter(|line| !line.contains("│ command:")).collect();
    is_shown("alembic_refused", &lines.join("\n"));
    let report = preflight(&project).report(3);
    let failure = &report["failure"];
    assert_eq!((&failure["sqlstate"], &failure["path"]), (&json!("42704"), &json!(second)));
    let statuses: Vec<&Value> =
        report["migrations"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["rolled_back", "failed"]);
    assert!(report["ran"]["output"].as_str().unwrap().contains("UndefinedObject"));
}

#[test]
fn a_command_that_is_found_and_not_written_down_is_proposed_and_not_run() {
    let project = ALEMBIC.project();
    fs_err::remove_file(project.path("confiture.yaml")).unwrap();
    project.write("alembic/env.py", "open('ran', 'w')");
    preflight(&project).ends_with(2).says(&[
        "these are migrations of Alembic (alembic.ini is there, and alembic/env.py), which only its command can run",
        "write the command into confiture.yaml: `layout: {tool: alembic, command: alembic upgrade head}`",
    ]);
    assert!(!project.path("ran").exists());
    // What has to read files says so.
    project.run(&["migrate", "validate"]).ends_with(2).says(&["their SQL stands in no file"]);
}

#[test]
fn a_command_that_is_not_there_or_fails_or_hangs_is_told_with_what_it_wrote() {
    let more = json!({"timeout": "400ms"});
    for (command, code, wanted) in [
        (
            "no-such-tool up",
            2,
            &["`no-such-tool up` was not found, or is no program", "looked for in PATH"][..],
        ),
        ("echo last words; exit 3", 4, &["ended with exit status: 3", "│ command: last words"]),
        ("echo begun; sleep 600", 4, &["took longer than 400ms: it was ended", "│ command: begun"]),
        ("read -r password && echo got it", 4, &["ended with exit status: 1"]),
        ("kill -9 $$", 4, &["ended with signal: 9"]),
    ] {
        with_command(command, &more).preflight().ends_with(code).says(wanted);
    }
    let report = with_command("yes 0123456789", &more).preflight().report(4);
    let output = report["ran"]["output"].as_str().unwrap();
    assert!(output.len() <= 8200 && output.starts_with('…'), "{}", output.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_leaves_running_ends_with_it() {
    let project =
        with_command("sleep 600 & psql -qd \"$DATABASE_URL\" -c 'create table t (i int)'", &json!({}));
    let report = project.preflight().report(0);
    assert_eq!(report["ran"]["changes"]["object_count"], 1, "{report:#}");
    let place = project.path("");
    until("nothing is left running", async || processes_in(&place).is_empty()).await;

    let project = with_command("touch begun; sleep 600", &json!({}));
    let child = project.preflight().start();
    until("the command is begun", async || project.path("begun").exists()).await;
    send(&child, Signal::SIGINT);
    assert_eq!(wait(child).code, 130);
    assert_nothing_is_left(project.servers());
    let place = project.path("");
    until("nothing is left running", async || processes_in(&place).is_empty()).await;
}

#[test]
fn a_command_finds_the_throwaway_database_and_no_secret() {
    let environment =
        json!({"APP_ENV": "preflight", "DATABASE_URL": "postgresql://app:s3cret@production/app"});
    let project = with_command("env > seen", &json!({"environment": environment}));
    let run =
        project.preflight().env("LANG", "C").env("DATABASE_URL", "postgresql://app:s3cret@production/app");
    let secrets =
        ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "CONFITURE_DATABASE_URL", "KUBECONFIG"];
    secrets.iter().fold(run, |run, name| run.env(name, "s3cret")).ends_with(0);
    let seen = fs_err::read_to_string(project.path("seen")).unwrap();
    assert!(!seen.contains("s3cret"), "{seen}");
    for wanted in [
        "\nLANG=C\n",
        "\nAPP_ENV=preflight\n",
        "\nPGDATABASE=confiture_preflight\n",
        "DATABASE_URL=postgresql://confiture_owner@/confiture_preflight?host=/tmp/ct",
    ] {
        assert!(format!("\n{seen}").contains(wanted), "{wanted:?} is not in {seen}");
    }
}

#[test]
fn roles_that_a_command_s_sql_names_are_made_where_they_are_told() {
    let command =
        "psql -v ON_ERROR_STOP=1 -qd \"$DATABASE_URL\" -c 'create table t (i int); grant select on t to app'";
    let ended = with_command(command, &json!({})).preflight().ends_with(3);
    ended.says(&["role \"app\" does not exist"]);
    let report = with_command(command, &json!({"roles": ["app"]})).preflight().report(0);
    assert_eq!(note(&report, "roles_created")["roles"], json!(["app"]));
    // No ledger says what it was, so it is told as the command's.
    assert_eq!(report["migrations"][0]["version"], command);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_run_on_no_database_in_use() {
    let production = Production::start().await;
    production.database("app", "").await;
    let url = production.url("app");
    let project = with_command("touch ran", &json!({}));
    project.preflight().with(&["--against", &url, "--in-place"]).ends_with(2).says(&["leave --in-place out"]);
    project.migrate("up", &url).ends_with(2).says(&["run `touch ran` with the database's address"]);
    assert!(!project.path("ran").exists());
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_looked_for_where_only_a_command_can_run_the_migrations() {
    let production = Production::start().await;
    production.database("app", "create table t (i int); create table schema_migrations (version text)").await;
    let project = with_command("touch ran", &json!({})).file("db/schema/t.sql", "create table t (i int);");
    let url = production.url("app");
    let run = project.run(&["drift", "--database-url", &url, "--format", "json"]).ends_with(0);
    note(&run.json(), "not_replayed");
    let status = project.migrate("status", &url).ends_with(0);
    status.says(&["no file tells which migrations there are"]);
    production.stop().await;
}

#[test]
fn what_a_command_sends_is_seen_in_a_container_and_on_every_major_version() {
    let project = with_command("psql -qd \"$DATABASE_URL\" -c 'create table t (i int)'", &json!({}));
    let is_seen = |report: &Value| {
        assert_eq!(statements(&report["migrations"][0]), ["create table t (i int)"], "{report:#}");
    };
    for major in [16, 17, 18] {
        let run = project.run(&["preflight", "--postgres", &major.to_string()]);
        is_seen(&run.env("CONFITURE_POSTGRES_BIN", binaries_of(major)).report(0));
    }
    if !docker_provider::skipped() {
        let image = format!("docker:{}", docker_provider::TAG);
        is_seen(&project.run(&["preflight", "--postgres", &image]).report(0));
    }
}

#[test]
fn a_revision_s_command_finds_what_is_installed_and_its_failure_is_told_as_the_base_s() {
    let up = "cat node_modules/lib && psql -qd \"$DATABASE_URL\" -f up.sql";
    let project = with_command(up, &json!({}))
        .file(".gitignore", "node_modules\n")
        .file("node_modules/lib", "")
        .file("up.sql", "create table if not exists a (i int);");
    let base = project.commit();
    project.write("up.sql", "alter table a add j int;");
    let report = project.preflight().with(&["--base-ref", &base]).report(0);
    assert_eq!(report["ran"]["changes"]["changes"][0]["name"], "j", "{report:#}");
    assert!(project.path("node_modules/lib").exists());

    project.write("up.sql", "");
    project.write("confiture.yaml", json!({"layout": {"command": "test -f new"}}).to_string());
    project.write("new", "");
    let report = project.preflight().with(&["--base-ref", &base]).report(4);
    assert_eq!(report["failure"]["stage"], "base");
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
}
