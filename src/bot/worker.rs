//! Working jobs off: one after the other, with a sign of life while it lasts, and a decision at the end.

use std::future::pending;
use std::time::Duration;

use tokio::time::{Instant, interval, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::job::{self, JobError, Tools};
use crate::gateway::store::{Held, Lease, StoreError, Taken};

/// How often a sign of life is given, and a newer head is looked for.
const BEAT: Duration = Duration::from_secs(2);
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
            Ok(Some(taken)) => Box::pin(carry_out(&tools, taken, &stop)).await,
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

#[tracing::instrument(name = "job", skip_all, fields(job = taken.job.id.0, kind = taken.job.kind, repository = taken.job.repository))]
async fn carry_out(tools: &Tools, taken: Taken, stop: &CancellationToken) {
    let Taken { job, lease } = taken;
    tracing::info!(attempt = job.attempt, "begun");
    let cancel = CancellationToken::new();
    let work = job::carry_out(tools, &job, cancel.clone());
    tokio::pin!(work);
    let stopped = tokio::select! {
        outcome = &mut work => Err(outcome),
        stopped = watch(tools, &lease, stop) => Ok(stopped),
    };
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

/// Gives signs of life, and returns when the job is no longer to be worked on here.
async fn watch(tools: &Tools, lease: &Lease, stop: &CancellationToken) -> Stopped {
    let mut beat = interval(BEAT);
    let mut end: Option<Instant> = None;
    loop {
        let late = async {
            match end {
                Some(end) => sleep_until(end).await,
                None => pending().await,
            }
        };
        tokio::select! {
            _ = beat.tick() => match tools.store.renew(lease).await {
                Ok(Held::Still) => {}
                Ok(Held::Superseded) => return Stopped::Superseded,
                Ok(Held::TakenOver) => return Stopped::TakenOver,
                Err(error) => tracing::warn!(%error, "no sign of life could be given"),
            },
            () = stop.cancelled(), if end.is_none() => end = Some(Instant::now() + LAST_WORK),
            () = late => return Stopped::Ending,
        }
    }
}

async fn settle(
    tools: &Tools,
    lease: &Lease,
    job: &crate::gateway::store::Job,
    outcome: Result<(), JobError>,
) -> Result<(), StoreError> {
    match outcome {
        Ok(()) => {
            tracing::info!("done");
            tools.store.done(lease).await?;
        }
        Err(error) if error.is_transient() && job.attempt < ATTEMPTS => {
            let wait = error.wait().unwrap_or(FIRST_WAIT * 2_u32.pow(job.attempt.saturating_sub(1)));
            tracing::warn!(%error, ?wait, "it will be tried again");
            tools.store.again(lease, wait, &error.to_string()).await?;
        }
        Err(error) => {
            tracing::error!(%error, "given up");
            job::conclude_failed(tools, job, &error).await;
            tools.store.failed(lease, &error.to_string()).await?;
        }
    }
    Ok(())
}

async fn give_up(
    tools: &Tools,
    lease: &Lease,
    job: &crate::gateway::store::Job,
    stopped: &Stopped,
) -> Result<(), StoreError> {
    match stopped {
        Stopped::Superseded => {
            tracing::info!("superseded");
            job::conclude_cancelled(tools, job).await;
        }
        Stopped::TakenOver => tracing::warn!("taken over by another worker"),
        Stopped::Ending => {
            tracing::info!("handed back");
            tools.store.hand_back(lease).await?;
        }
    }
    Ok(())
}
