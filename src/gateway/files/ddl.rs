//! DDL anywhere: a file or a directory, in the working tree or at a git revision.

use camino::{Utf8Path, Utf8PathBuf};

use super::layout::{assemble, is_forward};
use super::{FileError, Project, natural_order, sql_file};
use crate::gateway::git::Git;
use crate::model::migration::{Migration, SqlFile};

/// What a path of SQL means.
#[derive(Debug)]
pub enum Ddl {
    /// Files to be run one after the other.
    Files(Vec<SqlFile>),
    /// A directory of migrations, as `db/migrations` is: some of its files lead back.
    Migrations(Vec<Migration>),
}

/// A file of SQL, or the `.sql` files below a directory in the order of a declared schema.
///
/// The path is relative to the working directory of the process. In a directory, links that lead out of it are
/// refused and directories named `seeds` are left out, as in a declared schema.
pub fn ddl(path: &Utf8Path) -> Result<Ddl, FileError> {
    let failed = |source| FileError::Io { path: path.to_owned(), source };
    if !path.is_dir() {
        let bytes = fs_err::read(path).map_err(failed)?;
        return Ok(Ddl::Files(vec![sql_file(path.to_owned(), bytes)?]));
    }
    let root = Project::at(path)?;
    let mut found = root.list(Utf8Path::new(""), true)?;
    found.retain(|file| holds_structure(file));
    let contents = found.into_iter().map(|file| Ok((path.join(&file), root.read(&file)?)));
    meant(path, contents.collect::<Result<_, FileError>>()?)
}

/// The same at a git revision; no files when there is nothing of that path. Paths are shown as `REVISION:path`.
pub async fn ddl_at(git: &Git, revision: &str, path: &Utf8Path) -> Result<Ddl, FileError> {
    let mut paths = git.list_files(revision, path).await?;
    paths.retain(|file| file == path || (file.extension() == Some("sql") && holds_structure(file)));
    paths.sort_by(|left, right| natural_order(left, right));
    let contents = git.read_files(revision, &paths).await?;
    let shown = |path: &Utf8Path| Utf8PathBuf::from(format!("{revision}:{path}"));
    let there = paths.iter().zip(contents).filter_map(|(path, bytes)| Some((shown(path), bytes?)));
    meant(&shown(path), there.collect())
}

/// Files of a directory that holds migrations itself are put together to those.
fn meant(directory: &Utf8Path, mut contents: Vec<(Utf8PathBuf, Vec<u8>)>) -> Result<Ddl, FileError> {
    let is_here = |path: &Utf8Path| path.parent() == Some(directory);
    if contents.iter().any(|(path, _)| is_here(path) && is_forward(path)) {
        contents.retain(|(path, _)| is_here(path));
        return Ok(Ddl::Migrations(assemble(contents)?.migrations));
    }
    let files = contents.into_iter().map(|(path, bytes)| sql_file(path, bytes));
    Ok(Ddl::Files(files.collect::<Result<_, _>>()?))
}

/// Directories named `seeds` hold rows, not structure.
pub(super) fn holds_structure(path: &Utf8Path) -> bool {
    !path.components().any(|part| part.as_str() == "seeds")
}
