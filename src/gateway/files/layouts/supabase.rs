//! Supabase: `supabase/migrations/VERSION_name.sql`. <https://supabase.com/docs/guides/deployment/database-migrations>

use super::sight::{Sight, Sign, certain};
use super::{Content, Layout, LayoutOptions, is_sql, numbered, one_file_each};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Supabase, depth: 0, is_file: is_sql, sign, read };

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, name) = sight.named(&["supabase/migrations"], |name| numbered(name).is_some())?;
    Some(certain(&*directory, format!("{directory}/{name} is there")))
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    one_file_each(files)
}
