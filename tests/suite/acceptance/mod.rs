//! The acceptance table of the structural diff: `tests/acceptance/`, a file per kind of object, a row per case.
//!
//! Of each row it is asked that the plan is well formed, has the expected hazards, applies, ends in what
//! `pg_dump` and the catalog say of the other side, leaves a second plan empty, and that the way back leads back.
//!
//! | variable | meaning |
//! |---|---|
//! | `ACCEPTANCE_ROW=words` | only rows whose name contains these words |
//! | `ACCEPTANCE_BUILD_ONLY=1` | only that both sides build, and differ unless they are said to be the same |
//! | `ACCEPTANCE_MAJOR=18` | the server that rows run on which name none |

mod chains;
mod claims;
mod dump;
mod lab;
mod property;
mod random;
mod row;

use std::collections::BTreeSet;

use confiture::model::schema::ObjectKind;
use futures_util::StreamExt as _;
use strum::IntoEnumIterator as _;

use crate::support::MAJOR;
use lab::Lab;
use row::Row;

/// The server for rows that need a newer one than the others.
const NEWEST: u32 = 18;

/// Rows of one file that are tried at the same time, each in databases of its own.
const AT_ONCE: usize = 2;

/// One test per file, so that failures are told per kind.
macro_rules! files {
    ($($file:ident),* $(,)?) => {
        const FILES: &[&str] = &[$(stringify!($file)),*];

        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $file() {
                check(stringify!($file)).await;
            }
        )*
    };
}

files!(
    access_methods,
    aggregates,
    base_types,
    casts,
    collations,
    columns,
    comments,
    composite_types,
    constraints,
    conversions,
    default_privileges,
    domains,
    enums,
    event_triggers,
    extensions,
    foreign_data,
    functions,
    grants,
    indexes,
    inheritance,
    languages,
    materialized_views,
    mixed,
    online,
    operator_classes,
    operators,
    owners,
    partitions,
    policies,
    publications,
    range_types,
    renames,
    rules,
    schemas,
    sequences,
    statistics,
    subscriptions,
    tables,
    text_search,
    transforms,
    triggers,
    typed_tables,
    views,
);

#[test]
fn every_file_is_tried() {
    assert_eq!(
        row::files().iter().map(String::as_str).collect::<BTreeSet<_>>(),
        FILES.iter().copied().collect()
    );
}

/// Kinds whose rows are in a file that is not called as they are.
const ELSEWHERE: [(&str, &str); 8] = [
    ("foreign_data_wrapper", "foreign_data"),
    ("foreign_server", "foreign_data"),
    ("foreign_table", "foreign_data"),
    ("user_mapping", "foreign_data"),
    ("operator_family", "operator_classes"),
    ("publication_table", "publications"),
    ("publication_schema", "publications"),
    ("privileges", "grants"),
];

/// The file that has the rows of a kind.
fn file_of(kind: &str) -> Option<&'static str> {
    let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == kind).map(|(_, file)| *file);
    let stem = kind.strip_suffix('y').map_or_else(|| kind.to_owned(), |stem| format!("{stem}ie"));
    let named = |file: &&str| {
        let called = [kind.to_owned(), format!("{kind}s"), format!("{kind}es"), format!("{stem}s")];
        called.iter().any(|name| name == file) || kind.starts_with("text_search") && **file == *"text_search"
    };
    elsewhere.or_else(|| FILES.iter().copied().find(named))
}

#[test]
fn every_kind_has_rows_that_add_drop_alter_and_change_nothing() {
    for kind in ObjectKind::iter().filter(|kind| !kind.is_facet()) {
        let kind = kind.to_string();
        assert!(file_of(&kind).is_some(), "tests/acceptance has no file for the kind {kind}");
    }
    for file in FILES.iter().filter(|file| !["mixed", "online", "owners", "renames"].contains(file)) {
        let rows = row::rows(file);
        let has = |sort: &str, is: &dyn Fn(&Row) -> bool| {
            assert!(rows.iter().any(is), "{file}.yaml has no row where {sort}");
        };
        has("something is added", &|row| !row.same && (row.old.is_empty() || row.name.contains(" added")));
        has("something is dropped", &|row| {
            !row.same && (row.new.is_empty() || row.name.contains(" dropped"))
        });
        has("something is altered", &|row| !row.same && !row.old.is_empty() && !row.new.is_empty());
        has("nothing changes", &|row| row.same);
    }
}

#[test]
fn there_are_as_many_rows_as_were_promised() {
    let number: usize = FILES.iter().map(|file| row::rows(file).len()).sum();
    assert!(number >= 400, "{number} rows");
}

#[track_caller]
fn flag(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Tries the rows of a file and tells of all that do not hold.
async fn check(file: &str) {
    let wanted = flag("ACCEPTANCE_ROW").unwrap_or_default();
    let default: u32 = flag("ACCEPTANCE_MAJOR").map_or(MAJOR, |major| major.parse().unwrap());
    let rows: Vec<Row> = row::rows(file).into_iter().filter(|row| row.name.contains(&wanted)).collect();
    let (newer, plain): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.servers.is_some_and(|lowest| lowest > default));
    let tried = newer.len() + plain.len();
    let mut failures = Vec::new();
    for (major, rows) in [(default, plain), (NEWEST, newer)] {
        if !rows.is_empty() {
            failures.extend(run(file, major, &rows).await);
        }
    }
    println!("{file}: {} of {tried} rows hold", tried - failures.len());
    assert!(failures.is_empty(), "{} of {tried} rows do not hold\n\n{}", failures.len(), failures.join("\n"));
}

async fn run(file: &str, major: u32, rows: &[Row]) -> Vec<String> {
    let only_build = flag("ACCEPTANCE_BUILD_ONLY").is_some();
    let lab = Lab::start(major).await;
    let tries = rows.iter().map(async |row| {
        let ended = claims::hold(&lab, row, only_build).await;
        ended.err().map(|fault| format!("━━ {file}.yaml on {major}: {}\n{fault}", row.name))
    });
    let failures = futures_util::stream::iter(tries).buffered(AT_ONCE).collect::<Vec<_>>().await;
    lab.stop().await;
    failures.into_iter().flatten().collect()
}
