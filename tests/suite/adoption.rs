//! Projects of other tools: their files and their ledgers, with the tools themselves at work on the same databases.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::support::{Ended, Production, Project, note};

/// A tool, and a project of four migrations for it: each makes a table, and the way back drops it.
struct Tool {
    name: &'static str,
    settings: &'static [(&'static str, &'static str)],
    /// The path and the text of a migration's file.
    file: fn(usize) -> (String, String),
    /// What the tool is called with to apply everything.
    up: fn(&At<'_>) -> Command,
    /// What it is called with to say what is applied, and what it says when nothing is left.
    status: fn(&At<'_>) -> Command,
    up_to_date: &'static str,
}

/// Where a tool works.
pub(super) struct At<'a> {
    pub(super) project: &'a Project,
    pub(super) production: &'a Production,
}

impl At<'_> {
    pub(super) fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.project.path(""));
        command.env("DATABASE_URL", self.production.url("app"));
        command
    }

    pub(super) fn socket(&self) -> String {
        self.production.socket().to_str().unwrap().to_owned()
    }
}

/// What `scripts/test` has fetched.
pub(super) fn fetched(name: &str) -> PathBuf {
    let found = std::env::var_os("CONFITURE_TEST_TOOLS").map(PathBuf::from);
    let found = found
        .unwrap_or_else(|| panic!("CONFITURE_TEST_TOOLS is not set: run scripts/test, which fetches them"));
    found.join(name)
}

const DBMATE: Tool = Tool {
    name: "dbmate",
    settings: &[],
    file: |number| {
        let text = format!(
            "-- migrate:up\ncreate table t{number} (i int);\n\n-- migrate:down\ndrop table t{number};\n"
        );
        (format!("db/migrations/2024010{number}000000_t{number}.sql"), text)
    },
    up: |at| {
        let url = format!("postgres://confiture_superuser@/app?host={}&sslmode=disable", at.socket());
        at.command(&fetched("dbmate"), &["--url", &url, "--no-dump-schema", "up"])
    },
    status: |at| {
        let url = format!("postgres://confiture_superuser@/app?host={}&sslmode=disable", at.socket());
        at.command(&fetched("dbmate"), &["--url", &url, "status"])
    },
    up_to_date: "Pending: 0",
};

const SQL_MIGRATE: Tool = Tool {
    name: "sql-migrate",
    settings: &[],
    file: |number| {
        let text = format!(
            "-- +migrate Up\ncreate table t{number} (i int);\n\n-- +migrate Down\ndrop table t{number};\n"
        );
        (format!("migrations/2024010{number}000000-t{number}.sql"), text)
    },
    up: |at| sql_migrate(at, "up"),
    status: |at| sql_migrate(at, "up"),
    up_to_date: "Applied 0 migrations",
};

fn sql_migrate(at: &At<'_>, command: &str) -> Command {
    let settings = format!(
        "development:\n  dialect: postgres\n  datasource: host={} dbname=app user=confiture_superuser sslmode=disable\n  \
         dir: migrations\n",
        at.socket()
    );
    at.project.write("dbconfig.yml", settings);
    at.command(Path::new("sql-migrate"), &[command])
}

const NODE_PG_MIGRATE: Tool = Tool {
    name: "node-pg-migrate",
    settings: &[("package.json", r#"{"devDependencies": {"node-pg-migrate": "8"}}"#)],
    file: |number| {
        let text = format!(
            "-- Up Migration\ncreate table t{number} (i int);\n\n-- Down Migration\ndrop table t{number};\n"
        );
        (format!("migrations/170406720000{number}_t{number}.sql"), text)
    },
    up: |at| at.command(&fetched("node-pg-migrate"), &["up", "-m", "migrations"]),
    status: |at| at.command(&fetched("node-pg-migrate"), &["up", "-m", "migrations", "--dry-run"]),
    up_to_date: "No migrations to run!",
};

pub(super) fn run(mut command: Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; run scripts/test"));
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).join("\n");
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

impl Tool {
    /// A project with so many of the tool's migrations.
    fn project(&self, migrations: usize) -> Project {
        let project = Project::bare();
        self.settings.iter().for_each(|(path, text)| project.write(path, text));
        self.add(&project, 1..=migrations);
        project
    }

    fn add(&self, project: &Project, numbers: impl IntoIterator<Item = usize>) {
        for number in numbers {
            let (path, text) = (self.file)(number);
            project.write(&path, text);
        }
    }

    fn native(&self) -> String {
        format!("layout: {{tool: {}, execute: native}}\n", self.name)
    }

    fn is_up_to_date(&self, at: &At<'_>) {
        let said = run((self.status)(at));
        assert!(said.contains(self.up_to_date), "{}: {said}", self.name);
    }

    /// The tool applies half of a chain, and the rest is applied here; then the other way round.
    async fn shares_its_ledger(&self) {
        let production = Production::start().await;
        production.database("app", "").await;
        let project = self.project(2);
        let at = At { project: &project, production: &production };
        run((self.up)(&at));
        self.add(&project, 3..=4);
        let status =
            project.migrate("status", &production.url("app")).with(&["--format", "json"]).ends_with(1).json();
        assert_eq!(status["summary"], json!({"applied": 2, "pending": 2, "total": 4}), "{}", self.name);
        let refused = project.migrate("up", &production.url("app")).ends_with(2);
        refused.says(&[
            "which runs them: nothing was written",
            &format!("layout: {{tool: {}, execute: native}}", self.name),
        ]);
        assert_eq!(tables(&production).await, ["t1", "t2"]);
        project.write("confiture.yaml", self.native());
        project.migrate("up", &production.url("app")).ends_with(0);
        assert_eq!(tables(&production).await, ["t1", "t2", "t3", "t4"]);
        self.is_up_to_date(&at);

        project.migrate("down", &production.url("app")).with(&["--steps", "2"]).ends_with(0);
        assert_eq!(tables(&production).await, ["t1", "t2"]);
        run((self.up)(&at));
        assert_eq!(tables(&production).await, ["t1", "t2", "t3", "t4"]);
        project.migrate("status", &production.url("app")).ends_with(0);
        production.stop().await;
    }

    /// Ours comes first, and makes the ledger that the tool would have made.
    async fn goes_on_where_we_began(&self) {
        let production = Production::start().await;
        production.database("app", "").await;
        let project = self.project(2).file("confiture.yaml", self.native());
        let at = At { project: &project, production: &production };
        project.migrate("up", &production.url("app")).ends_with(0);
        self.add(&project, 3..=4);
        run((self.up)(&at));
        assert_eq!(tables(&production).await, ["t1", "t2", "t3", "t4"]);
        project.migrate("status", &production.url("app")).ends_with(0);
        production.stop().await;
    }

    /// Nothing has to be set for a preflight.
    fn is_preflighted(&self) {
        let project = self.project(2);
        let report = project.run(&["preflight"]).report(0);
        assert_eq!(
            (&report["pending_count"], &note(&report, "laid_out")["tool"]),
            (&json!(2), &json!(self.name))
        );
        self.add(&project, [3]);
        let (path, text) = (self.file)(3);
        let broken = text.replace("create table t3 (i int)", "create table t3 (i ant)");
        project.write(&path, broken);
        let report = project.run(&["preflight"]).report(3);
        let failure = &report["failure"];
        assert_eq!(failure["message"], json!(r#"type "ant" does not exist"#), "{failure}");
        assert_eq!((&failure["path"], &failure["line"]), (&json!(path), &json!(2)));
    }
}

pub(super) async fn tables(production: &Production) -> Vec<String> {
    production.rows("app", "select relname from pg_class where relname ~ '^t[0-9]$' order by 1").await
}

#[tokio::test(flavor = "multi_thread")]
async fn dbmate_and_confiture_go_on_where_the_other_stopped() {
    DBMATE.shares_its_ledger().await;
    DBMATE.goes_on_where_we_began().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_migrate_and_confiture_go_on_where_the_other_stopped() {
    SQL_MIGRATE.shares_its_ledger().await;
    SQL_MIGRATE.goes_on_where_we_began().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_pg_migrate_and_confiture_go_on_where_the_other_stopped() {
    NODE_PG_MIGRATE.shares_its_ledger().await;
    NODE_PG_MIGRATE.goes_on_where_we_began().await;
}

#[test]
fn projects_of_other_tools_are_preflighted_as_they_are() {
    for tool in [DBMATE, SQL_MIGRATE, NODE_PG_MIGRATE] {
        tool.is_preflighted();
    }
}

/// The answer of a command on a project that could be for several tools.
fn undecided() -> Ended {
    let project = Project::bare()
        .file("migrations/1_t.up.sql", "create table t (i int);")
        .file("migrations/1_t.down.sql", "drop table t;");
    project.run(&["preflight"]).ends_with(2)
}

#[test]
fn whose_files_they_are_is_asked_and_not_guessed() {
    undecided().says(&["may be laid out for several tools", "say which it is in confiture.yaml: `layout: "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_with_something_half_done_is_not_gone_on_with() {
    let production = Production::start().await;
    let ledger = "create table schema_migrations (version bigint primary key, dirty boolean not null); \
        insert into schema_migrations values (2, true);";
    production.database("app", ledger).await;
    let project = Project::bare()
        .file("confiture.yaml", "layout: {tool: golang-migrate, execute: native}\n")
        .file("migrations/1_a.up.sql", "create table a (i int);")
        .file("migrations/2_b.up.sql", "create table b (i int);")
        .file("migrations/3_c.up.sql", "create table c (i int);")
        .file("migrations/3_c.down.sql", "drop table c;");
    project.migrate("up", &production.url("app")).ends_with(5).says(&[
        "the ledger public.schema_migrations says that 2 stopped half-way; nothing was run",
        "tell golang-migrate that it is mended",
    ]);
    // Mended: the one row stands for all versions before it.
    production.rows("app", "update schema_migrations set dirty = false").await;
    project.migrate("up", &production.url("app")).ends_with(0);
    let rows = || production.rows("app", "select version, dirty from schema_migrations");
    assert_eq!(rows().await, ["3|f"]);
    project.migrate("down", &production.url("app")).ends_with(0);
    assert_eq!(rows().await, ["2|f"]);
    production.stop().await;
}
