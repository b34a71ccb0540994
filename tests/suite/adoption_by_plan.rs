//! Projects of tools whose order stands in a plan or a changelog and not in names of files, with the tools themselves at
//! work on the same databases.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::adoption::{At, fetched, tables, works};
use super::proxy::Proxy;
use super::support::{Production, Project, note};

const SQITCH_NATIVE: &str = "layout: {tool: sqitch, execute: native}\n";

/// What a project of sqitch's begins with.
const PLAN: &str = "%syntax-version=1.0.0\n%project=shop\n%uri=https://example.com/shop/\n\n";

/// A project with so many changes: each makes a table, and each but the first requires the one before it.
fn sqitch_project(changes: usize) -> Project {
    let project = Project::bare().file("sqitch.conf", "[core]\n\tengine = pg\n\t# top_dir = .\n");
    plan(&project, changes);
    project
}

/// Writes the plan for so many changes, and their scripts: names that come in another order than they run, a tag, a
/// note, a conflict.
fn plan(project: &Project, changes: usize) {
    let mut plan = PLAN.to_owned();
    for number in 1..=changes {
        let (name, before) = (change(number), change(number - 1));
        let requires = if number > 1 { format!(" [{before} !other:nothing{number}]") } else { String::new() };
        plan += &format!(
            "{name}{requires} 2024-01-0{number}T12:00:00Z Zoë Ö. <zoe@example.com> # the {number}. \\n table\n"
        );
        if number == 2 {
            plan += "@v1.0 2024-01-02T13:00:00Z Zoë Ö. <zoe@example.com> # first\n";
        }
        let text = |sql: &str, end: &str| format!("-- {name}\nBEGIN;\n\n{sql};\n\n{end};\n");
        project
            .write(&format!("deploy/{name}.sql"), text(&format!("create table t{number} (i int)"), "COMMIT"));
        project.write(&format!("revert/{name}.sql"), text(&format!("drop table t{number}"), "COMMIT"));
        project.write(
            &format!("verify/{name}.sql"),
            text(&format!("select i from t{number} where false"), "ROLLBACK"),
        );
    }
    project.write("sqitch.plan", plan);
}

/// Not in the order of the alphabet.
fn change(number: usize) -> String {
    format!("{}table{number}", ["", "z", "m", "dir/a", "k"][number])
}

fn sqitch(at: &At<'_>, arguments: &[&str]) -> Command {
    let mut command = at.command(Path::new("sqitch"), arguments);
    command.arg("db:pg:app").env("PGHOST", at.socket()).env("PGUSER", "confiture_superuser");
    for (name, value) in
        [("SYSTEM_CONFIG", "/nowhere"), ("USER_CONFIG", "/nowhere"), ("FULLNAME", "Zoë"), ("EMAIL", "z@e.de")]
    {
        command.env(format!("SQITCH_{name}"), value);
    }
    command
}

/// What sqitch says when nothing is left, and everything is as its own checks want it.
fn sqitch_is_content(at: &At<'_>) {
    let said = works(sqitch(at, &["status"]));
    assert!(said.contains("Nothing to deploy (up-to-date)"), "{said}");
    let said = works(sqitch(at, &["verify"]));
    assert!(said.contains("Verify successful"), "{said}");
    let said = works(sqitch(at, &["check"]));
    assert!(said.contains("Check successful"), "{said}");
}

/// All that the registry holds, without who did it when.
async fn registry(production: &Production) -> Vec<String> {
    let mut rows = Vec::new();
    for table in ["changes", "tags", "dependencies", "events", "projects", "releases"] {
        let sql = format!(
            "select '{table}', to_jsonb(t) - 'committed_at' - 'committer_name' - 'committer_email' - 'created_at' \
               - 'creator_name' - 'creator_email' - 'installed_at' - 'installer_name' - 'installer_email' \
             from sqitch.{table} t order by to_jsonb(t) ->> 'committed_at', 2"
        );
        rows.extend(production.rows("app", &sql).await);
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn sqitch_and_confiture_go_on_where_the_other_stopped() {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = sqitch_project(2);
    let at = At { project: &project, production: &production, database: "app" };
    works(sqitch(&at, &["deploy"]));
    plan(&project, 4);
    let status =
        project.migrate("status", &production.url("app")).with(&["--format", "json"]).ends_with(1).json();
    assert_eq!(status["summary"], json!({"applied": 2, "pending": 2, "total": 4}));
    let versions: Vec<_> =
        status["migrations"].as_array().unwrap().iter().map(|row| &row["version"]).collect();
    assert_eq!(versions, ["ztable1", "mtable2", "dir/atable3", "ktable4"]);
    project
        .migrate("up", &production.url("app"))
        .ends_with(2)
        .says(&["these are migrations of sqitch, which runs them"]);
    project.write("confiture.yaml", SQITCH_NATIVE);
    project.migrate("up", &production.url("app")).ends_with(0);
    assert_eq!(tables(&at).await, ["t1", "t2", "t3", "t4"]);
    sqitch_is_content(&at);
    project.migrate("verify", &production.url("app")).ends_with(0);

    project.migrate("down", &production.url("app")).with(&["--to", "mtable2"]).ends_with(0);
    assert_eq!(tables(&at).await, ["t1", "t2"]);
    works(sqitch(&at, &["deploy"]));
    works(sqitch(&at, &["revert", "-y", "--to", "ztable1"]));
    project.migrate("up", &production.url("app")).ends_with(0);
    sqitch_is_content(&at);
    project.migrate("status", &production.url("app")).ends_with(0);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_into_sqitch_s_registry_is_what_sqitch_writes() {
    let production = Production::start().await;
    let project = sqitch_project(4).file("confiture.yaml", SQITCH_NATIVE);
    let at = At { project: &project, production: &production, database: "app" };
    production.database("app", "").await;
    works(sqitch(&at, &["deploy"]));
    works(sqitch(&at, &["revert", "-y", "--to", "@HEAD^"]));
    works(sqitch(&at, &["revert", "-y", "--to", "ztable1"]));
    works(sqitch(&at, &["deploy"]));
    let theirs = (registry(&production).await, shape(&production).await);
    production.rows("app", "drop schema sqitch, public cascade").await;
    production.rows("app", "create schema public").await;

    project.migrate("up", &production.url("app")).ends_with(0);
    project.migrate("down", &production.url("app")).ends_with(0);
    project.migrate("down", &production.url("app")).with(&["--to", "ztable1"]).ends_with(0);
    project.migrate("up", &production.url("app")).ends_with(0);
    let ours = (registry(&production).await, shape(&production).await);
    assert_eq!(ours, theirs);
    sqitch_is_content(&at);
    production.stop().await;
}

/// The registry's own columns, constraints and comments.
async fn shape(production: &Production) -> Vec<String> {
    let sql = "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
          pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum), obj_description(c.oid) \
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 \
          left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum \
        where c.relnamespace = 'sqitch'::regnamespace \
        union all select conrelid::regclass::text, conname, pg_get_constraintdef(oid), null, null, null, null \
        from pg_constraint where connamespace = 'sqitch'::regnamespace and contype <> 'n' order by 1, 2";
    production.rows("app", sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reworked_change_is_told_from_the_one_that_it_takes_the_place_of() {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = Project::bare()
        .file("confiture.yaml", SQITCH_NATIVE)
        .file("sqitch.conf", "[core]\nengine = pg\ntop_dir = sql\n[engine \"pg\"]\nregistry = Books\n");
    let text = |result: &str| {
        format!(
            "BEGIN;\ncreate or replace function f() returns text language sql as $$ select '{result}'::text $$;\nCOMMIT;\n"
        )
    };
    let plan = format!(
        "{PLAN}f 2024-01-01T12:00:00Z Z <z@e.de>\n@v1 2024-01-02T12:00:00Z Z <z@e.de>\nf [f@v1] 2024-01-03T12:00:00Z Z <z@e.de>\n"
    );
    project.write("sql/sqitch.plan", plan);
    for (name, result) in [("f@v1", "old"), ("f", "new")] {
        project.write(&format!("sql/deploy/{name}.sql"), text(result));
        project.write(
            &format!("sql/revert/{name}.sql"),
            if name == "f" { text("old") } else { "drop function f();".to_owned() },
        );
    }
    let at = At { project: &project, production: &production, database: "app" };
    works(sqitch(&at, &["deploy", "--to", "f@v1"]));
    let status =
        project.migrate("status", &production.url("app")).with(&["--format", "json"]).ends_with(1).json();
    let told: Vec<_> = status["migrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["version"], &row["status"]))
        .collect();
    assert_eq!(told, [(&json!("f@v1"), &json!("applied")), (&json!("f"), &json!("pending"))]);
    project.migrate("up", &production.url("app")).ends_with(0);
    assert_eq!(production.rows("app", "select f()").await, ["new"]);
    let said = works(sqitch(&at, &["status"]));
    assert!(said.contains("up-to-date"), "{said}");
    project.migrate("down", &production.url("app")).ends_with(0);
    assert_eq!(production.rows("app", "select f()").await, ["old"]);
    works(sqitch(&at, &["deploy"]));
    project.migrate("status", &production.url("app")).ends_with(0);
    production.stop().await;
}

#[test]
fn a_project_of_sqitch_s_is_preflighted_as_it_is() {
    let project = sqitch_project(3);
    let report = project.run(&["preflight"]).report(0);
    assert_eq!((&report["pending_count"], &note(&report, "laid_out")["tool"]), (&json!(3), &json!("sqitch")));
    project.write("deploy/ktable4.sql", "BEGIN;\ncreate table t4 (i ant);\nCOMMIT;\n");
    let plan = std::fs::read_to_string(project.path("sqitch.plan")).unwrap();
    project.write("sqitch.plan", plan + "ktable4 2024-01-09T12:00:00Z Z <z@e.de>\n");
    let failure = &project.run(&["preflight"]).report(3)["failure"];
    assert_eq!(failure["message"], json!(r#"type "ant" does not exist"#), "{failure}");
    assert_eq!((&failure["path"], &failure["line"]), (&json!("deploy/ktable4.sql"), &json!(2)));
}

#[test]
fn a_verify_script_that_fails_is_named_by_a_preflight() {
    let project = sqitch_project(3);
    project.write(
        "verify/mtable2.sql",
        "BEGIN;\ninsert into t2 values (1);\nselect 1 / count(*) from t2 where i = 2;\nROLLBACK;\n",
    );
    let failure = &project.run(&["preflight"]).report(3)["failure"];
    assert_eq!(
        (&failure["stage"], &failure["message"], &failure["path"], &failure["line"]),
        (&json!("verify"), &json!("division by zero"), &json!("verify/mtable2.sql"), &json!(3))
    );
}

#[test]
fn a_plan_that_sqitch_would_refuse_is_refused_with_its_line() {
    let line = |text: &str| format!("{PLAN}ztable1 2024-01-01T12:00:00Z Z <z@e.de>\n{text}");
    let by = "2024-01-02T12:00:00Z Z <z@e.de>";
    for (text, wanted) in [
        (format!("b [missing] {by}"), "b requires missing, which does not come before it"),
        (format!("b [!ztable1] {by}"), "b may not come after ztable1, and does"),
        (format!("ztable1 {by}"), "ztable1 stands on line 5 already, and no tag is between them"),
        (format!("../../etc/passwd {by}"), "`../../etc/passwd` is no name of a change or a tag"),
        ("b 2024-01-02 Z".to_owned(), "after the name a time is wanted"),
        (format!("gone {by}"), "gone is planned, and deploy/gone.sql is not there"),
    ] {
        let project = sqitch_project(1).file("sqitch.plan", line(&text));
        project.run(&["preflight"]).ends_with(2).says(&["sqitch.plan", wanted, ":6:"]);
    }
}

#[test]
fn what_lies_outside_of_the_project_is_not_looked_at() {
    let conf = |line: &str| format!("[core]\n\tengine = pg\n\t{line}\n");
    for line in ["top_dir = ../../etc", "deploy_dir = /etc", "plan_file = a/../../b.plan"] {
        let project = sqitch_project(1).file("sqitch.conf", conf(line));
        project.run(&["preflight"]).ends_with(2).says(&["sqitch.conf", "which is outside of the project"]);
    }
    // Nothing that could be read lies there, and it is no project without migrations all the same.
    let outside = tempfile::tempdir().unwrap();
    let layout = format!("layout: {{tool: dbmate, directory: {}}}\n", outside.path().display());
    let project = Project::bare().file("confiture.yaml", layout);
    project.run(&["preflight"]).ends_with(2).says(&["leads out of the project directory"]);
}

#[test]
fn psql_s_own_commands_in_a_script_are_refused_by_name() {
    let project = sqitch_project(1).file("deploy/ztable1.sql", "BEGIN;\n\\set name 'x'\nCOMMIT;\n");
    project.run(&["preflight"]).ends_with(2).says(&["\\set", "deploy/ztable1.sql:2"]);
}

const LIQUIBASE_NATIVE: &str = "layout: {tool: liquibase, execute: native}\n";

/// A project with so many change sets, two in each file, of which a changelog in YAML names all: each makes a table.
fn liquibase_project(sets: usize) -> Project {
    let project = Project::bare().file(
        "db/changelog/db.changelog-master.yaml",
        "databaseChangeLog:\n  - include:\n      file: db/changelog/z-first.sql\n  - includeAll:\n      \
         path: later\n      relativeToChangelogFile: true\n",
    );
    change_sets(&project, sets);
    project
}

/// Change sets with ids that come in another order than they run, comments, contexts, and one file for each two.
fn change_sets(project: &Project, sets: usize) {
    let set = |number: usize| {
        format!(
            "--changeset zoë ö:{} context:any labels:x,y splitStatements:false\n--comment: the {number}. table\n\
             create   table t{number} (\n  i int -- a comment; that stays\n);\n--rollback drop table t{number};\n\n",
            9 - number
        )
    };
    let file = |numbers: [usize; 2]| {
        let sets: String = numbers.into_iter().filter(|number| *number <= sets).map(set).collect();
        format!("--liquibase formatted sql\n\n{sets}")
    };
    project.write("db/changelog/z-first.sql", file([1, 2]));
    if sets > 2 {
        project.write("db/changelog/later/b.sql", file([3, 4]));
    } else {
        project.write(
            "db/changelog/later/b.sql",
            "--liquibase formatted sql\n--changeset z:z dbms:oracle\nselect 1 from dual;\n",
        );
    }
}

/// Liquibase with a database, which its driver cannot reach by a socket.
struct Liquibase<'a> {
    at: At<'a>,
    proxy: Proxy,
    changelog: &'a str,
}

impl<'a> Liquibase<'a> {
    async fn on(project: &'a Project, production: &'a Production, changelog: &'a str) -> Self {
        let proxy = Proxy::start(production, usize::MAX).await;
        Self { at: At { project, production, database: "app" }, proxy, changelog }
    }

    async fn run(&self, arguments: &[&str]) -> String {
        let mut command = self.at.command(fetched("liquibase"), &[]);
        command.arg(format!("--changelog-file={}", self.changelog)).arg("--show-banner=false");
        command.arg(format!("--url=jdbc:{}", self.proxy.url("app").replace("confiture_superuser@", "")));
        command.args(["--username=confiture_superuser", "--password=x"]).args(arguments);
        tokio::task::spawn_blocking(move || works(command)).await.unwrap()
    }

    async fn is_content(&self) {
        let said = self.run(&["status", "--verbose"]).await;
        assert!(said.contains("is up to date"), "{said}");
        // It looks at every checksum.
        let said = self.run(&["validate"]).await;
        assert!(said.contains("No validation errors found"), "{said}");
    }
}

const MASTER: &str = "db/changelog/db.changelog-master.yaml";

/// The ledger without who did it when.
async fn change_log(production: &Production) -> Vec<String> {
    let sql = "select to_jsonb(l) - 'dateexecuted' - 'liquibase' - 'deployment_id' from databasechangelog l \
        order by orderexecuted";
    production.rows("app", sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn liquibase_and_confiture_go_on_where_the_other_stopped() {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = liquibase_project(2);
    let liquibase = Liquibase::on(&project, &production, MASTER).await;
    liquibase.run(&["update"]).await;
    change_sets(&project, 4);
    let status =
        project.migrate("status", &production.url("app")).with(&["--format", "json"]).ends_with(1).json();
    assert_eq!(status["summary"], json!({"applied": 2, "pending": 2, "total": 4}));
    let versions: Vec<_> =
        status["migrations"].as_array().unwrap().iter().map(|row| &row["version"]).collect();
    assert_eq!(versions, ["zoë ö:8", "zoë ö:7", "zoë ö:6", "zoë ö:5"]);
    project
        .migrate("up", &production.url("app"))
        .ends_with(2)
        .says(&["migrations of Liquibase, which runs them"]);
    project.write("confiture.yaml", LIQUIBASE_NATIVE);
    project.migrate("up", &production.url("app")).ends_with(0);
    assert_eq!(tables(&liquibase.at).await, ["t1", "t2", "t3", "t4"]);
    liquibase.is_content().await;

    project.migrate("down", &production.url("app")).with(&["--steps", "2"]).ends_with(0);
    assert_eq!(tables(&liquibase.at).await, ["t1", "t2"]);
    liquibase.run(&["update"]).await;
    project.migrate("status", &production.url("app")).ends_with(0);
    liquibase.run(&["rollback-count", "--count=1"]).await;
    project.migrate("up", &production.url("app")).ends_with(0);
    liquibase.is_content().await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_into_liquibase_s_ledger_is_what_liquibase_writes() {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = liquibase_project(4).file("confiture.yaml", LIQUIBASE_NATIVE);
    let liquibase = Liquibase::on(&project, &production, MASTER).await;
    liquibase.run(&["update"]).await;
    let theirs = change_log(&production).await;
    production.rows("app", "drop schema public cascade").await;
    production.rows("app", "create schema public").await;
    project.migrate("up", &production.url("app")).ends_with(0);
    assert_eq!(change_log(&production).await, theirs);
    liquibase.is_content().await;
    production.stop().await;
}

/// Everything that formatted SQL may ask for and that is done here.
const MARKED: &str = "--liquibase formatted sql logicalFilePath:known/as.sql\n\n\
    --changeset a:1 runInTransaction:false\ncreate table t1 (i int);\ncreate index concurrently t1_i on t1 (i);\n\
    --rollback drop table t1;\n\n\
    -- changeset \"a b\":\"2 3\" endDelimiter:/\n\
    create function f() returns int language plpgsql as 'begin return 1; end'\n/\nselect 'x; y'\n/\n\
    /* liquibase rollback\ndrop function f();\n*/\n\n\
    --changeset a:4 runOnChange:true\ncreate or replace view v as select 1 as x;\n--rollback not required\n\n\
    --changeset a:5 dbms:!postgresql\nselect 1 from dual;\n\n\
    --changeset a:6 ignore:true\nbroken;\n\n\
    --changeset a:7 runAlways:true\ninsert into t1 values (7);\n--rollback empty\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_change_set_asks_for_is_done_as_liquibase_does_it() {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = Project::bare().file("confiture.yaml", LIQUIBASE_NATIVE).file("changelog.sql", MARKED);
    let liquibase = Liquibase::on(&project, &production, "changelog.sql").await;
    project.migrate("up", &production.url("app")).ends_with(0);
    let said = liquibase.run(&["status", "--verbose"]).await;
    assert!(
        said.contains("1 changeset has not been applied") && said.contains("known/as.sql::7::a"),
        "{said}"
    );
    project.write("changelog.sql", MARKED.replace("1 as x", "2 as x"));
    project.migrate("up", &production.url("app")).ends_with(0);
    let ran =
        production.rows("app", "select id, exectype, orderexecuted from databasechangelog order by 3").await;
    assert_eq!(ran, ["1|EXECUTED|1", "2 3|EXECUTED|2", "4|RERAN|5", "7|RERAN|6"]);
    assert_eq!(production.rows("app", "select count(*), (select x from v) from t1").await, ["2|2"]);
    liquibase.run(&["update"]).await;
    assert_eq!(production.rows("app", "select count(*) from t1").await, ["3"]);
    liquibase.run(&["rollback-count", "--count=1"]).await;
    project.migrate("status", &production.url("app")).ends_with(1);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_of_liquibase_keeps_us_out() {
    let production = Production::start().await;
    let lock = "create table databasechangeloglock (id int primary key, locked boolean not null, lockgranted timestamp, \
        lockedby varchar(255)); insert into databasechangeloglock values (1, true, '2024-01-01', 'ci-7 (10.0.0.7)');";
    production.database("app", lock).await;
    let project = liquibase_project(2).file("confiture.yaml", LIQUIBASE_NATIVE);
    project.migrate("up", &production.url("app")).ends_with(6).says(&[
        "Liquibase is migrating this database: its lock is held by ci-7 (10.0.0.7) since 2024-01-01 00:00:00",
        "where it was killed, tell Liquibase to release its locks",
    ]);
    let at = At { project: &project, production: &production, database: "app" };
    assert_eq!(tables(&at).await, [""; 0]);
    production.rows("app", "update databasechangeloglock set locked = false").await;
    project.migrate("up", &production.url("app")).ends_with(0);
    production.stop().await;
}

#[test]
fn a_project_of_liquibase_s_is_preflighted_as_it_is() {
    let project = liquibase_project(4);
    let report = project.run(&["preflight"]).report(0);
    assert_eq!(
        (&report["pending_count"], &note(&report, "laid_out")["tool"]),
        (&json!(4), &json!("liquibase"))
    );
    project.write(
        "db/changelog/later/c.sql",
        "--liquibase formatted sql\n--changeset z:1\ncreate table t5 (i ant);\n",
    );
    let failure = &project.run(&["preflight"]).report(3)["failure"];
    assert_eq!(failure["message"], json!(r#"type "ant" does not exist"#), "{failure}");
    assert_eq!((&failure["path"], &failure["line"]), (&json!("db/changelog/later/c.sql"), &json!(3)));
}

#[test]
fn what_only_liquibase_can_do_is_refused_by_name_and_place() {
    let xml = |inside: &str| format!("<databaseChangeLog>\n  {inside}\n</databaseChangeLog>\n");
    let sql = |inside: &str| format!("--liquibase formatted sql\n{inside}\nselect 1;\n");
    for (path, text, wanted) in [
        (
            "changelog.xml",
            xml("<changeSet id='1' author='a'/>"),
            ["it has `changeSet`, and only Liquibase can run it", "changelog.xml:2"],
        ),
        (
            "changelog.xml",
            xml("<include file='gone.sql'/>"),
            ["it names gone.sql, which is not there", "changelog.xml:2"],
        ),
        (
            "changelog.xml",
            xml("<include file='../../etc/passwd'/>"),
            ["it names what is outside of the project", "changelog.xml:2"],
        ),
        (
            "changelog.xml",
            xml("<include file='changelog.xml'/>"),
            ["it names changelog.xml, which leads to it: a circle has no order", "changelog.xml:2"],
        ),
        ("changelog.xml", "<databaseChangeLog>\n<".to_owned(), ["it is no XML", "changelog.xml:2"]),
        (
            "changelog.yaml",
            "databaseChangeLog:\n  - changeSet:\n      id: 1\n".to_owned(),
            ["it has `changeSet`", "changelog.yaml:2"],
        ),
        (
            "changelog.sql",
            sql("--changeset a:1\n--preconditions onFail:MARK_RAN"),
            ["`preconditions` is a thing that only Liquibase", "changelog.sql:3"],
        ),
        (
            "changelog.sql",
            sql("--changeset a:1 failOnError:false"),
            ["`failOnError:false` is a thing", "changelog.sql:2"],
        ),
        (
            "changelog.sql",
            sql("--changeset nobody"),
            ["after `--changeset`, `AUTHOR:ID` is wanted", "changelog.sql:2"],
        ),
        (
            "changelog.sql",
            sql("select 2;\n--changeset a:1"),
            ["it stands before the first `--changeset AUTHOR:ID`", "changelog.sql:2"],
        ),
    ] {
        Project::bare().file(path, text).run(&["preflight"]).ends_with(2).says(&wanted);
    }
}
