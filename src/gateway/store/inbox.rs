//! Deliveries: taken in many at a time, each durable before it is answered, and worked off in their order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use deadpool_postgres::Transaction;
use tokio::sync::{mpsc, oneshot};

use super::{NewJob, Store, StoreError, queue};

/// How many deliveries go into one transaction at most.
const MOST: usize = 256;
/// How many wait for the next one at most; whoever comes later waits to be let in.
const WAITING: usize = 1_024;

/// How many deliveries are worked off in one transaction at most.
const AT_ONCE: i64 = 64;
/// The number of the advisory lock under which deliveries are worked off.
const WORK_OFF_LOCK: i64 = super::LAYOUT_LOCK + 1;

/// A delivery whose signature was right.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// `X-GitHub-Delivery`.
    pub id: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The body as it came.
    pub payload: Bytes,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It is kept and will be worked off.
    Accepted,
    /// It was there before: nothing was done.
    Known,
}

/// A delivery that waits to be worked off.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its id.
    pub id: String,
    /// Its event.
    pub event: String,
    /// Its body.
    pub payload: Vec<u8>,
}

/// What is to become of a delivery.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Nothing, because of this.
    Ignored(String),
    /// These jobs.
    Work(Vec<NewJob>),
    /// Nothing is left to do for some subjects: what waits or runs for them is superseded.
    Over {
        /// `owner/name`, in lower case.
        repository: String,
        /// What is over.
        subjects: Vec<String>,
        /// What is to be done because of it.
        then: Vec<NewJob>,
    },
    /// That, unless something later about the same was worked off before: GitHub keeps no order.
    Dated(Moment, Box<Verdict>),
}

/// When GitHub says that something was as a delivery tells it.
#[derive(Debug, Clone)]
pub struct Moment {
    /// `owner/name`, in lower case.
    pub repository: String,
    /// What it is about.
    pub subject: String,
    /// By GitHub's clock, as it writes it.
    pub at: String,
}

/// Where deliveries are handed in.
#[derive(Debug, Clone)]
pub struct Inbox {
    sender: mpsc::Sender<Entry>,
}

/// A delivery, and who waits to hear that it is kept.
#[derive(Debug)]
struct Entry {
    delivery: Delivery,
    answer: oneshot::Sender<Result<Arrival, StoreError>>,
}

impl Inbox {
    /// Starts the task that writes. It ends when the last inbox is dropped.
    #[must_use]
    pub fn start(store: &Store) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(write(store.clone(), receiver));
        Self { sender }
    }

    /// Keeps a delivery. When this returns it is on disk.
    pub async fn accept(&self, delivery: Delivery) -> Result<Arrival, StoreError> {
        let gone = || StoreError::new("the writer has ended");
        let (answer, answered) = oneshot::channel();
        self.sender.send(Entry { delivery, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// While one transaction is being written to disk the next deliveries gather: the busier, the more go together.
async fn write(store: Store, mut receiver: mpsc::Receiver<Entry>) {
    let mut entries = Vec::with_capacity(MOST);
    while receiver.recv_many(&mut entries, MOST).await > 0 {
        let fresh = store.keep(&entries).await;
        if fresh.is_ok() {
            store.bell.notify_one();
        }
        for entry in entries.drain(..) {
            let arrival = fresh.as_ref().map_err(Clone::clone).map(|fresh| {
                if fresh.contains(&entry.delivery.id) { Arrival::Accepted } else { Arrival::Known }
            });
            // Whoever handed it in may have gone: it is kept all the same.
            let _ = entry.answer.send(arrival);
        }
    }
}

impl Store {
    /// Keeps deliveries in one transaction, and returns the ids of those that were not there.
    async fn keep(&self, entries: &[Entry]) -> Result<Vec<String>, StoreError> {
        let column = |of: fn(&Delivery) -> &str| entries.iter().map(|entry| of(&entry.delivery)).collect();
        let (ids, events): (Vec<&str>, Vec<&str>) = (column(|one| &one.id), column(|one| &one.event));
        let payloads: Vec<&[u8]> = entries.iter().map(|entry| &*entry.delivery.payload).collect();
        let session = self.session().await?;
        let statement = session
            .prepare_cached(
                "insert into confiture_bot.deliveries (delivery, event, payload)
                 select * from unnest($1::text[], $2::text[], $3::bytea[])
                 on conflict (delivery) do nothing returning delivery",
            )
            .await?;
        let rows = session.query(&statement, &[&ids, &events, &payloads]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Works off the oldest deliveries that wait: `judge` says what is to become of each. Returns how many there were.
    ///
    /// Their jobs and their new states are written together, and no two processes ever take the same one.
    pub async fn work_off(&self, judge: impl Fn(&Received) -> Verdict) -> Result<usize, StoreError> {
        let mut session = self.session().await?;
        let mut transaction = session.transaction().await?;
        // In their order, also with several processes: one at a time.
        transaction.execute("select pg_advisory_xact_lock($1)", &[&WORK_OFF_LOCK]).await?;
        let rows = transaction
            .query(
                "select delivery, event, payload from confiture_bot.deliveries
                 where state = 'waiting' order by number limit $1",
                &[&AT_ONCE],
            )
            .await?;
        for row in &rows {
            let received = Received { id: row.try_get(0)?, event: row.try_get(1)?, payload: row.try_get(2)? };
            settle_or_refuse(&mut transaction, &received, &judge).await?;
        }
        transaction.commit().await?;
        if !rows.is_empty() {
            self.bell.notify_waiters();
        }
        Ok(rows.len())
    }

    /// Forgets deliveries that came longer ago than that and were worked off, and returns how many.
    pub async fn forget_deliveries(&self, older_than: Duration) -> Result<u64, StoreError> {
        let session = self.session().await?;
        let forgotten = session
            .execute(
                "delete from confiture_bot.deliveries
                 where state <> 'waiting' and received < now() - make_interval(secs => $1)",
                &[&older_than.as_secs_f64()],
            )
            .await?;
        let of_pulls = "delete from confiture_bot.subjects where latest < now() - make_interval(secs => $1)";
        session.execute(of_pulls, &[&older_than.as_secs_f64()]).await?;
        Ok(forgotten)
    }
}

/// Writes down what becomes of a delivery; one that is poison is kept with the reason, and holds up no other.
async fn settle_or_refuse(
    transaction: &mut Transaction<'_>,
    received: &Received,
    judge: &impl Fn(&Received) -> Verdict,
) -> Result<(), StoreError> {
    let Ok(verdict) = catch_unwind(AssertUnwindSafe(|| judge(received))) else {
        tracing::error!(delivery = received.id, "a delivery cannot be judged");
        return note(transaction, received, "refused", Some("it broke what judges deliveries")).await;
    };
    let attempt = transaction.savepoint("delivery").await?;
    match settle(&attempt, received, verdict).await {
        Ok(()) => Ok(attempt.commit().await?),
        Err(error) if error.is_of_the_data => {
            attempt.rollback().await?;
            tracing::error!(delivery = received.id, %error, "a delivery cannot be written");
            note(transaction, received, "refused", Some(&error.to_string())).await
        }
        Err(error) => Err(error),
    }
}

/// Writes down what becomes of a delivery.
async fn settle(
    transaction: &Transaction<'_>,
    received: &Received,
    verdict: Verdict,
) -> Result<(), StoreError> {
    let (state, reason, jobs) = match verdict {
        Verdict::Ignored(reason) => ("ignored", Some(reason), Vec::new()),
        Verdict::Work(jobs) => ("taken", None, jobs),
        Verdict::Over { repository, subjects, then } => {
            for subject in &subjects {
                queue::end(&**transaction, &repository, subject, None).await?;
            }
            ("taken", None, then)
        }
        Verdict::Dated(moment, verdict) => {
            let latest = is_latest(transaction, &moment).await?;
            let late = || Verdict::Ignored("something later about it was worked off before".to_owned());
            let verdict = if latest { *verdict } else { late() };
            return Box::pin(settle(transaction, received, verdict)).await;
        }
    };
    for job in &jobs {
        queue::add(transaction, Some(&received.id), job).await?;
    }
    note(transaction, received, state, reason.as_deref()).await
}

/// Whether nothing later about the same was worked off before. GitHub's times are whole seconds: of the same moment
/// is late enough.
async fn is_latest(transaction: &Transaction<'_>, moment: &Moment) -> Result<bool, StoreError> {
    let changed = transaction
        .execute(
            "insert into confiture_bot.subjects as s values ($1, $2, $3::text::timestamptz)
             on conflict (repository, subject) do update set latest = excluded.latest
             where s.latest <= excluded.latest",
            &[&moment.repository, &moment.subject, &moment.at],
        )
        .await?;
    Ok(changed == 1)
}

async fn note(
    transaction: &Transaction<'_>,
    received: &Received,
    state: &str,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "update confiture_bot.deliveries set state = $2, reason = $3 where delivery = $1";
    transaction.execute(sql, &[&received.id, &state, &reason]).await?;
    Ok(())
}
