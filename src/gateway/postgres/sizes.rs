//! How large tables are.

use std::collections::BTreeMap;

use super::session::Row;
use super::{DatabaseError, Session};
use crate::model::estimate::TableSize;
use crate::model::ident::{Literal, QualifiedName};

/// The size of a table, partitions included, with its name in full; `None` when there is no such table on the
/// session's `search_path`. Counts nothing: rows are what the last `ANALYZE` wrote down.
pub async fn table_size(
    session: &Session,
    table: &QualifiedName,
) -> Result<Option<(String, TableSize)>, DatabaseError> {
    let sql = format!("{SIZE} where t.oid = pg_catalog.to_regclass({})", Literal::new(table.to_string()));
    Ok(session.rows(&sql).await?.first().map(size))
}

/// The sizes of the tables of a schema, by their names in full.
pub async fn table_sizes(
    session: &Session,
    schema: &str,
) -> Result<BTreeMap<String, TableSize>, DatabaseError> {
    let sql =
        format!("{SIZE} where n.nspname = {} and t.relkind in ('r', 'p', 'm', 'f')", Literal::new(schema));
    Ok(session.rows(&sql).await?.iter().map(size).collect())
}

fn size(row: &Row) -> (String, TableSize) {
    let number = |at: usize| row.at(at).and_then(|text| text.parse().ok());
    let size = TableSize {
        rows: number(1),
        table_bytes: number(2).unwrap_or_default(),
        index_bytes: number(3).unwrap_or_default(),
    };
    (row.at(0).unwrap_or_default().to_owned(), size)
}

/// A table without partitions has no partition tree and is its own leaf. -1 rows is a table that was never analyzed.
const SIZE: &str = "
    select pg_catalog.format('%I.%I', n.nspname, t.relname), s.row_count, s.table_bytes, s.index_bytes
    from pg_catalog.pg_class t
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    cross join lateral (
      select case when pg_catalog.min(l.reltuples) >= 0 then pg_catalog.sum(l.reltuples)::bigint end as row_count,
        pg_catalog.sum(pg_catalog.pg_table_size(l.oid))::bigint as table_bytes,
        pg_catalog.sum(pg_catalog.pg_indexes_size(l.oid))::bigint as index_bytes
      from pg_catalog.unnest(coalesce(
        (select pg_catalog.array_agg(p.relid::oid) from pg_catalog.pg_partition_tree(t.oid) p where p.isleaf),
        array[t.oid])) leaf(oid)
      join pg_catalog.pg_class l on l.oid = leaf.oid) s";
