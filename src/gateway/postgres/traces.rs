//! What a rollback does not take back.

use super::{DatabaseError, Session};

/// SQL that gives up what a session has besides its settings, so that what comes next begins as in a new one. May run
/// inside a transaction.
pub const AS_NEW: &str = "close all; unlisten *; discard sequences; discard temp;";

/// The same for statements that were prepared, where these are not ours.
pub const FORGET_PREPARED: &str = "deallocate all;";

/// Looks, from a session of its own, for what other sessions have left in a database by transactions that were rolled
/// back: numbers that sequences gave away, and advisory locks.
#[derive(Debug)]
pub struct Traces {
    session: Session,
    /// The query that reads every sequence there was.
    query: String,
    before: Vec<String>,
}

impl Traces {
    /// Remembers how it is now. Nobody may hold a lock on a sequence.
    pub async fn of(session: Session) -> Result<Self, DatabaseError> {
        let mut traces = Self { session, query: String::new(), before: Vec::new() };
        traces.look_anew().await?;
        Ok(traces)
    }

    /// Remembers how it is now instead.
    pub async fn look_anew(&mut self) -> Result<(), DatabaseError> {
        let reads = self.session.rows(SEQUENCES).await?;
        let mut query: Vec<&str> = reads.iter().filter_map(|row| row.at(0)).collect();
        query.push(ADVISORY_LOCKS);
        self.query = query.join(" union all ");
        self.before = self.now().await?;
        Ok(())
    }

    /// Whether all is as it was.
    pub async fn are_none(&self) -> Result<bool, DatabaseError> {
        Ok(self.now().await? == self.before)
    }

    async fn now(&self) -> Result<Vec<String>, DatabaseError> {
        let rows = self.session.rows(&self.query).await?;
        let mut found: Vec<String> = rows.iter().filter_map(|row| row.at(0).map(str::to_owned)).collect();
        found.sort_unstable();
        Ok(found)
    }
}

/// What the server tells of a sequence by itself leaves out where it begins before its first number.
const SEQUENCES: &str = "
    select pg_catalog.format(
      'select %L || s.last_value::text || s.is_called::text from %s s', s.seqrelid::text || ' ', s.seqrelid::pg_catalog.regclass)
    from pg_catalog.pg_sequence s order by s.seqrelid";

const ADVISORY_LOCKS: &str = "
    select 'locks ' || pg_catalog.count(*)::text from pg_catalog.pg_locks l
    where l.locktype = 'advisory'
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())";
