//! The advisory lock: one process at a time changes a database.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::{DatabaseError, Session};
use crate::model::ident::Literal;

/// The first half of the key. The Python tool takes the same lock, so that both exclude each other.
const CLASS: u32 = 1_751_936_052;

/// How often it is asked for.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Proof that this process holds the advisory lock on the database that it changes.
///
/// [`LockProof::acquire`] makes one. The lock is the session's and goes with it.
#[derive(Debug)]
pub struct LockProof(());

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another session holds it.
    #[error("another session holds the migration lock{}", holder(.0.as_ref()))]
    Held(Option<LockHolder>),
    /// The database refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// Process id of its server process.
    pub pid: String,
    /// Its `application_name`.
    pub application: String,
    /// Since when its session exists, in the server's notation.
    pub since: String,
}

fn holder(holder: Option<&LockHolder>) -> String {
    holder.map_or_else(String::new, |holder| {
        format!(": pid {}, application {}, connected since {}", holder.pid, holder.application, holder.since)
    })
}

impl LockProof {
    /// No lock, where the user has waived it and sees to it that nobody else migrates.
    #[must_use]
    pub fn waived() -> Self {
        Self(())
    }

    /// Takes the lock for the session, waiting at most `timeout`, in PostgreSQL's notation; 0 is for ever.
    pub async fn acquire(session: &Session, timeout: &str) -> Result<Self, LockError> {
        let database = session.value("select current_database()").await?.unwrap_or_default();
        let object = object_key(&database);
        let limit = milliseconds(session, timeout).await?;
        let started = Instant::now();
        // Asked for again and again: a statement that waits would be waited for by `create index concurrently`, and
        // with whoever holds this lock that would be a deadlock.
        loop {
            let sql = format!("select pg_catalog.pg_try_advisory_lock({CLASS}, {object})");
            if session.value(&sql).await?.as_deref() == Some("t") {
                return Ok(Self(()));
            }
            if limit.is_some_and(|limit| started.elapsed() >= limit) {
                return Err(LockError::Held(find_holder(session, object).await?));
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
    }
}

/// What the server takes a time for; nothing for none.
async fn milliseconds(session: &Session, timeout: &str) -> Result<Option<Duration>, DatabaseError> {
    let before = session.value("show lock_timeout").await?.unwrap_or_default();
    session.run(&format!("set lock_timeout = {}", Literal::new(timeout))).await?;
    let sql = "select s.setting from pg_catalog.pg_settings s where s.name = 'lock_timeout'";
    let read = session.value(sql).await?.and_then(|text| text.parse().ok()).unwrap_or(0);
    session.run(&format!("set lock_timeout = {}", Literal::new(before))).await?;
    Ok((read > 0).then(|| Duration::from_millis(read)))
}

/// First four bytes, big-endian, of SHA-256 of the database's name, made positive.
fn object_key(database: &str) -> u32 {
    let hash = Sha256::digest(database.as_bytes());
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) & 0x7FFF_FFFF
}

async fn find_holder(session: &Session, object: u32) -> Result<Option<LockHolder>, DatabaseError> {
    let sql = format!(
        "select a.pid::text, a.application_name, a.backend_start::text \
         from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid \
         where l.locktype = 'advisory' and l.granted and l.classid = {CLASS} and l.objid = {object} \
           and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())"
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.first().map(|row| LockHolder {
        pid: row.at(0).unwrap_or_default().to_owned(),
        application: row.at(1).unwrap_or_default().to_owned(),
        since: row.at(2).unwrap_or_default().to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::object_key;

    #[test]
    fn the_key_is_the_one_that_the_python_tool_takes() {
        // python3: int.from_bytes(sha256(b"app").digest()[:4], "big") & 0x7FFFFFFF
        assert_eq!(object_key("app"), 0x2172_cedc);
    }
}
