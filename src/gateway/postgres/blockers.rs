//! Who is in the way of a session that waits for a lock.

use super::{DatabaseError, Session};
use crate::model::retry::Blocker;

/// Characters of a blocker's query that are told.
const QUERY_WIDTH: usize = 120;

/// The sessions that the one with this process id waits for; none when it does not wait. A blocker is named once,
/// with the lock of its own on what is waited for.
pub async fn blockers(session: &Session, pid: i64) -> Result<Vec<Blocker>, DatabaseError> {
    let sql = format!(
        "select distinct on (b.pid) b.pid, a.application_name, a.usename, a.state, \
           extract(epoch from pg_catalog.clock_timestamp() - a.xact_start), h.mode, \
           pg_catalog.format('%I.%I', n.nspname, c.relname), \
           pg_catalog.left(pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), {QUERY_WIDTH}) \
         from pg_catalog.unnest(pg_catalog.pg_blocking_pids({pid})) b(pid) \
         left join pg_catalog.pg_stat_activity a on a.pid = b.pid \
         left join pg_catalog.pg_locks w on w.pid = {pid} and not w.granted \
         left join pg_catalog.pg_locks h on h.pid = b.pid and h.locktype = w.locktype \
           and h.database is not distinct from w.database and h.relation is not distinct from w.relation \
           and h.transactionid is not distinct from w.transactionid \
           and h.virtualxid is not distinct from w.virtualxid \
           and h.classid is not distinct from w.classid and h.objid is not distinct from w.objid \
         left join pg_catalog.pg_class c on c.oid = w.relation \
         left join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         order by b.pid, h.granted desc nulls last, h.mode"
    );
    let rows = session.rows(&sql).await?;
    let blockers = rows.iter().map(|row| {
        let text = |at: usize| row.at(at).map(str::to_owned);
        Blocker {
            pid: row.at(0).and_then(|pid| pid.parse().ok()).unwrap_or_default(),
            application: text(1),
            user: text(2),
            state: text(3),
            age_seconds: row.at(4).and_then(|age| age.parse().ok()),
            lock_mode: text(5),
            // Without a relation the format is a dot alone.
            relation: text(6).filter(|name| name.len() > 1),
            query: text(7).filter(|query| !query.is_empty()),
        }
    });
    Ok(blockers.collect())
}
