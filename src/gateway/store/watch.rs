//! What is to be seen of the state from outside: how much of everything there is, and how long it waits.

use super::{Store, StoreError};

/// How much of everything there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// Deliveries by state.
    pub deliveries: Vec<(String, i64)>,
    /// Jobs by kind and state.
    pub jobs: Vec<(String, String, i64)>,
    /// Seconds since the oldest job that waits was due; 0 when none does.
    pub oldest_job_seconds: f64,
    /// Seconds since the oldest delivery came that waits; 0 when none does.
    pub oldest_delivery_seconds: f64,
}

impl Store {
    /// Counts.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        let session = self.session().await?;
        let mut counts = Counts::default();
        let by_state = "select state, count(*) from confiture_bot.deliveries group by 1 order by 1";
        for row in session.query(by_state, &[]).await? {
            counts.deliveries.push((row.try_get(0)?, row.try_get(1)?));
        }
        let by_kind = "select kind, state, count(*) from confiture_bot.jobs group by 1, 2 order by 1, 2";
        for row in session.query(by_kind, &[]).await? {
            counts.jobs.push((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        }
        let row = session.query_one(OLDEST, &[]).await?;
        (counts.oldest_job_seconds, counts.oldest_delivery_seconds) = (row.try_get(0)?, row.try_get(1)?);
        Ok(counts)
    }
}

const OLDEST: &str = "
select
  (select coalesce(greatest(extract(epoch from now() - min(due)), 0), 0)::float8
   from confiture_bot.jobs where state = 'waiting'),
  (select coalesce(greatest(extract(epoch from now() - min(received)), 0), 0)::float8
   from confiture_bot.deliveries where state = 'waiting')";
