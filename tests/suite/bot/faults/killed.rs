//! The process is killed, wherever it is.

use crate::bot::conversation::Setup;
use std::time::{Duration, Instant};

use super::super::STATE;
use super::{Asked, World, change, change_with_remarks};
use crate::fake_github::{Failure, PULL, Subject};
use crate::support::until;

/// Kills the bot at each request of a job: once GitHub has carried it out, or before.
async fn killed_at_each_request(asked: Asked, done: bool) {
    let mut world = World::for_asking(asked).await;
    for step in 0.. {
        let head = world.push(change_with_remarks());
        world.github.state().failures.push_back(Failure::silence_after(step, done));
        world.have(asked).await;
        until("it waits for GitHub, or has ended", async || {
            world.github.state().failures.is_empty() || world.is_quiet().await
        })
        .await;
        let over = !world.github.state().failures.is_empty();
        world.github.state().failures.clear();
        if !over {
            world.replace_bot().await;
        }
        let last = world.github.state().requests.last().cloned();
        let what = format!("killed at request {step} ({last:?}, done: {done})");
        world.is_told_once(asked, &head, "success", &what).await;
        let check = &world.checks_called(asked.check(), &head)[0];
        assert_eq!((check.annotations.len(), world.said().len()), (asked.remarks(), 1), "{what}");
        if over {
            assert!(step > 7, "{step} requests are too few for a job");
            break;
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_killed_before_any_request_of_a_job_says_everything_once() {
    killed_at_each_request(Asked::Preflight, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_killed_after_any_request_of_a_job_says_everything_once() {
    killed_at_each_request(Asked::Preflight, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_killed_after_any_request_about_conflicts_says_everything_once() {
    killed_at_each_request(Asked::Conflicts, true).await;
}

/// Every change to the state is counted, and one of them waits for a lock that a test holds.
const COUNTED: &str = "
create sequence public.writes;
create table public.stop (at bigint);
create function public.step() returns trigger language plpgsql as $$
begin
  if nextval('public.writes') = (select at from public.stop) then perform pg_advisory_lock(1); end if;
  return null;
end $$;
create trigger step after update on confiture_bot.deliveries for each statement execute function public.step();
create trigger step after insert or update of state, told on confiture_bot.jobs
  for each statement execute function public.step();
create trigger step after insert or update of report on confiture_bot.runs
  for each statement execute function public.step();
create trigger step after insert or update on confiture_bot.subjects
  for each statement execute function public.step();
";

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_killed_at_any_write_to_its_state_says_everything_once() {
    let mut world = World::start().await;
    world.state.sql(STATE, COUNTED).await;
    let holder = world.state.connect(STATE).await;
    holder.batch_execute("select pg_advisory_lock(1)").await.unwrap();
    for step in 1.. {
        let head = world.push(change_with_remarks());
        let stop = format!(
            "select setval('public.writes', 1, false); delete from public.stop; insert into public.stop values ({step})"
        );
        world.state.sql(STATE, &stop).await;
        world.have(Asked::Preflight).await;
        let waits = "select count(*) from pg_locks where locktype = 'advisory' and objid = 1 and not granted";
        until("it waits for the lock, or has ended", async || {
            world.state.rows(STATE, waits).await == ["1"] || world.is_quiet().await
        })
        .await;
        let over = world.state.rows(STATE, waits).await == ["0"];
        world.state.sql(STATE, "delete from public.stop").await;
        if !over {
            world.replace_bot().await;
        }
        world.is_told_once(Asked::Preflight, &head, "success", &format!("killed at write {step}")).await;
        if over {
            assert!(step > 5, "{step} writes are too few for a job");
            break;
        }
    }
    drop(holder);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_of_a_bot_that_was_killed_is_done_by_another_within_thirty_seconds() {
    let mut world = World::start().await;
    let head = world.push(change());
    world.github.state().failures.push_back(Failure::silence_after(9, true));
    world.have(Asked::Preflight).await;
    until("it waits for GitHub", async || world.github.state().failures.is_empty()).await;
    let other = World::bot(&world.github, &world.state, &Setup::default());
    let killed = Instant::now();
    world.bot.strike();
    world.bot = other;
    let taken_over = "select attempts from confiture_bot.jobs";
    until("it is taken over", async || world.state.rows(STATE, taken_over).await == ["2"]).await;
    assert!(killed.elapsed() < Duration::from_secs(30), "{:?}", killed.elapsed());
    world.is_told_once(Asked::Preflight, &head, "success", "the other bot").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_of_a_bot_that_was_killed_is_cancelled_when_its_pull_request_is_closed_meanwhile() {
    let mut world = World::start().await;
    for (event, closed) in [("closed", true), ("synchronize", false)] {
        let head = world.push(change());
        // The ninth request comes after the check was made.
        world.github.state().failures.push_back(Failure::silence_after(9, true));
        world.have(Asked::Preflight).await;
        until("it waits for GitHub", async || world.github.state().failures.is_empty()).await;
        assert_eq!(world.checks(&head).len(), 1);
        world.bot.strike();
        if closed {
            world.github.state().close(crate::fake_github::REPOSITORY, PULL);
        }
        let newer = (!closed).then(|| world.push(change()));
        world.bot = World::bot(&world.github, &world.state, &Setup::default());
        world.tell("pull_request", event, Subject::Pull(PULL)).await;
        let superseded = "select count(*) from confiture_bot.jobs where state = 'superseded' and not told";
        until("it is superseded", async || world.state.rows(STATE, superseded).await == ["1"]).await;
        world.time_passes().await;
        world.is_told_once(Asked::Preflight, &head, "cancelled", event).await;
        if let Some(newer) = newer {
            world.is_told_once(Asked::Preflight, &newer, "success", event).await;
        }
        world.github.state().pull(crate::fake_github::REPOSITORY, PULL).open = true;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_workers_all_die_is_given_up_with_a_sentence() {
    let mut world = World::start().await;
    let head = world.push(change());
    world.github.state().failures.push_back(Failure::silence_after(9, true));
    world.have(Asked::Preflight).await;
    until("it waits for GitHub", async || world.github.state().failures.is_empty()).await;
    world.bot.strike();
    world.state.sql(STATE, "update confiture_bot.jobs set attempts = 5").await;
    world.replace_bot().await;
    world.is_told_once(Asked::Preflight, &head, "failure", "given up").await;
    let summary = world.checks(&head)[0].summary.clone();
    assert!(summary.contains("its worker ended before it was done, each time"), "{summary}");
    world.stop().await;
}
