//! Other tools' layouts: which of their files make which migration. A tool is a file and a line.

mod atlas;
mod by_command;
mod dbmate;
mod diesel;
mod flyway;
mod golang_migrate;
mod goose;
mod graphile_migrate;
mod liquibase;
mod marks;
mod node_pg_migrate;
mod pgroll;
mod plain;
mod prisma;
mod python;
mod refinery;
mod reshape;
mod sections;
mod sight;
mod sqitch;
mod sql_migrate;
mod sqlx;
mod steps;
mod supabase;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use self::by_command::{BY_COMMAND, by_command};
pub(super) use self::marks::{asks_for_none, without_marks};
pub(super) use self::sight::Sight;
use self::sight::Sign;
use super::{Chosen, FileError, MigrationFiles, sql_file};
use crate::model::layout::{LayoutFound, Revision, Tool};
use crate::model::migration::{Down, Migration, SqlFile, Version};
use crate::model::policy::{Late, Missing};

/// How a tool lays out its files.
struct Layout {
    tool: Tool,
    /// How many directories deep files may lie below the one of the migrations.
    depth: usize,
    /// Whether a name is one of the tool's files, so that it is read.
    is_file: fn(&str) -> bool,
    /// What makes a project look like one of the tool's.
    sign: fn(&Sight<'_>) -> Option<Sign>,
    /// Puts files together to migrations, in any order.
    read: fn(Vec<Content>, &LayoutOptions) -> Result<MigrationFiles, FileError>,
}

/// Every tool with how it lays out its files. Ours is read elsewhere.
const LAYOUTS: [Layout; 18] = [
    atlas::LAYOUT,
    dbmate::LAYOUT,
    diesel::LAYOUT,
    flyway::LAYOUT,
    golang_migrate::LAYOUT,
    goose::LAYOUT,
    graphile_migrate::LAYOUT,
    liquibase::LAYOUT,
    node_pg_migrate::LAYOUT,
    pgroll::LAYOUT,
    plain::LAYOUT,
    prisma::LAYOUT,
    refinery::LAYOUT,
    reshape::LAYOUT,
    sql_migrate::LAYOUT,
    sqitch::LAYOUT,
    sqlx::LAYOUT,
    supabase::LAYOUT,
];

/// A file as it was read. Its path is relative to the project directory.
#[derive(Debug, Clone)]
struct Content {
    path: Utf8PathBuf,
    bytes: Vec<u8>,
}

impl Content {
    fn name(&self) -> &str {
        self.path.file_name().unwrap_or_default()
    }

    /// The name of the directory that it lies in.
    fn directory(&self) -> &str {
        self.path.parent().and_then(Utf8Path::file_name).unwrap_or_default()
    }

    fn sql(self) -> Result<SqlFile, FileError> {
        sql_file(self.path, self.bytes)
    }
}

/// What a project says of its layout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LayoutOptions {
    /// What stands for `${name}` in files of tools that put something in there.
    pub placeholders: BTreeMap<String, String>,
    /// What becomes of what comes late, when the tool does something else.
    pub out_of_order: Option<Late>,
    /// What follows from a file that is gone, when the tool does something else.
    pub missing: Option<Missing>,
    /// Files and directories by what they are for, of tools whose own settings say where they lie.
    pub places: BTreeMap<String, Utf8PathBuf>,
    /// The ledger, where the tool's own settings say what it is called.
    pub table: Option<String>,
}

impl LayoutOptions {
    /// Where something lies that the tool's own settings say.
    fn place(&self, what: &str) -> &Utf8Path {
        self.places.get(what).map_or(Utf8Path::new(""), Utf8PathBuf::as_path)
    }
}

/// Reads what tools have in settings of their own.
pub(super) fn settle(
    chosen: Chosen,
    read: &dyn Fn(&Utf8Path) -> Result<Option<String>, FileError>,
) -> Result<Chosen, FileError> {
    match chosen.tool {
        Tool::Liquibase => liquibase::settle(chosen, read),
        Tool::Sqitch => sqitch::settle(chosen, read),
        _ => Ok(chosen),
    }
}

/// A tool's files are wanted which only some of its tools read.
fn layout(tool: Tool) -> Option<&'static Layout> {
    LAYOUTS.iter().find(|layout| layout.tool == tool)
}

/// What a project looks like: everything that its files speak for, what is certain before what is likely.
pub(super) fn look(sight: &Sight<'_>) -> (Vec<LayoutFound>, Vec<LayoutFound>) {
    let (mut certain, mut likely) = (Vec::new(), Vec::new());
    let read = LAYOUTS.iter().map(|layout| (layout.tool, layout.sign));
    let run = BY_COMMAND.iter().map(|known| (known.tool, known.sign));
    for (tool, sign) in read.chain(run) {
        let Some(sign) = sign(sight) else { continue };
        let list = if sign.certain { &mut certain } else { &mut likely };
        list.push(LayoutFound { tool, directory: sign.directory, because: sign.because });
    }
    (certain, likely)
}

/// Which files below a directory belong to a tool's migrations.
pub(super) fn belongs(chosen: &Chosen, path: &Utf8Path) -> bool {
    let Some(layout) = layout(chosen.tool) else { return false };
    let Ok(below) = path.strip_prefix(&chosen.directory) else {
        // Its settings say where it is.
        return chosen.parts().iter().any(|part| path.starts_with(part))
            && path.file_name().is_some_and(layout.is_file);
    };
    below.components().count() <= layout.depth + 1 && below.file_name().is_some_and(layout.is_file)
}

/// Puts a tool's files together to migrations, in the order in which it runs them.
pub(super) fn read(chosen: &Chosen, files: Vec<(Utf8PathBuf, Vec<u8>)>) -> Result<MigrationFiles, FileError> {
    let Some(layout) = layout(chosen.tool) else { return super::assemble(files) };
    let files = files.into_iter().map(|(path, bytes)| Content { path, bytes });
    let mut found = (layout.read)(files.collect(), &chosen.options)?;
    for migration in &mut found.migrations {
        if let Ok(script) = migration.up.path.strip_prefix(&chosen.directory) {
            migration.script = script.to_owned();
        }
    }
    found.migrations.sort_by(|left, right| {
        left.version.cmp(&right.version).then_with(|| left.up.path.cmp(&right.up.path))
    });
    found.unversioned.sort();
    Ok(found)
}

/// Whether a file is a migration of a tool that is run by its command.
pub(super) fn is_revision(chosen: &Chosen, path: &Utf8Path) -> bool {
    by_command(chosen.tool).is_some_and(|known| known.owns(&chosen.directory, path))
}

/// What the files of a tool that is run by its command tell of themselves, and which tell nothing.
pub(super) fn revisions(
    tool: Tool,
    files: impl IntoIterator<Item = (Utf8PathBuf, Vec<u8>)>,
) -> (Vec<Revision>, Vec<Utf8PathBuf>) {
    let (mut found, mut silent) = (Vec::new(), Vec::new());
    for (path, bytes) in files {
        let file = Content { path, bytes };
        match by_command(tool).and_then(|known| known.revision(&file)) {
            Some(revision) => found.push(revision),
            None => silent.push(file.path),
        }
    }
    (found, silent)
}

/// A migration without anything around it.
fn migration(version: &str, name: &str, up: SqlFile, down: Option<Down>) -> Migration {
    Migration {
        version: Version::new(version),
        name: name.to_owned(),
        script: up.path.file_name().unwrap_or_default().into(),
        up,
        down,
        before: None,
        after: None,
        recorded: None,
        repeatable: false,
        python: None,
        entry: None,
    }
}

/// The number that a file name begins with, and what comes after it and the signs between.
fn numbered(stem: &str) -> Option<(&str, &str)> {
    let digits = stem.find(|c: char| !c.is_ascii_digit()).unwrap_or(stem.len());
    let (number, rest) = stem.split_at(digits);
    (digits > 0).then(|| (number, rest.trim_start_matches(['_', '-', '.', ' '])))
}

/// Numbered files, each one migration that only leads forward: `VERSION_name.sql`.
fn one_file_each(files: Vec<Content>) -> Result<MigrationFiles, FileError> {
    let mut found = MigrationFiles::default();
    for file in files {
        let stem = file.name().strip_suffix(".sql").unwrap_or_default().to_owned();
        match numbered(&stem) {
            Some((version, name)) => found.migrations.push(migration(version, name, file.sql()?, None)),
            None => found.unversioned.push(file.path),
        }
    }
    Ok(found)
}

/// Whether a name ends as SQL files do.
fn is_sql(name: &str) -> bool {
    ends_as(name, "sql")
}

/// Whether a name has this ending.
fn ends_as(name: &str, ending: &str) -> bool {
    Utf8Path::new(name).extension() == Some(ending)
}

#[cfg(test)]
mod tests;
