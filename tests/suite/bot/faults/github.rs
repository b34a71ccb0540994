//! GitHub answers with errors, badly, late, or not at all.

use std::time::Duration;

use super::super::STATE;
use super::{Asked, World, change, change_with_remarks};
use crate::fake_github::{Failure, Sending};
use crate::support::until;

/// The first request of each kind goes wrong like this, and a job is done all the same.
async fn each_request_goes_wrong_once(asked: Asked, failure: Failure) {
    let world = World::for_asking(asked).await;
    let head = world.push(change_with_remarks());
    let what = format!("{failure:?}");
    world.github.state().shaky = Some(failure);
    world.have(asked).await;
    world.is_told_once(asked, &head, "success", &what).await;
    let check = &world.checks_called(asked.check(), &head)[0];
    assert_eq!((check.annotations.len(), world.said().len()), (asked.remarks(), 1), "{what}");
    let tried = "select distinct attempts from confiture_bot.jobs";
    assert_eq!(world.state.rows(STATE, tried).await, ["1"], "{what}: no request was given up");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_500_at_each_request_doubles_nothing() {
    for asked in [Asked::Preflight, Asked::Conflicts] {
        each_request_goes_wrong_once(asked, Failure::status("", 500).but_done()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_502_at_each_request_doubles_nothing() {
    each_request_goes_wrong_once(Asked::Preflight, Failure::status("", 502)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_403_with_retry_after_at_each_request_is_waited_for() {
    each_request_goes_wrong_once(Asked::Preflight, Failure::status("", 403).with("retry-after", "1")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_429_at_each_request_is_waited_for() {
    each_request_goes_wrong_once(Asked::Preflight, Failure::status("", 429).with("retry-after", "0")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_at_each_request_doubles_nothing() {
    each_request_goes_wrong_once(Asked::Preflight, Failure::sending("", Sending::CutAfter(20))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_reset_at_each_request_doubles_nothing() {
    each_request_goes_wrong_once(Asked::Preflight, Failure::sending("", Sending::CutAfter(0))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_slowly_is_waited_for() {
    each_request_goes_wrong_once(
        Asked::Preflight,
        Failure::sending("", Sending::Slowly(4, Duration::from_millis(100))),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_spent_is_waited_for_until_github_sets_it_anew() {
    let world = World::start().await;
    let head = world.push(change());
    let reset = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() + 120;
    let spent = Failure::status("POST", 403).at("check-runs").with("x-ratelimit-remaining", "0");
    let spent = spent.with("x-ratelimit-reset", reset.to_string().leak());
    world.github.state().failures.push_back(spent);
    world.have(Asked::Preflight).await;
    let wait = "select due - now() between interval '60 s' and interval '150 s' from confiture_bot.jobs \
                where state = 'waiting' and attempts = 1";
    until("the job waits as long as GitHub says", async || world.state.rows(STATE, wait).await == ["t"])
        .await;
    world.time_passes().await;
    world.is_told_once(Asked::Preflight, &head, "success", "after the wait").await;
    world.stop().await;
}

/// Has each request of a job refused, one after the other.
async fn refused_at_each_request(asked: Asked) {
    let world = World::for_asking(asked).await;
    for step in 0.. {
        let head = world.push(change_with_remarks());
        let refusal = Failure { skip: step, ..Failure::status("", 422) };
        world.github.state().failures.push_back(refusal);
        let before = world.github.state().requests.len();
        world.have(asked).await;
        world.is_over().await;
        let over = !world.github.state().failures.is_empty();
        world.github.state().failures.clear();
        let checks = world.checks_called(asked.check(), &head);
        assert_eq!(checks.len(), 1, "refused at request {step}");
        if over {
            assert!(step > 7, "{step} requests are too few for a job");
            break;
        }
        let check = &checks[0];
        if check.conclusion.as_deref() == Some("success") {
            // How far a check has come need not be heard; everything else must be.
            let refused = world.github.state().requests[before + step].clone();
            assert!(
                refused.starts_with("PATCH ") && refused.contains("/check-runs/"),
                "{refused} was refused"
            );
            assert_eq!(check.annotations.len(), asked.remarks(), "refused at request {step}");
            continue;
        }
        assert_eq!(check.conclusion.as_deref(), Some("failure"), "refused at request {step}");
        assert_eq!(check.title, "The check was not carried out");
        let sentence = "GitHub refused the request with status 422";
        assert!(check.summary.contains(sentence), "refused at request {step}: {}", check.summary);
    }
    let kept = "select count(*) > 7 from confiture_bot.jobs where state = 'failed' and error like '%422%'";
    assert_eq!(world.state.rows(STATE, kept).await, ["t"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_github_refuses_ends_a_job_with_one_honest_sentence() {
    refused_at_each_request(Asked::Preflight).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_about_conflicts_that_github_refuses_ends_a_job_with_one_honest_sentence() {
    refused_at_each_request(Asked::Conflicts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_runs_out_half_way_is_replaced() {
    let world = World::start().await;
    let head = world.push(change());
    let stuck = Failure::sending("GET", Sending::Slowly(2, Duration::from_millis(300))).at("git/trees");
    world.github.state().failures.push_back(stuck);
    world.have(Asked::Preflight).await;
    until("it reads the tree", async || world.github.state().failures.is_empty()).await;
    world.github.state().expire_tokens();
    let again = "select count(*) from confiture_bot.jobs where state = 'waiting' and attempts = 1";
    until("it will be tried again", async || world.state.rows(STATE, again).await == ["1"]).await;
    world.time_passes().await;
    world.is_told_once(Asked::Preflight, &head, "success", "a token that ran out").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_told_in_the_log_and_work_goes_on_when_it_is_right() {
    let world = World::start().await;
    let head = world.push(change());
    world.github.state().clock_behind = 600;
    world.have(Asked::Preflight).await;
    let again = "select count(*) from confiture_bot.jobs where state = 'waiting' and attempts = 1";
    until("it will be tried again", async || world.state.rows(STATE, again).await == ["1"]).await;
    let log = world.bot.log();
    assert!(log.contains("'Issued at' claim ('iat') must be an Integer in the past"), "{log}");
    // Less than a minute is no matter.
    world.github.state().clock_behind = 40;
    world.time_passes().await;
    world.is_told_once(Asked::Preflight, &head, "success", "the clock is right").await;
    world.stop().await;
}
