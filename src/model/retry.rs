//! Waiting for locks: who was in the way, and what was tried again for it.

use serde::Serialize;

use super::migration::Version;

/// A session that holds, or waits before us for, the lock that a statement needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Blocker {
    /// Process id of its server process; 0 is a prepared transaction.
    pub pid: i64,
    /// Its `application_name`.
    pub application: Option<String>,
    /// Its user.
    pub user: Option<String>,
    /// Its state, such as `idle in transaction`.
    pub state: Option<String>,
    /// For how long its transaction has been open, in seconds.
    pub age_seconds: Option<f64>,
    /// The mode of the lock that is in the way.
    pub lock_mode: Option<String>,
    /// The relation that is locked, with its schema.
    pub relation: Option<String>,
    /// The beginning of its last query on one line.
    pub query: Option<String>,
}

/// One time that something was tried again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Retry {
    /// The migration's version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// How many times it has been tried, this one not counted.
    pub attempt: u32,
    /// Line of the statement that did not get its lock.
    pub line: Option<usize>,
    /// The server's code: `55P03` for a lock timeout, `40P01` for a deadlock.
    pub sqlstate: String,
    /// How long nothing was done, and no lock held, before it was tried again.
    pub pause_ms: u64,
    /// Who was in the way, as far as could be seen.
    pub blockers: Vec<Blocker>,
}
