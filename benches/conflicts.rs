//! How fast open branches are tried against each other: `cargo bench --bench conflicts`, on fewer of them with
//! `-- 10`.
//!
//! Needs PostgreSQL's server binaries. Says what was measured; judges nothing, since a busy machine is no fault.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for developers, which hands its environment down and ends where it cannot go on"
)]

#[allow(dead_code, reason = "one run of a minute is measured once, and nothing is compared")]
mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use common::say;
use confiture::gateway::files::assemble;
use confiture::model::conflict::{Matrix, Verdict};
use confiture::operation::conflict::{Base, Branch, Kept, Limits, check};
use confiture::operation::project::ProjectOptions;

const BRANCHES: usize = 50;
const TABLES: usize = 50;

fn main() {
    let asked = std::env::args().find_map(|argument| argument.parse().ok());
    let number = asked.unwrap_or(BRANCHES);
    let work = tempfile::tempdir().unwrap();
    let directory = Utf8PathBuf::from_path_buf(work.path().to_owned()).unwrap();
    std::fs::create_dir_all(directory.join("db/migrations")).unwrap();
    for table in 0..TABLES {
        std::fs::write(directory.join(format!("db/migrations/{:03}_t.up.sql", table + 1)), base(table))
            .unwrap();
    }
    let variables = std::env::vars().collect();
    let project =
        ProjectOptions { directory, env: "local".to_owned(), variables, ..ProjectOptions::default() };
    let limits = Limits { whole: Duration::from_mins(30), ..Limits::default() };
    let kept = Arc::new(Kept::new(1));
    let base = Base { project, limits, kept: kept.clone(), ..Base::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let run = |branches: &[Branch], known: &Matrix| {
        let checked = check(base.clone(), branches.to_owned(), known.clone());
        let begun = Instant::now();
        let matrix = runtime.block_on(checked).unwrap();
        (begun.elapsed(), matrix)
    };
    // The base is laid and kept.
    run(&[branch(0, 0)], &Matrix::default());
    let mut branches: Vec<Branch> = (0..number).map(|place| branch(place, 0)).collect();
    // From cold: no server runs.
    runtime.block_on(kept.close_idle(Duration::ZERO));
    let (cold, matrix) = run(&branches, &Matrix::default());
    let mut verdicts: BTreeMap<Verdict, usize> = BTreeMap::new();
    matrix.pairs.iter().for_each(|pair| *verdicts.entry(pair.verdict).or_default() += 1);
    println!(
        "{} pairs of {number} branches with three migrations on {TABLES} tables: {verdicts:?}",
        matrix.pairs.len()
    );
    say("all pairs, nothing known", cold, "at most 60 s for 50 branches");
    branches[number / 2] = branch(number / 2, 1);
    let (pushed, matrix) = run(&branches, &matrix);
    say(
        &format!("one branch pushed, {} pairs judged anew", matrix.judged),
        pushed,
        "at most 2 s for 50 branches",
    );
    let (nothing, _) = run(&branches, &matrix);
    say("nothing pushed", nothing, "no figure wanted");
    runtime.block_on(kept.close_idle(Duration::ZERO));
}

/// Seven columns, an index, a check and a foreign key to the table before.
fn base(table: usize) -> String {
    let reference = if table == 0 { String::new() } else { format!(" references t{} (id)", table - 1) };
    format!(
        "create table t{table} (id bigint generated always as identity primary key, previous bigint{reference}, \
         name text not null default 'x', amount numeric(12,2) check (amount >= 0), seen timestamptz default now(), \
         data jsonb, a int);\ncreate index t{table}_name on t{table} (name);\n"
    )
}

/// A column, an index and a view with a function; every tenth changes what its neighbour has to do with.
fn branch(place: usize, push: usize) -> Branch {
    let (table, version) = (place % TABLES, 1000 + place * 3);
    let near = if place % 10 == 9 { table - 1 } else { table };
    let texts = [
        format!("alter table t{table} add column c{place} int default {push};"),
        format!(
            "create index i{place} on t{near} (a, name);\nalter table t{near} alter column a set default {place};"
        ),
        format!(
            "create view v{place} as select id, name from t{table};\n\
             create function f{place}() returns bigint language sql as 'select count(*) from t{table}';"
        ),
    ];
    let files = texts
        .into_iter()
        .enumerate()
        .map(|(step, text)| (format!("db/migrations/{}_b.up.sql", version + step).into(), text.into_bytes()));
    Branch {
        id: format!("#{place}"),
        title: String::new(),
        url: String::new(),
        migrations: assemble(files.collect()).unwrap().migrations,
        unreadable: None,
    }
}
