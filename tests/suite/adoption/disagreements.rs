//! Ledger and files disagree: what the tool does on one database, we do on another.

use super::tools::{At, TOOLS, Tool, fetched, run};
use super::{tables, works};
use crate::support::{Production, Project};

type Change = dyn Fn(&Tool, &Project);
type Call = dyn Fn(&At<'_>) -> std::process::Command;
/// A tool, what is changed, what it is called with, what we are told, and what was applied before.
type Told<'a> = (&'a str, &'a Change, &'a Call, &'a str, &'a [usize]);

/// What a tool says and we do about a chain that it has applied and that somebody has then changed.
struct Disagreement<'a> {
    tool: Tool,
    change: &'a Change,
    /// Calls the tool; absent, as always.
    call: Option<&'a Call>,
    settings: &'a str,
}

/// How the tool ended, how we ended, and what we said.
struct Ends {
    theirs: bool,
    code: i32,
    said: String,
}

impl Disagreement<'_> {
    /// Both databases are the same before. Where both go on, they are the same afterwards; where we do not, nothing has
    /// changed in ours.
    async fn ends(&self, production: &Production, applied: &[usize]) -> Ends {
        let tool = &self.tool;
        let project = tool.project(0);
        tool.add(&project, applied.iter().copied());
        let case =
            format!("{}{}", tool.name, self.settings).replace(|c: char| !c.is_ascii_alphanumeric(), "");
        let names = ["ours", "theirs"].map(|whose| format!("{whose}_{case}"));
        let [ours, theirs] = [0, 1].map(|one| At { project: &project, production, database: &names[one] });
        for at in [ours, theirs] {
            production.database(at.database, "").await;
            works((tool.up)(&at));
        }
        let before = (tool.rows(&ours).await, tables(&ours).await);
        (self.change)(tool, &project);
        let (works, told) = run(self.call.map_or_else(|| (tool.up)(&theirs), |call| call(&theirs)));
        let native = format!("layout: {{tool: {}, execute: native{}}}\n", tool.name, self.settings);
        project.write("confiture.yaml", native);
        let up = project.migrate("up", &ours.url()).end();
        let now = (tool.rows(&ours).await, tables(&ours).await);
        if up.code == 0 && works {
            let theirs = (tool.rows(&theirs).await, tables(&theirs).await);
            assert_eq!(now, theirs, "{}: {told}", tool.name);
        } else if up.code != 0 {
            assert_eq!(now, before, "{}: {}", tool.name, up.out);
        }
        Ends { theirs: works, code: up.code, said: up.out + &up.err }
    }
}

/// What each tool and we do about a change: whether the tool goes on, and our exit code.
async fn each(applied: &[usize], change: &Change, but: &[&str]) -> Vec<(&'static str, bool, i32)> {
    let production = Production::start().await;
    let mut found = Vec::new();
    for tool in TOOLS.into_iter().filter(|tool| !but.contains(&tool.name)) {
        let name = tool.name;
        let ends = Disagreement { tool, change, call: None, settings: "" }.ends(&production, applied).await;
        assert!(ends.code == 0 || ends.said.contains("✗"), "{name}: {}", ends.said);
        found.push((name, ends.theirs, ends.code));
    }
    production.stop().await;
    found
}

fn comes_late(tool: &Tool, project: &Project) {
    tool.add(project, [2]);
}

/// The second is gone, and there is a new one.
fn is_gone(tool: &Tool, project: &Project) {
    for (path, _) in (tool.files)(2) {
        fs_err::remove_file(project.path(&path)).unwrap();
        // Where a migration is a directory, that goes as well.
        let _ = fs_err::remove_dir(project.path(&path).parent().unwrap());
    }
    tool.add(project, [4]);
}

/// The first is another, and there is a new one.
fn has_changed(tool: &Tool, project: &Project) {
    let (path, text) = (tool.files)(1).swap_remove(0);
    project.write(&path, text.replace("(i int)", "(i bigint)"));
    tool.add(project, [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_late_is_applied_or_refused_as_the_tool_does() {
    // A migration of graphile-migrate names the one before it, so that none can be put between two.
    let found = each(&[1, 3], &comes_late, &["graphile-migrate"]).await;
    let wanted = [
        ("dbmate", true, 0),
        ("diesel", true, 0),
        ("node-pg-migrate", false, 5),
        ("prisma", true, 0),
        ("refinery", false, 5),
        ("sql-migrate", true, 0),
        ("sqlx", true, 0),
    ];
    assert_eq!(found, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployed_file_that_is_gone_is_let_be_or_refused_as_the_tool_does() {
    let wanted = [
        ("dbmate", true, 0),
        ("diesel", true, 0),
        // The next one names it.
        ("graphile-migrate", false, 2),
        ("node-pg-migrate", false, 5),
        ("prisma", true, 0),
        ("refinery", false, 5),
        ("sql-migrate", false, 5),
        ("sqlx", false, 5),
    ];
    assert_eq!(each(&[1, 2, 3], &is_gone, &[]).await, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployed_file_that_has_changed_is_refused_wherever_that_can_be_known() {
    let wanted = [
        ("dbmate", true, 0),
        ("diesel", true, 0),
        // These two look at it only when a migration is made or run.
        ("graphile-migrate", true, 2),
        ("node-pg-migrate", true, 0),
        ("prisma", true, 5),
        ("refinery", false, 5),
        ("sql-migrate", true, 0),
        ("sqlx", false, 5),
    ];
    assert_eq!(each(&[1, 2], &has_changed, &[]).await, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tool_is_told_with_a_flag_the_settings_say() {
    let node = |at: &At<'_>| {
        let mut command = (tool("node-pg-migrate").up)(at);
        command.arg("--no-check-order");
        command
    };
    let sqlx = |at: &At<'_>| {
        let mut command = (tool("sqlx").up)(at);
        command.arg("--ignore-missing");
        command
    };
    let refinery = |at: &At<'_>| at.command(fetched("refinery"), &["migrate", "-d", "-e", "DATABASE_URL"]);
    let told: [Told; 4] = [
        ("node-pg-migrate", &comes_late, &node, ", out_of_order: apply", &[1, 3]),
        ("sqlx", &is_gone, &sqlx, ", missing: allow", &[1, 2, 3]),
        ("refinery", &comes_late, &refinery, ", out_of_order: skip", &[1, 3]),
        ("refinery", &is_gone, &refinery, ", missing: allow", &[1, 2, 3]),
    ];
    let production = Production::start().await;
    for (name, change, call, settings, applied) in told {
        let ends = Disagreement { tool: tool(name), change, call: Some(call), settings }
            .ends(&production, applied)
            .await;
        assert_eq!((ends.theirs, ends.code), (true, 0), "{name}: {}", ends.said);
    }
    production.stop().await;
}

fn tool(name: &str) -> Tool {
    TOOLS.into_iter().find(|tool| tool.name == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_the_tool_does_and_how_it_is_told_otherwise() {
    let production = Production::start().await;
    production.database("app", "").await;
    let tool = tool("node-pg-migrate");
    let project = tool.project(0).file("confiture.yaml", tool.native());
    tool.add(&project, [1, 3]);
    let at = At { project: &project, production: &production, database: "app" };
    works((tool.up)(&at));
    comes_late(&tool, &project);
    let said = [
        "1704067200002_t2 is older than 1704067200003, which is deployed already, and node-pg-migrate applies nothing then",
        "where node-pg-migrate is run with `--no-check-order`, say `layout: {tool: node-pg-migrate, out_of_order: apply}`",
    ];
    project.migrate("up", &at.url()).ends_with(5).says(&said);
    project.migrate("status", &at.url()).ends_with(1).says(&said[..1]);
    let report = project.preflight().with(&["--against", &at.url()]).report(4);
    let found = &report["findings"][0];
    assert_eq!((&found["rule"], &found["severity"]), (&"out-of-order".into(), &"error".into()), "{report:#}");
    assert_eq!(found["message"], said[0]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_golang_migrate_never_runs_is_no_pending_migration() {
    let production = Production::start().await;
    let ledger = "create table schema_migrations (version bigint primary key, dirty boolean not null); \
        insert into schema_migrations values (3, false);";
    production.database("app", ledger).await;
    let project = Project::bare()
        .file("confiture.yaml", "layout: {tool: golang-migrate, execute: native}\n")
        .file("migrations/1_a.up.sql", "create table a (i int);")
        .file("migrations/3_c.up.sql", "create table c (i int);");
    project.commit();
    project.write("migrations/2_b.up.sql", "create table b (i int);");
    project.migrate("up", &production.url("app")).ends_with(0);
    assert!(production.rows("app", "select relname from pg_class where relname = 'b'").await.is_empty());
    let report = project.preflight().with(&["--base-ref", "HEAD"]).report(4);
    let told = "2_b is older than 3, which is deployed already: golang-migrate never runs it";
    assert_eq!((&report["findings"][0]["message"], &report["pending_count"]), (&told.into(), &0.into()));
    production.stop().await;
}
