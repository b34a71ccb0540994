//! What the bot keeps, in PostgreSQL: deliveries, the queue of jobs, runs. Several processes may share it.

mod commands;
mod conflicts;
mod inbox;
mod jobs;
mod pages;
mod people;
mod queue;
mod runs;
mod sweeps;
mod untold;
mod watch;

use std::sync::Arc;

use deadpool_postgres::{Object, Pool};
use tokio::sync::Notify;

pub use commands::Ignoring;
pub use conflicts::{Change, Telling};
pub use inbox::{Arrival, Delivery, Inbox, Moment, Received, Verdict};
pub use pages::{LastRun, Pace, ProgressLine, ShownRun, Stand};
pub use people::Person;
pub use queue::{Held, Job, JobId, Lease, NewJob, Taken};
pub use runs::{Run, RunId};
pub use sweeps::Sweep;
pub use untold::End;
pub use watch::Counts;

use super::postgres::{DatabaseError, SessionSettings, Target, pool};

/// The steps to the present layout, in their order; one that was ever published is never changed.
const LAYOUT: [&str; 5] = [
    include_str!("layout/001.sql"),
    include_str!("layout/002_commands.sql"),
    include_str!("layout/003_pages.sql"),
    include_str!("layout/004_conflicts.sql"),
    include_str!("layout/005_faults.sql"),
];
/// The number of the advisory lock under which the layout is changed.
const LAYOUT_LOCK: i64 = 0x0063_6f6e_6662_6f74;
/// Enough for the receiver, the queue, and the pages of one process.
const SESSIONS: usize = 8;

/// The state database cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the state database: {message}")]
pub struct StoreError {
    message: String,
    /// Whether what was to be written is at fault, and would be refused again.
    is_of_the_data: bool,
}

impl StoreError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_of_the_data: false }
    }
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        // Data exceptions, such as a character that text cannot hold, and broken constraints.
        let is_of_the_data =
            error.sqlstate.as_deref().is_some_and(|code| code.starts_with("22") || code.starts_with("23"));
        Self { message: error.message, is_of_the_data }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::new(error.to_string())
    }
}

/// The state database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    /// Rung when there may be something to do, so that nobody waits who need not.
    bell: Arc<Notify>,
}

impl Store {
    /// Connects, and brings the layout up to date. Takes an advisory lock while it does.
    pub async fn open(target: &Target) -> Result<Self, StoreError> {
        let settings = SessionSettings {
            application_name: "confiture bot".to_owned(),
            lock_timeout: "10s".to_owned(),
            statement_timeout: "30s".to_owned(),
            search_path: Some("pg_catalog"),
            role: None,
        };
        let store = Self { pool: pool(target, &settings, SESSIONS)?, bell: Arc::default() };
        store.lay_out().await?;
        Ok(store)
    }

    async fn lay_out(&self) -> Result<(), StoreError> {
        let mut session = self.session().await?;
        let transaction = session.transaction().await?;
        transaction.execute("select pg_advisory_xact_lock($1)", &[&LAYOUT_LOCK]).await?;
        transaction
            .batch_execute(
                "create schema if not exists confiture_bot;
                 create table if not exists confiture_bot.layout (step integer primary key)",
            )
            .await?;
        let row =
            transaction.query_one("select coalesce(max(step), 0) from confiture_bot.layout", &[]).await?;
        let present: i32 = row.try_get(0)?;
        let missing = (1_i32..).zip(LAYOUT).filter(|(step, _)| *step > present);
        for (step, sql) in missing {
            transaction.batch_execute(sql).await?;
            transaction.execute("insert into confiture_bot.layout values ($1)", &[&step]).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// A name that no other process has or ever had.
    pub async fn new_name(&self) -> Result<String, StoreError> {
        let session = self.session().await?;
        Ok(session.query_one("select gen_random_uuid()::text", &[]).await?.try_get(0)?)
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> bool {
        match self.session().await {
            Ok(session) => session.simple_query("select 1").await.is_ok(),
            Err(_) => false,
        }
    }

    /// Waits until there may be something to do in this process. Work of other processes rings no bell.
    pub async fn something_to_do(&self) {
        self.bell.notified().await;
    }

    async fn session(&self) -> Result<Object, StoreError> {
        Ok(self.pool.get().await?)
    }
}
