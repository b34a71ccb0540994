//! sql-migrate: one file with both ways. <https://github.com/rubenv/sql-migrate#writing-migrations>

use super::sections::{Mark, comment, cut};
use super::sight::{Sight, Sign, USUAL, certain};
use super::{Content, Layout, LayoutOptions, is_sql, migration, numbered};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::SqlMigrate, depth: 0, is_file: is_sql, sign, read };

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, path) = sight.marked(&USUAL, |line| mark(line).is_some())?;
    Some(certain(directory, format!("{path} says `-- +migrate Up`")))
}

fn mark(line: &str) -> Option<Mark> {
    let words = comment(line)?;
    let [first, way, options @ ..] = words.as_slice() else { return None };
    let no_transaction = options.iter().any(|option| option.eq_ignore_ascii_case("notransaction"));
    match (*first, way.to_lowercase().as_str()) {
        ("+migrate", "up") => Some(Mark::Up { no_transaction }),
        ("+migrate", "down") => Some(Mark::Down { no_transaction }),
        _ => None,
    }
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = MigrationFiles::default();
    for file in files {
        let stem = file.name().strip_suffix(".sql").unwrap_or_default().to_owned();
        // Its ledger has whole file names: one without a number is as good.
        let (version, name) = numbered(&stem).unwrap_or((&stem, ""));
        let ways = cut(file, Tool::SqlMigrate, "-- +migrate Up", mark)?;
        found.migrations.push(migration(version, name, ways.up, ways.down));
    }
    Ok(found)
}
