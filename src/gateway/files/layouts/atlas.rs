//! Atlas: `VERSION_name.sql` beside `atlas.sum`. <https://atlasgo.io/versioned/intro>

use super::sight::{Sight, Sign, USUAL, certain};
use super::{Content, Layout, LayoutOptions, is_sql, one_file_each};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Atlas, depth: 0, is_file: is_sql, sign, read };

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, name) = sight.named(&USUAL, |name| name == "atlas.sum")?;
    Some(certain(&*directory, format!("{directory}/{name} is there")))
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = one_file_each(files)?;
    for migration in &mut found.migrations {
        let asks = |line: &str| line.split_whitespace().eq(["--", "atlas:txmode", "none"]);
        migration.up.no_transaction = migration.up.text.lines().any(asks);
    }
    Ok(found)
}
