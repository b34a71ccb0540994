//! dbmate: one file with both ways. <https://github.com/amacneil/dbmate#creating-migrations>

use super::sections::{Mark, cut};
use super::sight::{Sight, Sign, USUAL, certain};
use super::{Content, Layout, LayoutOptions, is_sql, migration, numbered};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Dbmate, depth: 0, is_file: is_sql, sign, read };

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, path) = sight.marked(&USUAL, |line| mark(line).is_some())?;
    Some(certain(directory, format!("{path} says `-- migrate:up`")))
}

pub(super) fn mark(line: &str) -> Option<Mark> {
    let rest = line.strip_prefix("--")?.trim_start().strip_prefix("migrate:")?;
    let mut words = rest.split_whitespace();
    let way = words.next()?;
    let no_transaction = words.any(|word| word == "transaction:false");
    match way {
        "up" => Some(Mark::Up { no_transaction }),
        "down" => Some(Mark::Down { no_transaction }),
        _ => None,
    }
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = MigrationFiles::default();
    for file in files {
        let stem = file.name().strip_suffix(".sql").unwrap_or_default().to_owned();
        let Some((version, name)) = numbered(&stem) else {
            found.unversioned.push(file.path);
            continue;
        };
        let ways = cut(file, Tool::Dbmate, "-- migrate:up", mark)?;
        found.migrations.push(migration(version, name, ways.up, ways.down));
    }
    Ok(found)
}
