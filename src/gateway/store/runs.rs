//! Runs: what is known of a job's work beyond one attempt, and of its result afterwards.

use serde_json::Value;

use super::{JobId, Store, StoreError};

/// A run's id, by which its check run and its page are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunId(pub String);

/// A run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// `owner/name`.
    pub repository: String,
    /// The pull request.
    pub pull: Option<u64>,
    /// The commit.
    pub head: String,
    /// What was found, once that is known.
    pub report: Option<Value>,
}

impl Store {
    /// The run of a job: the same one at every attempt.
    pub async fn run_of(
        &self,
        job: JobId,
        repository: &str,
        pull: Option<u64>,
        head: &str,
    ) -> Result<Run, StoreError> {
        let number = pull.and_then(|pull| i64::try_from(pull).ok());
        let session = self.session().await?;
        let row = session
            .query_one(
                "insert into confiture_bot.runs (job, repository, pull, head) values ($1, $2, $3, $4)
                 on conflict (job) do update set head = runs.head returning run::text, report",
                &[&job.0, &repository, &number, &head],
            )
            .await?;
        let id = RunId(row.try_get(0)?);
        let report = row.try_get(1)?;
        Ok(Run { id, repository: repository.to_owned(), pull, head: head.to_owned(), report })
    }

    /// Keeps what a run found.
    pub async fn keep_report(&self, run: &RunId, report: &Value) -> Result<(), StoreError> {
        let session = self.session().await?;
        session
            .execute(
                "update confiture_bot.runs set report = $2, ended = now() where run = $1::text::uuid",
                &[&run.0, report],
            )
            .await?;
        Ok(())
    }

    /// The newest run of a pull request that came to an end, when it found something out.
    pub async fn newest_report(&self, repository: &str, pull: u64) -> Result<Option<Run>, StoreError> {
        let number = i64::try_from(pull).unwrap_or(0);
        let session = self.session().await?;
        let row = session
            .query_opt(
                "select run::text, head, report from confiture_bot.runs
                 where repository = $1 and pull = $2 and verdict is not null and ended is not null
                 order by ended desc limit 1",
                &[&repository, &number],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (id, head, report) = (RunId(row.try_get(0)?), row.try_get(1)?, row.try_get(2)?);
        let report: Option<Value> = report;
        // Where nothing concerned the database there is none.
        Ok(report.is_some().then_some(Run {
            id,
            repository: repository.to_owned(),
            pull: Some(pull),
            head,
            report,
        }))
    }
}
