//! The queue: what runs one after the other, what side by side, and what becomes of a job whose worker dies.

use std::time::Duration;

use confiture::gateway::postgres::Target;
use confiture::gateway::store::{Held, NewJob, Store, Taken};
use serde_json::json;

use super::STATE;
use crate::support::{Production, until};

struct Queue {
    state: Production,
    store: Store,
}

impl Queue {
    async fn new() -> Self {
        let state = Production::start().await;
        state.database(STATE, "").await;
        let store = Store::open(&Target::from_url(&state.url(STATE)).unwrap()).await.unwrap();
        Self { state, store }
    }

    async fn add(&self, repository: &str, subject: &str, head: &str) {
        let job = NewJob {
            repository: repository.to_owned(),
            subject: subject.to_owned(),
            kind: "preflight".to_owned(),
            head: Some(head.to_owned()),
            input: json!({}),
        };
        self.store.add_job(&job).await.unwrap();
    }

    async fn take(&self, worker: &str) -> Option<Taken> {
        self.store.take(worker, 2).await.unwrap()
    }

    async fn head(&self, worker: &str) -> Option<String> {
        self.take(worker).await.and_then(|taken| taken.job.head)
    }

    /// As if all workers had been silent for long.
    async fn time_passes(&self) {
        let passed = "update confiture_bot.jobs set leased_until = leased_until - interval '1 hour', \
                      due = due - interval '1 hour'";
        self.state.sql(STATE, passed).await;
    }

    async fn end(self) {
        drop(self.store);
        self.state.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_one_subject_run_one_after_the_other_and_repositories_side_by_side() {
    let queue = Queue::new().await;
    for (subject, head) in [("pull/1", "a"), ("command/1", "x"), ("command/1", "x2"), ("pull/3", "c")] {
        queue.add("acme/shop", subject, head).await;
    }
    queue.add("acme/other", "pull/1", "o").await;
    let first = queue.take("one").await.unwrap();
    assert_eq!(first.job.head.as_deref(), Some("a"));
    // `x2` has taken the place of `x`.
    assert_eq!(queue.head("two").await.as_deref(), Some("x2"));
    // Two of a repository are enough; the other repository has its turn.
    assert_eq!(queue.head("three").await.as_deref(), Some("o"));
    assert_eq!(queue.head("four").await, None);
    assert!(queue.store.done(&first.lease).await.unwrap());
    assert_eq!(queue.head("four").await.as_deref(), Some("c"));
    queue.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_tried_again_keeps_its_place_before_the_others_of_its_subject() {
    let queue = Queue::new().await;
    let job = |kind: &str| NewJob {
        repository: "acme/shop".to_owned(),
        subject: "pull/1".to_owned(),
        kind: kind.to_owned(),
        head: None,
        input: json!({ "kind": kind }),
    };
    queue.store.add_job(&job("first")).await.unwrap();
    queue.store.add_job(&job("second")).await.unwrap();
    let first = queue.take("one").await.unwrap();
    assert!(queue.store.again(&first.lease, Duration::from_mins(10), "GitHub answered 500").await.unwrap());
    assert!(queue.take("one").await.is_none());
    queue.time_passes().await;
    let again = queue.take("one").await.unwrap();
    assert_eq!((again.job.kind.as_str(), again.job.attempt), ("first", 2));
    assert!(queue.store.failed(&again.lease, "GitHub answered 500").await.unwrap());
    assert_eq!(queue.take("one").await.unwrap().job.kind, "second");
    let kept = "select state || ': ' || error from confiture_bot.jobs where kind = 'first'";
    assert_eq!(queue.state.rows(STATE, kept).await, ["failed: GitHub answered 500"]);
    queue.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_silent_too_long_loses_its_job_and_has_no_say_in_it_any_more() {
    let queue = Queue::new().await;
    queue.add("acme/shop", "pull/1", "a").await;
    let lost = queue.take("dead").await.unwrap();
    assert_eq!(queue.store.renew(&lost.lease).await.unwrap(), Held::Still);
    assert!(queue.take("alive").await.is_none());
    queue.time_passes().await;
    let found = queue.take("alive").await.unwrap();
    assert_eq!((found.job.id, found.job.attempt), (lost.job.id, 2));
    assert_eq!(queue.store.renew(&lost.lease).await.unwrap(), Held::TakenOver);
    assert!(!queue.store.done(&lost.lease).await.unwrap());
    assert!(!queue.store.failed(&lost.lease, "late").await.unwrap());
    assert!(queue.store.done(&found.lease).await.unwrap());
    queue.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_hears_that_a_newer_head_has_taken_its_job_s_place() {
    let queue = Queue::new().await;
    queue.add("acme/shop", "pull/1", "a").await;
    let old = queue.take("one").await.unwrap();
    queue.add("acme/shop", "pull/1", "b").await;
    assert_eq!(queue.store.renew(&old.lease).await.unwrap(), Held::Superseded);
    assert!(!queue.store.done(&old.lease).await.unwrap());
    let new = queue.take("one").await.unwrap();
    assert_eq!(new.job.head.as_deref(), Some("b"));
    // Handed back, it is as if it had never been taken.
    assert!(queue.store.hand_back(&new.lease).await.unwrap());
    assert_eq!(queue.take("two").await.unwrap().job.attempt, 1);
    queue.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_place_is_taken_while_it_is_being_taken_is_not_begun() {
    let queue = Queue::new().await;
    queue.add("acme/shop", "pull/1", "a").await;
    let judge = queue.state.connect(STATE).await;
    let superseded = "begin; update confiture_bot.jobs set state = 'superseded'";
    judge.batch_execute(superseded).await.unwrap();
    let store = queue.store.clone();
    let taken = tokio::spawn(async move { store.take("one", 2).await.unwrap() });
    let waits = "select count(*) from pg_locks where not granted";
    until("it waits", async || queue.state.rows(STATE, waits).await == ["1"]).await;
    judge.batch_execute("commit").await.unwrap();
    assert!(taken.await.unwrap().is_none());
    assert_eq!(queue.state.rows(STATE, "select state from confiture_bot.jobs").await, ["superseded"]);
    queue.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_jobs_are_forgotten_once_there_is_a_newer_one_and_what_failed_is_not() {
    let queue = Queue::new().await;
    for (subject, head) in
        [("pull/1", "a"), ("pull/1", "b"), ("pull/1", "c"), ("pull/2", "d"), ("pull/3", "e")]
    {
        queue.add("acme/shop", subject, head).await;
        let taken = queue.take("one").await.unwrap();
        match head {
            "b" => queue.store.failed(&taken.lease, "broken").await.unwrap(),
            _ => queue.store.done(&taken.lease).await.unwrap(),
        };
    }
    let old =
        "update confiture_bot.jobs set ended = ended - interval '100 days', told = true where head <> 'c'";
    queue.state.sql(STATE, old).await;
    assert_eq!(queue.store.forget_jobs(Duration::from_hours(24 * 90)).await.unwrap(), 1);
    let left = "select head from confiture_bot.jobs order by 1";
    assert_eq!(queue.state.rows(STATE, left).await, ["b", "c", "d", "e"]);
    queue.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_that_look_at_once_never_take_the_same_job_or_too_many_of_a_repository() {
    let queue = Queue::new().await;
    for pull in 0..10 {
        queue.add("acme/shop", &format!("pull/{pull}"), "a").await;
    }
    let names: Vec<String> = (0..8).map(|number| format!("w{number}")).collect();
    let taken = futures_util::future::join_all(names.iter().map(|name| queue.take(name))).await;
    assert_eq!(taken.iter().flatten().count(), 2);
    queue.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_lay_the_state_out_once() {
    let state = Production::start().await;
    state.database(STATE, "").await;
    let target = Target::from_url(&state.url(STATE)).unwrap();
    let opened = futures_util::future::join_all((0..6).map(|_| Store::open(&target))).await;
    assert!(opened.iter().all(Result::is_ok), "{opened:?}");
    assert_eq!(state.rows(STATE, "select count(*) = max(step) from confiture_bot.layout").await, ["t"]);
    drop(opened);
    state.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_jobs_about_no_commit_one_waits_beside_the_one_that_runs_and_takes_in_all_that_follow() {
    let queue = Queue::new().await;
    let job = NewJob {
        repository: "acme/shop".to_owned(),
        subject: "conflicts/main".to_owned(),
        kind: "conflicts".to_owned(),
        head: None,
        input: json!({}),
    };
    let open = "select count(*) from confiture_bot.jobs where state in ('waiting', 'running')";
    for _ in 0..3 {
        queue.store.add_job(&job).await.unwrap();
    }
    assert_eq!(queue.state.rows(STATE, open).await, ["1"]);
    let first = queue.take("one").await.unwrap();
    // What happens now may not have been seen by the one that runs.
    for _ in 0..3 {
        queue.store.add_job(&job).await.unwrap();
    }
    assert_eq!(queue.state.rows(STATE, open).await, ["2"]);
    assert_eq!(queue.store.renew(&first.lease).await.unwrap(), Held::Still);
    assert!(queue.take("two").await.is_none(), "they run one after the other");
    assert!(queue.store.done(&first.lease).await.unwrap());
    assert!(queue.take("two").await.is_some());
    queue.end().await;
}
