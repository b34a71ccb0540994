//! Replicas of a database.

use std::fmt;

use serde::Serialize;

/// A replica, physical or logical, that has not replayed everything yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replica {
    /// Its `application_name`, or its slot.
    pub name: String,
    /// How many bytes of the log it still has to replay; absent when it is not connected.
    pub behind_bytes: Option<u64>,
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.behind_bytes {
            Some(bytes) => write!(f, "{} is {bytes} bytes behind", self.name),
            None => write!(f, "the slot {} is not connected", self.name),
        }
    }
}
