//! What was lost is found again.

use super::super::{Running, SECRET, STATE, run, settings};
use super::{Asked, World, change};
use crate::fake_github::{FakeGitHub, PULL, REPOSITORY, Subject};
use crate::support::{Production, until};

/// Starts a bot that sweeps when it starts.
fn sweeping(github: &FakeGitHub, state: &Production, sweeps: &str) -> Running {
    let more =
        format!("state_url: {}\nscratch: {{postgres: \"15\"}}\nsweeps: {{{sweeps}}}\n", state.url(STATE));
    let project = settings(&more);
    let run = run(&project).env("API", github.url());
    Running::of(project, run)
}

const DELIVERIES: &str = "deliveries_minutes: 60, pulls_minutes: 0";
const PULLS: &str = "deliveries_minutes: 0, pulls_minutes: 60";

impl World {
    async fn is_swept(&self, sweep: &str) {
        let swept = format!("select count(*) from confiture_bot.sweeps where sweep = '{sweep}'");
        until("it is swept", async || self.state.rows(STATE, &swept).await == ["1"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_github_sent_and_nobody_took_is_taken_up() {
    let mut world = World::start().await;
    let known = world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    world.quiet().await;
    let head = world.push(change());
    let lost =
        world.github.deliver(SECRET, "pull_request", Some("synchronize"), REPOSITORY, Subject::Pull(PULL));
    let unused =
        world.github.deliver(SECRET, "pull_request", Some("labeled"), REPOSITORY, Subject::Pull(PULL));
    world.bot = sweeping(&world.github, &world.state, DELIVERIES);
    world.check(&head).await;
    world.is_told_once(Asked::Preflight, &head, "success", "a delivery that was lost").await;
    let kept = "select delivery from confiture_bot.deliveries order by number";
    assert_eq!(world.state.rows(STATE, kept).await, [known.guid, lost.guid.clone()]);
    assert!(!world.github.state().requests.iter().any(|asked| asked.contains(&unused.guid)));
    // It comes after all, and does nothing any more.
    assert_eq!(world.send(&lost).await, 202);
    world.is_told_once(Asked::Preflight, &head, "success", "a delivery that was late").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_pull_request_that_nobody_checked_is_checked() {
    let mut world = World::start().await;
    let head = world.push(change());
    let closed = world.github.state().open_pull(REPOSITORY, "closed", change());
    world.github.state().close(REPOSITORY, closed);
    world.bot = sweeping(&world.github, &world.state, PULLS);
    world.check(&head).await;
    world.is_told_once(Asked::Preflight, &head, "success", "nobody said that it was opened").await;
    let jobs = "select count(*) from confiture_bot.jobs";
    assert_eq!(world.state.rows(STATE, jobs).await, ["1"]);
    // The state is lost, and GitHub knows that it was checked.
    world.is_swept("pulls").await;
    world.state.sql(STATE, "truncate confiture_bot.jobs cascade; truncate confiture_bot.sweeps").await;
    world.bot = sweeping(&world.github, &world.state, PULLS);
    world.is_swept("pulls").await;
    assert_eq!(world.state.rows(STATE, jobs).await, ["0"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_sweeps_at_a_time() {
    let mut world = World::start().await;
    let holder = world.state.connect(STATE).await;
    let take = "select pg_advisory_lock(1717727092, hashtext('pulls'))";
    holder.batch_execute(take).await.unwrap();
    world.bot = sweeping(&world.github, &world.state, "deliveries_minutes: 60, pulls_minutes: 60");
    world.is_swept("deliveries").await;
    assert!(!world.github.state().requests.iter().any(|asked| asked == "GET /app/installations"));
    drop(holder);
    world.bot = sweeping(&world.github, &world.state, PULLS);
    world.is_swept("pulls").await;
    world.stop().await;
}
