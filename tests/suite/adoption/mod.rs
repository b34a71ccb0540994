//! Projects of other tools: their files and their ledgers, with the tools themselves at work on the same databases.

mod bad_ledgers;
mod disagreements;
mod tools;

use std::process::Command;

use serde_json::json;

pub(super) use self::tools::{At, fetched};
use self::tools::{TOOLS, Tool, run};
use crate::support::{Ended, Production, Project, note};

impl Tool {
    /// A project with so many of the tool's migrations.
    fn project(&self, migrations: usize) -> Project {
        let project = Project::bare();
        self.settings.iter().for_each(|(path, text)| project.write(path, text));
        self.add(&project, 1..=migrations);
        project
    }

    fn add(&self, project: &Project, numbers: impl IntoIterator<Item = usize>) {
        for (path, text) in numbers.into_iter().flat_map(self.files) {
            project.write(&path, text);
        }
    }

    fn native(&self) -> String {
        format!("layout: {{tool: {}, execute: native}}\n", self.name)
    }

    fn is_up_to_date(&self, at: &At<'_>) {
        let said = works((self.status)(at));
        assert!((self.is_up_to_date)(&said), "{}: {said}", self.name);
    }

    /// The tool applies half of a chain, and the rest is applied here; then the other way round.
    async fn shares_its_ledger(&self) {
        let production = Production::start().await;
        production.database("app", "").await;
        let project = self.project(2);
        let at = At { project: &project, production: &production, database: "app" };
        works((self.up)(&at));
        self.add(&project, 3..=4);
        let status = project.migrate("status", &at.url()).with(&["--format", "json"]).ends_with(1).json();
        assert_eq!(status["summary"], json!({"applied": 2, "pending": 2, "total": 4}), "{}", self.name);
        assert_eq!(status["hints"], json!([]), "{}", self.name);
        project.migrate("up", &at.url()).ends_with(2).says(&[
            "which runs them: nothing was written",
            &format!("layout: {{tool: {}, execute: native}}", self.name),
        ]);
        assert_eq!(tables(&at).await, ["t1", "t2"]);
        project.write("confiture.yaml", self.native());
        project.migrate("up", &at.url()).ends_with(0);
        assert_eq!(tables(&at).await, ["t1", "t2", "t3", "t4"]);
        self.is_up_to_date(&at);
        self.is_taken_back_and_applied_again(&at).await;
        production.stop().await;
    }

    /// What we take back, the tool applies again; where nothing leads back, nothing is done.
    async fn is_taken_back_and_applied_again(&self, at: &At<'_>) {
        let down = at.project.migrate("down", &at.url()).with(&["--steps", "2"]);
        if !self.leads_back {
            down.ends_with(8);
            return self.is_up_to_date(at);
        }
        down.ends_with(0);
        assert_eq!(tables(at).await, ["t1", "t2"]);
        works((self.up)(at));
        assert_eq!(tables(at).await, ["t1", "t2", "t3", "t4"]);
        at.project.migrate("status", &at.url()).ends_with(0);
    }

    /// Ours comes first, and makes the ledger that the tool would have made.
    async fn goes_on_where_we_began(&self) {
        let production = Production::start().await;
        production.database("app", "").await;
        production.database("theirs", "").await;
        let project = self.project(2).file("confiture.yaml", self.native());
        let at = At { project: &project, production: &production, database: "app" };
        project.migrate("up", &at.url()).ends_with(0);
        self.add(&project, 3..=4);
        works((self.up)(&at));
        assert_eq!(tables(&at).await, ["t1", "t2", "t3", "t4"]);
        project.migrate("status", &at.url()).ends_with(0);
        let theirs = At { database: "theirs", ..at };
        works((self.up)(&theirs));
        assert_eq!(self.definition(&at), self.definition(&theirs), "{}", self.name);
        assert_eq!(self.rows(&at).await, self.rows(&theirs).await, "{}", self.name);
        production.stop().await;
    }

    /// What makes the ledger.
    fn definition(&self, at: &At<'_>) -> String {
        let mut dump = Command::new(pg_dump());
        dump.args(["--schema-only", "--no-owner", "--table", self.ledger, &at.url()]);
        // A dump names itself by a word of its own each time.
        let told = |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
        works(dump).lines().filter(told).collect::<Vec<_>>().join("\n")
    }

    /// The ledger's rows without times.
    async fn rows(&self, at: &At<'_>) -> Vec<String> {
        let times = self.times.join(",");
        let sql = format!("select to_jsonb(l) - '{{{times}}}'::text[] from {} l", self.ledger);
        let mut rows = at.production.rows(at.database, &sql).await;
        rows.sort();
        rows
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
        let (path, text) = (self.files)(3).swap_remove(0);
        let line = text.lines().position(|line| line.starts_with("create")).unwrap() + 1;
        // A comment is behind a hash, where there is one.
        let broken = text.replace("create table t3 (i int)", "create table t3 (i ant)");
        project.write(&path, broken.replace("--! Previous", "--! AllowInvalidHash\n--! Previous"));
        let report = project.run(&["preflight"]).report(3);
        let failure = &report["failure"];
        assert_eq!(failure["message"], json!(r#"type "ant" does not exist"#), "{failure}");
        let line = line + usize::from(text.contains("--! Previous"));
        assert_eq!((&failure["path"], &failure["line"]), (&json!(path), &json!(line)));
    }
}

/// What a command says that has to succeed.
pub(super) fn works(command: Command) -> String {
    let what = format!("{command:?}");
    let (works, said) = run(command);
    assert!(works, "{what}: {said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn zeros_before_a_number_are_no_part_of_it_in_ledgers_that_count() {
    let file = |name: &str| match name {
        "goose" => "-- +goose Up\ncreate table t1 (i int);\n-- +goose Down\ndrop table t1;\n",
        _ => "create table t1 (i int);\n",
    };
    let tools = [("goose", "00001_t1.sql", ""), ("golang-migrate", "000001_t1.up.sql", "000001_t1.down.sql")];
    for (tool, up, down) in tools {
        let production = Production::start().await;
        production.database("app", "").await;
        let project =
            Project::bare().file("confiture.yaml", format!("layout: {{tool: {tool}, execute: native}}\n"));
        project.write(&format!("migrations/{up}"), file(tool));
        if !down.is_empty() {
            project.write(&format!("migrations/{down}"), "drop table t1;\n");
        }
        let at = At { project: &project, production: &production, database: "app" };
        project.migrate("up", &at.url()).ends_with(0);
        let status = project.migrate("status", &at.url()).with(&["--format", "json"]).ends_with(0).json();
        assert_eq!(status["summary"], json!({"applied": 1, "pending": 0, "total": 1}), "{tool}");
        project.migrate("up", &at.url()).ends_with(0).says(&["0 migrations applied now, 1 before"]);
        project.run(&["drift", "--database-url", &at.url(), "--postgres", "15"]).ends_with(0);
        project.migrate("down", &at.url()).ends_with(0);
        assert_eq!(tables(&at).await, [""; 0], "{tool}");
        project.migrate("status", &at.url()).ends_with(1);
        production.stop().await;
    }
}

/// One that reads the server of the tests.
fn pg_dump() -> std::path::PathBuf {
    let newest = std::env::var_os("CONFITURE_TEST_PG_DUMP").map(std::path::PathBuf::from);
    newest.unwrap_or_else(|| format!("/usr/lib/postgresql/{}/bin/pg_dump", crate::support::MAJOR).into())
}

pub(super) async fn tables(at: &At<'_>) -> Vec<String> {
    at.production
        .rows(at.database, "select relname from pg_class where relname ~ '^t[0-9]$' order by 1")
        .await
}

/// A test for each tool, so that they run side by side.
macro_rules! driven {
    ($($test:ident: $tool:literal,)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            let tool = TOOLS.into_iter().find(|tool| tool.name == $tool).unwrap();
            tool.shares_its_ledger().await;
            tool.goes_on_where_we_began().await;
            tool.is_preflighted();
        }
    )*

        #[test]
        fn every_tool_is_driven() {
            assert_eq!(TOOLS.map(|tool| tool.name), [$($tool,)*]);
        }
    };
}

driven! {
    dbmate_and_confiture_go_on_where_the_other_stopped: "dbmate",
    diesel_and_confiture_go_on_where_the_other_stopped: "diesel",
    graphile_migrate_and_confiture_go_on_where_the_other_stopped: "graphile-migrate",
    node_pg_migrate_and_confiture_go_on_where_the_other_stopped: "node-pg-migrate",
    prisma_and_confiture_go_on_where_the_other_stopped: "prisma",
    refinery_and_confiture_go_on_where_the_other_stopped: "refinery",
    sql_migrate_and_confiture_go_on_where_the_other_stopped: "sql-migrate",
    sqlx_and_confiture_go_on_where_the_other_stopped: "sqlx",
}

/// The version of nothing but noughts is Diesel's own, and a migration like any other.
#[tokio::test(flavor = "multi_thread")]
async fn what_diesel_setup_writes_is_deployed_or_pending_as_the_rest() {
    let production = Production::start().await;
    production.database("app", "").await;
    production.database("fresh", "").await;
    let project = Project::bare()
        .file("diesel.toml", "")
        .file("confiture.yaml", "layout: {tool: diesel, execute: native}\n");
    let at = At { project: &project, production: &production, database: "app" };
    works(at.command(fetched("diesel"), &["setup"]));
    let status = project.migrate("status", &at.url()).with(&["--format", "json"]).ends_with(0).json();
    assert_eq!(status["summary"], json!({"applied": 1, "pending": 0, "total": 1}), "{status:#}");
    let fresh = At { database: "fresh", ..at };
    project.migrate("up", &fresh.url()).ends_with(0);
    assert_eq!(works(fresh.command(fetched("diesel"), &["migration", "pending"])).trim(), "false");
    production.stop().await;
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
