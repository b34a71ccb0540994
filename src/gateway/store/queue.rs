//! The queue: jobs of one subject run one after the other, repositories side by side.

use std::time::Duration;

use deadpool_postgres::Transaction;
use serde_json::Value;
use tokio_postgres::GenericClient;

use super::{Store, StoreError};

/// How long a worker is believed to live without a sign of life. Another takes its job over afterwards.
pub(super) const LEASE_SECONDS: f64 = 20.0;
/// The number of the advisory lock under which jobs are taken.
const TAKE_LOCK: i64 = super::LAYOUT_LOCK + 2;

/// A job's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobId(pub i64);

/// A job to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// `owner/name`, in lower case.
    pub repository: String,
    /// What it is about within the repository: its jobs run one after the other. Below a pull request, as in
    /// `pull/7/commands`, it is pinned to the newest commit that is known of that.
    pub subject: String,
    /// What is to be done.
    pub kind: String,
    /// The commit that it is about. It takes the place of jobs of the same subject and kind about other commits.
    pub head: Option<String>,
    /// All that is needed to do it.
    pub input: Value,
}

/// A job as a worker has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// The id of the delivery that asked for it.
    pub delivery: Option<String>,
    /// `owner/name`.
    pub repository: String,
    /// What is to be done.
    pub kind: String,
    /// The commit that it is about.
    pub head: Option<String>,
    /// All that is needed to do it.
    pub input: Value,
    /// How often it was begun, this time included.
    pub attempt: u32,
}

impl Job {
    /// The first seven columns of a query.
    pub(super) fn from_row(row: &tokio_postgres::Row) -> Result<Self, StoreError> {
        let attempt: i32 = row.try_get(6)?;
        Ok(Self {
            id: JobId(row.try_get(0)?),
            delivery: row.try_get(1)?,
            repository: row.try_get(2)?,
            kind: row.try_get(3)?,
            head: row.try_get(4)?,
            input: row.try_get(5)?,
            attempt: u32::try_from(attempt).unwrap_or(0),
        })
    }
}

/// The right to work on a job, which ends when another worker takes it over.
#[derive(Debug, Clone)]
pub struct Lease {
    job: JobId,
    worker: String,
    attempt: i32,
}

/// What a sign of life is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The job is still this worker's.
    Still,
    /// A newer job has taken its place, or nothing is to be done for its subject any more.
    Superseded,
    /// It was not heard of in time: another worker has it.
    TakenOver,
}

/// A job, and the right to work on it.
#[derive(Debug)]
pub struct Taken {
    /// The job.
    pub job: Job,
    /// The right to it.
    pub lease: Lease,
}

/// Adds a job, in the transaction of the delivery that it comes from, and lets it take the place of older ones.
///
/// Where the very same already waits or runs, nothing is added. A job about no commit may have looked at the world
/// before something happened: while it runs, the next one waits.
pub(super) async fn add(
    transaction: &Transaction<'_>,
    delivery: Option<&str>,
    job: &NewJob,
) -> Result<(), StoreError> {
    let row = transaction
        .query_opt(
            "insert into confiture_bot.jobs (delivery, repository, subject, kind, head, input, pinned)
             select $1, $2, $3, $4, $5, $6, (
               select head from confiture_bot.jobs where repository = $2 and head is not null
                 and subject = substring($3 from '^(pull/[0-9]+)/')
               order by job desc limit 1)
             where not exists (
               select from confiture_bot.jobs where repository = $2 and subject = $3 and kind = $4
                 and head is not distinct from $5 and input = $6
                 and (state = 'waiting' or (state = 'running' and $5 is not null)))
             returning job",
            &[&delivery, &job.repository, &job.subject, &job.kind, &job.head, &job.input],
        )
        .await?;
    let Some(row) = row else { return Ok(()) };
    let number: i64 = row.try_get(0)?;
    let sql = format!(
        "{SUPERSEDE} where repository = $1 and subject = $2 and kind = $3 and job < $4 and head <> $5
           and state in ('waiting', 'running')"
    );
    transaction.execute(&sql, &[&job.repository, &job.subject, &job.kind, &number, &job.head]).await?;
    Ok(())
}

async fn is_checked(client: &impl GenericClient, job: &NewJob) -> Result<bool, StoreError> {
    let row = client
        .query_one(
            "select exists (select from confiture_bot.jobs
               where repository = $1 and subject = $2 and kind = $3 and head is not distinct from $4
                 and state not in ('superseded', 'retried'))",
            &[&job.repository, &job.subject, &job.kind, &job.head],
        )
        .await?;
    Ok(row.try_get(0)?)
}

/// Supersedes what waits or runs for a subject.
pub(super) async fn end(
    client: &impl GenericClient,
    repository: &str,
    subject: &str,
    except: Option<JobId>,
) -> Result<(), StoreError> {
    let sql = format!(
        "{SUPERSEDE} where repository = $1 and subject = $2 and job <> coalesce($3::bigint, 0)
           and state in ('waiting', 'running')"
    );
    client.execute(&sql, &[&repository, &subject, &except.map(|job| job.0)]).await?;
    Ok(())
}

impl Store {
    /// Adds a job that no delivery asked for.
    pub async fn add_job(&self, job: &NewJob) -> Result<(), StoreError> {
        let mut session = self.session().await?;
        let transaction = session.transaction().await?;
        add(&transaction, None, job).await?;
        transaction.commit().await?;
        self.bell.notify_waiters();
        Ok(())
    }

    /// Adds a job unless its commit is being or was checked already. `false` when it was.
    pub async fn add_unless_checked(&self, job: &NewJob) -> Result<bool, StoreError> {
        let mut session = self.session().await?;
        let transaction = session.transaction().await?;
        if is_checked(&*transaction, job).await? {
            return Ok(false);
        }
        add(&transaction, None, job).await?;
        transaction.commit().await?;
        self.bell.notify_waiters();
        Ok(true)
    }

    /// Whether the commit of a job is being checked or was.
    pub async fn is_checked(&self, job: &NewJob) -> Result<bool, StoreError> {
        let session = self.session().await?;
        is_checked(&**session, job).await
    }

    /// Supersedes what waits or runs for a subject, but for one job.
    pub async fn end(&self, repository: &str, subject: &str, except: JobId) -> Result<(), StoreError> {
        let session = self.session().await?;
        end(&**session, repository, subject, Some(except)).await
    }

    /// Takes the job that is due longest, and whose turn it is; of each repository at most so many run at a time.
    ///
    /// A job of a worker that gave no sign of life in time is taken over.
    pub async fn take(&self, worker: &str, at_a_time: u32) -> Result<Option<Taken>, StoreError> {
        let mut session = self.session().await?;
        let transaction = session.transaction().await?;
        // One worker at a time looks, so that nobody counts what another is about to take.
        transaction.execute("select pg_advisory_xact_lock($1)", &[&TAKE_LOCK]).await?;
        let row = transaction.query_opt(TAKE, &[&worker, &LEASE_SECONDS, &i64::from(at_a_time)]).await?;
        transaction.commit().await?;
        let Some(row) = row else { return Ok(None) };
        let job = Job::from_row(&row)?;
        let lease = Lease { job: job.id, worker: worker.to_owned(), attempt: row.try_get(6)? };
        Ok(Some(Taken { job, lease }))
    }

    /// Gives a sign of life, and hears whether there is still something to work on.
    pub async fn renew(&self, lease: &Lease) -> Result<Held, StoreError> {
        let change = "leased_until = now() + make_interval(secs => $4)";
        if self.settle(lease, change, &[&LEASE_SECONDS]).await? {
            return Ok(Held::Still);
        }
        let session = self.session().await?;
        let mine = "select state = 'superseded' from confiture_bot.jobs where job = $1 and worker = $2 and attempts = $3";
        let row = session.query_opt(mine, &[&lease.job.0, &lease.worker, &lease.attempt]).await?;
        let superseded = row.map(|row| row.try_get::<_, bool>(0)).transpose()?;
        Ok(if superseded == Some(true) { Held::Superseded } else { Held::TakenOver })
    }

    /// The job is done. `false` when it was no longer this worker's.
    pub async fn done(&self, lease: &Lease) -> Result<bool, StoreError> {
        self.settle(lease, "state = 'done', ended = now()", &[]).await
    }

    /// The job failed for good, and is kept; GitHub is yet to be told.
    pub async fn failed(&self, lease: &Lease, error: &str) -> Result<bool, StoreError> {
        self.settle(lease, "state = 'failed', ended = now(), told = false, error = $4", &[&error]).await
    }

    /// The job is to be tried again after a while. The others of its subject wait for it.
    pub async fn again(&self, lease: &Lease, wait: Duration, error: &str) -> Result<bool, StoreError> {
        let change = "state = 'waiting', due = now() + make_interval(secs => $4), error = $5";
        self.settle(lease, change, &[&wait.as_secs_f64(), &error]).await
    }

    /// Gives the job back as if it had not been taken.
    pub async fn hand_back(&self, lease: &Lease) -> Result<bool, StoreError> {
        let given = self.settle(lease, "state = 'waiting', attempts = attempts - 1", &[]).await;
        self.bell.notify_waiters();
        given
    }

    /// Changes a job while it is still this worker's: whoever lost it changes nothing any more.
    async fn settle(
        &self,
        lease: &Lease,
        change: &str,
        values: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<bool, StoreError> {
        let session = self.session().await?;
        let sql = format!(
            "update confiture_bot.jobs set {change} \
             where job = $1 and worker = $2 and attempts = $3 and state = 'running'"
        );
        let mut all: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
            vec![&lease.job.0, &lease.worker, &lease.attempt];
        all.extend(values);
        Ok(session.execute(&sql, &all).await? == 1)
    }
}

/// What becomes of a job that another takes the place of. Whoever began it, or whoever comes after, tells GitHub.
const SUPERSEDE: &str = "
update confiture_bot.jobs set state = 'superseded', ended = now(),
  told = state = 'waiting' and not exists (select from confiture_bot.runs r where r.job = jobs.job)";

/// The job that is due longest of those whose turn it is: the first of its subject, in a repository that has room.
///
/// Locked as it is looked for: what was superseded meanwhile is looked at again, and not taken.
const TAKE: &str = "
with next as (
  select j.job from confiture_bot.jobs j
  where ((j.state = 'waiting' and j.due <= now()) or (j.state = 'running' and j.leased_until < now()))
    and not exists (
      select from confiture_bot.jobs e
      where e.repository = j.repository and e.subject = j.subject and e.job < j.job
        and e.state in ('waiting', 'running'))
    and (
      select count(*) from confiture_bot.jobs r
      where r.repository = j.repository and r.state = 'running' and r.leased_until >= now()) < $3
  order by j.due, j.job limit 1
  for update of j
)
update confiture_bot.jobs j
set state = 'running', worker = $1, attempts = attempts + 1, leased_until = now() + make_interval(secs => $2)
from next where j.job = next.job
returning j.job, j.delivery, j.repository, j.kind, j.head, j.input, j.attempts";
