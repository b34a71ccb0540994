//! The two sessions that read a catalog side by side.

use std::time::Duration;

use futures_util::future::select_ok;
use tokio::time::timeout;

use crate::gateway::postgres::{DatabaseError, Session, SessionSettings, Target};

/// How long the second is waited for when the first is there.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Sessions on one database that only look.
///
/// Nearly all of the time is the server's, which writes definitions out, and a session's work is done by one process:
/// two of them take little more than half as long. Where only one can be had, it does everything.
#[derive(Debug)]
pub(super) struct Readers {
    first: Session,
    second: Option<Session>,
}

impl Readers {
    /// Connects twice at the same time. A pool may have one session only, and keep the other waiting for it.
    pub(super) async fn open(target: &Target) -> Result<Self, DatabaseError> {
        let (first, waiting) = select_ok([Box::pin(open(target)), Box::pin(open(target))]).await?;
        let second = match waiting.into_iter().next() {
            Some(waiting) => timeout(LONGEST_WAIT, waiting).await.ok().and_then(Result::ok),
            None => None,
        };
        Ok(Self { first, second })
    }

    pub(super) fn first(&self) -> &Session {
        &self.first
    }

    pub(super) fn second(&self) -> &Session {
        self.second.as_ref().unwrap_or(&self.first)
    }

    /// Closes both and waits until they are closed, so that their database can be copied or dropped.
    pub(super) async fn close(self) {
        self.first.close().await;
        if let Some(second) = self.second {
            second.close().await;
        }
    }
}

/// Compiling these queries, or starting workers for them, would take longer than running them. Of new databases the
/// planner has no statistics, and compares each row of one catalog with each of another where it may.
pub(super) const SETTINGS: &str =
    "set jit = off; set max_parallel_workers_per_gather = 0; set enable_material = off;";

async fn open(target: &Target) -> Result<Session, DatabaseError> {
    let session = Session::open(target, &SessionSettings::reading()).await?;
    session.run(SETTINGS).await?;
    Ok(session)
}
