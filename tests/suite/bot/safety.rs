//! SQL of a pull request is hostile: what it may not do is refused, what it may take is bounded, the check says so,
//! and the bot goes on.

use super::conversation::{SCHEMA, USERS, World, tree};
use super::{Running, STATE, run, settings};
use crate::fake_github::{Check, FakeGitHub, PULL, REPOSITORY, Subject};
use crate::support::Production;

/// What is refused because only a superuser may, and what only looks like a way out.
const REFUSED: [(&str, &str); 13] = [
    ("copy (select 1) to program 'touch /tmp/confiture-was-here';", "42501"),
    ("copy (select 1) to '/tmp/confiture-was-here';", "42501"),
    ("create table t (line text); copy t from '/etc/passwd';", "42501"),
    ("create table t as select pg_read_file('/etc/passwd');", "42501"),
    ("select pg_ls_dir('/');", "42501"),
    ("select lo_import('/etc/passwd');", "42501"),
    ("create extension dblink;", "42501"),
    ("create extension postgres_fdw;", "42501"),
    ("create extension file_fdw;", "42501"),
    ("create function f() returns int language c as 'libc', 'system';", "42501"),
    ("alter system set listen_addresses = '*';", "42501"),
    ("set role confiture_superuser;", "42501"),
    ("set session authorization confiture_superuser;", "42501"),
];

impl World {
    /// Has a migration with this SQL checked, and gives the check.
    async fn tries(&self, sql: &str) -> Check {
        let migration = ("db/migrations/002_hostile.up.sql", sql);
        let head = self.github.state().push(REPOSITORY, "change", tree(&[USERS, migration, SCHEMA]));
        self.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
        self.is_over().await;
        let check = self.check(&head).await;
        self.quiet().await;
        check
    }

    /// The same with a bot that has these limits.
    async fn limited(limits: &str) -> Self {
        let mut world = Self::start().await;
        world.bot = limited(&world.github, &world.state, limits);
        world
    }

    async fn goes_on(&self) {
        let check =
            self.tries("alter table users add column bio text; alter table users drop column bio;").await;
        assert_eq!(check.conclusion.as_deref(), Some("success"), "{} {}", check.title, check.summary);
    }
}

fn limited(github: &FakeGitHub, state: &Production, limits: &str) -> Running {
    let more =
        format!("state_url: {}\nscratch: {{postgres: \"15\"}}\nlimits: {{{limits}}}\n", state.url(STATE));
    let project = settings(&more);
    let run = run(&project).env("API", github.url());
    Running::of(project, run)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leads_out_of_the_throwaway_server_is_refused_and_told() {
    let world = World::start().await;
    for (sql, code) in REFUSED {
        let check = world.tries(sql).await;
        assert_eq!(check.conclusion.as_deref(), Some("failure"), "{sql}");
        assert!(check.summary.contains(code), "{sql}: {}", check.summary);
    }
    assert!(!std::path::Path::new("/tmp/confiture-was-here").exists());
    world.goes_on().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_installed_or_makes_roles_leads_nowhere_either() {
    let world = World::start().await;
    // Roles that SQL names exist on a throwaway server, without any right: there is nobody to become.
    for sql in [
        "create extension plpython3u;",
        "create language plpythonu;",
        "create role boss superuser login; set role boss; copy (select 1) to program 'true';",
        "set role postgres; copy (select 1) to program 'true';",
        "alter role confiture_owner superuser; copy (select 1) to program 'true';",
    ] {
        let check = world.tries(sql).await;
        assert_eq!(check.conclusion.as_deref(), Some("failure"), "{sql}: {}", check.summary);
    }
    world.goes_on().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_without_an_end_is_ended_and_told_as_timed_out() {
    let world = World::limited("job_seconds: 6, kept_servers: 0").await;
    let check = world.tries("do $$ begin loop end loop; end $$;").await;
    assert_eq!(check.conclusion.as_deref(), Some("timed_out"), "{}", check.summary);
    let sentence = "it took more than the 6 seconds that a check may take (limits.job_seconds)";
    assert!(check.title.contains(sentence), "{}", check.title);
    assert_eq!(world.bot.servers(), [""; 0], "its server is gone");
    world.goes_on().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fills_the_disk_is_ended_and_told() {
    let world = World::limited("scratch_megabytes: 150, job_seconds: 120, kept_servers: 0").await;
    let endless = "create table t as select repeat(md5(n::text), 100) from generate_series(1, 100000000) n;";
    let check = world.tries(endless).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.summary);
    let sentence =
        "its server wrote more than the 150 megabytes that a check may take (limits.scratch_megabytes)";
    assert!(check.title.contains(sentence), "{}", check.title);
    assert_eq!(world.bot.servers(), [""; 0], "its server is gone");
    world.goes_on().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_wants_all_memory_is_refused_by_its_server() {
    let world = World::limited("scratch_memory_megabytes: 400").await;
    let greedy = "do $$ declare a text[]; begin for n in 1..90 loop a := a || repeat('x', 10000000); end loop; end $$;";
    let check = world.tries(greedy).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.summary);
    assert!(check.summary.contains("out of memory") && check.summary.contains("53200"), "{}", check.summary);
    world.goes_on().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_notices_and_endless_words_are_cut_and_the_check_fits() {
    let world = World::start().await;
    let notices = "do $$ begin for n in 1..1000000 loop raise notice 'n%', n; end loop; end $$;";
    let check = world.tries(notices).await;
    assert_eq!(check.conclusion.as_deref(), Some("success"), "{}", check.summary);
    let words = "do $$ begin raise exception '%', repeat('x', 50000000); end $$;";
    let check = world.tries(words).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"));
    assert!(check.summary.len() <= 65_535 && check.summary.contains("xxx"), "{}", check.summary.len());
    world.goes_on().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_that_opens_connections_or_kills_its_server_is_told_and_no_fault_of_the_bot_s() {
    let world = World::start().await;
    let sql = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() \
               and usename = current_user; select pg_terminate_backend(pg_backend_pid());";
    let check = world.tries(sql).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.summary);
    world.goes_on().await;
    world.stop().await;
}
