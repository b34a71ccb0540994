//! How far the replicas of a server are.

use super::{DatabaseError, Session};
use crate::model::ident::Literal;
use crate::model::replica::Replica;

/// Where the server's log ends now.
pub async fn end_of_log(session: &Session) -> Result<String, DatabaseError> {
    let end = session.value("select pg_catalog.pg_current_wal_lsn()::text").await?;
    Ok(end.unwrap_or_default())
}

/// Whether the role sees how far replicas are.
pub async fn sees_replicas(session: &Session) -> Result<bool, DatabaseError> {
    let sql = "select pg_catalog.pg_has_role('pg_read_all_stats', 'usage')";
    Ok(session.value(sql).await?.as_deref() == Some("t"))
}

/// The replicas, physical and logical, that have not replayed the log up to a place, and those that are expected (they
/// have a slot) and not connected.
pub async fn replicas_behind(session: &Session, place: &str) -> Result<Vec<Replica>, DatabaseError> {
    let place = Literal::new(place);
    // Who only receives, and replays nothing, is as far as what it has written.
    let rows = session
        .rows(&format!(
            "select r.application_name, pg_catalog.pg_wal_lsn_diff({place}, coalesce(r.replay_lsn, r.flush_lsn)) \
             from pg_catalog.pg_stat_replication r \
             where coalesce(r.replay_lsn, r.flush_lsn, '0/0') < {place}::pg_catalog.pg_lsn \
             union all \
             select s.slot_name, null from pg_catalog.pg_replication_slots s \
             where not s.active and not s.temporary and s.restart_lsn is not null \
             order by 1"
        ))
        .await?;
    Ok(rows
        .iter()
        .map(|row| Replica {
            name: row.at(0).unwrap_or_default().to_owned(),
            behind_bytes: row.at(1).and_then(|bytes| bytes.parse().ok()),
        })
        .collect())
}
