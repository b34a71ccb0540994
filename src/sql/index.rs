//! Indexes that are built while their table is written to.

use pg_query::NodeEnum;

use crate::model::ident::{Ident, QualifiedName};

/// The table and the index of a `create index concurrently` that names its index.
pub fn concurrent_index(statement: &str) -> Option<(QualifiedName, Ident)> {
    let tree = pg_query::parse(statement, 0).ok()?;
    let node = tree.protobuf.stmts.into_iter().next()?.stmt?.node?;
    let NodeEnum::IndexStmt(index) = node else { return None };
    if !index.concurrent || index.idxname.is_empty() {
        return None;
    }
    let table = index.relation?;
    let schema = (!table.schemaname.is_empty()).then(|| Ident::new(table.schemaname));
    Some((QualifiedName { schema, name: Ident::new(table.relname) }, Ident::new(index.idxname)))
}
