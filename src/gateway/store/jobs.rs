//! Jobs, for who runs the bot: what waits, what failed, and doing it again.

use std::time::Duration;

use super::{Store, StoreError};
use crate::model::job::{JobFacts, Retry};

impl Store {
    /// The jobs in these states, oldest first.
    pub async fn jobs(&self, states: &[&str]) -> Result<Vec<JobFacts>, StoreError> {
        let session = self.session().await?;
        let rows = session.query(LIST, &[&states]).await?;
        rows.iter()
            .map(|row| {
                Ok(JobFacts {
                    job: row.try_get(0)?,
                    state: row.try_get(1)?,
                    kind: row.try_get(2)?,
                    repository: row.try_get(3)?,
                    subject: row.try_get(4)?,
                    head: row.try_get(5)?,
                    attempts: row.try_get(6)?,
                    made: row.try_get(7)?,
                    due: row.try_get(8)?,
                    delivery: row.try_get(9)?,
                    error: row.try_get(10)?,
                })
            })
            .collect()
    }

    /// Has failed jobs done again, by new ones: these, or all of them. Others are left alone.
    pub async fn retry_jobs(&self, jobs: Option<&[i64]>) -> Result<Vec<Retry>, StoreError> {
        let mut session = self.session().await?;
        let transaction = session.transaction().await?;
        let failed = transaction
            .query(
                "update confiture_bot.jobs set state = 'retried'
                 where state = 'failed' and ($1::bigint[] is null or job = any($1)) returning job",
                &[&jobs],
            )
            .await?;
        let mut retried = Vec::new();
        for row in &failed {
            let job: i64 = row.try_get(0)?;
            let again = transaction
                .query_one(
                    "insert into confiture_bot.jobs (delivery, repository, subject, kind, head, input)
                     select delivery, repository, subject, kind, head, input
                     from confiture_bot.jobs where job = $1 returning job",
                    &[&job],
                )
                .await?;
            retried.push(Retry { job, retried_as: again.try_get(0)? });
        }
        transaction.commit().await?;
        self.bell.notify_waiters();
        Ok(retried)
    }

    /// Forgets jobs that ended longer ago than that, with their runs, and returns how many. The newest that was done of
    /// each subject stays, and what failed until it is done again.
    pub async fn forget_jobs(&self, older_than: Duration) -> Result<u64, StoreError> {
        let session = self.session().await?;
        let forgotten = session
            .execute(
                "delete from confiture_bot.jobs j
                 where state in ('done', 'superseded', 'retried') and told
                   and ended < now() - make_interval(secs => $1)
                   and exists (
                     select from confiture_bot.jobs n
                     where n.repository = j.repository and n.subject = j.subject and n.kind = j.kind
                       and n.job > j.job and n.state = 'done')",
                &[&older_than.as_secs_f64()],
            )
            .await?;
        Ok(forgotten)
    }
}

const LIST: &str = "
select job, state, kind, repository, subject, head, attempts,
  to_char(made at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
  case when state = 'waiting' then to_char(due at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') end,
  delivery, error
from confiture_bot.jobs where state = any($1) order by job";
