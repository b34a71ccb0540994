//! The library's front door on a real database.

use std::sync::{Arc, Mutex};

use confiture::{
    BaselineOptions, DownOptions, Effect, Error, Event, ExitCode, Migrator, ReinitOptions, UpOptions,
    VerifyOptions,
};

use super::support::{Production, Project};

fn migrator(project: &Project) -> Migrator {
    let file = project.path("db/environments/local.yaml");
    Migrator::from_config(camino::Utf8PathBuf::from_path_buf(file).unwrap()).unwrap()
}

async fn three() -> (Project, Production) {
    let production = Production::start().await;
    production.database("app", "").await;
    let mut project = Project::new()
        .file("db/environments/local.yaml", format!("database_url: {}\n", production.url("app")))
        .file("db/verify/001_a.sql", "select count(*) = 0 from a;\n");
    for (version, table) in [("001", "a"), ("002", "b"), ("003", "c")] {
        let file = format!("db/migrations/{version}_{table}");
        project = project
            .file(&format!("{file}.up.sql"), format!("create table {table} (i int);\n"))
            .file(&format!("{file}.down.sql"), format!("drop table {table};\n"));
    }
    (project, production)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_migrates_there_and_back() {
    let (project, production) = three().await;
    let migrator = migrator(&project);
    let before = migrator.status().await.unwrap();
    assert_eq!((before.head.exit_code, before.pending.len()), (ExitCode::Configuration, 3));
    let rehearsed = migrator.up(UpOptions::default().effect(Effect::Rehearse)).await.unwrap();
    assert!(rehearsed.dry_run_execute && rehearsed.applied.is_empty());
    let up = migrator.up(UpOptions::default().target("002")).await.unwrap();
    assert!(up.success && up.applied.len() == 2 && up.pending.len() == 1, "{up:?}");
    assert_eq!(migrator.history().await.unwrap().migrations.len(), 2);
    assert_eq!(migrator.verify(VerifyOptions::default()).await.unwrap().verified_count, 1);
    let down = migrator.down(DownOptions::default()).await.unwrap();
    assert_eq!(down.rolled_back[0].as_str(), "002");
    assert_eq!(migrator.baseline(BaselineOptions::through("003")).await.unwrap().marked_count, 2);
    let anew = migrator.reinit(ReinitOptions::default().through("001")).await.unwrap();
    assert_eq!((anew.deleted_count, anew.marked.len()), (3, 1));
    assert_eq!(production.rows("app", "select version from tb_confiture").await, ["001"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_rehearses_what_is_pending() {
    let sql = "create table a (i int primary key);\n";
    let project = Project::with_migration(sql).file("db/schema/a.sql", sql);
    let here = || {
        let directory = camino::Utf8PathBuf::from_path_buf(project.path(".")).unwrap();
        let of = |name: &str| std::env::var(name).unwrap_or_default();
        confiture::Project::new(directory)
            .without_variables()
            .variable("PATH", of("PATH"))
            .variable("TMPDIR", project.servers().to_str().unwrap())
            .variable("CONFITURE_CACHE_DIR", super::support::cache().to_str().unwrap())
            .preflight()
            .postgres(super::support::MAJOR.to_string())
    };
    let report = here().run().await;
    assert_eq!(report.exit_code, ExitCode::Success, "{:?}", report.failure);
    project.write("db/migrations/900_wrong.up.sql", "alter table nowhere add column i int;\n");
    let report = here().run().await;
    assert_eq!(report.exit_code, ExitCode::Database, "{:?}", report.failure);
    assert_eq!(report.failure.unwrap().sqlstate.as_deref(), Some("42P01"));
    super::support::assert_nothing_is_left(project.servers());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_told_what_happens_while_it_happens() {
    let (project, production) = three().await;
    project.write("db/migrations/003_c.up.sql", "insert into a select generate_series(1, 25);\n");
    project.write("db/migrations/004_d.up.sql", "alter table a add primary key (i);\n");
    project.write("db/migrations/005_e.up.sql", "-- confiture: batched(a, i, 10)\ndelete from a;\n");
    project.write("db/hooks/before_ddl/1.sql", "select 1");
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = told.clone();
    let options = UpOptions::default().on_event(move |event| {
        hears.lock().unwrap().push(match event {
            Event::Begun { version, done, count, .. } => format!("{version}: {done} of {count}"),
            Event::Batch { batches, rows, .. } => format!("{batches}: {rows}"),
            Event::Hook { phase, path } => format!("{phase}: {path}"),
            other => format!("{other:?}"),
        });
    });
    migrator(&project).up(options).await.unwrap();
    let wanted =
        ["before_ddl: db/hooks/before_ddl/1.sql", "001: 0 of 5", "002: 1 of 5", "003: 2 of 5", "004: 3 of 5"];
    let batches = ["005: 4 of 5", "1: 10", "2: 20", "3: 25"];
    assert_eq!(*told.lock().unwrap(), [&wanted[..], &batches].concat());
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_tells_its_kind_and_everything_else() {
    let (project, production) = three().await;
    let migrator = migrator(&project);
    project.write("db/migrations/002_b.up.sql", "create table b (i int);\nselect 1 / 0;\n");
    let error = migrator.up(UpOptions::default()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Database(failure) if failure.sqlstate.as_deref() == Some("22012")),
        "{error:?}"
    );
    assert_eq!((error.exit_code(), migrator.status().await.unwrap().applied.len()), (ExitCode::Database, 1));
    std::fs::remove_file(project.path("db/migrations/001_a.down.sql")).unwrap();
    let error = migrator.down(DownOptions::default()).await.unwrap_err();
    assert!(matches!(error, Error::Irreversible(_)), "{error:?}");
    let error = migrator.baseline(BaselineOptions::through("009")).await.unwrap_err();
    assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    let nowhere = migrator.clone().database_url("postgresql://nobody@localhost:1/none");
    assert!(matches!(nowhere.status().await.unwrap_err(), Error::Database(_)));
    production.stop().await;
}

/// A program may work on a task of its own.
#[test]
fn every_call_can_be_sent_to_another_thread() {
    fn sendable<F: Future + Send>(_: F) {}
    let migrator = confiture::Project::new(".").without_variables().migrator();
    sendable(migrator.up(UpOptions::default()));
    sendable(migrator.down(DownOptions::default()));
    sendable(migrator.verify(VerifyOptions::default()));
    sendable(migrator.reinit(ReinitOptions::default()));
}
