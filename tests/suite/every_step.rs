//! Whatever stops `up` or `down`, at whichever step: the same command again comes to the same end.
//!
//! A proxy counts what the command says to the server. For every message there is a run that ends right after the
//! server has carried it out, and one more run after that. To the server it is all the same whether the process or the
//! connection is lost, so that the two take turns.

use std::process::Child;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio_postgres::Client;

use super::proxy::Proxy;
use super::support::{Ended, Production, Project, rows, wait};

/// How a run is stopped.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Stop {
    /// The process is killed.
    Kill,
    /// The connection is lost, and the process is not.
    Cut,
}

/// A chain with every way in which a file is run, each between two plain ones.
fn project() -> Project {
    let files = [
        ("001_plain.up.sql", "create table a (i int);\ninsert into a values (1);\n"),
        (
            "002_outside.up.sql",
            "set search_path to app, public;\ncreate table b (i int);\ninsert into b values (1);\n\
             create index concurrently b_i on b (i);\ninsert into b values (2);\ndrop index concurrently old_i;\n",
        ),
        ("003_own.up.sql", "begin;\nalter table a add j int;\ninsert into a values (2, 2);\ncommit;\n"),
        (
            "004_several.up.sql",
            "set search_path to app, public;\nbegin;\ncreate table c (i int);\ninsert into c values (1);\ncommit;\n\
             insert into c values (2);\nbegin;\ninsert into c values (3);\nrollback;\n\
             create index concurrently c_i on c (i);\nbegin;\ninsert into c values (4);\nend;\n",
        ),
        ("005_data.up.sql", "copy a from stdin;\n3\t3\n4\t4\n\\.\nupdate a set j = j + 1;\n"),
        ("005_data.down.sql", "update a set j = j - 1;\ndelete from a where i > 2;\n"),
        (
            "004_several.down.sql",
            "begin;\ndelete from app.c where i = 4;\ninsert into app.b values (9);\ncommit;\n\
             drop index concurrently app.c_i;\ndrop table app.c;\n",
        ),
        ("003_own.down.sql", "begin;\ndelete from a where i = 2;\nalter table a drop j;\ncommit;\n"),
        (
            "002_outside.down.sql",
            "create index concurrently old_i on app.t (i);\ndrop index concurrently app.b_i;\n\
             alter table app.b rename to b_was;\n",
        ),
        ("001_plain.down.sql", "drop table a;\n"),
    ];
    files
        .into_iter()
        .fold(Project::new(), |project, (name, sql)| project.file(&format!("db/migrations/{name}"), sql))
}

const BEFORE: &str = "drop schema if exists app cascade; drop schema public cascade; create schema public; \
    create schema app; create table app.t (i int); create index old_i on app.t (i);";

/// What there is in the end: objects, rows, ledger and journal, without times and what is counted.
async fn end(client: &Client) -> Vec<String> {
    let sql = "select 'object', c.oid::regclass::text, concat_ws(' ', c.relkind, pg_get_indexdef(i.indexrelid), \
          i.indisvalid, i.indisready) \
        from pg_class c left join pg_index i on i.indexrelid = c.oid \
        where c.relnamespace in ('app'::regnamespace, 'public'::regnamespace) and c.relname !~ '_steps|^tb_|^idx_' \
      union all select 'column', attrelid::regclass::text, attname from pg_attribute a join pg_class c on c.oid = attrelid \
        where c.relnamespace in ('app'::regnamespace, 'public'::regnamespace) and attnum > 0 and not attisdropped \
        and relkind = 'r' and c.relname !~ '_steps' \
      union all select 'row', x.name, query_to_xml('select * from ' || x.name || ' order by 1', true, true, '')::text \
        from (select c.oid::regclass::text as name from pg_class c where relkind = 'r' and relname in ('a', 'b', 'c', 'b_was')) x \
      union all select 'ledger', version, concat_ws(' ', regexp_replace(slug, '[0-9]{8}_[0-9]{6}', 'TIME'), name, checksum, \
        applied_by, archived_into, count(*) over (), execution_time_ms >= 0, \
        row_number() over (order by pk_confiture)) from tb_confiture \
      union all select 'journal', '', case when to_regclass('tb_confiture_steps') is null then '0' else \
        (xpath('//n/text()', query_to_xml('select count(*) as n from tb_confiture_steps', true, true, '')))[1]::text end \
      order by 1, 2, 3";
    rows(client, sql).await
}

fn run(project: &Project, command: &str, url: &str) -> Child {
    let all: &[&str] = if command == "down" { &["--steps", "5"] } else { &[] };
    project.migrate(command, url).with(all).start()
}

async fn ended(child: Child) -> Ended {
    tokio::task::spawn_blocking(|| wait(child)).await.unwrap()
}

/// Lays the ground for a command.
async fn lay(production: &Production, client: &Client, project: &Project, command: &str) {
    client.batch_execute(BEFORE).await.unwrap();
    if command == "down" {
        project.migrate("up", &production.url("app")).ends_with(0);
    }
}

/// Runs a command that is stopped at its `at`-th message, and the same command again. Says whether it was stopped.
async fn stopped_at(
    production: &Production,
    project: &Project,
    command: &str,
    stop: Stop,
    at: usize,
) -> bool {
    let proxy = Proxy::start(production, at).await;
    let child = run(project, command, &proxy.url("app"));
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    let mut ending = tokio::spawn(ended(child));
    let first = tokio::select! {
        first = &mut ending => first,
        () = proxy.is_cut() => {
            if stop == Stop::Kill {
                // It may have ended by itself after its last word.
                let _ = kill(pid, Signal::SIGKILL);
            }
            proxy.let_go();
            ending.await
        }
    };
    let first = first.unwrap();
    if proxy.said() < at {
        assert_eq!(first.code, 0, "{}{}", first.out, first.err);
        return false;
    }
    let again = ended(run(project, command, &production.url("app"))).await;
    assert_eq!(
        again.code, 0,
        "after message {at}:\n{}{}\nthen:\n{}{}",
        first.out, first.err, again.out, again.err
    );
    true
}

async fn comes_to_the_same_end(command: &str) {
    let production = Production::start().await;
    production.database("app", "").await;
    let project = project();
    let client = production.connect("app").await;
    lay(&production, &client, &project, command).await;
    let undisturbed = ended(run(&project, command, &production.url("app"))).await;
    assert_eq!(undisturbed.code, 0, "{}{}", undisturbed.out, undisturbed.err);
    let wanted = end(&client).await;
    let mut at = 1;
    loop {
        lay(&production, &client, &project, command).await;
        let stop = if at % 2 == 0 { Stop::Kill } else { Stop::Cut };
        if !stopped_at(&production, &project, command, stop, at).await {
            break;
        }
        assert_eq!(end(&client).await, wanted, "{command} was stopped at message {at}");
        at += 1;
    }
    assert!(at > 40, "only {at} messages were said");
    drop(client);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn up_that_is_stopped_at_any_step_comes_to_the_same_end() {
    comes_to_the_same_end("up").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn down_that_is_stopped_at_any_step_comes_to_the_same_end() {
    comes_to_the_same_end("down").await;
}
