//! The project's own files: `db/migrations`, `db/schema`, `db/environments`.
//!
//! File names and contents come from pull requests. A file is read only when it really lies inside the
//! project directory, so that a symbolic link cannot bring the host's own files into a report.

mod ddl;
mod error;
mod glob;
mod layout;
mod order;
mod read;

use camino::{Utf8Path, Utf8PathBuf};

pub use ddl::{ddl, ddl_at};
pub use error::FileError;
pub use layout::{MigrationFiles, assemble, version_of};
pub use order::natural_order;
pub use read::sql_file;

use crate::config::{IncludeDir, Settings};
use crate::gateway::git::Git;
use crate::model::migration::{SqlFile, Version};

/// Where migrations lie in a project.
pub const MIGRATIONS: &str = "db/migrations";
/// Where checks of deployed migrations lie in a project.
pub const CHECKS: &str = "db/verify";
/// Where the declared schema lies in a project that does not say otherwise.
pub const SCHEMA: &str = "db/schema";
/// Where rows lie in a project that does not say otherwise: `common`, and a directory per environment.
pub const SEEDS: &str = "db/seeds";
/// Where the concatenated schema is written in a project.
pub const GENERATED: &str = "db/generated";
/// Where environment files lie in a project.
pub const ENVIRONMENTS: &str = "db/environments";

/// A directory that holds `db/`.
#[derive(Debug, Clone)]
pub struct Project {
    directory: Utf8PathBuf,
    /// The directory with every symbolic link followed.
    real: Utf8PathBuf,
}

impl Project {
    /// Opens a project directory.
    pub fn open(directory: &Utf8Path) -> Result<Self, FileError> {
        let real = directory.canonicalize_utf8().map_err(|_| FileError::NoDirectory(directory.to_owned()))?;
        if !real.join("db").is_dir() {
            return Err(FileError::NoProject(real));
        }
        Ok(Self { directory: directory.to_owned(), real })
    }

    /// Makes a directory a project: an empty `db/`, unless there is one already with something in it.
    pub fn create(directory: &Utf8Path) -> Result<Self, FileError> {
        let db = directory.join("db");
        let failed = |source| FileError::Write { path: db.clone(), source };
        fs_err::create_dir_all(&db).map_err(failed)?;
        if db.read_dir_utf8().map_err(failed)?.next().is_some() {
            return Err(FileError::Exists(db));
        }
        Self::open(directory)
    }

    /// The directory as it was given.
    pub fn directory(&self) -> &Utf8Path {
        &self.directory
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
        let mut contents = Vec::new();
        for path in self.list(Utf8Path::new(MIGRATIONS), false)? {
            let bytes = self.read(&path)?;
            contents.push((path, bytes));
        }
        assemble(contents)
    }

    /// The files with checks of migrations: `db/verify/VERSION….sql`, and `.verify.sql` beside a migration.
    pub fn checks(&self) -> Result<Vec<(Version, SqlFile)>, FileError> {
        let mut paths = self.list(Utf8Path::new(MIGRATIONS), false)?;
        paths.retain(|path| layout::is_check(path));
        paths.extend(self.list(Utf8Path::new(CHECKS), false)?);
        let versioned = paths.iter().filter_map(|path| Some((version_of(path)?, path)));
        versioned.map(|(version, path)| Ok((version, self.sql(path)?))).collect()
    }

    /// The files of the declared schema in the order in which they are run.
    ///
    /// Directories named `seeds` hold rows, not structure, and are left out.
    pub fn schema(&self, settings: &Settings) -> Result<Vec<SqlFile>, FileError> {
        let default = Self::or_nothing(SCHEMA);
        let mut paths = self.included(settings.include_dirs.as_ref().unwrap_or(&default), settings)?;
        paths.retain(|path| ddl::holds_structure(path));
        paths.iter().map(|path| self.sql(path)).collect()
    }

    /// The files of rows in the order in which they are run: what `include_dirs` lists of them, else `db/seeds/common`
    /// and the environment's own directory.
    pub fn seeds(&self, settings: &Settings, environment: &str) -> Result<Vec<SqlFile>, FileError> {
        let listed = self.included(settings.include_dirs.as_deref().unwrap_or_default(), settings)?;
        let mut paths: Vec<Utf8PathBuf> =
            listed.into_iter().filter(|path| !ddl::holds_structure(path)).collect();
        if paths.is_empty() {
            for part in ["common", environment] {
                let directory = Self::or_nothing(&format!("{SEEDS}/{part}"));
                paths.extend(self.included(&directory, settings)?);
            }
        }
        paths.iter().map(|path| self.sql(path)).collect()
    }

    /// A directory that need not be there.
    fn or_nothing(path: &str) -> Vec<IncludeDir> {
        vec![IncludeDir { auto_discover: true, ..IncludeDir::whole(path) }]
    }

    /// Writes new files, directories on the way made; nothing is written when one of them is there already.
    pub fn write_new(&self, files: &[(Utf8PathBuf, String)]) -> Result<(), FileError> {
        if let Some((path, _)) = files.iter().find(|(path, _)| self.real.join(path).exists()) {
            return Err(FileError::Exists(path.clone()));
        }
        for (path, text) in files {
            let failed = |source| FileError::Write { path: path.clone(), source };
            let real = self.real.join(path);
            real.parent().map_or(Ok(()), fs_err::create_dir_all).map_err(failed)?;
            let mut file = fs_err::File::create_new(&real).map_err(failed)?;
            std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
        }
        Ok(())
    }

    /// One file of SQL, by its path in the project.
    pub fn sql(&self, path: &Utf8Path) -> Result<SqlFile, FileError> {
        self.read(path).and_then(|bytes| sql_file(path.to_owned(), bytes))
    }

    /// The files of listed directories, each directory's in its order and each file once.
    fn included(&self, dirs: &[IncludeDir], settings: &Settings) -> Result<Vec<Utf8PathBuf>, FileError> {
        let mut dirs: Vec<&IncludeDir> = dirs.iter().collect();
        dirs.sort_by_key(|dir| (dir.order.is_none(), dir.order));
        let mut paths: Vec<Utf8PathBuf> = Vec::new();
        for dir in dirs {
            let directory = Utf8Path::new(&dir.path);
            if !dir.auto_discover && !self.real.join(directory).is_dir() {
                return Err(FileError::NoIncludeDir(directory.to_owned()));
            }
            let mut found = self.list(directory, dir.recursive)?;
            found.sort_by(|left, right| order::order(settings.build.sort_mode, left, right));
            found.retain(|path| is_wanted(dir, path) && !paths.contains(path));
            paths.extend(found);
        }
        paths.retain(|path| !settings.exclude_dirs.iter().any(|dir| path.starts_with(dir)));
        Ok(paths)
    }

    /// The `.sql` files of a directory in natural order; none when there is no such directory.
    fn list(&self, directory: &Utf8Path, recursive: bool) -> Result<Vec<Utf8PathBuf>, FileError> {
        let mut found = Vec::new();
        if self.real.join(directory).is_dir() {
            self.walk(directory, recursive, &mut found)?;
        }
        found.sort_by(|left, right| natural_order(left, right));
        Ok(found)
    }

    fn walk(
        &self,
        directory: &Utf8Path,
        recursive: bool,
        found: &mut Vec<Utf8PathBuf>,
    ) -> Result<(), FileError> {
        let failed = |source| FileError::Io { path: directory.to_owned(), source };
        for entry in self.real.join(directory).read_dir_utf8().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = directory.join(entry.file_name());
            // Links to directories are not followed: they can lead in circles.
            if entry.file_type().map_err(failed)?.is_dir() {
                if recursive {
                    self.walk(&path, recursive, found)?;
                } else if path.extension() == Some("sql") {
                    return Err(FileError::NoFile(path));
                }
            } else if path.extension() == Some("sql") {
                found.push(path);
            }
        }
        Ok(())
    }

    fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, FileError> {
        let failed = |source| FileError::Io { path: path.to_owned(), source };
        let real = self.real.join(path).canonicalize_utf8().map_err(failed)?;
        if !real.starts_with(&self.real) {
            return Err(FileError::Outside(path.to_owned()));
        }
        // To read a pipe would be to wait for somebody to write into it.
        if !real.metadata().map_err(failed)?.is_file() {
            return Err(FileError::NoFile(path.to_owned()));
        }
        // What fs_err says would name the path once more.
        std::fs::read(&real).map_err(failed)
    }
}

/// Writes a file that is made anew each time, directories on the way made.
pub fn write(path: &Utf8Path, text: &str) -> Result<(), FileError> {
    let failed = |source| FileError::Write { path: path.to_owned(), source };
    path.parent().map_or(Ok(()), fs_err::create_dir_all).map_err(failed)?;
    fs_err::write(path, text).map_err(failed)
}

/// Whether the globs of a directory want a file of it.
fn is_wanted(dir: &IncludeDir, path: &Utf8Path) -> bool {
    let inside = path.strip_prefix(&dir.path).unwrap_or(path);
    let any = |globs: &[String]| globs.iter().any(|glob| glob::matches(glob, inside));
    (dir.include.is_empty() || any(&dir.include)) && !any(&dir.exclude)
}

/// The migrations that stood at a git revision.
pub async fn migrations_at(git: &Git, revision: &str) -> Result<MigrationFiles, FileError> {
    let directory = Utf8Path::new(MIGRATIONS);
    let mut paths = git.list_files(revision, directory).await?;
    paths.retain(|path| path.parent() == Some(directory) && path.extension() == Some("sql"));
    let contents = git.read_files(revision, &paths).await?;
    assemble(paths.into_iter().zip(contents).filter_map(|(path, bytes)| Some((path, bytes?))).collect())
}

#[cfg(test)]
mod tests;
