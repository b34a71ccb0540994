//! Keys by whose ranges a table is gone through.

use super::{DatabaseError, Session};
use crate::model::ident::{Ident, Literal, QualifiedName};

/// A column with a unique index of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The column.
    pub column: Ident,
    /// Whether every row has a value.
    pub not_null: bool,
    /// Whether it is the primary key.
    pub is_primary: bool,
}

/// The keys of a table, the primary key first; `None` when there is no such table. An unqualified name is looked up
/// as the session would.
pub async fn keys(session: &Session, table: &QualifiedName) -> Result<Option<Vec<Key>>, DatabaseError> {
    let table = Literal::new(table.to_string());
    let there = session.value(&format!("select pg_catalog.to_regclass({table})::text")).await?;
    if there.is_none() {
        return Ok(None);
    }
    let rows = session
        .rows(&format!(
            "select a.attname, a.attnotnull, i.indisprimary from pg_catalog.pg_index i \
             join pg_catalog.pg_class c on c.oid = i.indexrelid \
             join pg_catalog.pg_am m on m.oid = c.relam and m.amname = 'btree' \
             join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] \
             where i.indrelid = pg_catalog.to_regclass({table}) and i.indisunique and i.indisvalid \
               and i.indimmediate and i.indnkeyatts = 1 and i.indpred is null and i.indexprs is null \
             order by i.indisprimary desc, a.attnum"
        ))
        .await?;
    let key = |row: &super::session::Row| Key {
        column: Ident::new(row.at(0).unwrap_or_default()),
        not_null: row.at(1) == Some("t"),
        is_primary: row.at(2) == Some("t"),
    };
    Ok(Some(rows.iter().map(key).collect()))
}
