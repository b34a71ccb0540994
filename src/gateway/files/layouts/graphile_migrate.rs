//! graphile-migrate: `committed/000001-name.sql`, whose header has the hash that its ledger has.
//! <https://github.com/graphile/migrate#readme>

use super::sight::{Sight, Sign, USUAL, certain};
use super::{Content, Layout, LayoutOptions, is_sql, one_file_each};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;

pub(super) const LAYOUT: Layout =
    Layout { tool: Tool::GraphileMigrate, depth: 0, is_file: is_sql, sign, read };

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let committed: Vec<String> = USUAL.iter().map(|directory| format!("{directory}/committed")).collect();
    let committed: Vec<&str> = committed.iter().map(String::as_str).collect();
    let found = sight.marked(&committed, |line| line.starts_with("--! Previous:"));
    if let Some((directory, path)) = found {
        return Some(certain(directory, format!("{path} says `--! Previous:`")));
    }
    let settings = sight.any(&[".gmrc", ".gmrc.js", ".gmrc.cjs"])?;
    Some(certain("migrations/committed", format!("{settings} is there")))
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = one_file_each(files)?;
    for migration in &mut found.migrations {
        let mut header = migration.up.text.lines().take_while(|line| line.starts_with("--!"));
        let hash = header.find_map(|line| line.strip_prefix("--! Hash:"));
        migration.recorded = hash.map(|hash| hash.trim().to_owned());
        migration.up.no_transaction =
            migration.up.text.lines().any(|line| line.trim() == "--! no-transaction");
    }
    Ok(found)
}
