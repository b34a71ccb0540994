//! The clock of the machine is set while a job runs.

use std::path::PathBuf;

use super::super::STATE;
use super::{Asked, LONG, World, change};
use crate::bot::conversation::Setup;
use crate::fake_github::{Failure, Sending};
use crate::support::until;

/// What has the times that a process is told come from a file: it is loaded before the system's library.
fn library() -> PathBuf {
    let found = std::env::var_os("CONFITURE_TEST_FAKETIME").map(PathBuf::from);
    found.unwrap_or_else(|| panic!("CONFITURE_TEST_FAKETIME is not set: run scripts/test, which fetches it"))
}

/// A world whose bot has a clock of its own, and the file that sets it.
async fn with_a_clock() -> (World, tempfile::NamedTempFile) {
    let clock = tempfile::NamedTempFile::new().unwrap();
    fs_err::write(clock.path(), "+0").unwrap();
    let setup = Setup {
        variables: vec![
            ("LD_PRELOAD", library()),
            ("FAKETIME_TIMESTAMP_FILE", clock.path().to_owned()),
            ("FAKETIME_NO_CACHE", "1".into()),
            // No step reaches what counts how long something takes.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ],
        ..Setup::default()
    };
    (World::start_as(&setup).await, clock)
}

/// The clock is wrong from the middle of a job on, until the job waits to be tried again.
async fn steps_by(days: i32, upto: &'static str) {
    let (world, clock) = with_a_clock().await;
    let head = world.push(change());
    // What comes before the step is answered while the clock is right.
    let slow = Failure::sending("", Sending::Slowly(2, LONG)).at(upto);
    world.github.state().failures.push_back(slow);
    world.have(Asked::Preflight).await;
    until("GitHub is asked", async || world.github.state().failures.is_empty()).await;
    fs_err::write(clock.path(), format!("{days:+}d")).unwrap();
    let what = format!("the clock steps by {days} days at {upto}");
    let shown = format!("select to_char((now() + interval '{days} days') at time zone 'UTC', 'YYYY-MM-DD')");
    let shown = world.state.rows(STATE, &shown).await.remove(0);
    let rests = "select (select count(*) from confiture_bot.jobs where state = 'waiting' and attempts = 1) + \
                 (select count(*) from confiture_bot.jobs where state = 'done')";
    until("it is done, or will be tried again", async || world.state.rows(STATE, rests).await == ["1"]).await;
    // Leases and times to try again are the database's: the wrong clock has moved none.
    let far = "select count(*) from confiture_bot.jobs where due > now() + interval '10 minutes' \
               or due < now() - interval '10 minutes' or leased_until > now() + interval '10 minutes'";
    assert_eq!(world.state.rows(STATE, far).await, ["0"], "{what}");
    let log = world.bot.log();
    assert!(log.contains(&shown), "{what}: the log has no time of {shown}: {log}");
    fs_err::write(clock.path(), "+0").unwrap();
    world.time_passes().await;
    world.is_told_once(Asked::Preflight, &head, "success", &what).await;
    assert_eq!(world.said().len(), 1, "{what}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_forward_while_a_job_runs_doubles_and_loses_nothing() {
    steps_by(30, "tarball").await;
    steps_by(400, "check-runs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_while_a_job_runs_doubles_and_loses_nothing() {
    steps_by(-30, "check-runs").await;
    steps_by(-400, "access_tokens").await;
}
