//! Servers of checks that are over, kept for the next check on the same base.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::stand::Stand;

/// Some servers, each with a base and copies of it in which nothing is left of any branch.
///
/// Starting a server and copying a base takes longer than trying a branch against fifty others.
#[derive(Default)]
pub struct Kept {
    most: usize,
    waiting: Mutex<Vec<Waiting>>,
}

struct Waiting {
    owner: String,
    key: String,
    since: Instant,
    stand: Stand,
}

impl fmt::Debug for Kept {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Kept").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Kept {
    /// Keeps so many at most. With none, each check starts its own.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, waiting: Mutex::default() }
    }

    /// The one that an owner's last check has left, if its base is the same and it still answers.
    pub(super) async fn take(&self, owner: &str, key: &str) -> Option<Stand> {
        let mut found = None;
        for waiting in self.remove(|waiting| waiting.owner == owner) {
            if found.is_none() && waiting.key == key && waiting.stand.answers().await {
                found = Some(waiting.stand);
            } else {
                waiting.stand.close().await;
            }
        }
        found
    }

    /// Keeps one. The oldest goes when there are too many.
    pub(super) async fn put(&self, owner: &str, key: &str, stand: Stand) {
        let (owner, key) = (owner.to_owned(), key.to_owned());
        close(self.add(Waiting { owner, key, since: Instant::now(), stand })).await;
    }

    fn add(&self, one: Waiting) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(one);
        let too_many = waiting.len().saturating_sub(self.most);
        waiting.drain(..too_many).collect()
    }

    /// Stops those that nobody has asked for since long.
    pub async fn close_idle(&self, longest: Duration) {
        close(self.remove(|waiting| waiting.since.elapsed() >= longest)).await;
    }

    fn remove(&self, wanted: impl Fn(&Waiting) -> bool) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extract_if(.., |one| wanted(one)).collect()
    }
}

async fn close(waiting: Vec<Waiting>) {
    for one in waiting {
        one.stand.close().await;
    }
}
