//! The queries prepared in a session that reads again and again, between SQL of others.
//!
//! To understand such a query and to plan it takes the server longer than to run it.

use std::collections::BTreeMap;

use super::version::for_server;
use super::{COMMON, KINDS, about_server, readers, within};
use crate::gateway::postgres::session::Row;
use crate::gateway::postgres::{DatabaseError, Session};
use crate::model::ident::Ident;

/// Tells prepared statements apart in a way that no SQL can imitate: not by names and texts, which anybody can give to
/// others, but by when they were prepared. No operator is in it, as these can be made, too.
const PREPARED: &str =
    "select s.name, pg_catalog.date_part('epoch', s.prepare_time) from pg_catalog.pg_prepared_statements s";

/// The queries that are sent at every reading, as one session has prepared them.
#[derive(Debug)]
pub struct Prepared {
    /// The statements' names by the queries' texts.
    names: BTreeMap<&'static str, String>,
    pub(super) server: (u32, bool),
    /// What there was when they were prepared.
    standing: Vec<String>,
}

impl Prepared {
    /// Prepares them, and gives up what else the session has prepared.
    pub async fn make(session: &Session) -> Result<Self, DatabaseError> {
        session.run(&(session.reset_sql(&within()) + readers::SETTINGS)).await?;
        session.run("deallocate all").await?;
        let server = about_server(session).await?;
        let all = COMMON.iter().map(|(_, sql)| *sql).chain(KINDS.iter().map(|(_, _, sql)| *sql));
        let names: BTreeMap<&str, String> = all
            .enumerate()
            .map(|(number, sql)| (sql, Ident::new(format!("confiture read {number}")).to_string()))
            .collect();
        for (sql, name) in &names {
            let query = for_server(sql, server.0, server.1);
            // Each in a message of its own: a statement keeps the whole text that it came in, and the list of them all
            // is asked for again and again.
            session.run(&format!("prepare {name} as {}", query.trim_end().trim_end_matches(';'))).await?;
        }
        Ok(Self { names, server, standing: standing("", session).await? })
    }

    /// Whether they stand as they were prepared, and nothing beside them, after SQL that returns no rows.
    pub async fn stand_after(&self, sql: &str, session: &Session) -> bool {
        standing(sql, session).await.is_ok_and(|now| now == self.standing)
    }

    /// What runs a query.
    pub(super) fn execute(&self, sql: &str) -> Option<String> {
        self.names.get(sql).map(|name| format!("execute {name}"))
    }
}

async fn standing(sql: &str, session: &Session) -> Result<Vec<String>, DatabaseError> {
    let rows = session.rows(&format!("{sql}{PREPARED}")).await?;
    let line = |row: &Row| format!("{} {}", row.at(0).unwrap_or_default(), row.at(1).unwrap_or_default());
    let mut standing: Vec<String> = rows.iter().map(line).collect();
    standing.sort_unstable();
    Ok(standing)
}
