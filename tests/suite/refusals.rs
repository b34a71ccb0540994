//! What cannot be migrated is refused by name before anything is written.

use super::support::{Production, Project};

fn one() -> Project {
    Project::with_migration("create table a (i int);\n")
        .file("db/migrations/001_first.down.sql", "drop table a;\n")
}

async fn production() -> Production {
    let production = Production::start().await;
    production.database("app", "").await;
    production
}

async fn assert_nothing_is_written(production: &Production) {
    let tables = "select relname from pg_class where relnamespace = 'public'::regnamespace and relname not like '%confiture%'";
    assert!(production.rows("app", tables).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_writes_is_refused() {
    let production = production().await;
    let project = one();
    let up = || project.migrate("up", &production.url("app"));
    production.sql("postgres", "alter database app set default_transaction_read_only = on").await;
    up().ends_with(3).says(&["is read-only, as default_transaction_read_only says"]);
    up().with(&["--dry-run"]).ends_with(0);
    assert_nothing_is_written(&production).await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_a_role_may_not_write_is_refused() {
    let production = production().await;
    production.sql("postgres", "create role app login").await;
    let project = one();
    let run = |command: &str| project.migrate(command, &production.url_as("app", "app"));
    run("up")
        .ends_with(3)
        .says(&["this role may not make or use the ledger public.tb_confiture: permission denied"]);
    let empty = Project::new();
    empty.migrate("up", &production.url("app")).ends_with(0);
    production.sql("app", "grant select, update on tb_confiture to app").await;
    let ended = run("up").ends_with(3);
    ended.says(&[
        "this role may not use the ledger public.tb_confiture: it lacks insert, delete",
        "grant insert, delete on",
    ]);
    run("down").ends_with(3);
    assert_nothing_is_written(&production).await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_no_ledger_is_refused() {
    let production = production().await;
    production.sql("app", "create table tb_confiture (version text, name text, at date)").await;
    let project = one();
    let ended = project.migrate("up", &production.url("app")).ends_with(2);
    ended.says(&[
        "the table public.tb_confiture is no ledger: it lacks slug, applied_at, checksum, execution_time_ms",
    ]);
    assert_nothing_is_written(&production).await;
    production.stop().await;
}
