//! Which files the declared schema and the seeds are made of.

use camino::{Utf8Path, Utf8PathBuf};

use super::{FileError, Project, SCHEMA, SEEDS, ddl, order};
use crate::config::{IncludeDir, SeedProfile, Settings};
use crate::model::migration::SqlFile;
use crate::model::pattern::Paths;

/// What a directory means when its entry says nothing.
const ALL: &str = "**/*.sql";

/// A file, and why it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path in the project.
    pub path: Utf8PathBuf,
    /// The directory that an entry of `include_dirs` names.
    pub entry: String,
    /// The entry's place among those that have one.
    pub order: Option<i64>,
    /// The pattern that means the file.
    pub pattern: String,
}

impl Project {
    /// The files of the declared schema in the order in which they are run.
    pub fn schema(&self, settings: &Settings) -> Result<Vec<SqlFile>, FileError> {
        self.listed_schema(settings)?.iter().map(|file| self.sql(&file.path)).collect()
    }

    /// The files of rows in the order in which they are run.
    pub fn seeds(&self, settings: &Settings, environment: &str) -> Result<Vec<SqlFile>, FileError> {
        self.listed_seeds(settings, environment)?.iter().map(|file| self.sql(&file.path)).collect()
    }

    /// The files of the declared schema, unread.
    ///
    /// Directories named `seeds` hold rows, not structure, and are left out.
    pub fn listed_schema(&self, settings: &Settings) -> Result<Vec<Listed>, FileError> {
        let default = or_nothing(SCHEMA);
        let mut files = self.included(settings.include_dirs.as_ref().unwrap_or(&default), settings)?;
        files.retain(|file| ddl::holds_structure(&file.path));
        Ok(files)
    }

    /// The files of rows, unread: what `include_dirs` lists of them, else `db/seeds/common` and the environment's own
    /// directory.
    pub fn listed_seeds(&self, settings: &Settings, environment: &str) -> Result<Vec<Listed>, FileError> {
        let mut files = self.included(settings.include_dirs.as_deref().unwrap_or_default(), settings)?;
        files.retain(|file| !ddl::holds_structure(&file.path));
        if files.is_empty() {
            for part in ["common", environment] {
                files.extend(self.included(&or_nothing(&format!("{SEEDS}/{part}")), settings)?);
            }
        }
        Ok(files)
    }

    /// Whether a file at this path would be a part of the declared schema or of the seeds.
    pub fn reads(&self, settings: &Settings, environment: &str, path: &Utf8Path) -> Result<bool, FileError> {
        let usual = [SCHEMA.to_owned(), format!("{SEEDS}/common"), format!("{SEEDS}/{environment}")];
        let usual: Vec<IncludeDir> = usual.iter().flat_map(|path| or_nothing(path)).collect();
        for dir in settings.include_dirs.as_ref().unwrap_or(&usual) {
            let is_below = if dir.recursive {
                path.starts_with(plain(&dir.path))
            } else {
                path.parent() == Some(plain(&dir.path))
            };
            let is_wanted = Wanted::of(dir)?.listed(dir, path.to_owned()).is_some();
            if is_below && is_wanted && path.extension() == Some("sql") && !is_excluded(settings, path) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The files of listed directories, each directory's in its order and each file once.
    fn included(&self, dirs: &[IncludeDir], settings: &Settings) -> Result<Vec<Listed>, FileError> {
        let mut dirs: Vec<&IncludeDir> = dirs.iter().collect();
        dirs.sort_by_key(|dir| (dir.order.is_none(), dir.order));
        let mut files: Vec<Listed> = Vec::new();
        for dir in dirs {
            let directory = plain(&dir.path);
            if !dir.auto_discover && !self.real.join(directory).is_dir() {
                return Err(FileError::NoIncludeDir(directory.to_owned()));
            }
            let wanted = Wanted::of(dir)?;
            let mut found = self.list(directory, dir.recursive)?;
            found.sort_by(|left, right| order::order(settings.build.sort_mode, left, right));
            found.retain(|path| !files.iter().any(|file| file.path == *path));
            files.extend(found.into_iter().filter_map(|path| wanted.listed(dir, path)));
        }
        files.retain(|file| !is_excluded(settings, &file.path));
        Ok(files)
    }
}

fn is_excluded(settings: &Settings, path: &Utf8Path) -> bool {
    settings.exclude_dirs.iter().any(|dir| path.starts_with(plain(dir)))
}

/// A path without the `./` that it may begin with: where something lies does not hang on how it is written.
fn plain(path: &str) -> &Utf8Path {
    let path = Utf8Path::new(path);
    path.strip_prefix(".").unwrap_or(path)
}

/// A directory that need not be there.
fn or_nothing(path: &str) -> Vec<IncludeDir> {
    vec![IncludeDir { auto_discover: true, ..IncludeDir::whole(path) }]
}

/// The patterns of a directory.
struct Wanted {
    include: Paths,
    exclude: Paths,
}

impl Wanted {
    fn of(dir: &IncludeDir) -> Result<Self, FileError> {
        let all = [ALL.to_owned()];
        let include = if dir.include.is_empty() { all.as_slice() } else { dir.include.as_slice() };
        Ok(Self { include: Paths::new(include)?, exclude: Paths::new(&dir.exclude)? })
    }

    /// A file of the directory, when its patterns want it.
    fn listed(&self, dir: &IncludeDir, path: Utf8PathBuf) -> Option<Listed> {
        let inside = path.strip_prefix(plain(&dir.path)).unwrap_or(&path);
        let pattern = self.include.find(inside).filter(|_| !self.exclude.mean(inside))?.to_owned();
        Some(Listed { entry: dir.path.clone(), order: dir.order, pattern, path })
    }
}

/// The files of rows that a profile wants: its patterns are about paths below the directory `seeds`.
pub fn in_profile(files: Vec<Listed>, profile: &SeedProfile) -> Result<Vec<Listed>, FileError> {
    let (include, exclude) = (Paths::new(&profile.include)?, Paths::new(&profile.exclude)?);
    let wanted = |file: &Listed| {
        let inside = below_seeds(&file.path);
        (profile.include.is_empty() || include.mean(&inside)) && !exclude.mean(&inside)
    };
    Ok(files.into_iter().filter(wanted).collect())
}

fn below_seeds(path: &Utf8Path) -> Utf8PathBuf {
    let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
    let begin = parts.iter().position(|part| *part == "seeds").map_or(0, |at| at + 1);
    parts[begin..].iter().collect()
}
