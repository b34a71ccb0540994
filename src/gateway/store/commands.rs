//! What commands leave behind: the commit that they are about, and what they let pass.

use super::{JobId, RunId, Store, StoreError};

/// Findings that somebody answers for in one pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignoring {
    /// The rule's name.
    pub rule: String,
    /// Who said so.
    pub author: String,
    /// Why.
    pub because: String,
}

impl Store {
    /// The commit that a command is about: the newest that was known when it came in, else `now`, from here on.
    pub async fn pinned(&self, job: JobId, now: &str) -> Result<String, StoreError> {
        let session = self.session().await?;
        let sql =
            "update confiture_bot.jobs set pinned = coalesce(pinned, $2) where job = $1 returning pinned";
        Ok(session.query_one(sql, &[&job.0, &now]).await?.try_get(0)?)
    }

    /// The newest commit of a subject that is known.
    pub async fn newest(&self, repository: &str, subject: &str) -> Result<Option<String>, StoreError> {
        let session = self.session().await?;
        let sql =
            "select head from confiture_bot.jobs where repository = $1 and subject = $2 and head is not null
                   order by job desc limit 1";
        let row = session.query_opt(sql, &[&repository, &subject]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Lets findings of a rule pass in a pull request. What was said of that rule before is replaced.
    pub async fn ignore(&self, repository: &str, pull: u64, what: &Ignoring) -> Result<(), StoreError> {
        let session = self.session().await?;
        let sql = "insert into confiture_bot.ignores (repository, pull, rule, author, because)
                   values ($1, $2, $3, $4, $5)
                   on conflict (repository, pull, rule) do update
                   set author = excluded.author, because = excluded.because, said = now()";
        let pull = i64::try_from(pull).unwrap_or(i64::MAX);
        session.execute(sql, &[&repository, &pull, &what.rule, &what.author, &what.because]).await?;
        Ok(())
    }

    /// What is let pass in a pull request.
    pub async fn ignores(&self, repository: &str, pull: u64) -> Result<Vec<Ignoring>, StoreError> {
        let session = self.session().await?;
        let sql = "select rule, author, because from confiture_bot.ignores
                   where repository = $1 and pull = $2 order by rule";
        let pull = i64::try_from(pull).unwrap_or(i64::MAX);
        let rows = session.query(sql, &[&repository, &pull]).await?;
        let read = |row: &tokio_postgres::Row| {
            Ok(Ignoring { rule: row.try_get(0)?, author: row.try_get(1)?, because: row.try_get(2)? })
        };
        rows.iter().map(read).collect()
    }

    /// The pull request that a run was for; none for a merge group, and for what is no run of ours.
    pub async fn pull_of(&self, repository: &str, run: &RunId) -> Result<Option<u64>, StoreError> {
        let session = self.session().await?;
        let sql = "select pull from confiture_bot.runs where repository = $1 and run::text = $2";
        let row = session.query_opt(sql, &[&repository, &run.0]).await?;
        let pull: Option<i64> = row.map(|row| row.try_get(0)).transpose()?.flatten();
        Ok(pull.and_then(|pull| u64::try_from(pull).ok()))
    }

    /// A run came to its end without a report: there was nothing to try.
    pub async fn nothing_to_try(&self, run: &RunId) -> Result<(), StoreError> {
        let session = self.session().await?;
        let sql = "update confiture_bot.runs set ended = now() where run = $1::text::uuid";
        session.execute(sql, &[&run.0]).await?;
        Ok(())
    }
}
