//! node-pg-migrate's SQL files: one with both ways, or one for each.
//! <https://salsita.github.io/node-pg-migrate/migrations/>

use std::collections::BTreeMap;

use super::sections::{Mark, cut};
use super::sight::{Sight, Sign, USUAL, certain};
use super::{Content, Layout, LayoutOptions, migration, numbered};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;
use crate::model::migration::Down;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::NodePgMigrate, depth: 0, is_file, sign, read };

fn is_file(name: &str) -> bool {
    [".sql", ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts"].iter().any(|ending| name.ends_with(ending))
}

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let numbered = |name: &str| numbered(name).is_some() && is_file(name);
    if sight.holds("package.json", "\"node-pg-migrate\"") {
        let (directory, _) = sight.named(&USUAL, numbered)?;
        return Some(certain(directory, "package.json names node-pg-migrate".to_owned()));
    }
    let (directory, path) = sight.marked(&USUAL, |line| matches!(mark(line), Some(Mark::Up { .. })))?;
    Some(certain(directory, format!("{path} says `-- Up Migration`")))
}

pub(super) fn mark(line: &str) -> Option<Mark> {
    let comment = line.trim_start().strip_prefix("--")?.trim_start_matches([' ', '\t', '-']).to_lowercase();
    let mut words = comment.split_whitespace();
    match (words.next()?, words.next()?.starts_with("migration")) {
        ("up", true) => Some(Mark::Up { no_transaction: false }),
        ("down", true) => Some(Mark::Down { no_transaction: false }),
        _ => None,
    }
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = MigrationFiles::default();
    let mut downs: BTreeMap<String, Content> = BTreeMap::new();
    let mut ups = Vec::new();
    for file in files {
        let stem = file.name().strip_suffix(".sql").map(str::to_owned);
        let Some((number, _)) =
            numbered(file.name()).map(|(number, rest)| (number.to_owned(), rest.to_owned()))
        else {
            if stem.is_some() {
                found.unversioned.push(file.path);
            }
            continue;
        };
        let Some(stem) = stem else {
            let message = "it is a program, which only node-pg-migrate can run".to_owned();
            return Err(FileError::Layout { tool: Tool::NodePgMigrate, path: file.path, line: 1, message });
        };
        match stem.strip_suffix(".down") {
            Some(stem) => drop(downs.insert(stem.to_owned(), file)),
            None => ups.push((number, stem, file)),
        }
    }
    for (number, stem, file) in ups {
        let (whole, name) = match stem.strip_suffix(".up") {
            Some(stem) => (true, stem),
            None => (false, stem.as_str()),
        };
        let name = numbered(name).map_or("", |(_, name)| name).to_owned();
        let own_down =
            downs.remove(stem.strip_suffix(".up").unwrap_or(&stem)).map(|file| Down::File(file.path));
        // Without a mark all of it leads forward.
        let text = file.clone().sql()?;
        if whole || !text.text.lines().any(|line| mark(line).is_some()) {
            found.migrations.push(migration(&number, &name, text, own_down));
            continue;
        }
        let ways = cut(file, Tool::NodePgMigrate, "-- Up Migration", mark)?;
        found.migrations.push(migration(&number, &name, ways.up, ways.down.or(own_down)));
    }
    found.orphan_downs = downs.into_values().map(|file| file.path).collect();
    Ok(found)
}
