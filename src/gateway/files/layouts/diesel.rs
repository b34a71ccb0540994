//! Diesel: a directory for each, with `up.sql`, `down.sql` and perhaps `metadata.toml`.
//! <https://docs.rs/diesel_migrations/latest/diesel_migrations/>

use std::collections::{BTreeMap, BTreeSet};

use super::sight::{Sight, Sign, USUAL, certain, likely};
use super::{Content, Layout, LayoutOptions, migration};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;
use crate::model::migration::Down;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Diesel, depth: 1, is_file, sign, read };

fn is_file(name: &str) -> bool {
    matches!(name, "up.sql" | "down.sql" | "metadata.toml")
}

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, path) = sight.nested(&USUAL, "up.sql")?;
    if sight.has("diesel.toml") {
        return Some(certain(directory, "diesel.toml is there".to_owned()));
    }
    Some(likely(directory, format!("{path} is called as Diesel calls files")))
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = MigrationFiles::default();
    let mut downs = BTreeMap::new();
    let mut outside = BTreeSet::new();
    let mut ups = Vec::new();
    for file in files {
        let directory = file.directory().to_owned();
        match file.name() {
            "up.sql" => ups.push((directory, file)),
            "down.sql" => drop(downs.insert(directory, Down::File(file.path))),
            _ if asks_for_none(&file.bytes) => drop(outside.insert(directory)),
            _ => {}
        }
    }
    for (directory, file) in ups {
        let (version, name) = directory.split_once('_').unwrap_or((&directory, ""));
        let mut up = file.sql()?;
        up.no_transaction = outside.contains(&directory);
        let down = downs.remove(&directory);
        found.migrations.push(migration(&version.replace('-', ""), name, up, down));
    }
    found.orphan_downs = downs.into_values().map(|down| down.path().to_owned()).collect();
    Ok(found)
}

/// Whether `metadata.toml` asks for no transaction.
fn asks_for_none(metadata: &[u8]) -> bool {
    let text = String::from_utf8_lossy(metadata);
    text.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_once('=')
            .is_some_and(|(key, value)| key.trim() == "run_in_transaction" && value.trim() == "false")
    })
}
