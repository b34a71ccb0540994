//! The catalog read into the model: one query per kind, and one each for comments, owners with grants, and
//! dependencies, all sent at once over two connections.

mod assemble;
mod left_out;
mod prepared;
mod readers;
mod version;

use std::collections::BTreeMap;

use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _, select_all};

use self::assemble::Parts;
use self::left_out::LeftOut;
pub use self::prepared::Prepared;
use self::readers::Readers;
use super::{DatabaseError, Ledger, Session, SessionSettings, Target, beside_sessions};
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

/// What is read of objects of all kinds.
const COMMON: [(Answer, &str); 6] = [
    (Answer::Present, include_str!("../queries/present.sql")),
    (Answer::Catalogs, include_str!("../queries/catalogs.sql")),
    (Answer::Dependencies, include_str!("../queries/dependencies.sql")),
    (Answer::Properties, include_str!("../queries/comments.sql")),
    (Answer::Properties, include_str!("../queries/access.sql")),
    (Answer::NotCompared, include_str!("../queries/not_compared.sql")),
];

/// What the rows of a query are.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// Objects of a kind, in a catalog.
    Objects(ObjectKind, &'static str),
    /// What there is, so that queries for kinds of which there is nothing are not sent.
    Present,
    /// The names of the catalogs.
    Catalogs,
    /// Properties of objects of any kind.
    Properties,
    /// What depends on what.
    Dependencies,
    /// How many objects there are of kinds that no query reads.
    NotCompared,
}

impl Answer {
    /// Half of the work each, by what it took with a thousand tables: to write out an index or a constraint, the server
    /// puts together what it knows of its table, and that once for both.
    fn session(self, [first, second]: [&Session; 2]) -> &Session {
        match self {
            Self::Objects(ObjectKind::Index | ObjectKind::Constraint | ObjectKind::Table, _) => second,
            _ => first,
        }
    }
}

/// Reads the structure of the database that a session is on, the ledger and its companions left out.
///
/// Reads under the locks of plain `select` on the catalog; waits for nobody's table locks except in
/// definitions that the server writes out (`pg_get_viewdef` and its kin take ACCESS SHARE).
pub async fn read_schema(target: &Target, ledger: &LedgerTable) -> Result<Schema, DatabaseError> {
    beside_sessions(Box::pin(read_with_both(target.clone(), ledger.clone()))).await
}

async fn read_with_both(target: Target, ledger: LedgerTable) -> Result<Schema, DatabaseError> {
    let readers = Box::pin(Readers::open(&target)).await?;
    let schema = Box::pin(async {
        let server = about_server(readers.first()).await?;
        read([readers.first(), readers.second()], &ledger, server, None).await
    });
    let schema = schema.await;
    readers.close().await;
    schema
}

/// Reads the same on one session, with what its open transaction has done. Other SQL may have run in it before: it is
/// put back to how sessions are that look, which ends with the transaction or its savepoint. What was prepared is used
/// as long as it stands.
pub async fn read_schema_within(
    session: &Session,
    ledger: &LedgerTable,
    prepared: Option<&Prepared>,
) -> Result<Schema, DatabaseError> {
    let reset = session.reset_sql(&within()) + readers::SETTINGS;
    let prepared = match prepared {
        Some(prepared) if prepared.stand_after(&reset, session).await => Some(prepared),
        _ => {
            session.run(&reset).await?;
            None
        }
    };
    let server = match prepared {
        Some(prepared) => prepared.server,
        None => about_server(session).await?,
    };
    Box::pin(read([session, session], ledger, server, prepared)).await
}

/// How a session looks at what other SQL has done in it: what that has made in the session's own schema must not stand
/// for a name of ours.
fn within() -> SessionSettings {
    SessionSettings { search_path: Some("pg_catalog, pg_temp"), ..SessionSettings::reading() }
}

/// The server's version as a number, and whether the session has a superuser's rights.
async fn about_server(session: &Session) -> Result<(u32, bool), DatabaseError> {
    let server = session
        .value("select current_setting('server_version_num') || ' ' || current_setting('is_superuser')")
        .await?;
    let server = server.unwrap_or_default();
    let (number, superuser) = server.split_once(' ').unwrap_or_default();
    Ok((number.parse().unwrap_or(0), superuser == "on"))
}

async fn read(
    sessions: [&Session; 2],
    ledger: &LedgerTable,
    (server_version, superuser): (u32, bool),
    prepared: Option<&Prepared>,
) -> Result<Schema, DatabaseError> {
    let send = |(answer, sql): (Answer, &'static str)| -> BoxStream<'_, Result<_, DatabaseError>> {
        let execute = prepared.and_then(|prepared| prepared.execute(sql));
        let sql = execute.unwrap_or_else(|| version::for_server(sql, server_version, superuser));
        let session = answer.session(sessions);
        match answer {
            Answer::Present => stream::once(async move { Ok((answer, session.rows(&sql).await?)) }).boxed(),
            _ => session.rows_as_they_come(sql).map_ok(move |rows| (answer, rows)).boxed(),
        }
    };
    let kinds = || KINDS.iter().map(|(kind, class, sql)| (Answer::Objects(*kind, class), *sql));
    let wanted = |(_, sql): &(Answer, &'static str)| version::needed(sql).is_none();
    let first = COMMON.into_iter().chain(kinds()).filter(wanted);
    // All are sent at once, and taken in while the server works on others.
    let mut answers = select_all(first.map(send));
    let versions = match Ledger::by_schema(ledger) {
        Some(ledger) => ledger.versions(sessions[0]).await?,
        None => Vec::new(),
    };
    let mut parts = Parts::default();
    let mut not_compared = BTreeMap::new();
    while let Some((answer, rows)) = answers.try_next().await? {
        match answer {
            Answer::Objects(kind, class) => parts.add(kind, class, &rows),
            Answer::Present => {
                let present: Vec<&str> = rows.iter().filter_map(|row| row.at(0)).collect();
                let is_there =
                    |sql| version::needed(sql).is_some_and(|mut any| any.any(|one| present.contains(&one)));
                answers.extend(kinds().filter(|(_, sql)| is_there(sql)).map(send));
            }
            Answer::Catalogs => parts.know_catalogs(&rows),
            Answer::Properties => parts.attach(&rows),
            Answer::Dependencies => parts.relate(&rows),
            Answer::NotCompared => not_compared.extend(rows.iter().filter_map(|row| {
                Some((row.get("name")?.to_owned(), row.get("number")?.parse().unwrap_or(0)))
            })),
        }
    }
    Ok(Schema { server_version, not_compared, ..parts.finish(LeftOut::new(ledger, versions)) })
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

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::version::needed;
    use super::{COMMON, KINDS, ObjectKind};

    #[test]
    fn every_kind_has_a_query() {
        let kinds: Vec<ObjectKind> = KINDS.iter().map(|(kind, ..)| *kind).collect();
        assert_eq!(kinds, ObjectKind::iter().filter(|kind| !kind.is_facet()).collect::<Vec<_>>());
    }

    #[test]
    fn what_a_query_needs_is_what_there_may_be() {
        let (_, present) = COMMON[0];
        for word in KINDS.iter().filter_map(|(.., sql)| needed(sql)).flatten() {
            let catalog = word.split(' ').next().unwrap();
            assert!(present.contains(&format!("pg_catalog.{catalog} ")), "{word}");
        }
    }

    #[test]
    fn every_query_says_what_it_returns_and_names_relations_in_full() {
        for sql in KINDS.iter().map(|(.., sql)| *sql).chain(COMMON.map(|(_, sql)| sql)) {
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
