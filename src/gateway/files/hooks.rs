//! Hooks: the files of `db/hooks/PHASE/`.

use std::os::unix::fs::PermissionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::{FileError, Project, natural_order};
use crate::model::hook::Phase;
use crate::model::likeness::nearest;
use crate::model::migration::SqlFile;

/// The bit of a file's mode that lets everybody write.
const WRITABLE_BY_ALL: u32 = 0o002;
/// Those that let somebody execute it.
const EXECUTABLE: u32 = 0o111;

/// A hook.
#[derive(Debug, Clone)]
pub struct HookFile {
    /// When it runs.
    pub phase: Phase,
    /// Path relative to the project directory.
    pub path: Utf8PathBuf,
    /// What it is.
    pub content: HookContent,
}

/// What a hook is.
#[derive(Debug, Clone)]
pub enum HookContent {
    /// Statements.
    Sql(SqlFile),
    /// A program, by its absolute path.
    Program(Utf8PathBuf),
}

impl Project {
    /// The hooks below a directory: phase by phase, and within one in natural order of their names.
    ///
    /// What begins with `.` or `_`, and Markdown, is no hook. Everything else has to be one, for a hook that is
    /// not run because of a slip would be missed by nobody.
    pub fn hooks(&self, directory: &Utf8Path) -> Result<Vec<HookFile>, FileError> {
        let mut hooks = Vec::new();
        for path in self.entries(directory)? {
            let real = self.inside(&path)?;
            if real.is_dir() && is_meant(&path) {
                let phase = phase(&path)?;
                for file in self.entries(&path)?.iter().filter(|file| is_meant(file)) {
                    hooks.push(self.hook(phase, file)?);
                }
            }
        }
        hooks.sort_by(|left, right| {
            left.phase.cmp(&right.phase).then_with(|| natural_order(&left.path, &right.path))
        });
        Ok(hooks)
    }

    /// What lies in a directory, in natural order; nothing when there is no such directory.
    fn entries(&self, directory: &Utf8Path) -> Result<Vec<Utf8PathBuf>, FileError> {
        let failed = |source| FileError::Io { path: directory.to_owned(), source };
        if !self.real.join(directory).is_dir() {
            return Ok(Vec::new());
        }
        let entries = self.inside(directory)?.read_dir_utf8().map_err(failed)?;
        let paths = entries.map(|entry| entry.map(|entry| directory.join(entry.file_name())));
        paths.collect::<Result<_, _>>().map_err(failed)
    }

    fn hook(&self, phase: Phase, path: &Utf8Path) -> Result<HookFile, FileError> {
        let content = if path.extension() == Some("sql") {
            HookContent::Sql(self.sql(path)?)
        } else {
            HookContent::Program(self.program(path)?)
        };
        Ok(HookFile { phase, path: path.to_owned(), content })
    }

    /// A file that may be executed, and that nobody but its owner and group may have written.
    fn program(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        let real = self.inside(path)?;
        let found = fs_err::metadata(&real);
        let found = found.map_err(|source| FileError::Io { path: path.to_owned(), source })?;
        let mode = found.permissions().mode();
        if !found.is_file() || mode & EXECUTABLE == 0 {
            return Err(FileError::NotExecutable(path.to_owned()));
        }
        if mode & WRITABLE_BY_ALL != 0 {
            return Err(FileError::WritableByAll(path.to_owned()));
        }
        Ok(real)
    }
}

fn is_meant(path: &Utf8Path) -> bool {
    !path.file_name().unwrap_or_default().starts_with(['.', '_']) && path.extension() != Some("md")
}

/// The phase that a directory is called like.
fn phase(path: &Utf8Path) -> Result<Phase, FileError> {
    let name = path.file_name().unwrap_or_default();
    let phases: Vec<String> = Phase::with_directories().map(|phase| phase.to_string()).collect();
    let found = name.parse().ok().filter(|found| Phase::with_directories().any(|phase| phase == *found));
    found.ok_or_else(|| {
        let names: Vec<&str> = phases.iter().map(String::as_str).collect();
        let help = match nearest(name, &names) {
            Some(like) => format!("did you mean {like}? What is no phase begins with _"),
            None => format!("the phases are {}; what is none begins with _", names.join(", ")),
        };
        FileError::NoPhase { path: path.to_owned(), help }
    })
}
