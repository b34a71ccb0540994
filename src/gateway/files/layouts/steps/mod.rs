//! Migrations that are lists of steps and no SQL: what they leave in the database, as SQL.
//!
//! Their tools keep two versions of the schema side by side, between the start of a migration and its completion. What
//! lives in between, such as triggers that write both versions, is gone afterwards, and is not expanded.

mod document;
mod script;
pub(super) mod sql;

pub(super) use self::document::{Document, Source};
pub(super) use self::script::{Script, Ways};
use super::{Content, migration};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;
use crate::model::migration::{Down, Migration, SqlFile};

/// How a tool writes its files.
pub(super) struct Notation<K> {
    pub(super) tool: Tool,
    /// What the list of steps is called.
    pub(super) list: &'static str,
    /// What may stand beside it; `name` is the migration's, where it is there.
    pub(super) head: &'static [&'static str],
    /// The SQL of both ways, by what is known of the files before.
    pub(super) expand: Expand<K>,
}

pub(super) type Expand<K> =
    fn(&Source<'_>, &Document, &mut K) -> Result<(SqlFile, Option<SqlFile>), FileError>;

/// The migrations of files that stand in their order.
pub(super) fn migrations<K: Default>(
    files: Vec<Content>,
    notation: &Notation<K>,
) -> Result<MigrationFiles, FileError> {
    let mut known = K::default();
    let mut found = MigrationFiles::default();
    for (place, file) in files.into_iter().enumerate() {
        let stem = file.path.file_stem().unwrap_or_default().to_owned();
        let whole = file.sql()?;
        let source = Source { tool: notation.tool, file: &whole, list: notation.list };
        let document = source.read(notation.head)?;
        let name = document.head.get("name").and_then(|name| name.as_str()).unwrap_or(&stem);
        let (up, down) = (notation.expand)(&source, &document, &mut known)?;
        let plain = migration(name, "", up, down.map(Down::Section));
        found.migrations.push(Migration { version: plain.version.planned(place), ..plain });
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
