//! The project's own files: `db/migrations`, `db/schema`, `db/environments`.
//!
//! File names and contents come from pull requests. A file is read only when it really lies inside the
//! project directory, so that a symbolic link cannot bring the host's own files into a report.

mod conversion;
mod ddl;
mod detect;
mod error;
mod hooks;
mod layout;
mod layouts;
mod listing;
mod naming;
mod order;
mod python;
mod read;

use camino::{Utf8Path, Utf8PathBuf};

pub use conversion::Exchange;
pub use ddl::{Ddl, ddl, ddl_at};
pub use detect::Chosen;
pub use error::FileError;
pub use hooks::{HookContent, HookFile};
pub use layout::{MigrationFiles, assemble, version_of};
pub use layouts::LayoutOptions;
pub use listing::{Listed, in_profile};
pub use naming::proper_name;
pub use order::natural_order;
pub use read::sql_file;

use crate::gateway::git::Git;
use crate::model::layout::{Revision, Tool};
use crate::model::migration::{Down, Migration, SqlFile, Version};

/// Where migrations lie in a project.
pub const MIGRATIONS: &str = "db/migrations";
/// Where checks of deployed migrations lie in a project.
pub const CHECKS: &str = "db/verify";
/// Where hooks lie in a project that does not say otherwise.
pub const HOOKS: &str = "db/hooks";
/// Where the declared schema lies in a project that does not say otherwise.
pub const SCHEMA: &str = "db/schema";
/// Where rows lie in a project that does not say otherwise: `common`, and a directory per environment.
pub const SEEDS: &str = "db/seeds";
/// Where the concatenated schema is written in a project.
pub const GENERATED: &str = "db/generated";
/// The settings file of a project that has no environments.
pub const SETTINGS: &str = "confiture.yaml";
/// Where environment files lie in a project.
pub const ENVIRONMENTS: &str = "db/environments";

/// A directory that holds `db/`, or another tool's migrations.
#[derive(Debug, Clone)]
pub struct Project {
    directory: Utf8PathBuf,
    /// The directory with every symbolic link followed.
    real: Utf8PathBuf,
    layout: Chosen,
}

impl Project {
    /// Opens a project directory, laid out as its files show.
    pub fn open(directory: &Utf8Path) -> Result<Self, FileError> {
        Self::at(directory)?.lay_out(None)
    }

    /// A directory that may become a project, or of which it is not known yet how it is laid out.
    pub fn at(directory: &Utf8Path) -> Result<Self, FileError> {
        let real = directory.canonicalize_utf8().map_err(|_| FileError::NoDirectory(directory.to_owned()))?;
        Ok(Self { directory: directory.to_owned(), real, layout: Chosen::default() })
    }

    /// The project with its migrations laid out as somebody has said.
    #[must_use]
    pub fn laid_out(self, layout: Chosen) -> Self {
        Self { layout, ..self }
    }

    /// Where its migrations lie, and how.
    pub fn layout(&self) -> &Chosen {
        &self.layout
    }

    /// Makes a directory a project: an empty `db/`, unless there is one already with something in it.
    pub fn create(directory: &Utf8Path) -> Result<Self, FileError> {
        let db = directory.join("db");
        let failed = |source| FileError::Write { path: db.clone(), source };
        fs_err::create_dir_all(&db).map_err(failed)?;
        if db.read_dir_utf8().map_err(failed)?.next().is_some() {
            return Err(FileError::Exists(db));
        }
        Self::at(directory)
    }

    /// The directory as it was given.
    pub fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// The directory with every symbolic link followed.
    pub fn real(&self) -> &Utf8Path {
        &self.real
    }

    /// The path of something in the project as whoever works outside of it knows it.
    pub fn from_outside(&self, path: &Utf8Path) -> Utf8PathBuf {
        let known = self.directory.join(path);
        known.strip_prefix(".").map_or_else(|_| known.clone(), Utf8Path::to_owned)
    }

    /// The path in the project of what lies there, or would; `path` is relative to the working directory.
    pub fn own(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let here = Utf8Path::new(".");
        let real = |there: &Utf8Path| if there == "" { here } else { there }.canonicalize_utf8().ok();
        let (there, real) = path.ancestors().find_map(|there| Some((there, real(there)?)))?;
        let rest = path.strip_prefix(there).ok()?;
        let real = if rest == "" { real } else { real.join(rest) };
        real.strip_prefix(&self.real).ok().map(Utf8Path::to_owned)
    }

    /// The text of a settings file, relative to the project directory; `None` when it is not there.
    pub fn settings_text(&self, path: &Utf8Path) -> Result<Option<String>, FileError> {
        match self.real.join(path).try_exists() {
            Ok(true) => self.read(path).and_then(|bytes| read::utf8(path, bytes)).map(Some),
            _ => Ok(None),
        }
    }

    /// The migrations of the working tree.
    pub fn migrations(&self) -> Result<MigrationFiles, FileError> {
        let paths = self.migration_paths()?;
        let contents = paths.into_iter().map(|path| self.read(&path).map(|bytes| (path, bytes)));
        layouts::read(&self.layout, contents.collect::<Result<_, _>>()?)
    }

    /// The files that belong to the migrations.
    fn migration_paths(&self) -> Result<Vec<Utf8PathBuf>, FileError> {
        let Chosen { tool, directory, .. } = &self.layout;
        if tool.is_run_by_command() {
            return Err(FileError::RunByCommand { tool: *tool });
        }
        Ok(if *tool == Tool::Confiture {
            let mut paths = self.list(directory, false)?;
            paths.extend(self.programs(directory)?);
            paths
        } else {
            let mut paths = Vec::new();
            for part in self.layout.parts() {
                paths.extend(self.list_all(&part)?);
            }
            paths.retain(|path| layouts::belongs(&self.layout, path));
            paths
        })
    }

    /// The migrations of a tool that is run by its command, as far as their files tell, and the files that tell nothing.
    pub fn revisions(&self) -> Result<(Vec<Revision>, Vec<Utf8PathBuf>), FileError> {
        let Chosen { tool, directory, .. } = &self.layout;
        let mut paths = Vec::new();
        self.see(directory, 0, &mut paths);
        paths.retain(|path| layouts::is_revision(&self.layout, path));
        paths.sort();
        let contents = paths.into_iter().map(|path| self.read(&path).map(|bytes| (path, bytes)));
        Ok(layouts::revisions(*tool, contents.collect::<Result<Vec<_>, _>>()?))
    }

    /// The files with checks of migrations: `db/verify/VERSION….sql`, and `.verify.sql` beside a migration.
    pub fn checks(&self) -> Result<Vec<(Version, SqlFile)>, FileError> {
        if self.layout.tool.has_own_checks() {
            let migrations = self.migrations()?.migrations.into_iter();
            let own = |one: Migration| Some((one.version, one.entry?.check()?.clone()));
            return Ok(migrations.filter_map(own).collect());
        }
        let mut paths = self.list(&self.layout.directory, false)?;
        paths.retain(|path| layout::is_check(path));
        paths.extend(self.list(Utf8Path::new(CHECKS), false)?);
        let versioned = paths.iter().filter_map(|path| Some((version_of(path)?, path)));
        versioned.map(|(version, path)| Ok((version, self.sql(path)?))).collect()
    }

    /// Writes new files, directories on the way made; nothing is written when one of them is there already.
    pub fn write_new(&self, files: &[(Utf8PathBuf, String)]) -> Result<(), FileError> {
        if let Some((path, _)) = files.iter().find(|(path, _)| self.real.join(path).exists()) {
            return Err(FileError::Exists(path.clone()));
        }
        for (path, text) in files {
            let failed = |source| FileError::Write { path: path.clone(), source };
            let real = self.place(path)?;
            let mut file = fs_err::File::create_new(&real).map_err(failed)?;
            std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
        }
        Ok(())
    }

    /// Writes a file of the project that is made anew each time.
    pub fn write(&self, path: &Utf8Path, text: &str) -> Result<(), FileError> {
        let failed = |source| FileError::Write { path: path.to_owned(), source };
        std::fs::write(self.place(path)?, text).map_err(failed)
    }

    /// Where a file is to be written, directories on the way made: in the project, also when links lead there.
    fn place(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        let failed = |source| FileError::Write { path: path.to_owned(), source };
        let real = self.real.join(path);
        // What is there decides: the file itself when it is a link, else the nearest of its directories.
        let there = real.ancestors().find(|place| place.symlink_metadata().is_ok()).unwrap_or(&self.real);
        let led = there.canonicalize_utf8().map_err(failed)?;
        if !led.starts_with(&self.real) {
            return Err(FileError::Outside(path.to_owned()));
        }
        real.parent().map_or(Ok(()), fs_err::create_dir_all).map_err(failed)?;
        Ok(real)
    }

    /// The environments that have a file of settings, in order.
    pub fn environments(&self) -> Result<Vec<String>, FileError> {
        let failed = |source| FileError::Io { path: ENVIRONMENTS.into(), source };
        let directory = self.real.join(ENVIRONMENTS);
        if !directory.is_dir() {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        for entry in directory.read_dir_utf8().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            names.extend(entry.file_name().strip_suffix(".yaml").map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// Writes a file of SQL anew with the byte order mark and the line ends that it has.
    pub fn rewrite(&self, path: &Utf8Path, text: &str) -> Result<(), FileError> {
        let before = self.read(path)?;
        let written = read::as_before(&before, text);
        let failed = |source| FileError::Write { path: path.to_owned(), source };
        std::fs::write(self.place(path)?, written).map_err(failed)
    }

    /// Gives a file another name; nothing is overwritten.
    pub fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> Result<(), FileError> {
        let (old, new) = (self.real.join(from), self.place(to)?);
        if new.exists() {
            return Err(FileError::Exists(to.to_owned()));
        }
        fs_err::rename(old, new).map_err(|source| FileError::Write { path: to.to_owned(), source })
    }

    /// Removes a file.
    pub fn remove(&self, path: &Utf8Path) -> Result<(), FileError> {
        let failed = |source| FileError::Write { path: path.to_owned(), source };
        fs_err::remove_file(self.place(path)?).map_err(failed)
    }

    /// One file of SQL, by its path in the project.
    pub fn sql(&self, path: &Utf8Path) -> Result<SqlFile, FileError> {
        self.read(path).and_then(|bytes| sql_file(path.to_owned(), bytes))
    }

    /// What takes a migration back.
    pub fn way_back(&self, down: &Down) -> Result<SqlFile, FileError> {
        match down {
            Down::File(path) => self.sql(path),
            Down::Section(file) => Ok(file.clone()),
        }
    }

    /// The migrations in Python of a directory.
    fn programs(&self, directory: &Utf8Path) -> Result<Vec<Utf8PathBuf>, FileError> {
        let mut found = Vec::new();
        if self.real.join(directory).is_dir() {
            let is_program = |name: &std::ffi::OsStr| name.to_str().is_some_and(python::is_program);
            self.walk(directory, false, &is_program, &mut found)?;
        }
        found.sort_by(|left, right| natural_order(left, right));
        Ok(found)
    }

    /// The `.sql` files of a directory in natural order; none when there is no such directory.
    fn list(&self, directory: &Utf8Path, recursive: bool) -> Result<Vec<Utf8PathBuf>, FileError> {
        let mut found = Vec::new();
        if self.real.join(directory).is_dir() {
            let is_sql = |name: &std::ffi::OsStr| {
                std::path::Path::new(name).extension().is_some_and(|end| end == "sql")
            };
            self.walk(directory, recursive, &is_sql, &mut found)?;
        }
        found.sort_by(|left, right| natural_order(left, right));
        Ok(found)
    }

    /// The files of a directory and of those below it, or the file that it is; none when there is none of either.
    fn list_all(&self, directory: &Utf8Path) -> Result<Vec<Utf8PathBuf>, FileError> {
        let mut found = Vec::new();
        let real = self.real.join(directory);
        if real.exists() {
            self.inside(directory)?;
        }
        if real.is_dir() {
            self.walk(directory, true, &|_| true, &mut found)?;
        } else if real.exists() {
            found.push(directory.to_owned());
        }
        Ok(found)
    }

    fn walk(
        &self,
        directory: &Utf8Path,
        recursive: bool,
        is_wanted: &dyn Fn(&std::ffi::OsStr) -> bool,
        found: &mut Vec<Utf8PathBuf>,
    ) -> Result<(), FileError> {
        let failed = |source| FileError::Io { path: directory.to_owned(), source };
        for entry in self.real.join(directory).as_std_path().read_dir().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // Links to directories are not followed: they can lead in circles.
            let is_directory = entry.file_type().map_err(failed)?.is_dir();
            if !(is_wanted(&entry.file_name()) || is_directory && recursive) {
                continue;
            }
            let path = directory.join(named(directory, &entry.file_name())?);
            match is_directory {
                true if recursive => self.walk(&path, recursive, is_wanted, found)?,
                true => return Err(FileError::NoFile(path)),
                false => found.push(path),
            }
        }
        Ok(())
    }

    fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, FileError> {
        let failed = |source| FileError::Io { path: path.to_owned(), source };
        let real = self.inside(path)?;
        // To read a pipe would be to wait for somebody to write into it.
        if !real.metadata().map_err(failed)?.is_file() {
            return Err(FileError::NoFile(path.to_owned()));
        }
        // What fs_err says would name the path once more.
        std::fs::read(&real).map_err(failed)
    }

    /// The real path of what lies in the project.
    fn inside(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        let failed = |source| FileError::Io { path: path.to_owned(), source };
        let real = self.real.join(path).canonicalize_utf8().map_err(failed)?;
        if real.starts_with(&self.real) { Ok(real) } else { Err(FileError::Outside(path.to_owned())) }
    }
}

/// The text of a file that somebody names, wherever it is.
pub fn text(path: &Utf8Path) -> Result<String, FileError> {
    fs_err::read_to_string(path).map_err(|source| FileError::Io { path: path.to_owned(), source })
}

/// Writes a file that is made anew each time, directories on the way made.
pub fn write(path: &Utf8Path, text: &str) -> Result<(), FileError> {
    let failed = |source| FileError::Write { path: path.to_owned(), source };
    path.parent().map_or(Ok(()), fs_err::create_dir_all).map_err(failed)?;
    fs_err::write(path, text).map_err(failed)
}

/// A name as text.
fn named<'a>(directory: &Utf8Path, name: &'a std::ffi::OsStr) -> Result<&'a str, FileError> {
    let unreadable = || {
        let name = name.to_string_lossy().into_owned();
        FileError::NameNotUtf8 { directory: directory.to_owned(), name }
    };
    name.to_str().ok_or_else(unreadable)
}

/// The migrations that stood at a git revision, laid out as they are now.
pub async fn migrations_at(git: &Git, revision: &str, layout: &Chosen) -> Result<MigrationFiles, FileError> {
    let Chosen { tool, directory, .. } = layout;
    if tool.is_run_by_command() {
        return Err(FileError::RunByCommand { tool: *tool });
    }
    let mut paths = Vec::new();
    for part in layout.parts() {
        paths.extend(git.list_files(revision, &part).await?);
    }
    paths.retain(|path| match tool {
        Tool::Confiture => {
            let program = path.file_name().is_some_and(python::is_program);
            path.parent() == Some(directory) && (program || path.extension() == Some("sql"))
        }
        _ => layouts::belongs(layout, path),
    });
    let contents = git.read_files(revision, &paths).await?;
    let there = paths.into_iter().zip(contents).filter_map(|(path, bytes)| Some((path, bytes?)));
    layouts::read(layout, there.collect())
}

#[cfg(test)]
mod tests;
