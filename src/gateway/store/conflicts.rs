//! What open pull requests change, what they do to each other, and what was said of that.

use std::future::Future;

use serde_json::Value;

use super::{Store, StoreError};

/// The first half of the advisory locks under which somebody has the word.
const WORD_LOCK: i32 = 0x0063_6f6e;

/// What a pull request changes, as it was found out for one state of both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub pull: u64,
    /// The commit that it proposes.
    pub head: String,
    /// The commit that it was held against.
    pub base: String,
    /// The commit that both come from.
    pub merge_base: String,
    /// The migrations that it adds, as whoever keeps it writes them.
    pub content: Vec<u8>,
}

/// The check that says on GitHub how a pull request gets on with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// By which it is known again on GitHub.
    pub id: String,
    /// A digest of what it says; absent while it runs.
    pub said: Option<String>,
}

impl Store {
    /// What is known of the pull requests that go to a branch.
    pub async fn changes(&self, repository: &str, branch: &str) -> Result<Vec<Change>, StoreError> {
        let session = self.session().await?;
        let rows = session
            .query(
                "select pull, head, base, merge_base, content from confiture_bot.changes
                 where repository = $1 and branch = $2 order by pull",
                &[&repository, &branch],
            )
            .await?;
        let change = |row: &tokio_postgres::Row| {
            let number: i64 = row.try_get(0)?;
            Ok(Change {
                pull: u64::try_from(number).unwrap_or(0),
                head: row.try_get(1)?,
                base: row.try_get(2)?,
                merge_base: row.try_get(3)?,
                content: row.try_get(4)?,
            })
        };
        rows.iter().map(change).collect()
    }

    /// Keeps what a pull request changes.
    pub async fn keep_change(
        &self,
        repository: &str,
        branch: &str,
        change: &Change,
    ) -> Result<(), StoreError> {
        let session = self.session().await?;
        session
            .execute(
                "insert into confiture_bot.changes (repository, pull, branch, head, base, merge_base, content)
                 values ($1, $2, $3, $4, $5, $6, $7)
                 on conflict (repository, pull) do update set branch = excluded.branch, head = excluded.head,
                   base = excluded.base, merge_base = excluded.merge_base, content = excluded.content",
                &[
                    &repository,
                    &number(change.pull),
                    &branch,
                    &change.head,
                    &change.base,
                    &change.merge_base,
                    &change.content,
                ],
            )
            .await?;
        Ok(())
    }

    /// Forgets the pull requests of a branch but for those that are still open.
    pub async fn forget_changes(
        &self,
        repository: &str,
        branch: &str,
        open: &[u64],
    ) -> Result<(), StoreError> {
        let open: Vec<i64> = open.iter().copied().map(number).collect();
        let session = self.session().await?;
        session
            .execute(
                "with gone as (
                   delete from confiture_bot.changes
                   where repository = $1 and branch = $2 and pull <> all ($3) returning pull)
                 delete from confiture_bot.conflict_checks
                 where repository = $1 and pull in (select pull from gone)",
                &[&repository, &branch, &open],
            )
            .await?;
        Ok(())
    }

    /// What the pull requests to a branch do to each other, as far as that is known.
    pub async fn matrix(&self, repository: &str, branch: &str) -> Result<Option<Value>, StoreError> {
        let sql = "select matrix from confiture_bot.matrices where repository = $1 and branch = $2";
        let session = self.session().await?;
        let row = session.query_opt(sql, &[&repository, &branch]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// The same by one of those pull requests.
    pub async fn matrix_around(&self, repository: &str, pull: u64) -> Result<Option<Value>, StoreError> {
        let sql = "select m.matrix from confiture_bot.matrices m join confiture_bot.changes c
                   on c.repository = m.repository and c.branch = m.branch
                   where c.repository = $1 and c.pull = $2";
        let session = self.session().await?;
        let row = session.query_opt(sql, &[&repository, &number(pull)]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Keeps what the pull requests to a branch do to each other.
    pub async fn keep_matrix(
        &self,
        repository: &str,
        branch: &str,
        matrix: &Value,
    ) -> Result<(), StoreError> {
        let session = self.session().await?;
        session
            .execute(
                "insert into confiture_bot.matrices (repository, branch, matrix) values ($1, $2, $3)
                 on conflict (repository, branch) do update set matrix = excluded.matrix, made = now()",
                &[&repository, &branch, matrix],
            )
            .await?;
        Ok(())
    }

    /// The check that tells of a pull request at a commit: the same one until there is another commit.
    pub async fn telling(&self, repository: &str, pull: u64, head: &str) -> Result<Telling, StoreError> {
        let session = self.session().await?;
        let row = session
            .query_one(
                "insert into confiture_bot.conflict_checks as c (repository, pull, head) values ($1, $2, $3)
                 on conflict (repository, pull) do update set head = excluded.head,
                   id = case when c.head = excluded.head then c.id else excluded.id end,
                   said = case when c.head = excluded.head then c.said end
                 returning id::text, said",
                &[&repository, &number(pull), &head],
            )
            .await?;
        Ok(Telling { id: row.try_get(0)?, said: row.try_get(1)? })
    }

    /// Writes down what a check says.
    pub async fn told_of(&self, telling: &Telling, said: &str) -> Result<(), StoreError> {
        let session = self.session().await?;
        let sql = "update confiture_bot.conflict_checks set said = $2 where id = $1::text::uuid";
        session.execute(sql, &[&telling.id, &said]).await?;
        Ok(())
    }

    /// Has the next check of these pull requests be a new one, as when somebody asks for it again.
    pub async fn tell_anew(&self, repository: &str, pull: u64) -> Result<(), StoreError> {
        let session = self.session().await?;
        let sql = "delete from confiture_bot.conflict_checks where repository = $1 and pull = $2";
        session.execute(sql, &[&repository, &number(pull)]).await?;
        Ok(())
    }

    /// Does something that nobody else may do at the same time, in any process: two who look whether a comment is
    /// there and find none would write two.
    pub async fn one_at_a_time<T, E: From<StoreError>>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut session = self.session().await?;
        let transaction = session.transaction().await.map_err(StoreError::from)?;
        let lock = "select pg_advisory_xact_lock($1, hashtext($2))";
        transaction.execute(lock, &[&WORD_LOCK, &what]).await.map_err(StoreError::from)?;
        // Whatever becomes of it, the lock goes with the transaction.
        work.await
    }
}

fn number(pull: u64) -> i64 {
    i64::try_from(pull).unwrap_or(0)
}
