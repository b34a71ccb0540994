//! What runs outside a transaction is gone on with where it stopped, whatever stopped it.

use serde_json::json;
use tokio_postgres::Client;

use super::support::{Production, Project, rows, until, wait};

const TWO_INDEXES: &str = "set search_path to app;\ncreate table u (i int);\n\
    create index concurrently t_i on t (i);\ninsert into u values (1);\n\
    create index concurrently t_j on app.t (j);\ndrop index concurrently old_i;\n";

const BEFORE: &str = "create schema app; create table app.t (i int, j int); create index old_i on app.t (i)";

async fn production() -> Production {
    let production = Production::start().await;
    production.database("app", BEFORE).await;
    production
}

/// Everything that the migration was to do, done once, and nothing kept that says otherwise.
async fn assert_all_is_done(production: &Production, database: &str) {
    let indexes = "select relname, indisvalid from pg_index join pg_class c on c.oid = indexrelid \
        where indrelid = 'app.t'::regclass order by 1";
    assert_eq!(production.rows(database, indexes).await, ["t_i|t", "t_j|t"]);
    assert_eq!(production.rows(database, "select i from app.u").await, ["1"]);
    assert_eq!(production.rows(database, "select version from tb_confiture").await, ["001"]);
    assert!(production.rows(database, "select * from tb_confiture_steps").await.is_empty());
}

const WAITING: &str = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' \
    and application_name = 'confiture migrate'";

async fn until_it_waits(looking: &Client) {
    until("it waits", async || rows(looking, WAITING).await == ["1"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failure_the_statement_that_failed_is_the_first_to_run() {
    let production = production().await;
    production.sql("app", "insert into app.t values (1, 1), (2, 1)").await;
    let sql = TWO_INDEXES.replace("create index concurrently t_j", "create unique index concurrently t_j");
    let project = Project::with_migration(&sql);
    let up = || project.migrate("up", &production.url("app"));
    let ended = up().ends_with(3);
    ended.says(&["could not create unique index", "4 of 6 statements of 001_first are done and stay"]);
    let journal = "select migration, plan_index, stage, state, rows_done from tb_confiture_steps order by 2";
    let noted = ["001|1|up|done|0", "001|2|up|done|0", "001|3|up|done|0", "001|4|up|failed|0"];
    assert_eq!(production.rows("app", journal).await, noted);
    let status = project.migrate("status", &production.url("app")).ends_with(1);
    status.says(&["001 stopped half-way: `migrate up` goes on with it"]);
    // The same end, not the same way there.
    up().ends_with(3);
    production.sql("app", "delete from app.t where i = 2").await;
    let answer = up().with(&["--format", "json"]).ends_with(0).json();
    assert_eq!(answer["applied"], json!(["001"]));
    let run: Vec<&str> = answer["migrations"][0]["statements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["text"].as_str().unwrap()[..12])
        .collect();
    assert_eq!(run, ["set search_p", "create uniqu", "drop index c"]);
    assert_all_is_done(&production, "app").await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_has_changed_since_it_stopped_is_refused() {
    let production = production().await;
    let sql = "create table u (i int);\ncreate index concurrently u_i on u (j);\n";
    let project = Project::with_migration(sql);
    let up = || project.migrate("up", &production.url("app"));
    up().ends_with(3);
    project.write("db/migrations/001_first.up.sql", sql.replace("(j)", "(i)"));
    let ended = up().ends_with(5);
    ended.says(&[
        "001_first stopped half-way, and db/migrations/001_first.up.sql has changed since",
        "delete from \"public\".\"tb_confiture_steps\" where migration = '001'",
    ]);
    production
        .sql("app", "drop table u; delete from public.tb_confiture_steps where migration = '001'")
        .await;
    up().ends_with(0);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_left_invalid_is_built_anew() {
    let production = production().await;
    let project = Project::with_migration(TWO_INDEXES);
    let looking = production.connect("postgres").await;
    let writer = production.connect("app").await;
    let up = || project.migrate("up", &production.url("app"));
    writer.batch_execute("begin; insert into app.t values (1, 1)").await.unwrap();
    let child = up().start();
    until_it_waits(&looking).await;
    let kill =
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'confiture migrate'";
    rows(&looking, kill).await;
    let ended = wait(child);
    assert_eq!(ended.code, 3, "{}{}", ended.out, ended.err);
    let invalid = "select indisvalid from pg_index where indexrelid = 'app.t_i'::regclass";
    assert_eq!(production.rows("app", invalid).await, ["f"]);
    writer.batch_execute("rollback").await.unwrap();
    up().ends_with(0);
    assert_all_is_done(&production, "app").await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_not_got_leaves_no_invalid_index_in_the_way_of_the_next_try() {
    let production = production().await;
    let project = Project::with_migration(TWO_INDEXES)
        .file("db/environments/local.yaml", "migration: {lock_timeout: 200ms}");
    let writer = production.connect("app").await;
    writer.batch_execute("begin; insert into app.t values (1, 1)").await.unwrap();
    let mut child = project.migrate("up", &production.url("app")).start();
    super::lock_waits::said(&mut child, "tried again");
    writer.batch_execute("rollback").await.unwrap();
    assert_eq!(wait(child).code, 0);
    assert_all_is_done(&production, "app").await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_a_statement_runs_leaves_what_the_next_one_ends() {
    let production = production().await;
    let project = Project::with_migration(TWO_INDEXES);
    let looking = production.connect("postgres").await;
    let holder = production.connect("app").await;
    holder.batch_execute("begin; lock table app.t").await.unwrap();
    let mut child = project.migrate("up", &production.url("app")).start();
    until_it_waits(&looking).await;
    child.kill().unwrap();
    child.wait().unwrap();
    // The server goes on with the statement, and sees only afterwards that nobody waits for it.
    holder.batch_execute("rollback").await.unwrap();
    project.migrate("up", &production.url("app")).ends_with(0);
    assert_all_is_done(&production, "app").await;
    production.stop().await;
}

/// Ends the server process that writes a row, when `boom` says so.
const DEATH: &str = "create table public.boom (at int); \
    create function public.die() returns trigger language plpgsql as $$ begin \
      if exists (select from public.boom where at = new.plan_index) then \
        perform pg_terminate_backend(pg_backend_pid()); end if; return new; end $$; \
    create function public.die_at_the_end() returns trigger language plpgsql as $$ begin \
      if exists (select from public.boom where at = 99) then \
        perform pg_terminate_backend(pg_backend_pid()); end if; return new; end $$;";

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_before_or_after_any_statement_leaves_what_the_next_one_ends() {
    let production = Production::start().await;
    let cases =
        [1, 2, 3, 4, 5, 99].map(|at| ("done", at)).into_iter().chain([2, 4, 5].map(|at| ("running", at)));
    for (state, at) in cases {
        let name = format!("{state}_{at}");
        production.database(&name, BEFORE).await;
        let up = |project: &Project| project.migrate("up", &production.url(&name));
        up(&Project::with_migration("-- confiture: no-transaction\nselect 1;")).ends_with(0);
        let triggers = format!(
            "{DEATH} delete from tb_confiture; insert into public.boom values ({at}); \
             create trigger die before insert or update on tb_confiture_steps for each row \
             when (new.state = '{state}') execute function public.die(); \
             create trigger die before insert on tb_confiture for each row \
             execute function public.die_at_the_end()"
        );
        production.sql(&name, &triggers).await;
        let project = Project::with_migration(TWO_INDEXES);
        up(&project).ends_with(3);
        production.sql(&name, "delete from public.boom").await;
        up(&project).ends_with(0);
        assert_all_is_done(&production, &name).await;
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_anywhere_in_a_transaction_leaves_nothing() {
    let boom = |at: u32| {
        format!(
            "do $$ begin if exists (select from public.boom where at = {at}) then \
             perform pg_terminate_backend(pg_backend_pid()); end if; end $$;\n"
        )
    };
    let one =
        format!("{}create table u (i int);\n{}insert into u values (1);\n{}", boom(0), boom(1), boom(2));
    let production = Production::start().await;
    for (name, sql) in [("single", one.clone()), ("own", format!("begin;\n{one}commit;\n"))] {
        production.database(name, DEATH).await;
        let project = Project::with_migration(&sql);
        let up = || project.migrate("up", &production.url(name));
        for at in 0..3 {
            production.sql(name, &format!("delete from boom; insert into boom values ({at})")).await;
            let ended = up().ends_with(3);
            ended.says(&["terminating connection due to administrator command", "0 migrations applied now"]);
            assert_eq!(production.rows(name, "select to_regclass('u') is null").await, ["t"]);
        }
        production.sql(name, "delete from boom").await;
        up().ends_with(0);
        assert_eq!(production.rows(name, "select i from u").await, ["1"]);
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_outside_a_transaction_is_gone_on_with_too() {
    let production = production().await;
    let project = Project::with_migration("create table u (i int);\n").file(
        "db/migrations/001_first.down.sql",
        "drop table u;\ndrop index concurrently app.old_i;\ndrop index concurrently app.nothing;\n",
    );
    project.migrate("up", &production.url("app")).ends_with(0);
    let down = || project.migrate("down", &production.url("app"));
    down().ends_with(3).says(&["2 of 3 statements of 001_first are done and stay"]);
    production.sql("app", "create index nothing on app.t (j)").await;
    down().ends_with(0);
    assert!(production.rows("app", "select * from tb_confiture_steps").await.is_empty());
    assert!(production.rows("app", "select * from tb_confiture").await.is_empty());
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_interrupted_reindex_has_left_goes_before_the_next_try() {
    let production = production().await;
    let project = Project::with_migration(
        "reindex index concurrently app.old_i;\nreindex (concurrently) table app.t;\n",
    )
    .file("db/environments/local.yaml", "migration: {lock_timeout: 200ms}");
    let writer = production.connect("app").await;
    for _ in 0..2 {
        writer.batch_execute("begin; insert into app.t values (1, 1)").await.unwrap();
        let mut child = project.migrate("up", &production.url("app")).start();
        super::lock_waits::said(&mut child, "tried again");
        writer.batch_execute("rollback").await.unwrap();
        assert_eq!(wait(child).code, 0);
        let indexes = "select relname, indisvalid from pg_index join pg_class c on c.oid = indexrelid \
            where indrelid = 'app.t'::regclass";
        assert_eq!(production.rows("app", indexes).await, ["old_i|t"]);
        production.sql("app", "delete from tb_confiture").await;
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_is_marked_is_no_longer_half_done() {
    let production = production().await;
    production.database("other", "").await;
    let sql = "-- confiture: no-transaction\ncreate table half (i int);\nselect 1 / 0;\n";
    let project = Project::with_migration(sql).file("db/migrations/001_first.down.sql", "drop table half;\n");
    let run = |command: &str, flags: &[&str]| project.migrate(command, &production.url("app")).with(flags);
    let other = production.url("other");
    project.migrate("baseline", &other).with(&["--through", "001"]).ends_with(0);
    let marks = [
        ("baseline", &["--through", "001"][..]),
        ("reinit", &["--yes"]),
        ("baseline", &["--from-db", &other]),
    ];
    for (command, flags) in marks {
        run("up", &[]).ends_with(3).says(&["1 of 2 statements of 001_first are done"]);
        run("status", &[]).ends_with(1).says(&["001 stopped half-way"]);
        run(command, flags).ends_with(0);
        let status = run("status", &[]).ends_with(0);
        assert!(!status.out.contains("half-way"), "{command}: {}", status.out);
        // So what is taken back and applied again begins at its first statement.
        run("down", &[]).ends_with(0);
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_in_one_transaction_is_not_half_applied_either() {
    let production = production().await;
    let sql = "-- confiture: no-transaction\ncreate table half (i int);\nselect 1 / 0;\n";
    let project = Project::with_migration(sql).file("db/migrations/001_first.down.sql", "drop table half;\n");
    let run = |command: &str| project.migrate(command, &production.url("app"));
    run("up").ends_with(3);
    // As a tool that does not know the journal marks it.
    let mark = "insert into tb_confiture (slug, version, name) values ('first', '001', 'first')";
    production.sql("app", mark).await;
    run("down").ends_with(0);
    assert!(production.rows("app", "select * from tb_confiture_steps").await.is_empty());
    run("up").ends_with(3).says(&["1 of 2 statements of 001_first are done"]);
    assert_eq!(production.rows("app", "select to_regclass('half')::text").await, ["half"]);
    production.stop().await;
}
