//! Real chains: the schema after each migration of two public projects, as pairs of neighbours and from nothing
//! to the last one.

use std::path::PathBuf;

use futures_util::StreamExt as _;

use super::claims::{Side, there_and_back};
use super::lab::Lab;
use super::{AT_ONCE, flag};
use crate::support::MAJOR;

/// The files of a directory in order.
fn migrations(variable: &str, below: &str) -> Vec<String> {
    let directory = std::env::var_os(variable).map(PathBuf::from);
    let directory =
        directory.unwrap_or_else(|| panic!("{variable} is not set: run scripts/test")).join(below);
    let entries = directory.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "sql")).collect();
    files.sort();
    files.iter().map(|file| fs_err::read_to_string(file).unwrap()).collect()
}

async fn check(chain: &[String]) {
    let lab = Lab::start(MAJOR).await;
    let neighbours = (0..chain.len()).map(|number| (number, number + 1));
    let pairs = neighbours.chain([(0, chain.len())]);
    let tries = pairs.map(async |(from, to)| {
        let ended = pair(&lab, &chain[..from], &chain[..to]).await;
        ended.err().map(|fault| format!("━━ from {from} migrations to {to}\n{fault}"))
    });
    let ended = futures_util::stream::iter(tries).buffered(AT_ONCE).collect::<Vec<_>>().await;
    lab.stop().await;
    let failures: Vec<String> = ended.into_iter().flatten().collect();
    assert!(failures.is_empty(), "{} of {} pairs\n{}", failures.len(), chain.len() + 1, failures.join("\n"));
}

async fn pair(lab: &Lab, from: &[String], to: &[String]) -> Result<(), String> {
    let old = Side::of(lab, "old", lab.build_chain(from).await).await?;
    let new = Side::of(lab, "new", lab.build_chain(to).await).await?;
    let ended = if flag("ACCEPTANCE_BUILD_ONLY").is_some() {
        Ok(())
    } else {
        there_and_back(lab, &old, &new, false).await.map(|_| ())
    };
    lab.remove(&old.database).await;
    lab.remove(&new.database).await;
    ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_of_procrastinate_is_found() {
    check(&migrations("CONFITURE_TEST_PROCRASTINATE", "migrations")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_of_graphile_worker_is_found() {
    // What its own migrator does before and to each file.
    let own = "create schema graphile_worker;\n\
               create table graphile_worker.migrations (id int primary key, ts timestamptz default now() not null);";
    let mut chain = vec![own.to_owned()];
    for text in migrations("CONFITURE_TEST_GRAPHILE_WORKER", "") {
        chain.push(text.replace(":GRAPHILE_WORKER_SCHEMA", "graphile_worker"));
    }
    check(&chain).await;
}
