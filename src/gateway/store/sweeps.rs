//! Sweeps: one process at a time looks for what was missed.

use std::time::SystemTime;

use deadpool_postgres::{ClientWrapper, Object};

use super::{LAYOUT_LOCK, Store, StoreError};

/// The right to sweep. Dropped, it ends with its session; so does it when this process is killed.
pub struct Sweep {
    session: ClientWrapper,
    name: &'static str,
}

impl std::fmt::Debug for Sweep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sweep").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Store {
    /// The right to a sweep; `None` while another process has it.
    pub async fn sweep(&self, name: &'static str) -> Result<Option<Sweep>, StoreError> {
        let session = self.session().await?;
        let lock = "select pg_try_advisory_lock($1, hashtext($2))";
        let number = i32::try_from(LAYOUT_LOCK & 0x7fff_ffff).unwrap_or_default();
        if !session.query_one(lock, &[&number, &name]).await?.try_get(0)? {
            return Ok(None);
        }
        // Out of the pool: the lock belongs to the session.
        Ok(Some(Sweep { session: Object::take(session), name }))
    }

    /// Which of these deliveries were never handed in.
    pub async fn unknown_deliveries(&self, ids: &[&str]) -> Result<Vec<String>, StoreError> {
        let session = self.session().await?;
        let sql = "select id from unnest($1::text[]) id \
                   where not exists (select from confiture_bot.deliveries where delivery = id)";
        session.query(sql, &[&ids]).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

impl Sweep {
    /// Until when was looked at before, by GitHub's clock. Before the first sweep of all: an hour ago, for what is
    /// older was not meant for this bot.
    pub async fn upto(&self) -> Result<SystemTime, StoreError> {
        let sql = "select coalesce((select upto from confiture_bot.sweeps where sweep = $1), \
                   now() - interval '1 hour')";
        Ok(self.session.query_one(sql, &[&self.name]).await?.try_get(0)?)
    }

    /// The sweep is done, and has seen everything until then.
    pub async fn done(self, upto: Option<SystemTime>) -> Result<(), StoreError> {
        self.session
            .execute(
                "insert into confiture_bot.sweeps as s (sweep, upto) values ($1, $2)
                 on conflict (sweep) do update set upto = coalesce(excluded.upto, s.upto), ended = now()",
                &[&self.name, &upto],
            )
            .await?;
        Ok(())
    }
}
