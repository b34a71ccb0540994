//! Jobs that are over while GitHub does not know it yet: their worker died, or GitHub did not listen.

use std::time::Duration;

use super::queue::LEASE_SECONDS;
use super::{Job, JobId, Store, StoreError};

/// How long it is tried to tell GitHub.
const LONGEST_SECONDS: f64 = 3.0 * 24.0 * 3600.0;

/// How a job ended that somebody has to be told about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Another took its place, or nothing is to be done for its subject any more.
    Superseded,
    /// It failed for good, because of this.
    Failed(String),
}

impl Store {
    /// Takes a job whose end is to be told and whose worker is gone. Nobody else gets it for the length of a lease.
    pub async fn take_untold(&self) -> Result<Option<(Job, End)>, StoreError> {
        let session = self.session().await?;
        let row = session.query_opt(TAKE, &[&LEASE_SECONDS, &LONGEST_SECONDS]).await?;
        let Some(row) = row else { return Ok(None) };
        let failed: bool = row.try_get(7)?;
        let error: Option<String> = row.try_get(8)?;
        let end = if failed { End::Failed(error.unwrap_or_default()) } else { End::Superseded };
        Ok(Some((Job::from_row(&row)?, end)))
    }

    /// GitHub knows how a job ended.
    pub async fn told(&self, job: JobId) -> Result<(), StoreError> {
        let session = self.session().await?;
        session.execute("update confiture_bot.jobs set told = true where job = $1", &[&job.0]).await?;
        Ok(())
    }

    /// GitHub could not be told: it is tried again after a while.
    pub async fn tell_later(&self, job: JobId, wait: Duration) -> Result<(), StoreError> {
        let session = self.session().await?;
        let sql = "update confiture_bot.jobs set leased_until = now() + make_interval(secs => $2) \
                   where job = $1 and not told";
        session.execute(sql, &[&job.0, &wait.as_secs_f64()]).await?;
        Ok(())
    }
}

/// The worker of a job that is over gives no sign of life any more, but may still be about to tell.
const TAKE: &str = "
update confiture_bot.jobs j
set leased_until = now() + make_interval(secs => $1)
from (
  select job from confiture_bot.jobs
  where not told and coalesce(leased_until, '-infinity') < now() and ended > now() - make_interval(secs => $2)
  order by job limit 1 for update skip locked
) next
where j.job = next.job
returning j.job, j.delivery, j.repository, j.kind, j.head, j.input, j.attempts, j.state = 'failed', j.error";
