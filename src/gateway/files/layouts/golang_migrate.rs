//! golang-migrate: `VERSION_name.up.sql` with `.down.sql`, each sent to the server in one piece.
//! <https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md>

use super::sight::{Sight, Sign, USUAL, certain, likely};
use super::{Content, Layout, LayoutOptions, numbered};
use crate::gateway::files::{FileError, MigrationFiles, assemble};
use crate::model::layout::Tool;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::GolangMigrate, depth: 0, is_file, sign, read };

fn is_file(name: &str) -> bool {
    name.ends_with(".up.sql") || name.ends_with(".down.sql")
}

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, name) = sight.named(&USUAL, |name| numbered(name).is_some() && is_file(name))?;
    if sight.holds("go.mod", "golang-migrate/migrate") {
        return Some(certain(directory, "go.mod names golang-migrate".to_owned()));
    }
    Some(likely(&*directory, format!("{directory}/{name} is called as golang-migrate calls files")))
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    assemble(files.into_iter().map(|file| (file.path, file.bytes)).collect())
}
