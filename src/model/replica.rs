//! Replicas of a database.

use serde::Serialize;

/// A replica, physical or logical, that has not replayed everything yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replica {
    /// Its `application_name`, or its slot.
    pub name: String,
    /// How many bytes of the log it still has to replay; absent when it is not connected.
    pub behind_bytes: Option<u64>,
}
