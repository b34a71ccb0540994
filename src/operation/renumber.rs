//! New versions for migrations whose version is taken by now.

use camino::{Utf8Path, Utf8PathBuf};

use super::project::{Opened, ProjectOptions, migrations_in};
use crate::engine::conflict::{Claims, is_same};
use crate::gateway::files::MIGRATIONS;
use crate::model::conflict::Renumber;
use crate::model::migration::Migration;
use crate::model::report::Failure;
use crate::model::tidy::Rename;
use crate::operation::failure;

/// How the files of a project are to be called so that no version is taken twice. `base` holds the project as it was
/// when the branch parted, `newest` as it is by now where it goes to. Writes nothing.
pub async fn renumber(
    project: &ProjectOptions,
    base: &Utf8Path,
    newest: &Utf8Path,
) -> Result<Vec<Rename>, Failure> {
    let Some(opened) = Opened::open_if_there(project).await? else { return Ok(Vec::new()) };
    let at = |directory: &Utf8Path| {
        migrations_in(directory, opened.project.layout()).map(|found| found.migrations)
    };
    let (before, there) = (at(base)?, at(newest)?);
    // A file that was there before may have changed, and is no new one all the same.
    let known = |one: &Migration| {
        before.iter().any(|other| other.up.path == one.up.path)
            || there.iter().any(|other| is_same(other, one))
    };
    let mut mine = opened.migrations()?.migrations;
    mine.retain(|one| !known(one));
    let claims = Claims::settle(&there, &[&mine], opened.settings.migration.versions);
    let mut renames = Vec::new();
    for (claim, migration) in claims
        .of(0)
        .iter()
        .filter_map(|claim| Some((claim, mine.iter().find(|one| one.up.path == claim.path)?)))
    {
        renames.extend(files_of(migration, &opened)?.into_iter().filter_map(|from| renamed(from, claim)));
    }
    Ok(renames)
}

/// All files that belong to a migration, each once.
fn files_of(migration: &Migration, opened: &Opened) -> Result<Vec<Utf8PathBuf>, Failure> {
    let checks = opened.project.checks().map_err(|error| failure::file(&error))?;
    let beside = checks.into_iter().map(|(_, file)| file.path).filter(|path| {
        let rest = path.file_name().and_then(|name| name.strip_prefix(&migration.label()));
        rest.is_some_and(|rest| rest.starts_with('.'))
    });
    let own = migration.forward().map(|file| file.path.clone());
    let mut files: Vec<Utf8PathBuf> =
        own.chain(migration.down.as_ref().map(|down| down.path().to_owned())).chain(beside).collect();
    files.sort();
    files.dedup();
    Ok(files)
}

fn renamed(from: Utf8PathBuf, claim: &Renumber) -> Option<Rename> {
    let rest = from.file_name()?.strip_prefix(claim.version.as_str())?;
    let name = format!("{}{rest}", claim.take);
    let directory = from.parent().unwrap_or(Utf8Path::new(MIGRATIONS));
    Some(Rename { to: directory.join(name), from })
}
