//! The catalog read into the model: one query per kind, sent together on one connection.

use futures_util::future::try_join_all;

use super::{DatabaseError, Session};
use crate::model::ledger::{COMPANION_SCHEMA, COMPANION_TABLES, LedgerTable};
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

/// Every kind with the query that reads it. A new kind is a file and a line here.
///
/// A query returns `parent` and `name` as SQL writes them, perhaps `position`, and a column per property.
const QUERIES: [(ObjectKind, &str); 15] = [
    (ObjectKind::Schema, include_str!("queries/schemas.sql")),
    (ObjectKind::Extension, include_str!("queries/extensions.sql")),
    (ObjectKind::Enum, include_str!("queries/enums.sql")),
    (ObjectKind::Domain, include_str!("queries/domains.sql")),
    (ObjectKind::CompositeType, include_str!("queries/composite_types.sql")),
    (ObjectKind::Sequence, include_str!("queries/sequences.sql")),
    (ObjectKind::Table, include_str!("queries/tables.sql")),
    (ObjectKind::Column, include_str!("queries/columns.sql")),
    (ObjectKind::Constraint, include_str!("queries/constraints.sql")),
    (ObjectKind::Index, include_str!("queries/indexes.sql")),
    (ObjectKind::View, include_str!("queries/views.sql")),
    (ObjectKind::MaterializedView, include_str!("queries/materialized_views.sql")),
    (ObjectKind::Function, include_str!("queries/functions.sql")),
    (ObjectKind::Trigger, include_str!("queries/triggers.sql")),
    (ObjectKind::Policy, include_str!("queries/policies.sql")),
];

const NOT_COMPARED: &str = include_str!("queries/not_compared.sql");

/// Reads the structure of the database that a session is on, the ledger and its companions left out.
///
/// The session must have `pg_catalog` as its `search_path`, so that every name comes out in full.
/// Reads under the locks of plain `select` on the catalog; waits for nobody's table locks except in
/// definitions that the server writes out (`pg_get_viewdef` and its kin take ACCESS SHARE).
pub async fn read_schema(session: &Session, ledger: &LedgerTable) -> Result<Schema, DatabaseError> {
    let left_out = LeftOut::new(ledger);
    let tables = try_join_all(QUERIES.iter().map(|(_, sql)| session.rows(sql))).await?;
    let mut schema = Schema::default();
    for ((kind, _), rows) in QUERIES.iter().zip(tables) {
        for row in rows {
            let (id, object) = object(*kind, &row);
            if !left_out.contains(&id, &object) {
                schema.objects.insert(id, object);
            }
        }
    }
    for row in session.rows(NOT_COMPARED).await? {
        if let (Some(name), Some(number)) = (row.get("name"), row.get("number")) {
            schema.not_compared.insert(name.to_owned(), number.parse().unwrap_or(0));
        }
    }
    Ok(schema)
}

fn object(kind: ObjectKind, row: &super::session::Row) -> (ObjectId, Object) {
    let mut id = ObjectId { parent: String::new(), kind, name: String::new() };
    let mut object = Object::default();
    for (column, value) in row.columns() {
        let Some(value) = value else { continue };
        match column {
            "parent" => value.clone_into(&mut id.parent),
            "name" => value.clone_into(&mut id.name),
            "position" => object.position = value.parse().ok(),
            _ => {
                object.properties.insert(column.to_owned(), value.to_owned());
            }
        }
    }
    (id, object)
}

/// The ledger and the objects that tools keep beside it.
struct LeftOut {
    tables: Vec<String>,
    schema_prefix: String,
}

impl LeftOut {
    fn new(ledger: &LedgerTable) -> Self {
        let ledger = ledger.display();
        let public = COMPANION_TABLES.iter().map(|table| format!("public.{table}"));
        let tables = [ledger.clone(), format!("{ledger}_steps")].into_iter().chain(public).collect();
        Self { tables, schema_prefix: format!("{COMPANION_SCHEMA}.") }
    }

    fn contains(&self, id: &ObjectId, object: &Object) -> bool {
        let whole = if id.parent.is_empty() { &id.name } else { &id.parent };
        let owner = object.properties.get("owned_by").and_then(|column| column.rsplit_once('.'));
        self.is_ours(whole)
            || owner.is_some_and(|(table, _)| self.is_ours(table))
            || (id.kind == ObjectKind::Schema && id.name == COMPANION_SCHEMA)
    }

    /// The settings name the ledger without quotes, the catalog's names have them where SQL needs them.
    fn is_ours(&self, name: &str) -> bool {
        let name = name.replace('"', "");
        self.tables.contains(&name) || name.starts_with(&self.schema_prefix)
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::{NOT_COMPARED, ObjectKind, QUERIES};

    #[test]
    fn every_kind_has_a_query() {
        let kinds: Vec<ObjectKind> = QUERIES.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, ObjectKind::iter().collect::<Vec<_>>());
    }

    #[test]
    fn every_query_says_what_it_returns_and_names_relations_in_full() {
        for sql in QUERIES.iter().map(|(_, sql)| *sql).chain([NOT_COMPARED]) {
            assert!(sql.starts_with("-- ") && sql.contains("Server 1"), "{sql}");
            let bare = sql.split_whitespace().collect::<Vec<_>>();
            for pair in bare.windows(2).filter(|pair| matches!(pair[0], "from" | "join")) {
                let relation = pair[1];
                assert!(
                    relation.starts_with("pg_catalog.") || relation.starts_with('('),
                    "{relation} in {sql}"
                );
            }
        }
    }
}
