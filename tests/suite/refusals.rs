//! What cannot be migrated is refused by name before anything is written.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use confiture::gateway::scratch::SUPERUSER;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Mutex;

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
    let up = |database: &str| project.migrate("up", &production.url(database));
    production.sql("postgres", "alter database app set default_transaction_read_only = on").await;
    up("app").ends_with(3).says(&["is read-only, as default_transaction_read_only says"]);
    up("app").with(&["--dry-run"]).ends_with(0);
    // What a standby says of itself.
    let standby = "create or replace function pg_catalog.pg_is_in_recovery() returns boolean language sql as 'select true'";
    production.database("copy", standby).await;
    up("copy").ends_with(3).says(&["/copy is a standby: it takes no writes", "name the primary server"]);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_lends_sessions_for_one_transaction_is_refused() {
    let production = production().await;
    for (lends, code) in [(false, 0), (true, 2)] {
        let port = pooler(production.socket().join(".s.PGSQL.5432"), lends).await;
        let url = format!("postgresql://{SUPERUSER}@127.0.0.1:{port}/app?sslmode=disable");
        let project = Project::new();
        let ended = project.migrate("up", &url).ends_with(code);
        if lends {
            ended.says(&["is a pooler that lends a session for one transaction", "a pool in session mode"]);
        }
    }
    assert_nothing_is_written(&production).await;
    production.stop().await;
}

type Idle = Arc<Mutex<VecDeque<UnixStream>>>;

/// A pooler in front of a server: whoever begins a transaction gets the session that was used last. When it does not
/// lend, everybody keeps a session.
async fn pooler(server: PathBuf, lends: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let idle = Idle::default();
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(client, server.clone(), idle.clone(), lends));
        }
    });
    port
}

async fn serve(mut client: TcpStream, server: PathBuf, idle: Idle, lends: bool) {
    let Some(startup) = message(&mut client, 0).await else { return };
    let mut session = UnixStream::connect(server).await.unwrap();
    session.write_all(&startup).await.unwrap();
    until_ready(&mut session, &mut client).await;
    let mut mine = None;
    if lends {
        idle.lock().await.push_front(session);
    } else {
        mine = Some(session);
    }
    while let Some(query) = message(&mut client, 1).await.filter(|query| query[0] != b'X') {
        let mut session = match mine.take() {
            Some(session) => session,
            None => idle.lock().await.pop_back().unwrap(),
        };
        session.write_all(&query).await.unwrap();
        let in_transaction = until_ready(&mut session, &mut client).await != b'I';
        if lends && !in_transaction { idle.lock().await.push_back(session) } else { mine = Some(session) }
    }
}

/// Passes on what the server says until it is ready, and returns in which state it is.
async fn until_ready(server: &mut UnixStream, client: &mut TcpStream) -> u8 {
    loop {
        let said = message(server, 1).await.unwrap();
        client.write_all(&said).await.unwrap();
        if said[0] == b'Z' {
            return said[5];
        }
    }
}

/// A message of the protocol, with its type when it has one, or nothing when the other side is gone.
async fn message(from: &mut (impl tokio::io::AsyncRead + Unpin), type_bytes: usize) -> Option<Vec<u8>> {
    let mut head = vec![0; type_bytes + 4];
    from.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes(head[type_bytes..].try_into().unwrap()) as usize;
    let mut body = vec![0; length - 4];
    from.read_exact(&mut body).await.ok()?;
    head.extend(body);
    Some(head)
}
