//! Another tool's files as files of ours, and the ones put in the place of the others.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::{Builder, NamedTempFile};

use super::{FileError, MigrationFiles, Project, layouts, read, sql_file};
use crate::model::layout::Tool;
use crate::model::migration::{Migration, SqlFile};
use crate::model::wizard::Edited;

/// Files that are written and have not got their names yet.
#[derive(Debug)]
pub struct Exchange {
    project: Project,
    new: Vec<(Utf8PathBuf, NamedTempFile)>,
    old: Vec<Utf8PathBuf>,
}

impl Project {
    /// The migrations, and every file that cannot be read as its tool wants it.
    pub fn migrations_and_faults(&self) -> Result<(MigrationFiles, Vec<FileError>), FileError> {
        let (mut contents, mut faults) = (Vec::new(), Vec::new());
        for path in self.migration_paths()? {
            match self.read(&path) {
                Ok(bytes) => contents.push((path, bytes)),
                Err(error) => faults.push(error),
            }
        }
        loop {
            match layouts::read(&self.layout, contents.clone()) {
                Ok(found) => return Ok((found, faults)),
                Err(error) => {
                    let count = contents.len();
                    let place = error.place();
                    contents.retain(|(path, _)| place.as_ref().is_none_or(|place| place.path != *path));
                    if place.is_none() || contents.len() == count {
                        return Err(error);
                    }
                    faults.push(error);
                }
            }
        }
    }

    /// A way of a migration as a file of ours: without its tool's marks, and with ours when it asks for no transaction.
    /// What has none of these is the file, byte for byte.
    pub fn as_ours(&self, file: &SqlFile) -> Result<Vec<u8>, FileError> {
        let bytes = self.read(&file.path)?;
        let whole = sql_file(file.path.clone(), bytes.clone())?;
        let text = layouts::without_marks(self.layout.tool, &file.text);
        if text == whole.text && !file.no_transaction {
            return Ok(bytes);
        }
        let head = if file.no_transaction { "-- confiture: no-transaction\n" } else { "" };
        Ok(read::as_before(&bytes, &format!("{head}{text}")).into_bytes())
    }

    /// What takes a migration back, with what its tool is told of transactions there.
    pub fn way_back_as_told(&self, migration: &Migration) -> Result<Option<SqlFile>, FileError> {
        let Some(down) = &migration.down else { return Ok(None) };
        let file = self.way_back(down)?;
        let tool = self.layout.tool;
        // Diesel says it of both ways at once.
        let no_transaction = file.no_transaction
            || layouts::asks_for_none(tool, &file.text)
            || (tool == Tool::Diesel && migration.up.no_transaction);
        Ok(Some(SqlFile { no_transaction, ..file }))
    }

    /// The files of a layout that are about migrations and are none: what scripts are told beside them, and what nobody
    /// reads. Told apart by whether one of these paths is theirs.
    pub fn beside(&self, used: &[Utf8PathBuf]) -> Result<(Vec<Utf8PathBuf>, Vec<Utf8PathBuf>), FileError> {
        let others = self.migration_paths()?.into_iter().filter(|path| !used.contains(path));
        let is_told_beside = |path: &Utf8PathBuf| match path.file_name() {
            Some("metadata.toml") => used.iter().any(|one| one.parent() == path.parent()),
            _ => {
                path.as_str().strip_suffix(".conf").is_some_and(|script| used.iter().any(|one| one == script))
            }
        };
        Ok(others.partition(is_told_beside))
    }

    /// Writes new files beside where they are to be. What is there already under their names is refused, unless it goes.
    pub fn exchange(
        &self,
        new: &[(Utf8PathBuf, Vec<u8>)],
        old: &[Utf8PathBuf],
    ) -> Result<Exchange, FileError> {
        let is_new = |path: &Utf8Path| new.iter().any(|(new, _)| new == path);
        let old_only = old.iter().filter(|path| !is_new(path)).cloned().collect();
        let mut exchange = Exchange { project: self.clone(), new: Vec::new(), old: old_only };
        for (path, bytes) in new {
            let failed = |source| FileError::Write { path: path.clone(), source };
            if !old.contains(path) && self.real.join(path).symlink_metadata().is_ok() {
                return Err(FileError::Exists(path.clone()));
            }
            let real = self.place(path)?;
            // What is written anew stays as open as it is.
            let there = real.metadata().map(|there| there.permissions());
            let readable = there.unwrap_or_else(|_| std::fs::Permissions::from_mode(0o666));
            let directory = real.parent().unwrap_or(&self.real);
            let mut file = Builder::new()
                .prefix(".confiture-")
                .permissions(readable)
                .tempfile_in(directory)
                .map_err(failed)?;
            file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
            exchange.new.push((path.clone(), file));
        }
        Ok(exchange)
    }

    /// Writes new files and gives others another text: all of them, or none. What is no longer as it was is refused.
    pub fn write_together(
        &self,
        new: &[(Utf8PathBuf, String)],
        edited: &[Edited],
    ) -> Result<Vec<Utf8PathBuf>, FileError> {
        let mut files: Vec<(Utf8PathBuf, Vec<u8>)> =
            new.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
        for Edited { path, before, after } in edited {
            let bytes = self.read(path)?;
            if sql_file(path.clone(), bytes.clone())?.text != *before {
                return Err(FileError::Changed(path.clone()));
            }
            files.push((path.clone(), read::as_before(&bytes, after).into_bytes()));
        }
        let old: Vec<Utf8PathBuf> = edited.iter().map(|one| one.path.clone()).collect();
        self.exchange(&files, &old)?.carry_out()?;
        Ok(new.iter().map(|(path, _)| path.clone()).collect())
    }

    /// Removes directories that nothing is left in, from one upwards.
    fn remove_empty(&self, directory: Option<&Utf8Path>) {
        let above = directory.into_iter().flat_map(Utf8Path::ancestors).take_while(|path| *path != "");
        for path in above {
            // One with something in it is not removed.
            if fs_err::remove_dir(self.real.join(path)).is_err() {
                return;
            }
        }
    }
}

impl Exchange {
    /// Gives the new files their names, and removes the old ones.
    pub fn carry_out(self) -> Result<(), FileError> {
        for (path, file) in self.new {
            let failed =
                |error: tempfile::PersistError| FileError::Write { path: path.clone(), source: error.error };
            file.persist(self.project.place(&path)?).map_err(failed)?;
        }
        for path in &self.old {
            self.project.remove(path)?;
            self.project.remove_empty(path.parent());
        }
        Ok(())
    }

    /// Leaves everything as it was.
    pub fn abandon(self) {
        let directories: Vec<Utf8PathBuf> =
            self.new.iter().filter_map(|(path, _)| path.parent().map(Utf8Path::to_owned)).collect();
        drop(self.new);
        for directory in &directories {
            self.project.remove_empty(Some(directory));
        }
    }
}
