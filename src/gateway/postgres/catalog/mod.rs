//! The catalog read into the model: one query per kind, and one each for comments, owners with grants, and
//! dependencies, all sent together on one connection.

mod assemble;
mod left_out;
mod version;

use futures_util::stream::{FuturesOrdered, Stream, StreamExt as _};

use self::assemble::Parts;
use self::left_out::LeftOut;
use super::session::Row;
use super::{DatabaseError, Session};
use crate::model::ledger::LedgerTable;
use crate::model::schema::{ObjectKind, Schema};

/// Every kind with the catalog that its objects stand in and the query that reads it. A new kind is a file and a line.
///
/// A query returns `oid` (and `subid` for a part that has no row of its own, `class` where the catalog is not the kind's),
/// `parent` and `name` as SQL writes them, perhaps `position`, and a column per property. Comments, owners, grants and dependencies are attached here.
const KINDS: [(ObjectKind, &str, &str); 44] = [
    (ObjectKind::Schema, "pg_namespace", include_str!("../queries/schemas.sql")),
    (ObjectKind::Extension, "pg_extension", include_str!("../queries/extensions.sql")),
    (ObjectKind::Language, "pg_language", include_str!("../queries/languages.sql")),
    (ObjectKind::AccessMethod, "pg_am", include_str!("../queries/access_methods.sql")),
    (ObjectKind::Collation, "pg_collation", include_str!("../queries/collations.sql")),
    (ObjectKind::Enum, "pg_type", include_str!("../queries/enums.sql")),
    (ObjectKind::Domain, "pg_type", include_str!("../queries/domains.sql")),
    (ObjectKind::CompositeType, "pg_type", include_str!("../queries/composite_types.sql")),
    (ObjectKind::RangeType, "pg_type", include_str!("../queries/range_types.sql")),
    (ObjectKind::BaseType, "pg_type", include_str!("../queries/base_types.sql")),
    (ObjectKind::Sequence, "pg_class", include_str!("../queries/sequences.sql")),
    (ObjectKind::Table, "pg_class", include_str!("../queries/tables.sql")),
    (ObjectKind::ForeignTable, "pg_class", include_str!("../queries/foreign_tables.sql")),
    (ObjectKind::Column, "pg_class", include_str!("../queries/columns.sql")),
    (ObjectKind::Constraint, "pg_constraint", include_str!("../queries/constraints.sql")),
    (ObjectKind::Index, "pg_class", include_str!("../queries/indexes.sql")),
    (ObjectKind::View, "pg_class", include_str!("../queries/views.sql")),
    (ObjectKind::MaterializedView, "pg_class", include_str!("../queries/materialized_views.sql")),
    (ObjectKind::Function, "pg_proc", include_str!("../queries/functions.sql")),
    (ObjectKind::Aggregate, "pg_proc", include_str!("../queries/aggregates.sql")),
    (ObjectKind::Operator, "pg_operator", include_str!("../queries/operators.sql")),
    (ObjectKind::OperatorFamily, "pg_opfamily", include_str!("../queries/operator_families.sql")),
    (ObjectKind::OperatorClass, "pg_opclass", include_str!("../queries/operator_classes.sql")),
    (ObjectKind::Cast, "pg_cast", include_str!("../queries/casts.sql")),
    (ObjectKind::Conversion, "pg_conversion", include_str!("../queries/conversions.sql")),
    (ObjectKind::Transform, "pg_transform", include_str!("../queries/transforms.sql")),
    (ObjectKind::Trigger, "pg_trigger", include_str!("../queries/triggers.sql")),
    (ObjectKind::Policy, "pg_policy", include_str!("../queries/policies.sql")),
    (ObjectKind::Rule, "pg_rewrite", include_str!("../queries/rules.sql")),
    (ObjectKind::EventTrigger, "pg_event_trigger", include_str!("../queries/event_triggers.sql")),
    (
        ObjectKind::ForeignDataWrapper,
        "pg_foreign_data_wrapper",
        include_str!("../queries/foreign_data_wrappers.sql"),
    ),
    (ObjectKind::ForeignServer, "pg_foreign_server", include_str!("../queries/foreign_servers.sql")),
    (ObjectKind::UserMapping, "pg_user_mapping", include_str!("../queries/user_mappings.sql")),
    (ObjectKind::Publication, "pg_publication", include_str!("../queries/publications.sql")),
    (ObjectKind::PublicationTable, "pg_publication_rel", include_str!("../queries/publication_tables.sql")),
    (
        ObjectKind::PublicationSchema,
        "pg_publication_namespace",
        include_str!("../queries/publication_schemas.sql"),
    ),
    (ObjectKind::Subscription, "pg_subscription", include_str!("../queries/subscriptions.sql")),
    (ObjectKind::Statistics, "pg_statistic_ext", include_str!("../queries/statistics.sql")),
    (ObjectKind::TextSearchParser, "pg_ts_parser", include_str!("../queries/text_search_parsers.sql")),
    (ObjectKind::TextSearchTemplate, "pg_ts_template", include_str!("../queries/text_search_templates.sql")),
    (ObjectKind::TextSearchDictionary, "pg_ts_dict", include_str!("../queries/text_search_dictionaries.sql")),
    (
        ObjectKind::TextSearchConfiguration,
        "pg_ts_config",
        include_str!("../queries/text_search_configurations.sql"),
    ),
    (ObjectKind::Privileges, "pg_init_privs", include_str!("../queries/privileges.sql")),
    (ObjectKind::DefaultPrivileges, "pg_default_acl", include_str!("../queries/default_privileges.sql")),
];

/// What is read of objects of all kinds: dependencies, comments, owners with grants, and what no query reads.
const COMMON: [&str; 4] = [
    include_str!("../queries/dependencies.sql"),
    include_str!("../queries/comments.sql"),
    include_str!("../queries/access.sql"),
    include_str!("../queries/not_compared.sql"),
];

/// Reads the structure of the database that a session is on, the ledger and its companions left out.
///
/// The session must have `pg_catalog` as its `search_path`, so that every name comes out in full.
/// Reads under the locks of plain `select` on the catalog; waits for nobody's table locks except in
/// definitions that the server writes out (`pg_get_viewdef` and its kin take ACCESS SHARE).
pub async fn read_schema(session: &Session, ledger: &LedgerTable) -> Result<Schema, DatabaseError> {
    let server = session
        .value("select current_setting('server_version_num') || ' ' || current_setting('is_superuser')")
        .await?;
    let server = server.unwrap_or_default();
    let (number, superuser) = server.split_once(' ').unwrap_or_default();
    let server_version = number.parse().unwrap_or(0);
    let for_server = |sql| version::for_server(sql, server_version, superuser == "on");
    let common = COMMON.map(for_server);
    let kinds = KINDS.map(|(_, _, sql)| for_server(sql));
    // All are sent at once, and taken in while the server works on the next.
    let mut answers: FuturesOrdered<_> = common.iter().chain(&kinds).map(|sql| session.rows(sql)).collect();
    let mut parts = Parts::default();
    parts.relate(&next(&mut answers).await?);
    parts.attach(&next(&mut answers).await?);
    parts.attach(&next(&mut answers).await?);
    let not_compared = next(&mut answers).await?;
    for (kind, class, _) in &KINDS {
        parts.add(*kind, class, &next(&mut answers).await?);
    }
    let mut schema = parts.finish();
    schema.server_version = server_version;
    LeftOut::new(ledger).remove_from(&mut schema);
    for row in not_compared {
        if let (Some(name), Some(number)) = (row.get("name"), row.get("number")) {
            schema.not_compared.insert(name.to_owned(), number.parse().unwrap_or(0));
        }
    }
    Ok(schema)
}

/// The properties that servers of a newer major version tell and those of an older one do not.
#[must_use]
pub fn properties_between(older: u32, newer: u32) -> Vec<(ObjectKind, &'static str)> {
    let new = |major: u32| older < major && major <= newer;
    KINDS
        .iter()
        .flat_map(|(kind, _, sql)| {
            version::properties_since(sql).map(move |(name, major)| (*kind, name, major))
        })
        .filter(|(_, _, major)| new(*major))
        .map(|(kind, name, _)| (kind, name))
        .collect()
}

/// The next query's rows.
async fn next(
    answers: &mut (impl Stream<Item = Result<Vec<Row>, DatabaseError>> + Unpin),
) -> Result<Vec<Row>, DatabaseError> {
    answers.next().await.unwrap_or_else(|| Ok(Vec::new()))
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::{COMMON, KINDS, ObjectKind};

    #[test]
    fn every_kind_has_a_query() {
        let kinds: Vec<ObjectKind> = KINDS.iter().map(|(kind, ..)| *kind).collect();
        assert_eq!(kinds, ObjectKind::iter().filter(|kind| !kind.is_facet()).collect::<Vec<_>>());
    }

    #[test]
    fn every_query_says_what_it_returns_and_names_relations_in_full() {
        for sql in KINDS.iter().map(|(.., sql)| *sql).chain(COMMON) {
            assert!(sql.starts_with("-- ") && sql.contains("Server 1"), "{sql}");
            let own: Vec<&str> = sql.split_whitespace().collect();
            let own = |name: &str| own.windows(2).any(|pair| pair[0] == name && pair[1] == "as");
            let bare = sql
                .lines()
                .filter(|line| !line.trim_start().starts_with("--"))
                .collect::<Vec<_>>()
                .join("\n");
            let bare = bare.split_whitespace().collect::<Vec<_>>();
            let is_relation = |words: &&[&str]| matches!(words[1], "from" | "join") && words[0] != "distinct";
            for relation in bare.windows(3).filter(is_relation).map(|words| words[2]) {
                assert!(
                    relation.starts_with("pg_catalog.")
                        || relation.starts_with('(')
                        || relation == "lateral"
                        || own(relation),
                    "{relation} in {sql}"
                );
            }
        }
    }
}
