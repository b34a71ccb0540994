use camino::{Utf8Path, Utf8PathBuf};

use crate::config::LayoutSettings;
use crate::gateway::files::{Chosen, FileError, MigrationFiles, Project};
use crate::model::layout::Tool;
use crate::model::migration::Down;

/// A project of these files; what begins with `/` holds nothing.
struct Tree(tempfile::TempDir);

impl Tree {
    fn of(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            let path = tree.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        tree
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    fn layout(&self) -> Result<(Tool, String), FileError> {
        let Chosen { tool, directory, .. } = Project::open(self.path())?.layout().clone();
        Ok((tool, directory.into_string()))
    }
}

pub(super) fn read(files: &[(&str, &str)]) -> Result<MigrationFiles, FileError> {
    Project::open(Tree::of(files).path())?.migrations()
}

/// The same of a project that says itself whose they are.
pub(super) fn read_as(layout: &str, files: &[(&str, &str)]) -> Result<MigrationFiles, FileError> {
    let said: crate::config::Settings =
        crate::config::Settings::parse("confiture.yaml".into(), layout).unwrap();
    let tree = Tree::of(files);
    Project::at(tree.path())?.lay_out(said.layout.as_ref())?.migrations()
}

/// Version, name, what leads forward and what leads back, each without what is blank.
fn told(found: &MigrationFiles) -> Vec<(String, String, String, String)> {
    let said = |line: &&str| !line.starts_with("--");
    let bare =
        |text: &str| text.lines().filter(said).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    let one = |one: &crate::model::migration::Migration| {
        let down = match &one.down {
            None => String::new(),
            Some(Down::File(path)) => path.to_string(),
            Some(Down::Section(file)) => bare(&file.text),
        };
        (one.version.to_string(), one.name.clone(), bare(&one.up.text), down)
    };
    found.migrations.iter().map(one).collect()
}

/// Files with their texts, and what they show.
type Shape<'a> = (&'a [(&'a str, &'a str)], Tool, &'a str);

const DBMATE: &str = "-- migrate:up\ncreate table t (i int);\n-- migrate:down\ndrop table t;\n";
const GOOSE: &str = "-- +goose Up\ncreate table t (i int);\n-- +goose Down\ndrop table t;\n";
const SQL_MIGRATE: &str = "-- +migrate Up\ncreate table t (i int);\n-- +migrate Down\ndrop table t;\n";
const NODE: &str = "-- Up Migration\ncreate table t (i int);\n-- Down Migration\ndrop table t;\n";
const GRAPHILE: &str =
    "--! Previous: -\n--! Hash: sha1:76c9e199d75bee58c227a4daca39c85394787eec\n\ncreate table t (i int);\n";
const SQL: &str = "create table t (i int);\n";

/// What projects look like, for whom, and where their migrations are then.
const SHAPES: &[Shape] = &[
    (&[("db/migrations/001_t.up.sql", SQL)], Tool::Confiture, "db/migrations"),
    (&[("db/schema/t.sql", SQL)], Tool::Confiture, "db/migrations"),
    (&[("db/environments/local.yaml", "")], Tool::Confiture, "db/migrations"),
    (&[("db/schema/t.sql", SQL), ("db/migrations/001_t.up.sql", SQL)], Tool::Confiture, "db/migrations"),
    (
        &[("db/schema/t.sql", SQL), ("db/migrations/1_t.sql", SQL), ("Cargo.toml", "sqlx = 1")],
        Tool::Confiture,
        "db/migrations",
    ),
    (&[("db/migrations/1_t.sql", DBMATE)], Tool::Dbmate, "db/migrations"),
    (&[("db/migrations/1_t.sql", DBMATE), ("db/schema.sql", SQL)], Tool::Dbmate, "db/migrations"),
    (&[("db/migrations/1_t.sql", DBMATE), ("db/schema/t.sql", SQL)], Tool::Dbmate, "db/migrations"),
    (&[("migrations/1_t.sql", GOOSE)], Tool::Goose, "migrations"),
    (&[("sql/migrations/1_t.sql", GOOSE)], Tool::Goose, "sql/migrations"),
    (&[("migrations/1_t.sql", GOOSE), ("migrations/2_t.go", "package x")], Tool::Goose, "migrations"),
    (&[("migrations/1_t.sql", SQL_MIGRATE)], Tool::SqlMigrate, "migrations"),
    (&[("migrations/1_t.sql", NODE)], Tool::NodePgMigrate, "migrations"),
    (
        &[("migrations/1_t.sql", SQL), ("package.json", r#"{"dependencies": {"node-pg-migrate": "8"}}"#)],
        Tool::NodePgMigrate,
        "migrations",
    ),
    (&[("migrations/committed/000001.sql", GRAPHILE)], Tool::GraphileMigrate, "migrations/committed"),
    (&[("migrations/current.sql", SQL), (".gmrc", "{}")], Tool::GraphileMigrate, "migrations/committed"),
    (
        &[("migrations/1_t.sql", SQL), ("Cargo.toml", "sqlx = { version = \"0.8\" }")],
        Tool::Sqlx,
        "migrations",
    ),
    (
        &[("migrations/1_t.up.sql", SQL), ("go.mod", "require github.com/golang-migrate/migrate/v4 v4")],
        Tool::GolangMigrate,
        "migrations",
    ),
    (&[("migrations/2024-01-01-000000_t/up.sql", SQL), ("diesel.toml", "")], Tool::Diesel, "migrations"),
    (&[("migrations/2024-01-01-000000_t/up.sql", SQL)], Tool::Diesel, "migrations"),
    (&[("migrations/V1__t.sql", SQL), ("refinery.toml", "")], Tool::Refinery, "migrations"),
    (&[("sql/V1__t.sql", SQL), ("flyway.conf", "")], Tool::Flyway, "sql"),
    (
        &[("src/main/resources/db/migration/V1__t.sql", SQL), ("pom.xml", "")],
        Tool::Flyway,
        "src/main/resources/db/migration",
    ),
    (&[("migrations/V1_1__t.sql", SQL)], Tool::Flyway, "migrations"),
    (&[("sql/R__views.sql", SQL), ("flyway.toml", "")], Tool::Flyway, "sql"),
    (
        &[("prisma/migrations/20240101000000_t/migration.sql", SQL), ("prisma/schema.prisma", "")],
        Tool::Prisma,
        "prisma/migrations",
    ),
    (&[("supabase/migrations/20240101000000_t.sql", SQL)], Tool::Supabase, "supabase/migrations"),
    (&[("migrations/20240101000000.sql", SQL), ("migrations/atlas.sum", "h1:")], Tool::Atlas, "migrations"),
    (
        &[("alembic.ini", ""), ("db_env/env.py", ""), ("db_env/versions/1a_t.py", "")],
        Tool::Alembic,
        "db_env/versions",
    ),
    (&[("alembic.ini", ""), ("migrations/1_t.sql", SQL)], Tool::Alembic, "alembic/versions"),
    (&[("manage.py", ""), ("apps/shop/migrations/0001_initial.py", "")], Tool::Django, ""),
    (&[("db/migrate/20240101000000_t.rb", ""), ("db/schema.rb", "")], Tool::Rails, "db/migrate"),
    (
        &[("mix.exs", ""), ("priv/repo/migrations/20240101000000_t.exs", "")],
        Tool::Ecto,
        "priv/repo/migrations",
    ),
    (&[("drizzle.config.ts", ""), ("drizzle/0000_t.sql", SQL)], Tool::Drizzle, "drizzle"),
    (
        &[("package.json", r#"{"dependencies": {"typeorm": "0.3"}}"#), ("src/migrations/1-t.ts", "")],
        Tool::Typeorm,
        "src/migrations",
    ),
    (&[("knexfile.js", ""), ("migrations/20240101000000_t.js", "")], Tool::Knex, "migrations"),
    (&[(".sequelizerc", ""), ("db/migrations/1-t.js", "")], Tool::Sequelize, "db/migrations"),
    (&[("migrations/1_t.toml", "[[actions]]\ntype = 'custom'\n")], Tool::Reshape, "migrations"),
    (&[("db/migrations/1_t.json", r#"{"actions": [{"type": "custom"}]}"#)], Tool::Reshape, "db/migrations"),
    (&[("migrations/01_t.yaml", "operations:\n  - sql:\n      up: select 1\n")], Tool::Pgroll, "migrations"),
    (
        &[("migrations/01_t.json", r#"{"operations": []}"#), ("migrations/02.yaml", "")],
        Tool::Pgroll,
        "migrations",
    ),
    // Other people's files of these kinds say nothing.
    (&[("migrations/001_t.sql", SQL), ("migrations/meta.json", "{}")], Tool::Plain, "migrations"),
    (&[("migrations/1_t.sql", DBMATE), ("migrations/x.toml", "a = 1")], Tool::Dbmate, "migrations"),
    (&[("migrations/001_t.sql", SQL)], Tool::Plain, "migrations"),
    (&[("sql/01-t.sql", SQL)], Tool::Plain, "sql"),
    (&[("db/1.sql", SQL)], Tool::Plain, "db"),
    (
        &[("node_modules/x/migrations/1_t.sql", DBMATE), ("migrations/1_t.sql", SQL)],
        Tool::Plain,
        "migrations",
    ),
    // Several things that speak for one tool.
    (
        &[("dbmate.toml", ""), ("db/migrations/1_t.sql", DBMATE), ("Cargo.toml", "[package]")],
        Tool::Dbmate,
        "db/migrations",
    ),
    (
        &[("migrations/00000000000000_diesel_initial_setup/up.sql", SQL), ("diesel.toml", "")],
        Tool::Diesel,
        "migrations",
    ),
    (
        &[
            ("migrations/2024-01-01-000000_t/up.sql", SQL),
            ("Cargo.toml", "diesel = 2"),
            ("src/schema.rs", ""),
        ],
        Tool::Diesel,
        "migrations",
    ),
    (&[("src/migrations/V1__t.sql", SQL), ("Cargo.toml", "refinery = 1")], Tool::Refinery, "src/migrations"),
    (
        &[("migrations/1_t.up.sql", SQL), ("migrations/1_t.down.sql", SQL), ("Cargo.toml", "sqlx = 1")],
        Tool::Sqlx,
        "migrations",
    ),
    (
        &[("db/migrations/1_t.sql", GOOSE), ("go.mod", "require github.com/pressly/goose/v3")],
        Tool::Goose,
        "db/migrations",
    ),
    // What stands in front of a mark is no mark.
    (&[("migrations/1_t.sql", "select '-- migrate:up';\n")], Tool::Plain, "migrations"),
    (&[("migrations/1_t.sql", "-- see goose Up\nselect 1;\n")], Tool::Plain, "migrations"),
];

#[test]
fn a_project_is_laid_out_as_its_files_show() {
    for (files, tool, directory) in SHAPES {
        let found = Tree::of(files).layout();
        let found = found.unwrap_or_else(|error| panic!("{files:?}: {error}"));
        assert_eq!(found, (*tool, (*directory).to_owned()), "{files:?}");
    }
}

/// Files with their texts, and whose they could be.
type Doubt<'a> = (&'a [(&'a str, &'a str)], &'a [Tool]);

/// What projects look like that could be for several tools.
const DOUBTFUL: &[Doubt] = &[
    (&[("migrations/1_t.up.sql", SQL), ("migrations/1_t.down.sql", SQL)], &[Tool::GolangMigrate, Tool::Sqlx]),
    (&[("migrations/1_t.sql", DBMATE), ("migrations/2_t.sql", GOOSE)], &[Tool::Dbmate, Tool::Goose]),
    (
        &[("migrations/1_t.sql", DBMATE), ("migrations/2_t.sql", SQL_MIGRATE)],
        &[Tool::Dbmate, Tool::SqlMigrate],
    ),
    (&[("migrations/1_t.sql", NODE), ("migrations/2_t.sql", GOOSE)], &[Tool::Goose, Tool::NodePgMigrate]),
    (
        &[("db/migrations/1_t.sql", DBMATE), ("supabase/migrations/1_t.sql", SQL)],
        &[Tool::Dbmate, Tool::Supabase],
    ),
    (
        &[("prisma/migrations/1_t/migration.sql", SQL), ("supabase/migrations/1_t.sql", SQL)],
        &[Tool::Prisma, Tool::Supabase],
    ),
    (
        &[("migrations/1_t.up.sql", SQL), ("Cargo.toml", "sqlx = 1"), ("go.mod", "golang-migrate/migrate")],
        &[Tool::GolangMigrate, Tool::Sqlx],
    ),
    (
        &[("migrations/V1__t.sql", SQL), ("flyway.toml", ""), ("refinery.toml", "")],
        &[Tool::Flyway, Tool::Refinery],
    ),
    (
        &[("migrations/1_t.toml", "[[actions]]"), ("db/migrations/01_t.yaml", "operations: []")],
        &[Tool::Pgroll, Tool::Reshape],
    ),
    (&[("migrations/1_t.toml", "[[actions]]"), ("migrations/1_t.sql", GOOSE)], &[Tool::Goose, Tool::Reshape]),
    (&[("migrations/V1__t.sql", SQL), ("db/1_t.sql", SQL)], &[Tool::Flyway, Tool::Plain]),
    (
        &[("migrations/2024-01-01-000000_t/up.sql", SQL), ("migrations/1_t.sql", SQL)],
        &[Tool::Diesel, Tool::Plain],
    ),
    (
        &[("alembic.ini", ""), ("manage.py", ""), ("shop/migrations/0001_initial.py", "")],
        &[Tool::Alembic, Tool::Django],
    ),
];

#[test]
fn what_may_be_several_tools_is_asked_and_not_guessed() {
    for (files, tools) in DOUBTFUL {
        let error = Tree::of(files).layout().expect_err(&format!("{files:?}"));
        let FileError::Ambiguous { likely, .. } = &error else { panic!("{files:?}: {error}") };
        let mut found: Vec<Tool> = likely.iter().map(|one| one.tool).collect();
        found.sort_by_key(|tool| tool.name());
        assert_eq!(&found, tools, "{files:?}");
        let told = error.to_string();
        assert!(
            likely.iter().all(|one| told.contains(&format!("{} ({}", one.tool.title(), one.because))),
            "{told}"
        );
        assert!(error.help().unwrap().contains("confiture.yaml: `layout: "), "{error:?}");
    }
    assert!(matches!(Tree::of(&[("README.md", "")]).layout(), Err(FileError::NoProject(_))));
    assert!(matches!(Tree::of(&[("sql/queries.sql", SQL)]).layout(), Err(FileError::NoProject(_))));
}

#[test]
fn what_somebody_has_said_needs_no_guess() {
    let tree = Tree::of(&[("migrations/1_t.up.sql", SQL), ("other/1_t.up.sql", SQL)]);
    let said = |tool, directory: Option<&str>| LayoutSettings {
        tool,
        directory: directory.map(str::to_owned),
        ..LayoutSettings::default()
    };
    let layout = |said: LayoutSettings| {
        Project::at(tree.path())
            .unwrap()
            .lay_out(Some(&said))
            .map(|project| project.layout().directory.clone())
    };
    assert_eq!(layout(said(Tool::Sqlx, None)).unwrap(), Utf8PathBuf::from("migrations"));
    assert_eq!(layout(said(Tool::Sqlx, Some("other"))).unwrap(), Utf8PathBuf::from("other"));
    let numbered = Tree::of(&[("db/migrations/1_t.sql", SQL)]);
    let project = Project::at(numbered.path()).unwrap().lay_out(Some(&said(Tool::Sqlx, None))).unwrap();
    assert_eq!(project.layout().directory, "db/migrations");
    let error = layout(said(Tool::Goose, None)).unwrap_err();
    assert_eq!(error.to_string(), "there are no migrations of goose where it usually has them");
}

#[test]
fn a_file_with_both_ways_is_cut_and_every_line_stays_where_it_is() {
    let text = "-- migrate:up transaction:false\ncreate index concurrently i on t (a);\n\n-- migrate:down\ndrop index i;\n";
    let found = read(&[("db/migrations/20240101_add_i.sql", text)]).unwrap();
    let migration = &found.migrations[0];
    assert_eq!((migration.version.as_str(), &*migration.name), ("20240101", "add_i"));
    assert!(migration.up.no_transaction);
    assert_eq!(migration.up.text.lines().nth(1), Some("create index concurrently i on t (a);"));
    assert_eq!(migration.up.text.len(), text.len());
    let Some(Down::Section(down)) = &migration.down else { panic!("{:?}", migration.down) };
    assert_eq!(down.text.lines().nth(4), Some("drop index i;"));
    assert!(!down.no_transaction && !down.text.contains("create"));
    assert_eq!(down.text.lines().nth(3), Some("-- migrate:down"));
}

#[test]
fn every_tool_s_files_are_put_together_as_it_does() {
    let up = "create table t (i int);";
    let both =
        |version: &str, name: &str| vec![(version.into(), name.into(), up.into(), "drop table t;".into())];
    for (path, text) in [
        ("migrations/20240101000000_t.sql", GOOSE),
        ("migrations/20240101000000_t.sql", SQL_MIGRATE),
        ("migrations/20240101000000_t.sql", NODE),
        ("migrations/20240101000000_t.sql", DBMATE),
    ] {
        assert_eq!(told(&read(&[(path, text)]).unwrap()), both("20240101000000", "t"), "{text}");
    }
    let forward = |version: &str, name: &str| vec![(version.into(), name.into(), up.into(), String::new())];
    assert_eq!(told(&read(&[("supabase/migrations/1_t.sql", SQL)]).unwrap()), forward("1", "t"));
    assert_eq!(told(&read(&[("prisma/migrations/1_t/migration.sql", SQL)]).unwrap()), forward("1", "t"));
    let diesel = read(&[
        ("diesel.toml", ""),
        ("migrations/2024-01-01-000000_t/up.sql", SQL),
        ("migrations/2024-01-01-000000_t/down.sql", "drop table t;"),
        ("migrations/2024-01-01-000000_t/metadata.toml", "run_in_transaction = false"),
    ])
    .unwrap();
    let way_back = "migrations/2024-01-01-000000_t/down.sql";
    assert_eq!(told(&diesel), [("20240101000000".into(), "t".into(), up.into(), way_back.into())]);
    assert!(diesel.migrations[0].up.no_transaction);
    let graphile = read(&[("migrations/committed/000001-t.sql", GRAPHILE)]).unwrap();
    assert_eq!(
        graphile.migrations[0].recorded.as_deref(),
        Some("sha1:76c9e199d75bee58c227a4daca39c85394787eec")
    );
}

#[test]
fn flyway_s_versions_are_ordered_by_number_and_what_is_repeated_comes_last() {
    let found = read(&[
        ("flyway.toml", ""),
        ("sql/V1_10__b.sql", SQL),
        ("sql/V1_9__a.sql", SQL),
        ("sql/below/V2__c.sql", SQL),
        ("sql/U2__c.sql", "drop table t;"),
        ("sql/R__views.sql", SQL),
        ("sql/B1_9__all.sql", SQL),
        ("sql/notes.sql", SQL),
        ("sql/V2__c.sql.conf", ""),
        ("sql/V1_10__b.sql.conf", "executeInTransaction=false"),
    ])
    .unwrap();
    let versions: Vec<&str> = found.migrations.iter().map(|one| one.version.as_str()).collect();
    assert_eq!(versions, ["1.9", "1.10", "2", "R__views"]);
    assert_eq!(found.unversioned, ["sql/notes.sql"]);
    assert_eq!(found.migrations[2].script, "below/V2__c.sql");
    assert!(found.migrations[1].up.no_transaction && !found.migrations[2].up.no_transaction);
    assert!(found.migrations[2].down.is_some() && found.migrations[3].repeatable);
    // What stands before a baseline is gone: it is where a new database begins.
    let found = read(&[("flyway.toml", ""), ("sql/B2__all.sql", SQL), ("sql/V3__x.sql", SQL)]).unwrap();
    let versions: Vec<&str> = found.migrations.iter().map(|one| one.version.as_str()).collect();
    assert_eq!(versions, ["2", "3"]);
}

#[test]
fn what_is_put_in_must_have_a_value() {
    let tree = Tree::of(&[("flyway.toml", ""), ("sql/V1__x.sql", "select 1;\ncreate schema ${name};\n")]);
    let error = Project::open(tree.path()).unwrap().migrations().unwrap_err();
    assert_eq!(
        error.to_string(),
        "sql/V1__x.sql: as a migration of Flyway, it cannot be read: there is no value for ${name}"
    );
    assert_eq!(error.place().unwrap().line, 2);
    let at_its_beginning = [("flyway.toml", ""), ("sql/V1__x.sql", "select 1;\n${statement};\n")];
    assert_eq!(read(&at_its_beginning).unwrap_err().place().unwrap().line, 2);
    let said = LayoutSettings {
        tool: Tool::Flyway,
        placeholders: [("name".to_owned(), "app".to_owned())].into(),
        ..LayoutSettings::default()
    };
    let found = Project::at(tree.path()).unwrap().lay_out(Some(&said)).unwrap().migrations().unwrap();
    assert_eq!(found.migrations[0].up.text, "select 1;\ncreate schema app;\n");
}

#[test]
fn what_only_the_tool_can_run_is_refused_by_name() {
    let refused = |files: &[(&str, &str)]| read(files).unwrap_err().to_string();
    let program = refused(&[("migrations/1_t.sql", GOOSE), ("migrations/2_u.go", "package x")]);
    assert!(program.ends_with("it is a Go program, which only goose can run"), "{program}");
    let program = refused(&[("migrations/1_t.sql", NODE), ("migrations/2_u.js", "exports.up = 1")]);
    assert!(program.ends_with("it is a program, which only node-pg-migrate can run"), "{program}");
    let no_way = refused(&[("migrations/1_t.sql", GOOSE), ("migrations/2_u.sql", "select 1;")]);
    assert!(no_way.ends_with("no line says `-- +goose Up`"), "{no_way}");
    let twice = refused(&[("migrations/1_t.sql", &format!("{DBMATE}-- migrate:up\n"))]);
    assert!(twice.ends_with("the same way is marked twice"), "{twice}");
}

#[test]
fn what_was_changed_after_it_was_committed_is_refused_with_the_line_that_says_otherwise() {
    let refused = |files: &[(&str, &str)]| {
        let error = read(files).unwrap_err();
        (error.to_string(), error.place().unwrap().line)
    };
    let at = "migrations/committed/000001-t.sql";
    let (told, line) = refused(&[(at, &GRAPHILE.replace("(i int)", "(i bigint)"))]);
    assert!(told.contains("it was changed after it was committed") && line == 2, "{told}");
    let (told, line) = refused(&[(at, &GRAPHILE.replace("Previous: -", "Previous: sha1:00"))]);
    assert!(
        told.ends_with("it was committed after sha1:00, and what comes before it is -") && line == 1,
        "{told}"
    );
    let (told, _) = refused(&[(".gmrc", "{}"), (at, SQL)]);
    assert!(told.ends_with("no line at its head says `--! Previous:`"), "{told}");
    let allowed =
        GRAPHILE.replace("(i int)", "(i bigint)").replace("--! Hash", "--! AllowInvalidHash\n--! Hash");
    assert_eq!(read(&[(at, &allowed)]).unwrap().migrations.len(), 1);
}

#[test]
fn graphile_migrate_puts_in_what_it_was_told() {
    let text = "--! Previous: -\n--! Hash: x\n--! AllowInvalidHash\n\n--! no-transaction\nselect :SCHEMA.f(1::int), ':OTHER';\n";
    let tree = Tree::of(&[(".gmrc", "{}"), ("migrations/committed/000001.sql", text)]);
    let said = LayoutSettings {
        tool: Tool::GraphileMigrate,
        placeholders: [(":SCHEMA".to_owned(), "app".to_owned())].into(),
        ..LayoutSettings::default()
    };
    let found = Project::at(tree.path()).unwrap().lay_out(Some(&said)).unwrap().migrations().unwrap();
    assert!(found.migrations[0].up.text.ends_with("select app.f(1::int), ':OTHER';\n"));
    assert!(found.migrations[0].up.no_transaction);
    let own = text.replace(":SCHEMA", ":DATABASE_OWNER");
    let error = read(&[("migrations/committed/000001.sql", &own)]).unwrap_err();
    assert!(error.to_string().ends_with("there is no value for :DATABASE_OWNER"), "{error}");
    assert_eq!(error.place().unwrap().line, 6);
}
