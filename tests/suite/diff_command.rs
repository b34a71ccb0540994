//! `confiture diff` and `confiture schema dump`, on real servers.

use std::path::Path;

use serde_json::Value;

use super::support::{MAJOR, Production, Project, Run, assert_as_published, note};

const USERS: &str = "create table users (id int primary key, name text not null);";
const USERS_WITH_BIO: &str = "create table users (id int primary key, name varchar(80) not null, bio text);";

/// `confiture diff` on the newest server that every machine of the tests has.
pub(super) fn diff(project: &Project, sides: &[&str]) -> Run {
    project.run(&["diff"]).with(sides).with(&["--postgres", &MAJOR.to_string()])
}

/// Its JSON, which has to be as the published schema says.
#[track_caller]
pub(super) fn answer(run: Run, code: i32) -> Value {
    let answer = run.with(&["--format", "json"]).ends_with(code).json();
    assert_as_published(&answer, "diff.schema.json");
    assert_eq!((&answer["exit_code"], &answer["ok"]), (&code.into(), &(code == 0).into()), "{answer:#}");
    answer
}

/// What differs, a line each.
pub(super) fn changes(answer: &Value) -> Vec<String> {
    let changes = answer["drift"]["changes"].as_array().unwrap();
    let line = |change: &Value| {
        let text = |name: &str| change[name].as_str().unwrap_or_default();
        format!("{} {} {} {}", text("kind"), text("parent"), text("name"), text("change"))
    };
    changes.iter().map(line).collect()
}

const BIO: [&str; 2] = ["column public.users bio added", "column public.users name changed"];

#[test]
fn every_way_to_write_a_structure_down_can_be_either_side() {
    let project = Project::new()
        .file("old.sql", USERS)
        .file("new/tables/users.sql", USERS_WITH_BIO)
        .file("new/seeds/rows.sql", "insert into users values (1, 'Ada');")
        .file("db/schema/users.sql", USERS_WITH_BIO)
        .file("db/migrations/001_users.up.sql", USERS);
    project.commit();
    project.write("db/schema/users.sql", "create table users (id int);");
    let old = ["old.sql", "migrations", "snapshot.json"];
    let new = ["new", "HEAD:new", "HEAD:db/schema/users.sql", "new.json"];
    let dump = |side: &str, file: &str| {
        let dump = project.run(&["schema", "dump", side, "--output", file]);
        dump.with(&["--postgres", &MAJOR.to_string()]).ends_with(0);
    };
    dump("old.sql", "snapshot.json");
    dump("new", "new.json");
    for (from, to) in [(old[0], new[0]), (old[1], new[1]), (old[2], new[2]), (old[0], new[3])] {
        assert_eq!(changes(&answer(diff(&project, &[from, to]), 7)), BIO, "{from} {to}");
    }
    for (from, to) in [(old[0], old[1]), (old[1], old[2]), (new[0], new[1]), (new[2], new[3])] {
        answer(diff(&project, &[from, to]), 0);
    }
    // Without sides, the project is compared with itself, under either name.
    let wanted = ["column public.users name dropped", "constraint public.users users_pkey dropped"];
    let found = changes(&answer(diff(&project, &[]), 7));
    assert!(wanted.iter().all(|line| found.iter().any(|other| other == line)), "{found:?}");
    let other = project.run(&["migrate", "diff", "--postgres", &MAJOR.to_string()]);
    assert_eq!(changes(&answer(other, 7)), found);
}

#[test]
fn two_snapshots_need_no_server_and_two_files_need_no_project() {
    let project = Project::bare().file("a.sql", USERS).file("b.sql", USERS_WITH_BIO);
    assert_eq!(changes(&answer(diff(&project, &["a.sql", "b.sql"]), 7)), BIO);
    project.run(&["schema", "dump", "a.sql", "-o", "a.json"]).ends_with(0);
    let nowhere = project.path("nowhere");
    let run = diff(&project, &["a.json", "a.json"]).env("TMPDIR", nowhere);
    assert_eq!(answer(run, 0)["server"], Value::Null);
}

/// Making and removing the thousand files of a cluster is several times faster there.
#[test]
fn a_server_for_structure_lies_in_memory_where_there_is_a_gigabyte_free_and_leaves_nothing_there() {
    let project = Project::bare().file("a.sql", USERS).file("b.sql", USERS_WITH_BIO);
    let run = diff(&project, &["a.sql", "b.sql"]).env("TMPDIR", "").env("CONFITURE_LOG", "confiture=debug");
    let ended = run.ends_with(7);
    let directory = ended.err.split("directory=").nth(1).and_then(|rest| rest.split_whitespace().next());
    let directory = Path::new(directory.expect("the log says where the server lies"));
    let free = nix::sys::statfs::statfs("/dev/shm")
        .map_or(0, |found| found.blocks_available() * u64::try_from(found.block_size()).unwrap());
    let wanted = if free > (1 << 30) + (1 << 28) { "/dev/shm" } else { "/tmp" };
    assert_eq!(directory.parent(), Some(Path::new(wanted)), "{free} bytes are free");
    assert!(!directory.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_database_is_only_read() {
    let production = Production::start().await;
    production.database("app", USERS).await;
    let project = Project::bare().file("new.sql", USERS_WITH_BIO);
    let url = production.url("app");
    let before = production.rows("app", "select xmin, relname from pg_class order by 2").await;
    let found = tokio::task::block_in_place(|| answer(diff(&project, &[&url, "new.sql"]), 7));
    assert_eq!(changes(&found), BIO);
    assert_eq!(found["from"]["kind"], "database");
    assert_eq!(production.rows("app", "select xmin, relname from pg_class order by 2").await, before);
    production.stop().await;
}

#[test]
fn a_side_that_does_not_build_is_told_with_its_place_and_the_servers_words() {
    let project = Project::bare()
        .file("good.sql", USERS)
        .file("bad/2.sql", "create table t (\n  a int,\n  b nonsense\n);")
        .file("bad/10.sql", "this is never reached")
        .file("worse.sql", "create tabel t ();");
    let found = answer(diff(&project, &["good.sql", "bad"]), 3);
    let failure = &found["failure"];
    assert_eq!(
        (&failure["path"], &failure["line"], &failure["column"], &failure["sqlstate"]),
        (&"bad/2.sql".into(), &3.into(), &5.into(), &"42704".into())
    );
    assert_eq!(found["drift"], Value::Null);
    let said = diff(&project, &["worse.sql", "good.sql"]).ends_with(3);
    said.says(&["worse.sql:1:8", "syntax error at or near \"tabel\"", "The two sides were not compared"]);
}

#[test]
fn a_side_that_is_not_there_ends_with_2_and_says_what_a_side_can_be() {
    let project = Project::new().file("a.sql", USERS).file("a.json", "{\"schema_version\": 9}");
    project.commit();
    for (side, wanted) in [
        ("b.sql", "there is no file or directory b.sql"),
        ("chain", "`chain` is no side of a comparison"),
        ("HEAD:nowhere", "the revision HEAD has no .sql file at `nowhere`"),
        ("v9:a.sql", "the revision v9 is not in this repository"),
        ("a.json", "a.json cannot be used"),
        ("schema", "there is no declared schema in db/schema"),
        ("migrations", "db/migrations holds no migrations"),
        ("db", "db holds no .sql file"),
        ("postgresql://host", "the database URL names no database"),
    ] {
        diff(&project, &["a.sql", side]).ends_with(2).says(&[wanted]);
    }
    diff(&project, &["a.sql", "chain"]).end().says(&["postgresql://…", "`migrations` or `schema`"]);
    let bare = Project::bare();
    diff(&bare, &[]).ends_with(2).says(&["has no db/ directory", "--project-dir"]);
}

#[test]
fn a_database_that_does_not_answer_is_named_without_its_password() {
    let project = Project::bare().file("a.sql", USERS);
    let url = "postgresql://app:s3cret@127.0.0.1:1/app";
    for format in ["text", "json", "markdown", "sql"] {
        let ended = diff(&project, &[url, "a.sql"]).with(&["--format", format]).ends_with(3);
        assert!(!ended.out.contains("s3cret") && !ended.err.contains("s3cret"), "{}", ended.out);
        ended.says(&["127.0.0.1", "refused"]);
    }
    let unreadable = "postgresql://app:s3cret@host:port/app";
    let ended = diff(&project, &[unreadable, "a.sql"]).ends_with(2);
    assert!(!ended.out.contains("s3cret"), "{}", ended.out);
}

#[test]
fn roles_that_either_side_names_are_made_and_said() {
    let grants = "create role reader; create table t (i int); grant select on t to reader, writer;";
    let project = Project::bare().file("a.sql", grants).file("b.sql", grants);
    let found = answer(diff(&project, &["a.sql", "b.sql"]), 0);
    assert_eq!(note(&found, "roles_created")["roles"], serde_json::json!(["reader", "writer"]));
}

#[test]
fn every_face_tells_the_difference() {
    let project = Project::bare().file("a.sql", USERS).file("b.sql", USERS_WITH_BIO);
    diff(&project, &["a.sql", "b.sql"]).ends_with(7).says(&[
        "    table public.users\n      column bio   text   added",
        "column name   text → character varying(80)   (a.sql → b.sql)",
        "✗ 1 object differs in 2 places: 1 added, 1 changed.",
    ]);
    let markdown = diff(&project, &["a.sql", "b.sql"]).with(&["--format", "markdown", "-o", "out.md"]);
    assert_eq!(markdown.ends_with(7).out, "");
    let page = fs_err::read_to_string(project.path("out.md")).unwrap();
    assert!(page.starts_with("### ✗ 1 object differs") && page.contains("+   column bio"), "{page}");
}

/// A project whose declared schema is a step ahead of its migrations.
fn a_step_ahead() -> Project {
    Project::new().file("db/migrations/001_users.up.sql", USERS).file(
        "db/schema/users.sql",
        format!(
            "{USERS_WITH_BIO} create view names as select name from users; comment on view names is 'n';"
        ),
    )
}

/// The files of `db/migrations`, sorted.
fn migrations(project: &Project) -> Vec<String> {
    let files = project.path("db/migrations").read_dir().unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_migration_leads_there_and_back() {
    let project = a_step_ahead();
    let found = tokio::task::block_in_place(|| {
        let found = answer(diff(&project, &["--generate", "--name", "add_bio"]), 0);
        answer(diff(&project, &[]), 0);
        project.preflight().report(0);
        found
    });
    assert_eq!((&found["proof"], &found["drift"]["equal"]), (&"proved".into(), &false.into()));
    assert_eq!(migrations(&project), ["001_users.up.sql", "002_add_bio.down.sql", "002_add_bio.up.sql"]);
    let read = |name: &str| fs_err::read_to_string(project.path("db/migrations").join(name)).unwrap();
    let (up, down) = (read("002_add_bio.up.sql"), read("002_add_bio.down.sql"));
    assert!(up.starts_with("-- From migrations to schema, proved on a copy.\n"), "{up}");
    assert!(down.contains("-- hazard: data loss\n"), "{down}");
    let production = Production::start().await;
    production.database("app", &format!("{USERS}; {up}; {down}")).await;
    let url = production.url("app");
    let back = tokio::task::block_in_place(|| {
        diff(&project, &[&url, "db/migrations/001_users.up.sql", "--format", "json"]).end().json()
    });
    assert_eq!(changes(&back), Vec::<String>::new());
    production.stop().await;
}

#[test]
fn a_statement_that_no_transaction_takes_is_a_migration_of_its_own() {
    let project = Project::new().file("db/migrations/20260520143015_users.up.sql", USERS).file(
        "db/schema/users.sql",
        format!("{USERS} create index names on users (name); create table t ();"),
    );
    answer(diff(&project, &["--online", "--generate", "--name", "names"]), 0);
    let files = migrations(&project);
    assert_eq!(files.len(), 5, "{files:?}");
    let named = |part: &str| files.iter().filter(|file| file.ends_with(part)).count();
    assert_eq!((named("_names_1.up.sql"), named("_names_2.down.sql")), (1, 1), "{files:?}");
    project.preflight().report(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_from_a_database_or_a_snapshot_is_proved_on_a_copy_made_anew() {
    let production = Production::start().await;
    production.database("app", &format!("create schema s; create table s.t (i int); {USERS}")).await;
    let project = Project::bare().file("new.sql", USERS_WITH_BIO);
    let url = production.url("app");
    tokio::task::block_in_place(|| {
        project.run(&["schema", "dump", &url, "-o", "app.json"]).ends_with(0);
        for side in [url.as_str(), "app.json"] {
            let found = answer(diff(&project, &[side, "new.sql", "--plan"]), 7);
            assert_eq!(found["proof"], "proved", "{found:#}");
            let sql = diff(&project, &[side, "new.sql", "--format", "sql"]).ends_with(7);
            sql.says(&["-- hazard: data loss\ndrop table s.t;\n", "drop schema s;\n"]);
        }
    });
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_proved_is_not_written_unless_that_is_asked_for() {
    let production = Production::start().await;
    // An extension that only a superuser may install, so that no copy can be made by the owner.
    production.database("app", &format!("create extension dblink; {USERS}")).await;
    let url = production.url("app");
    let project = a_step_ahead();
    let sides = [url.as_str(), "schema", "--generate", "--name", "x"];
    tokio::task::block_in_place(|| {
        let found = answer(diff(&project, &sides).with(&["--no-superuser"]), 3);
        assert_eq!((&found["proof"], &found["failure"]["sqlstate"]), (&"no_copy".into(), &"42501".into()));
        assert_eq!(found["written"], serde_json::json!([]));
        answer(diff(&project, &sides).with(&["--no-proof"]), 7);
        assert_eq!(migrations(&project), ["001_users.up.sql"]);
        let found = answer(diff(&project, &sides).with(&["--no-proof", "--unproved"]), 7);
        assert_eq!((found["written"].as_array().unwrap().len(), &found["proof"]), (2, &"left_out".into()));
        project.write("db/environments/local.yaml", "preflight:\n  extensions: [dblink]\n");
        let found = answer(diff(&project, &[&url, "old.sql", "--plan"]), 2);
        assert_eq!(found["drift"], Value::Null);
        project.write("old.sql", USERS_WITH_BIO);
        let found = answer(diff(&project, &[&url, "old.sql", "--plan"]), 7);
        assert_eq!(found["proof"], "proved", "{found:#}");
    });
    production.stop().await;
}

#[test]
fn a_migration_without_a_usable_name_or_without_a_project_is_refused_before_any_work() {
    let project = a_step_ahead();
    for name in ["add bio", "../x", ""] {
        diff(&project, &["--generate", "--name", name]).ends_with(2).says(&["is no name for a migration"]);
    }
    diff(&project, &["--generate"]).ends_with(2);
    let bare = Project::bare().file("a.sql", USERS).file("b.sql", USERS_WITH_BIO);
    let run = diff(&bare, &["a.sql", "b.sql", "--generate", "--name", "x"]).ends_with(2);
    run.says(&["has no db/ directory"]);
    assert_eq!(migrations(&project), ["001_users.up.sql"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_structure_dumped_as_sql_makes_it_in_a_new_database() {
    let declared =
        "create schema app; create table app.users (id int primary key); comment on schema public is 'ours';";
    let project = Project::bare().file("a.sql", declared).file("nothing.sql", "");
    let production = Production::start().await;
    production.database("fresh", "").await;
    let dump = |side: &str| {
        let run = project.run(&["schema", "dump", side, "--format", "sql", "--postgres", &MAJOR.to_string()]);
        tokio::task::block_in_place(|| run.ends_with(0).out)
    };
    assert_eq!(dump("nothing.sql").trim(), "");
    production.sql("fresh", &dump("a.sql")).await;
    let url = production.url("fresh");
    tokio::task::block_in_place(|| answer(diff(&project, &[&url, "a.sql"]), 0));
    production.stop().await;
}

#[test]
fn what_nobody_reads_is_counted() {
    let own = "create function pg_catalog.mine() returns int language sql as 'select 1';";
    let project = Project::bare().file("a.sql", "").file("b.sql", own);
    let run = diff(&project, &["a.sql", "b.sql"]).with(&["--superuser"]);
    let found = answer(run, 0);
    let said = &found["drift"]["not_compared"];
    assert!(said.to_string().contains("objects of your own in pg_catalog"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn printed_statements_run_as_they_are_whatever_bodies_name() {
    let bodies = "create table zz (i int);
        create function ab() returns setof zz language sql as 'select * from zz';
        create function aa() returns bigint language sql as 'select count(*) from ab()';";
    let project = Project::bare().file("a.sql", "").file("b.sql", bodies);
    let run = diff(&project, &["a.sql", "b.sql"]).with(&["--format", "sql"]);
    let sql = tokio::task::block_in_place(|| run.ends_with(7).out);
    let production = Production::start().await;
    production.database("app", &sql).await;
    let url = production.url("app");
    tokio::task::block_in_place(|| answer(diff(&project, &[&url, "b.sql"]), 0));
    production.stop().await;
}

#[test]
fn what_was_meant_as_a_connection_is_refused_and_its_password_not_shown() {
    let project = Project::new();
    for side in [
        "mysql://app:s3cret@db/app",
        "host=db password=s3cret dbname=app",
        "postgresql://app:s3c@s3cret@db/app",
    ] {
        for (from, to) in [(side, "schema"), ("schema", side)] {
            let ended = diff(&project, &[from, to]).ends_with(2);
            assert!(!(ended.out.clone() + &ended.err).contains("s3c"), "{}{}", ended.out, ended.err);
        }
        let ended = project.run(&["schema", "dump", side]).ends_with(2);
        assert!(ended.err.contains("database URL") && !ended.err.contains("s3c"), "{}", ended.err);
    }
}

#[test]
fn a_directory_of_migrations_is_replayed_wherever_it_is() {
    let project = Project::new()
        .file("db/migrations/001_users.up.sql", USERS)
        .file("db/migrations/001_users.down.sql", "drop table users;")
        .file("db/migrations/002_bio.up.sql", "alter table users add bio text;")
        .file("db/migrations/002_bio.down.sql", "alter table users drop bio;")
        .file("users.sql", "create table users (id int primary key, name text not null, bio text);");
    project.commit();
    for side in ["db/migrations", "./db/migrations/", "HEAD:db/migrations", "HEAD:db/migrations/"] {
        assert!(changes(&answer(diff(&project, &[side, "users.sql"]), 0)).is_empty(), "{side}");
    }
    // One file is what it says.
    diff(&project, &["db/migrations/001_users.up.sql", "users.sql"]).ends_with(7);
    let twice = project.file("db/migrations/002_x.up.sql", "select 1;");
    diff(&twice, &["db/migrations", "users.sql"]).ends_with(4).says(&["version 002 is claimed by"]);
}
