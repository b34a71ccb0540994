//! The state database goes away and comes back.

use super::super::conversation::{BIO, SCHEMA_WITH_BIO, USERS, World, tree};
use super::super::{Running, STATE, run, settings};
use super::{Asked, change};
use crate::bot::conversation::Setup;
use crate::fake_github::{Failure, FakeGitHub, PULL, REPOSITORY, Sending, Subject};
use crate::support::{Production, enterable, processes_in, until};
use confiture::gateway::scratch::SUPERUSER;

#[tokio::test(flavor = "multi_thread")]
async fn the_state_database_may_be_restarted_in_the_middle_of_a_job() {
    let mut world = World::start().await;
    // A database that is meant to keep something writes before it answers; the tests' servers are in a hurry.
    world.state.sql(STATE, &format!("alter database {STATE} set synchronous_commit = on")).await;
    world.bot.strike();
    world.bot = World::bot(&world.github, &world.state, &Setup::default());
    for step in [0, 6, 12] {
        let head = world.push(change());
        let slow = Failure { skip: step, ..Failure::sending("", Sending::Slowly(2, super::LONG)) };
        world.github.state().failures.push_back(slow);
        world.have(Asked::Preflight).await;
        until("it asks GitHub", async || world.github.state().failures.is_empty()).await;
        crash(&world.state).await;
        until("the state is back", async || world.bot.get("/readyz").await.status() == 200).await;
        world.is_told_once(Asked::Preflight, &head, "success", &format!("restarted at request {step}")).await;
    }
    world.stop().await;
}

/// Lets the server lose a process as a fault would: it ends all sessions and recovers.
async fn crash(state: &Production) {
    let session = state.connect(STATE).await;
    let row = session.query_one("select pg_backend_pid()", &[]).await.unwrap();
    let number = nix::unistd::Pid::from_raw(row.get(0));
    nix::sys::signal::kill(number, nix::sys::signal::Signal::SIGKILL).unwrap();
    until("all sessions are ended", async || session.is_closed()).await;
    until("the server recovers", async || {
        crate::support::connect(&state.socket(), SUPERUSER, STATE).await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_s_own_database_is_started_again_when_it_is_gone() {
    let place = enterable("cb");
    let data = place.path().join("state");
    let github = FakeGitHub::start().await;
    github.state().push(REPOSITORY, "main", tree(&[USERS]));
    let head = github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    let project = settings(&format!("data_dir: {}\nscratch: {{postgres: \"15\"}}\n", data.display()));
    let run = run(&project).env("API", github.url());
    let bot = Running::of(project, run);
    let slow = Failure { skip: 6, ..Failure::sending("", Sending::Slowly(2, super::LONG)) };
    github.state().failures.push_back(slow);
    let opened = github.deliver(
        super::super::SECRET,
        "pull_request",
        Some("ready_for_review"),
        REPOSITORY,
        Subject::Pull(PULL),
    );
    let mut request = bot.http.post(format!("{}/webhooks", bot.address));
    for (name, value) in &opened.headers {
        request = request.header(name, value);
    }
    assert_eq!(request.body(opened.body).send().await.unwrap().status(), 202);
    until("it asks GitHub", async || github.state().failures.is_empty()).await;
    let file = fs_err::read_to_string(data.join("data/postmaster.pid")).unwrap();
    let postmaster = nix::unistd::Pid::from_raw(file.lines().next().unwrap().parse().unwrap());
    nix::sys::signal::kill(postmaster, nix::sys::signal::Signal::SIGKILL).unwrap();
    until("the check is completed", async || {
        github.state().checks.iter().any(|check| check.head == head && check.status == "completed")
    })
    .await;
    assert_eq!(github.state().checks.len(), 1);
    assert!(bot.log().contains("the bot's own PostgreSQL is gone, and is started again"), "{}", bot.log());
    assert_eq!(bot.ask_to_end(), 0);
    until("its server is gone", async || processes_in(place.path()).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_give_a_sign_of_life_stops_before_another_takes_over() {
    let world = World::start().await;
    let endless = ("db/migrations/002_sleep.up.sql", "select pg_sleep(600);");
    world.push(tree(&[USERS, endless]));
    world.have(Asked::Preflight).await;
    until("its server runs", async || !world.bot.servers().is_empty()).await;
    let away = format!("alter database {STATE} allow_connections false");
    world.state.sql("postgres", &away).await;
    let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{STATE}'");
    world.state.sql("postgres", &end).await;
    until("it stops by itself", async || world.bot.log().contains("another worker has it, or soon will"))
        .await;
    assert_eq!(world.bot.servers(), [""; 0], "its server is gone");
    world.state.sql("postgres", &format!("alter database {STATE} allow_connections true")).await;
    world.stop().await;
}
