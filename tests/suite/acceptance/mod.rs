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

mod claims;
mod dump;
mod lab;
mod row;

use std::collections::BTreeSet;

use futures_util::StreamExt as _;

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
    aggregates,
    columns,
    composite_types,
    constraints,
    domains,
    enums,
    extensions,
    functions,
    indexes,
    inheritance,
    materialized_views,
    partitions,
    schemas,
    sequences,
    tables,
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
