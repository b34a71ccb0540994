//! Waiting for locks: who is in the way is seen while a statement waits, and what did not get its lock is tried again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use crate::gateway::postgres::{DatabaseError, Session, SessionSettings, Target, blockers};
use crate::model::event::Event;
use crate::model::report::Failure;
use crate::model::retry::{Blocker, Retry};
use crate::operation::script::Step;

/// The pause before the first retry; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A statement that is done sooner is not looked at.
const FIRST_LOOK: Duration = Duration::from_millis(50);
/// How often a statement that runs is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// How long one look may take: it is never what a statement waits for.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// Who is told of what happens, as it happens.
pub type Tell<'a> = &'a (dyn Fn(&Event) + Sync);

/// How long locks are waited for, in all, and what came of it.
pub(crate) struct Patience<'a> {
    target: &'a Target,
    pid: i64,
    limit: Duration,
    tell: Tell<'a>,
    watcher: OnceCell<Option<Session>>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    retries: Vec<Retry>,
    last: Vec<Blocker>,
}

/// How often one migration has been tried, and since when.
#[derive(Default)]
pub(crate) struct Tries {
    since: Option<Instant>,
    count: u32,
}

impl<'a> Patience<'a> {
    /// Patience for a session on a database.
    pub(crate) async fn of(
        target: &'a Target,
        session: &Session,
        limit_ms: u64,
        tell: Tell<'a>,
    ) -> Result<Self, DatabaseError> {
        let pid = session.value("select pg_catalog.pg_backend_pid()").await?;
        Ok(Self {
            target,
            pid: pid.and_then(|pid| pid.parse().ok()).unwrap_or_default(),
            limit: Duration::from_millis(limit_ms),
            tell,
            watcher: OnceCell::new(),
            seen: Mutex::default(),
        })
    }

    /// How long is waited in all.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Waits for a statement, and sees who is in its way meanwhile.
    pub(crate) async fn watch<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        self.note(Vec::new());
        let mut pause = FIRST_LOOK;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(pause) => {}
            }
            // The server goes on with the statement meanwhile.
            if let Ok(Some(now)) = tokio::time::timeout(LONGEST_LOOK, self.look()).await {
                self.note(now);
            }
            pause = BETWEEN_LOOKS;
        }
    }

    /// Those in the way now; none when it does not wait, or cannot be seen.
    async fn look(&self) -> Option<Vec<Blocker>> {
        let open = || async {
            let settings = SessionSettings {
                application_name: "confiture watch".to_owned(),
                ..SessionSettings::reading()
            };
            Session::open(self.target, &settings).await.ok()
        };
        let session = self.watcher.get_or_init(open).await.as_ref()?;
        let found = blockers(session, self.pid).await.ok()?;
        (!found.is_empty()).then_some(found)
    }

    fn note(&self, blockers: Vec<Blocker>) {
        if let Ok(mut seen) = self.seen.lock() {
            seen.last = blockers;
        }
    }

    /// Pauses before another try, when the failure is one of locks and there is time left; says whether there is to
    /// be one.
    pub(crate) async fn pause(&self, step: &Step<'_>, failure: &Failure, tries: &mut Tries) -> bool {
        let Some(sqlstate) = failure.sqlstate.as_deref().filter(|code| is_of_locks(code)) else {
            return false;
        };
        let since = *tries.since.get_or_insert_with(Instant::now);
        let left = self.limit.saturating_sub(since.elapsed());
        if left.is_zero() {
            return false;
        }
        tries.count += 1;
        let pause = length(tries.count, random()).min(left);
        let retry = Retry {
            version: step.migration.version.clone(),
            name: step.migration.name.clone(),
            attempt: tries.count,
            line: failure.place.as_ref().map(|place| place.line),
            sqlstate: sqlstate.to_owned(),
            pause_ms: u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            blockers: self.seen.lock().map(|mut seen| std::mem::take(&mut seen.last)).unwrap_or_default(),
        };
        (self.tell)(&Event::Retry(retry.clone()));
        if let Ok(mut seen) = self.seen.lock() {
            seen.retries.push(retry);
        }
        tokio::time::sleep(pause).await;
        true
    }

    /// What was tried again, and who was in the way of what failed for good.
    pub(crate) fn end(self, result: &Result<(), Failure>) -> (Vec<Retry>, Vec<Blocker>) {
        let seen = self.seen.into_inner().unwrap_or_default();
        let of_locks =
            result.as_ref().is_err_and(|failure| failure.sqlstate.as_deref().is_some_and(is_of_locks));
        (seen.retries, if of_locks { seen.last } else { Vec::new() })
    }
}

/// A lock timeout, or a deadlock that was ended.
fn is_of_locks(sqlstate: &str) -> bool {
    matches!(sqlstate, "55P03" | "40P01")
}

/// The pause before a try: doubled each time, and shortened by up to a quarter, so that two that stopped each other
/// do not meet again.
fn length(count: u32, random: u64) -> Duration {
    let whole = FIRST_PAUSE.saturating_mul(1 << count.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
    let thousandths = u32::try_from(random % 1000).unwrap_or_default();
    whole.saturating_sub(whole / 4000 * thousandths)
}

/// A number that nobody knows beforehand, as the standard library seeds its hash tables.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn pauses_double_up_to_a_minute_and_are_shortened_by_a_quarter_at_most() {
        let milliseconds = |count, random| length(count, random).as_millis();
        assert_eq!((1..=4).map(|count| milliseconds(count, 0)).collect::<Vec<_>>(), [500, 1000, 2000, 4000]);
        assert_eq!((milliseconds(8, 0), milliseconds(99, 0)), (60_000, 60_000));
        assert!((375..500).contains(&milliseconds(1, 999)));
    }
}
