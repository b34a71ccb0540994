//! What a database was built from, as it says itself.
//!
//! One row in the schema that the tool keeps beside the ledger: comparisons leave that schema out, a copy of the
//! database has it too, and a dump restores it with the structure that it speaks of.

use super::{DatabaseError, Session};
use crate::model::ident::{Ident, Literal};
use crate::model::ledger::COMPANION_SCHEMA;

/// The stamp's table, in the companion schema.
const TABLE: &str = "build";

/// What is in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// Nothing but what every new database has, and extensions.
    Nothing,
    /// What was built from files with this hash.
    Built(String),
    /// Something else.
    Other,
}

/// Looks at what is in the session's database.
pub async fn contents(session: &Session) -> Result<Contents, DatabaseError> {
    let table = format!("{}.{}", Ident::new(COMPANION_SCHEMA), Ident::new(TABLE));
    let stamped = format!("select pg_catalog.to_regclass({}) is not null", Literal::new(&table));
    if session.value(&stamped).await?.as_deref() == Some("t") {
        let hash = session.value(&format!("select hash from {table}")).await?;
        return Ok(hash.map_or(Contents::Other, Contents::Built));
    }
    let other = session.value(OTHER).await?.as_deref() == Some("t");
    Ok(if other { Contents::Other } else { Contents::Nothing })
}

/// What somebody made: its number is not one of those that a new cluster gives, and no extension brought it.
const OTHER: &str = "
    select exists (
      select 1
      from (
        select 'pg_catalog.pg_class'::regclass as class, c.oid from pg_catalog.pg_class c
        where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't'
        union all
        select 'pg_catalog.pg_proc'::regclass, p.oid from pg_catalog.pg_proc p
        union all
        select 'pg_catalog.pg_type'::regclass, t.oid from pg_catalog.pg_type t
        where t.typtype in ('d', 'e', 'r') or (t.typtype = 'b' and t.typcategory <> 'A')
        union all
        select 'pg_catalog.pg_namespace'::regclass, n.oid from pg_catalog.pg_namespace n
        where n.nspname <> 'public' and n.nspname not like 'pg\\_%'
      ) made
      where made.oid >= 16384
        and not exists (
          select 1 from pg_catalog.pg_depend d
          where d.classid = made.class and d.objid = made.oid and d.deptype = 'e'))";

/// SQL that writes down what the database was built from, over what was written before.
#[must_use]
pub fn stamp_sql(hash: &str) -> String {
    let schema = Ident::new(COMPANION_SCHEMA);
    let table = format!("{schema}.{}", Ident::new(TABLE));
    format!(
        "create schema if not exists {schema}; \
         create table if not exists {table} \
           (hash text not null, built_at timestamptz not null default pg_catalog.now()); \
         delete from {table}; insert into {table} (hash) values ({});",
        Literal::new(hash)
    )
}
