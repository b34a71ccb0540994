//! Numbered files of no tool: `VERSION_name.sql`.

use super::sight::{Sight, Sign, USUAL, likely};
use super::{Content, Layout, LayoutOptions, is_sql, numbered, one_file_each};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Plain, depth: 0, is_file: is_sql, sign, read };

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let is_pair = |name: &str| name.ends_with(".up.sql") || name.ends_with(".down.sql");
    let fits = |name: &str| is_sql(name) && numbered(name).is_some() && !is_pair(name);
    let (directory, name) = sight.named(&USUAL, fits)?;
    Some(likely(&*directory, format!("{directory}/{name} begins with a number")))
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    one_file_each(files)
}
