//! What a superuser, and what native code that it loads, can do outside of a server in the sandbox: nothing.
//!
//! Everything is tried on a server without a sandbox as well, where it has to succeed: else a refusal says nothing.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tokio_postgres::Client;

use super::support::{MAJOR, Production, Project, Run, binaries_of, enterable, rows};

/// Structures that only a superuser can build.
const SUPERUSERS: &str = "\
    create table t (i int);\n\
    create function told() returns event_trigger language plpgsql as 'begin end';\n\
    create event trigger teller on ddl_command_end execute function told();\n\
    create operator class by_value for type int using btree as operator 1 <, operator 2 <=, operator 3 =, \
      operator 4 >=, operator 5 >, function 1 btint4cmp(int, int);\n\
    create cast (bytea as text) without function;\n\
    create type word; create function word_in(cstring) returns word language internal immutable strict as 'textin';\n\
    create function word_out(word) returns cstring language internal immutable strict as 'textout';\n\
    create type word (input = word_in, output = word_out, like = text);\n\
    create text search template simplest (lexize = dsimple_lexize, init = dsimple_init);\n\
    create extension postgres_fdw; create extension dblink; create extension file_fdw;\n\
    create access method heap2 type table handler heap_tableam_handler;\n\
    create function pid() returns int language internal as 'pg_backend_pid';\n";

/// What SQL can do outside of a server, and what of it succeeds without a sandbox.
fn deeds(outside: &Path, other: &Production, port: u16) -> Vec<String> {
    let (outside, socket) = (outside.display(), other.socket());
    let dblink = |host: &str, port: u16| {
        format!(
            "select dblink_connect('c{port}', 'host={host} port={port} user=confiture_superuser dbname=postgres connect_timeout=1')"
        )
    };
    vec![
        "copy (select 1) to program 'cat >/dev/null'".to_owned(),
        "copy seen from program 'echo 1'".to_owned(),
        "copy seen from '/etc/passwd'".to_owned(),
        "select pg_read_file('/etc/passwd')".to_owned(),
        format!("select pg_read_file('{}/PG_VERSION')", socket.display()),
        "select pg_ls_dir('/etc')".to_owned(),
        "select lo_import('/etc/passwd')".to_owned(),
        format!("copy (select 1) to '{outside}/copied'"),
        format!("select lo_from_bytea(7, 'x'); select lo_export(7, '{outside}/exported')"),
        format!("create tablespace t location '{outside}/space'"),
        format!("load '{outside}/library.so'"),
        dblink(socket.to_str().unwrap(), 5432),
        dblink("127.0.0.1", port),
    ]
}

/// Which of the deeds are done; a server that answers on a port and lets nobody in is success enough.
async fn tried(server: &Production, deeds: &[String], listener: &TcpListener) -> Vec<bool> {
    let client = server.connect("postgres").await;
    client.batch_execute("create extension dblink; create table seen (line text)").await.unwrap();
    let mut done = Vec::new();
    for deed in deeds {
        done.push(client.simple_query(deed).await.is_ok() || listener.accept().is_ok());
    }
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_in_the_sandbox_reaches_nothing_outside() {
    let (free, other) = (Production::start().await, Production::start().await);
    let shut_in = Production::in_the_sandbox(MAJOR, &[]).await;
    let outside = enterable("co");
    library(outside.path(), "", "library.so");
    fs_err::create_dir(outside.path().join("space")).unwrap();
    give(&outside.path().join("space"), &other);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let deeds = deeds(outside.path(), &other, listener.local_addr().unwrap().port());
    let refused = tried(&shut_in, &deeds, &listener).await;
    let left: Vec<_> = outside.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    let done = tried(&free, &deeds, &listener).await;
    for ((deed, refused), done) in deeds.iter().zip(refused).zip(done) {
        assert!(!refused, "done in the sandbox: {deed}");
        assert!(done, "it does not even work without a sandbox: {deed}");
    }
    for server in [free, shut_in, other] {
        server.stop().await;
    }
}

/// What native code tries: a name, and an expression that is true when it was done.
const NATIVE: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifdef VICTIM
static int meets(int family, int type) {
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    strcpy(to.sun_path, SOCKET);
    int found = socket(family, type, 0);
    return found >= 0 && (family != AF_UNIX || type != SOCK_STREAM || connect(found, (void *)&to, sizeof to) == 0);
}
static int mode(const char *path) { struct stat s; return stat(path, &s) ? -1 : (s.st_mode & 0777); }
static int chmods(void) { chmod(VICTIM, 0640); return mode(VICTIM) == 0640; }
static int fchmods(void) { syscall(SYS_fchmodat, AT_FDCWD, VICTIM, 0604); return mode(VICTIM) == 0604; }
static int pairs(int type) { int both[2]; return socketpair(AF_UNIX, type, 0, both) == 0; }
static int limits(void) { struct rlimit old; return prlimit(PID, RLIMIT_NOFILE, NULL, &old) == 0; }
static int touches(void) { struct timespec now[2] = { { 1, 0 }, { 1, 0 } }; return utimensat(AT_FDCWD, VICTIM, now, 0) == 0; }

__attribute__((constructor)) static void tries(void) {
    FILE *told = fopen("told", "w");
#define TRY(name, expression) fprintf(told, "%s %s\n", (expression) ? "done" : "refused", name)
    TRY("read", open(VICTIM, O_RDONLY) >= 0);
    TRY("write", open(VICTIM, O_WRONLY) >= 0);
    TRY("truncate", truncate(VICTIM, 1) == 0);
    TRY("chmod", chmods());
    TRY("fchmodat", fchmods());
    TRY("chown", chown(VICTIM, geteuid(), -1) == 0);
    TRY("touch", touches());
    TRY("label", setxattr(VICTIM, "user.x", "x", 1, 0) == 0);
    TRY("link", link(VICTIM, "linked") == 0);
    TRY("symlink", symlink("/etc", VICTIM "-link") == 0);
    TRY("run", system("true") == 0);
    TRY("signal", kill(PID, SIGWINCH) == 0);
    TRY("limit", limits());
    TRY("nice", setpriority(PRIO_PROCESS, PID, 19) == 0);
    TRY("unix", meets(AF_UNIX, SOCK_STREAM));
    TRY("unix datagram", meets(AF_UNIX, SOCK_DGRAM));
    TRY("datagram pair", pairs(SOCK_DGRAM));
    TRY("inet", meets(AF_INET, SOCK_STREAM));
    TRY("inet datagram", meets(AF_INET, SOCK_DGRAM));
    TRY("inet6", meets(AF_INET6, SOCK_STREAM));
    TRY("netlink", meets(AF_NETLINK, SOCK_RAW));
    TRY("remove", unlink(VICTIM) == 0);
    fclose(told);
}
#endif
"#;

/// Compiles the native code; nothing in it makes a library of it that a server would take for one of its own.
fn library(directory: &Path, defines: &str, name: &str) -> PathBuf {
    let (source, library) = (directory.join("native.c"), directory.join(name));
    fs_err::write(&source, format!("{defines}\n{NATIVE}{MAGIC}")).unwrap();
    let mut cc = Command::new("cc");
    let ended = cc.args(["-w", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(ended.unwrap().success(), "a C compiler is needed for this test");
    fs_err::remove_file(&source).unwrap();
    library
}

/// What version 15 asks of a library, so that one from elsewhere can be loaded where nothing forbids it.
const MAGIC: &str = r#"
static const struct { int size, version, arguments, keys, name, by_value; char extra[32]; } magic =
    { sizeof magic, 1500, 100, 32, 64, 1, "PostgreSQL" };
const void *Pg_magic_func(void) { return &magic; }
"#;

/// Gives a file to the user that a server runs as.
fn give(path: &Path, server: &Production) {
    let owner = fs_err::metadata(server.socket()).unwrap();
    std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
}

/// What native code could do that a superuser wrote and loaded with SQL, by name.
async fn loaded(server: &Production, other: &Production) -> Vec<String> {
    let outside = enterable("co");
    let victim = outside.path().join("victim");
    fs_err::write(&victim, "victim").unwrap();
    give(&victim, other);
    let postmaster = fs_err::read_to_string(other.socket().join("postmaster.pid")).unwrap();
    let defines = format!(
        "#define VICTIM \"{}\"\n#define SOCKET \"{}/.s.PGSQL.5432\"\n#define PID {}",
        victim.display(),
        other.socket().display(),
        postmaster.lines().next().unwrap()
    );
    let library = fs_err::read(library(outside.path(), &defines, "library.so")).unwrap();
    let client = server.connect("postgres").await;
    load(&client, &library, &server.socket()).await;
    rows(&client, "select pg_read_file('told')").await.join("\n").lines().map(str::to_owned).collect()
}

async fn load(client: &Client, library: &[u8], data: &Path) {
    client.execute("select lo_from_bytea(8, $1)", &[&library]).await.unwrap();
    client.simple_query("select lo_export(8, 'native.so')").await.unwrap();
    client.simple_query(&format!("load '{}/native.so'", data.display())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn native_code_in_the_sandbox_reaches_nothing_outside() {
    let (free, other) = (Production::start().await, Production::start().await);
    let shut_in = Production::in_the_sandbox(MAJOR, &[]).await;
    let done = loaded(&free, &other).await;
    let refused = loaded(&shut_in, &other).await;
    assert_eq!((done.len(), refused.len()), (22, 22));
    for (done, refused) in done.iter().zip(&refused) {
        assert!(done.starts_with("done "), "without a sandbox: {done}");
        assert!(refused.starts_with("refused "), "in the sandbox: {refused}");
    }
    for server in [free, shut_in, other] {
        server.stop().await;
    }
}

/// Workers share memory, which lies where the sandbox lets it.
const PARALLEL: &str = "create table many as select generate_series(1, 100000) as i; analyze many; \
    set min_parallel_table_scan_size = 0; set parallel_setup_cost = 0; set parallel_tuple_cost = 0; \
    do $$ declare line text; launched text := '0'; begin \
      for line in explain (analyze) select count(*) from many loop \
        launched := coalesce(substring(line from 'Workers Launched: (\\d+)'), launched); end loop; \
      if launched = '0' then raise exception 'no parallel workers'; end if; end $$; \
    create index on many (i); create collation germans (provider = icu, locale = 'de');";

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_every_major_version_work_in_the_sandbox() {
    for major in [MAJOR, 16, 17, 18] {
        let newer = (major != MAJOR).then(|| binaries_of(major));
        let server = Production::in_the_sandbox(major, newer.as_slice()).await;
        let client = server.connect("postgres").await;
        client.batch_execute(PARALLEL).await.unwrap();
        client.batch_execute(SUPERUSERS).await.unwrap();
        let zone = "select '2026-07-01 12:00Z'::timestamptz at time zone 'Europe/Berlin', gen_random_uuid() is not null";
        assert_eq!(rows(&client, zone).await, ["2026-07-01 14:00:00|t"]);
        drop(client);
        server.stop().await;
    }
}

fn of_this_major(run: Run) -> Run {
    run.with(&["--postgres", &MAJOR.to_string()])
}

#[test]
fn whatever_postgresql_takes_is_compared_and_planned() {
    let project = Project::bare().file("old.sql", "create table t (i int);").file("new.sql", SUPERUSERS);
    let run = of_this_major(project.run(&["diff", "old.sql", "new.sql", "--plan", "--format", "json"]));
    let ended = run.ends_with(7);
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(answer["proof"], "proved", "{answer:#}");
    assert_eq!(answer["notes"], serde_json::json!([]), "it is nothing to speak of");
    of_this_major(project.run(&["schema", "dump", "new.sql", "--format", "sql"])).ends_with(0).says(&[
        "create event trigger teller",
        "create operator class public.by_value",
        "create cast (bytea as text) without function",
        "create extension postgres_fdw",
    ]);
}

#[test]
fn without_a_superusers_rights_it_is_refused_and_in_a_preflight_always() {
    let project = Project::with_migration(SUPERUSERS).file("new.sql", SUPERUSERS);
    let run = of_this_major(project.run(&["schema", "dump", "new.sql", "--no-superuser"]));
    let ended = run.ends_with(3);
    assert!(ended.err.contains("error [42501]: permission denied to create event trigger"), "{}", ended.err);
    let report = project.preflight().report(3);
    assert_eq!(report["failure"]["sqlstate"], "42501");
}

#[test]
fn what_reaches_out_of_the_sandbox_is_refused_unless_the_code_is_trusted() {
    let reaching = "create table t (line text); copy t from program 'echo 1';";
    let project = Project::bare().file("reaching.sql", reaching);
    let dump = || of_this_major(project.run(&["schema", "dump", "reaching.sql"]));
    let ended = dump().ends_with(3);
    assert!(ended.err.contains("reaching.sql:1:29"), "{}", ended.err);
    dump().with(&["--superuser"]).ends_with(0);
}

#[test]
fn where_a_server_does_not_start_in_the_sandbox_it_runs_without_and_sql_as_the_owner() {
    let system = Path::new("/usr/lib/postgresql").join(format!("{MAJOR}/bin"));
    let programs = enterable("cb");
    // A script needs a shell, and that is no server's program.
    let script = programs.path().join("postgres");
    fs_err::write(&script, format!("#!/bin/sh\nexec {}/postgres \"$@\"\n", system.display())).unwrap();
    fs_err::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink(system.join("initdb"), programs.path().join("initdb")).unwrap();
    let project = Project::bare().file("plain.sql", "create table t (i int);").file("new.sql", SUPERUSERS);
    let dump = |side: &str| {
        let run = of_this_major(project.run(&["schema", "dump", side]));
        run.env("CONFITURE_POSTGRES_BIN", programs.path()).env("CONFITURE_LOG", "confiture=warn")
    };
    let ended = dump("plain.sql").ends_with(0);
    assert!(ended.err.contains("the server does not start in a sandbox"), "{}", ended.err);
    let ended = dump("new.sql").ends_with(3);
    assert!(ended.err.contains("permission denied to create event trigger"), "{}", ended.err);
    dump("new.sql").with(&["--superuser"]).ends_with(0);
}
