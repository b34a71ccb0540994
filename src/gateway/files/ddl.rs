//! DDL anywhere: a file or a directory, in the working tree or at a git revision.

use camino::{Utf8Path, Utf8PathBuf};

use super::{FileError, Project, natural_order, sql_file};
use crate::gateway::git::Git;
use crate::model::migration::SqlFile;

/// A file of SQL, or the `.sql` files below a directory in the order of a declared schema.
///
/// The path is relative to the working directory of the process. In a directory, links that lead out of it are
/// refused and directories named `seeds` are left out, as in a declared schema.
pub fn ddl(path: &Utf8Path) -> Result<Vec<SqlFile>, FileError> {
    let failed = |source| FileError::Io { path: path.to_owned(), source };
    if !path.is_dir() {
        let bytes = fs_err::read(path).map_err(failed)?;
        return Ok(vec![sql_file(path.to_owned(), bytes)?]);
    }
    let real = path.canonicalize_utf8().map_err(failed)?;
    let root = Project { directory: path.to_owned(), real };
    let mut found = root.list(Utf8Path::new(""), true)?;
    found.retain(|file| holds_structure(file));
    found
        .into_iter()
        .map(|file| root.read(&file).and_then(|bytes| sql_file(path.join(&file), bytes)))
        .collect()
}

/// The same at a git revision; none when there is nothing of that path. Paths are shown as `REVISION:path`.
pub async fn ddl_at(git: &Git, revision: &str, path: &Utf8Path) -> Result<Vec<SqlFile>, FileError> {
    let mut paths = git.list_files(revision, path).await?;
    paths.retain(|file| file == path || (file.extension() == Some("sql") && holds_structure(file)));
    paths.sort_by(|left, right| natural_order(left, right));
    let contents = git.read_files(revision, &paths).await?;
    let there = paths.into_iter().zip(contents).filter_map(|(path, bytes)| Some((path, bytes?)));
    there.map(|(path, bytes)| sql_file(Utf8PathBuf::from(format!("{revision}:{path}")), bytes)).collect()
}

/// Directories named `seeds` hold rows, not structure.
pub(super) fn holds_structure(path: &Utf8Path) -> bool {
    !path.components().any(|part| part.as_str() == "seeds")
}
