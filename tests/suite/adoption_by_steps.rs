//! Projects of tools whose migrations are lists of steps and no SQL, with the tools themselves at work on the same
//! databases.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::adoption::{At, fetched, works};
use super::by_command::copy;
use super::support::{MAJOR, Production, Project, note};

/// The names of the chain that has every action of Reshape's, in its order.
const CHAIN: [&str; 8] = [
    "1_tables",
    "2_rows",
    "3_columns",
    "4_indexes",
    "5_constraints",
    "6_altered",
    "7_has_a_Name_of_its_own",
    "10_gone",
];

/// A project with that chain.
fn chain() -> Project {
    let project = Project::bare();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reshape"), &project, "");
    project
}

fn reshape(at: &At<'_>, arguments: &[&str]) -> Command {
    let mut command = at.command(fetched("reshape"), arguments);
    let url = format!("postgresql://confiture_superuser@/{}?host={}", at.database, at.socket());
    command.args(["--url", &url]);
    command
}

fn completed(at: &At<'_>, migration: &str) {
    works(reshape(at, &["migration", "start", "--complete", "--migration", migration]));
}

fn is_no_drift(at: &At<'_>) {
    let major = MAJOR.to_string();
    at.project.run(&["drift", "--database-url", &at.url(), "--postgres", &major]).ends_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_every_action_of_reshape_comes_to_is_what_reshape_leaves() {
    let production = Production::start().await;
    production.database("theirs", "").await;
    production.database("ours", "").await;
    let project = chain();
    let theirs = At { project: &project, production: &production, database: "theirs" };
    for (done, migration) in CHAIN.iter().enumerate() {
        completed(&theirs, migration);
        let told = project.migrate("status", &theirs.url()).with(&["--format", "json"]).end().json();
        assert_eq!(told["applied"], json!(CHAIN[..=done]));
        assert_eq!(told["pending"], json!(CHAIN[done + 1..]));
        assert_eq!(told["hints"], json!([]));
        if done >= 4 {
            is_no_drift(&theirs);
        }
    }
    // The same as files of ours leave the same structure, and the same rows.
    project.git(&["init", "-q"]);
    project.commit();
    project.run(&["init", "--from", "reshape", "-d", &theirs.url(), "--yes"]).ends_with(0);
    project.migrate("status", &theirs.url()).ends_with(0);
    production.sql("theirs", "drop schema reshape, migration_10_gone cascade").await;
    is_no_drift(&theirs);
    project.migrate("up", &production.url("ours")).ends_with(0);
    let major = MAJOR.to_string();
    let (ours, theirs) = (production.url("ours"), theirs.url());
    project.run(&["diff", &ours, &theirs, "--postgres", &major]).ends_with(0);
    for table in ["users", "articles", "profiles"] {
        let rows = format!("select to_jsonb(t) from {table} t order by 1");
        let rows = (production.rows("ours", &rows).await, production.rows("theirs", &rows).await);
        assert_eq!(rows.0, rows.1, "{table}");
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_reshape_has_started_is_pending_until_it_is_completed() {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = chain();
    let at = At { project: &project, production: &production, database: "app" };
    completed(&at, "2_rows");
    works(reshape(&at, &["migration", "start", "--migration", "3_columns"]));
    let told = project.migrate("status", &at.url()).with(&["--format", "json"]).ends_with(1).json();
    assert_eq!(told["applied"], json!(["1_tables", "2_rows"]));
    assert_eq!(
        told["hints"],
        json!([
            "Reshape has started 3_columns and not completed it: complete it, or take it back, with Reshape"
        ])
    );
    project
        .run(&["init", "--from", "reshape", "-d", &at.url(), "--force", "--yes"])
        .ends_with(5)
        .says(&["Reshape has started 3_columns and not completed it"]);
    works(reshape(&at, &["migration", "complete"]));
    let told = project.migrate("status", &at.url()).with(&["--format", "json"]).ends_with(1).json();
    assert_eq!((&told["applied"][2], &told["hints"]), (&json!("3_columns"), &json!([])));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_reshape_runs_its_migrations_and_everything_else_works() {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = chain();
    let at = At { project: &project, production: &production, database: "app" };
    completed(&at, "5_constraints");
    for command in ["up", "down"] {
        project.migrate(command, &at.url()).ends_with(2).says(&[
            "only Reshape can run them: nothing was done",
            "run `reshape migration start --complete` with the database's address",
        ]);
    }
    project.write("confiture.yaml", "layout: {tool: reshape, execute: native}\n");
    project.migrate("up", &at.url()).ends_with(2).says(&["only Reshape can run its migrations"]);
    project.write("confiture.yaml", "layout: reshape\n");
    // What is deployed is told by the ledger of a copy, and the rest is tried there with the rows.
    let report = project.run(&["preflight", "--against", &at.url()]).report(0);
    assert_eq!((&report["pending_count"], &report["base"]["deployed_count"]), (&json!(3), &json!(5)));
    assert_eq!(production.rows("app", "select count(*) from reshape.migrations").await, ["5"]);
    project.run(&["migrate", "validate"]).ends_with(0);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_of_actions_does_wrong_is_told_at_its_action() {
    let project = chain();
    project.write("migrations/11_broken.toml", "[[actions]]\ntype = \"custom\"\n\n[[actions]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = { name = \"x\", type = \"no_such_type\" }\n");
    let report = project.run(&["preflight"]).report(3);
    let failure = &report["failure"];
    assert_eq!(failure["message"], json!(r#"type "no_such_type" does not exist"#));
    assert_eq!((&failure["path"], &failure["line"]), (&json!("migrations/11_broken.toml"), &json!(4)));
    assert_eq!(note(&report, "laid_out")["tool"], json!("reshape"));
}

/// Where only the tool itself knows what it does, it is run on a throwaway server.
#[test]
fn reshape_itself_runs_on_a_throwaway_server_where_the_settings_say_so() {
    let project = chain();
    let path = format!("{}:{}", fetched("").display(), std::env::var("PATH").unwrap());
    project.write(
        "confiture.yaml",
        "layout: {tool: command, table: reshape.migrations, command: 'reshape migration start --complete --migration 5_constraints --url \"$DATABASE_URL\"'}\n",
    );
    let report = project.run(&["preflight"]).env("PATH", path).report(0);
    let versions: Vec<_> =
        report["migrations"].as_array().unwrap().iter().map(|one| one["version"].clone()).collect();
    // What comes after the last row of its ledger is of none.
    assert_eq!(versions[..5], CHAIN[..5].iter().map(|name| json!(name)).collect::<Vec<_>>());
}

/// A project of pgroll's with every operation, and the schema that its documentation promises.
fn operations() -> Project {
    let project = Project::bare();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pgroll"), &project, "");
    project
}

#[test]
fn what_every_operation_of_pgroll_comes_to_is_what_it_says() {
    let project = operations();
    let report = project.run(&["preflight"]).report(0);
    assert_eq!((&report["pending_count"], &report["findings"]), (&json!(6), &json!([])));
    // It is that schema that it is compared with.
    let schema = fs_err::read_to_string(project.path("db/schema/expected.sql")).unwrap();
    project.write("db/schema/expected.sql", schema + "create table more (i int);\n");
    project.run(&["preflight"]).report(7);
}

/// The ledger as pgroll makes it, with a column that a later version may add.
const PGROLL: &str = "create schema pgroll; create table pgroll.migrations ( \
      schema name not null, name text not null, migration jsonb not null, \
      created_at timestamptz not null default clock_timestamp(), updated_at timestamptz not null default now(), \
      parent text, done boolean not null default false, resulting_schema jsonb not null default '{}', \
      migration_type varchar(32) default 'pgroll', of_tomorrow int not null default 1, \
      primary key (schema, name)); \
    create function pgroll.raw_migration() returns event_trigger language plpgsql as 'begin end'; \
    create event trigger pg_roll_handle_ddl on ddl_command_end execute function pgroll.raw_migration();";

#[tokio::test(flavor = "multi_thread")]
async fn pgroll_s_ledger_tells_what_is_completed_and_what_is_only_started() {
    let production = Production::start().await;
    production.database("app", PGROLL).await;
    let project = operations();
    let status =
        || project.migrate("status", &production.url("app")).with(&["--format", "json"]).end().json();
    assert_eq!(status()["applied"], json!([]));
    let add = |schema: &'static str, name: &'static str, done: bool, kind: &'static str| {
        let sql = format!(
            "insert into pgroll.migrations (schema, name, migration, done, migration_type) \
             values ('{schema}', '{name}', '{{\"operations\": []}}', {done}, '{kind}')"
        );
        let production = &production;
        async move { production.sql("app", &sql).await }
    };
    add("public", "01_tables", true, "pgroll").await;
    add("public", "01_tables_20260101", true, "inferred").await;
    add("other", "02_rows", true, "pgroll").await;
    add("public", "02_rows", false, "pgroll").await;
    let told = status();
    assert_eq!((&told["applied"], &told["pending"][0]), (&json!(["01_tables"]), &json!("02_rows")));
    assert_eq!(
        told["hints"],
        json!(["pgroll has started 02_rows and not completed it: complete it, or take it back, with pgroll"])
    );
    production.sql("app", "delete from pgroll.migrations where name = '02_rows'").await;
    // A baseline stands for all that comes before it.
    production.sql("app", "delete from pgroll.migrations").await;
    add("public", "03_columns", true, "baseline").await;
    let told = status();
    assert_eq!(told["applied"], json!(["01_tables", "02_rows", "03_columns"]), "{told:#}");
    project
        .migrate("up", &production.url("app"))
        .ends_with(2)
        .says(&["run `pgroll migrate migrations --complete`"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_pgroll_keeps_for_itself_is_no_drift() {
    let production = Production::start().await;
    let project = Project::bare();
    project.write(
        "migrations/01_t.yaml",
        "operations:\n  - create_table: {name: t, columns: [{name: id, type: int}]}\n",
    );
    let database = format!(
        "create table t (id int not null); {PGROLL} create schema \"public_01_t\"; create view \"public_01_t\".t as select id from t; \
         insert into pgroll.migrations (schema, name, migration, done) values ('public', '01_t', '{{}}', true);"
    );
    production.database("app", &database).await;
    let at = At { project: &project, production: &production, database: "app" };
    is_no_drift(&at);
    // What hangs on views of the version before is changed all the same, as pgroll would remove them.
    project.write(
        "migrations/02_t.yaml",
        "operations:\n  - alter_column: {table: t, column: id, type: bigint, up: id, down: id}\n",
    );
    let report = project.run(&["preflight", "--against", &at.url()]).report(0);
    assert_eq!(report["base"]["deployed_count"], json!(1));
    production.stop().await;
}

/// The JSON schema of its files as it is published, as far as an object's fields go.
fn published() -> serde_json::Value {
    let text = fs_err::read_to_string(fetched("pgroll/schema.ts")).unwrap();
    let (_, text) = text.split_once("export const schema = ").unwrap();
    // What is written in TypeScript here is as good in YAML.
    serde_yaml::from_str(text.rsplit_once("as const").map_or(text, |(text, _)| text)).unwrap()
}

#[test]
fn pgroll_s_files_have_the_fields_that_its_schema_has() {
    let schema = published();
    let fields = |of: &serde_json::Value| {
        let mut fields: Vec<String> = of["properties"].as_object().unwrap().keys().cloned().collect();
        fields.sort();
        fields
    };
    let of = |name: &str| fields(&schema["$defs"][name]);
    let operations = schema["$defs"]["PgRollOperation"]["anyOf"].as_array().unwrap();
    let mut cases = Vec::new();
    for operation in operations {
        let (name, what) = operation["properties"].as_object().unwrap().iter().next().unwrap();
        let definition = what["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        cases.push((format!("{name}: {{no_such_field: 1}}"), of(definition)));
    }
    assert_eq!(cases.len(), 15);
    let column = |inside: &str| format!("create_table: {{name: t, columns: [{{{inside}}}]}}");
    let constraint =
        |inside: &str| format!("create_table: {{name: t, columns: [], constraints: [{{{inside}}}]}}");
    let wrong = "{no_such_field: 1}";
    cases.extend([
        (column("no_such_field: 1"), of("Column")),
        (column(&format!("check: {wrong}")), of("CheckConstraint")),
        (column(&format!("references: {wrong}")), of("ForeignKeyReference")),
        (constraint("no_such_field: 1"), of("Constraint")),
        (constraint(&format!("references: {wrong}")), of("TableForeignKeyReference")),
        (format!("set_replica_identity: {{identity: {wrong}}}"), of("ReplicaIdentity")),
        (format!("alter_column: {{unique: {wrong}}}"), of("UniqueConstraint")),
    ]);
    for (operation, wanted) in cases {
        let project = Project::bare().file("migrations/1.yaml", format!("operations:\n  - {operation}\n"));
        let said = project.run(&["migrate", "validate"]).ends_with(2);
        said.says(&["unknown field `no_such_field`"]);
        let (_, said) = said.out.split_once("expected ").unwrap();
        let mut known: Vec<String> =
            said.lines().next().unwrap().split('`').skip(1).step_by(2).map(str::to_owned).collect();
        known.sort();
        assert_eq!(known, wanted, "{operation}");
    }
}

#[test]
fn two_files_of_one_name_are_told_before_anything_runs() {
    let project = Project::bare();
    let action = "[[actions]]\ntype = 'custom'\nstart = 'select 1'\n";
    project.write("migrations/1_a.toml", action);
    project.write("migrations/2_b.toml", format!("name = '1_a'\n{action}"));
    let report = project.run(&["preflight"]).report(4);
    let message = "version 1_a is claimed by migrations/1_a.toml and by migrations/2_b.toml";
    assert_eq!(report["failure"]["message"], json!(message), "{}", report["failure"]);
}
