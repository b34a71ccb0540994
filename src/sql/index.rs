//! Indexes that are built while their table is written to.

use pg_query::NodeEnum;
use pg_query::protobuf::{RangeVar, ReindexObjectType};

use super::classify::has_option;
use crate::model::ident::{Ident, QualifiedName};

/// What a statement that builds indexes concurrently leaves behind, not valid, when it is interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftBehind {
    /// An index of this name on this table.
    Index(QualifiedName, Ident),
    /// Indexes with the server's endings, beside this index or on this table.
    Rebuilt(QualifiedName),
}

/// What `create index concurrently`, when it names its index, and `reindex … concurrently` leave behind.
pub fn left_behind(statement: &str) -> Option<LeftBehind> {
    let tree = pg_query::parse(statement, 0).ok()?;
    match tree.protobuf.stmts.into_iter().next()?.stmt?.node? {
        NodeEnum::IndexStmt(index) if index.concurrent && !index.idxname.is_empty() => {
            Some(LeftBehind::Index(name(index.relation?), Ident::new(index.idxname)))
        }
        NodeEnum::ReindexStmt(reindex) => {
            let of_one = matches!(
                reindex.kind(),
                ReindexObjectType::ReindexObjectIndex | ReindexObjectType::ReindexObjectTable
            );
            let is_concurrent = has_option(&reindex.params, "concurrently");
            (of_one && is_concurrent).then_some(LeftBehind::Rebuilt(name(reindex.relation?)))
        }
        _ => None,
    }
}

fn name(relation: RangeVar) -> QualifiedName {
    let schema = (!relation.schemaname.is_empty()).then(|| Ident::new(relation.schemaname));
    QualifiedName { schema, name: Ident::new(relation.relname) }
}
