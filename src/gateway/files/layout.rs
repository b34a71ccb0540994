//! Which files of `db/migrations` make which migration.
//!
//! A program in Python holds both ways: `VERSION_name.py`.
//! What belongs to `VERSION_name.up.sql` is called as it is: `.down.sql`, `.verify.sql`, `.before.sql`, `.after.sql`.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::{FileError, python, sql_file};
use crate::model::migration::{Down, Migration, SqlFile, Version};

/// What lies in `db/migrations`.
#[derive(Debug, Clone, Default)]
pub struct MigrationFiles {
    /// The migrations in order of version. Two may claim one version; then both are here.
    pub migrations: Vec<Migration>,
    /// Down files without an up file.
    pub orphan_downs: Vec<Utf8PathBuf>,
    /// `.sql` files whose name has no version.
    pub unversioned: Vec<Utf8PathBuf>,
}

/// Puts files together to migrations: `VERSION_name.up.sql` with `VERSION_name.down.sql`, or `VERSION_name.sql`.
pub fn assemble(files: Vec<(Utf8PathBuf, Vec<u8>)>) -> Result<MigrationFiles, FileError> {
    let mut downs: BTreeMap<String, Utf8PathBuf> = BTreeMap::new();
    let mut hooks: BTreeMap<(String, bool), SqlFile> = BTreeMap::new();
    let (mut ups, mut programs) = (Vec::new(), Vec::new());
    let mut found = MigrationFiles::default();
    for (path, bytes) in files {
        match part(&path) {
            Some((stem, Part::Program)) => programs.push((stem.to_owned(), path, bytes)),
            Some((_, Part::Verify)) => {}
            Some((stem, Part::Hook { after })) => {
                let stem = stem.to_owned();
                hooks.insert((stem, after), sql_file(path, bytes)?);
            }
            Some((stem, Part::Down)) => {
                downs.insert(stem.to_owned(), path);
            }
            Some((stem, Part::Up)) => ups.push((stem.to_owned(), path, bytes)),
            None => found.unversioned.push(path),
        }
    }
    for (stem, path, bytes) in ups {
        let (version, name) = stem.split_once('_').unwrap_or((&stem, ""));
        found.migrations.push(Migration {
            version: Version::new(version),
            name: name.to_owned(),
            script: path.file_name().unwrap_or_default().into(),
            up: sql_file(path, bytes)?,
            down: downs.remove(&stem).map(Down::File),
            before: hooks.remove(&(stem.clone(), false)),
            after: hooks.remove(&(stem, true)),
            recorded: None,
            repeatable: false,
            python: None,
            entry: None,
        });
    }
    for (stem, path, bytes) in programs {
        let program = python::migration(&stem, path, bytes)?;
        let (before, after) = (hooks.remove(&(stem.clone(), false)), hooks.remove(&(stem, true)));
        found.migrations.push(Migration { before, after, ..program });
    }
    // A hook that is not run because a name is misspelt would be missed by nobody.
    if let Some(hook) = hooks.into_values().next() {
        return Err(FileError::HookOfNoMigration(hook.path));
    }
    found.migrations.sort_by(|left, right| {
        left.version.cmp(&right.version).then_with(|| left.up.path.cmp(&right.up.path))
    });
    found.orphan_downs = downs.into_values().collect();
    Ok(found)
}

/// The version of a file among the migrations, from its name.
#[must_use]
pub fn version_of(path: &Utf8Path) -> Option<Version> {
    let (stem, _) = part(path)?;
    Some(Version::new(stem.split_once('_').map_or(stem, |(version, _)| version)))
}

/// Whether a file says of itself that it leads forward: in a directory of such, others lead back.
pub(super) fn is_forward(path: &Utf8Path) -> bool {
    path.as_str().ends_with(".up.sql") && matches!(part(path), Some((_, Part::Up)))
}

/// Whether a file holds checks of the migration beside it.
pub(super) fn is_check(path: &Utf8Path) -> bool {
    matches!(part(path), Some((_, Part::Verify)))
}

enum Part {
    Program,
    Up,
    Down,
    Verify,
    Hook { after: bool },
}

/// The stem `VERSION_name` of a file and what the file is to its migration.
fn part(path: &Utf8Path) -> Option<(&str, Part)> {
    let name = path.file_name()?;
    if python::is_program(name) {
        return Some((name.strip_suffix(".py")?, Part::Program));
    }
    let name = name.strip_suffix(".sql")?;
    let parts = [
        (".up", Part::Up),
        (".down", Part::Down),
        (".verify", Part::Verify),
        (".before", Part::Hook { after: false }),
        (".after", Part::Hook { after: true }),
    ];
    let ending = parts.into_iter().find_map(|(ending, part)| Some((name.strip_suffix(ending)?, part)));
    let (stem, part) = ending.unwrap_or((name, Part::Up));
    stem.starts_with(|c: char| c.is_ascii_digit()).then_some((stem, part))
}
