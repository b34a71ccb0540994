//! Working jobs off: one after the other, with a sign of life while it lasts, and a decision at the end.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::{Instant, interval, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::job::{self, JobError, Tools};
use super::tell;
use crate::gateway::github::scattered;
use crate::gateway::store::{End, Held, Job, Lease, StoreError, Taken};

/// How often a sign of life is given, and a newer head is looked for.
const BEAT: Duration = Duration::from_secs(2);
/// Who could give no sign of life for so long stops: soon afterwards another takes the job over.
const SILENT: Duration = Duration::from_secs(14);
/// How often jobs of other processes, and those that have become due, are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How long a job may go on when the process is asked to end.
const LAST_WORK: Duration = Duration::from_secs(15);
/// How often a job is tried.
const ATTEMPTS: u32 = 5;
/// The wait before the second attempt; doubled for each further one.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// Works until it is asked to end.
pub(super) async fn work(tools: Tools, name: String, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match tools.store.take(&name, tools.settings.limits.jobs_per_repository).await {
            Ok(Some(taken)) => {
                let span = job::span(&taken.job);
                Box::pin(carry_out(&tools, taken, &stop)).instrument(span).await;
            }
            Ok(None) => {
                tokio::select! {
                    () = tools.store.something_to_do() => {}
                    () = sleep(LOOK) => {}
                    () = stop.cancelled() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "jobs wait");
                sleep(LOOK).await;
            }
        }
    }
}

/// Why a job was stopped before its end.
enum Stopped {
    /// A newer head has taken its place, or its pull request was closed.
    Superseded,
    /// Another worker has it now, and says everything that there is to say.
    TakenOver,
    /// The process ends.
    Ending,
}

async fn carry_out(tools: &Tools, taken: Taken, stop: &CancellationToken) {
    let Taken { job, lease } = taken;
    tracing::info!(attempt = job.attempt, "begun");
    let begun = Instant::now();
    let cancel = CancellationToken::new();
    let work = AssertUnwindSafe(attempt(tools, &job, cancel.clone())).catch_unwind();
    let work = work.map(|outcome| outcome.unwrap_or(Err(JobError::Broken)));
    tokio::pin!(work);
    let stopped = tokio::select! {
        outcome = &mut work => Err(outcome),
        stopped = watch(tools, &lease, stop) => Ok(stopped),
    };
    let end = match &stopped {
        Err(Ok(())) => "done",
        Err(Err(_)) => "error",
        Ok(_) => "stopped",
    };
    tools.durations.observe(&job.kind, end, begun.elapsed());
    let settled = match stopped {
        Err(outcome) => settle(tools, &lease, &job, outcome).await,
        Ok(stopped) => {
            // What it started ends with it.
            cancel.cancel();
            let _ = work.await;
            give_up(tools, &lease, &job, &stopped).await
        }
    };
    if let Err(error) = settled {
        tracing::warn!(%error, "the job's end is not written down: it will be taken over");
    }
}

/// One attempt. A job whose worker died at the last one as well is not begun again: it may be what kills them.
async fn attempt(tools: &Tools, job: &Job, cancel: CancellationToken) -> Result<(), JobError> {
    if job.attempt > ATTEMPTS {
        return Err(JobError::Died);
    }
    job::carry_out(tools, job, cancel).await
}

/// Gives signs of life, and returns when the job is no longer to be worked on here.
async fn watch(tools: &Tools, lease: &Lease, stop: &CancellationToken) -> Stopped {
    let mut beat = interval(BEAT);
    let mut end: Option<Instant> = None;
    let mut heard = Instant::now();
    loop {
        let late = async {
            match end {
                Some(end) => sleep_until(end).await,
                None => pending().await,
            }
        };
        tokio::select! {
            _ = beat.tick() => {
                let now = Instant::now();
                match timeout_at(heard + SILENT, tools.store.renew(lease)).await {
                    Ok(Ok(Held::Still)) => heard = now,
                    Ok(Ok(Held::Superseded)) => return Stopped::Superseded,
                    Ok(Ok(Held::TakenOver)) | Err(_) => return Stopped::TakenOver,
                    Ok(Err(error)) => tracing::warn!(%error, "no sign of life could be given"),
                }
            }
            () = stop.cancelled(), if end.is_none() => end = Some(Instant::now() + LAST_WORK),
            () = late => return Stopped::Ending,
        }
    }
}

async fn settle(
    tools: &Tools,
    lease: &Lease,
    job: &Job,
    outcome: Result<(), JobError>,
) -> Result<(), StoreError> {
    match outcome {
        Ok(()) => {
            tracing::info!("done");
            tools.store.done(lease).await?;
        }
        Err(error) if error.is_transient() && job.attempt < ATTEMPTS => {
            let wait = error.wait().unwrap_or(FIRST_WAIT * 2_u32.pow(job.attempt.saturating_sub(1)));
            let wait = scattered(wait);
            tracing::warn!(%error, ?wait, "it will be tried again");
            tools.store.again(lease, wait, &error.to_string()).await?;
        }
        Err(error) => {
            tracing::error!(%error, "given up");
            let why = format!("{error}. It was tried {}.", times(job.attempt.min(ATTEMPTS)));
            // Written down first: whoever finds it so tells GitHub, should this process not get there.
            if tools.store.failed(lease, &why).await? {
                tell::conclude(tools, job, &End::Failed(why)).await;
            }
        }
    }
    Ok(())
}

fn times(number: u32) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}

async fn give_up(tools: &Tools, lease: &Lease, job: &Job, stopped: &Stopped) -> Result<(), StoreError> {
    match stopped {
        Stopped::Superseded => {
            tracing::info!("superseded");
            tell::conclude(tools, job, &End::Superseded).await;
        }
        Stopped::TakenOver => tracing::warn!("another worker has it, or soon will"),
        Stopped::Ending => {
            tracing::info!("handed back");
            tools.store.hand_back(lease).await?;
        }
    }
    Ok(())
}
