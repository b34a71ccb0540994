//! Telling GitHub how jobs ended whose worker died, or that GitHub did not listen to.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::job::{self, Tools};
use crate::gateway::store::{End, Job};

/// How often such jobs are looked for.
const LOOK: Duration = Duration::from_secs(2);
/// The wait after GitHub did not listen.
const LATER: Duration = Duration::from_mins(1);

/// Tells until the process ends.
pub(super) async fn tell(tools: Tools, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        let told = match tools.store.take_untold().await {
            Ok(Some((job, end))) => cancel.run_until_cancelled(conclude(&tools, &job, &end)).await.is_some(),
            Ok(None) => false,
            Err(error) => {
                tracing::warn!(%error, "the ends of jobs wait");
                false
            }
        };
        if !told {
            cancel.run_until_cancelled(sleep(LOOK)).await;
        }
    }
}

/// Tells how a job ended, and writes down that it was told. Doing it twice says nothing twice.
pub(super) async fn conclude(tools: &Tools, job: &Job, end: &End) {
    let span = job::span(job);
    async {
        let written = match job::conclude(tools, job, end).await {
            Ok(()) => tools.store.told(job.id).await,
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "GitHub is told later how the job ended");
                tools.store.tell_later(job.id, LATER).await
            }
            Err(error) => {
                tracing::error!(%error, "GitHub cannot be told how the job ended");
                tools.store.told(job.id).await
            }
        };
        if let Err(error) = written {
            tracing::warn!(%error, "GitHub will be told again how the job ended");
        }
    }
    .instrument(span)
    .await;
}
