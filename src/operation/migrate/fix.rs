//! `migrate fix`: the files of migrations put right.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Scope, repeat, target};
use crate::gateway::files::{self, FileError};
use crate::gateway::postgres::{Session, SessionSettings};
use crate::model::answer::Head;
use crate::model::exit::ExitCode;
use crate::model::migration::{Down, Version};
use crate::model::report::{Failure, Stage};
use crate::model::tidy::{FixAnswer, FixedFile, Rename};
use crate::operation::failure;
use crate::operation::project::Opened;

/// What `migrate fix` is asked to put right.
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
#[derive(Debug, Clone)]
pub struct FixRequest {
    /// Project and database.
    pub scope: Scope,
    /// The names of files.
    pub naming: bool,
    /// Statements that cannot be run twice.
    pub idempotent: bool,
    /// Whether files are changed that are applied, or of which nobody knows.
    pub force: bool,
    /// Only say what would be written.
    pub dry_run: bool,
}

/// Renames files and makes statements repeatable. What is applied is left alone, as the database's ledger tells,
/// unless that is forced.
pub async fn fix(request: &FixRequest) -> FixAnswer {
    let mut answer = FixAnswer {
        head: Head::new("migrate fix"),
        success: false,
        dry_run: request.dry_run,
        renamed: Vec::new(),
        files: Vec::new(),
        fixes_applied: 0,
        left: Vec::new(),
        skipped: Vec::new(),
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.success = answer.head.ok;
    answer
}

async fn carry_out(request: &FixRequest, answer: &mut FixAnswer) -> Result<(), Failure> {
    let opened = Opened::open(&request.scope.project).await?;
    let applied = if request.force { BTreeSet::new() } else { applied(request, &opened, answer).await? };
    let found = opened.migrations()?;
    let mut texts: Vec<(Utf8PathBuf, String)> = Vec::new();
    // What a program sends is put right in the program.
    for migration in found.migrations.iter().filter(|one| one.python.is_none()) {
        let paths =
            std::iter::once(migration.up.path.as_path()).chain(migration.down.as_ref().map(Down::path));
        for path in paths {
            let text = if request.idempotent { read(&opened, path, answer)? } else { None };
            let proper = files::proper_name(path).filter(|_| request.naming);
            if text.is_none() && proper.is_none() {
                continue;
            }
            if applied.contains(&migration.version) {
                leave_alone(path, answer);
                continue;
            }
            texts.extend(text.map(|text| (path.to_owned(), text)));
            answer.renamed.extend(proper.map(|to| Rename { from: path.to_owned(), to }));
        }
    }
    answer.fixes_applied = answer.files.iter().map(|file| file.changes.len()).sum();
    is_free(&opened, answer)?;
    if request.dry_run { Ok(()) } else { write(&opened, &texts, answer) }
}

/// The text of a file made repeatable, when it is not yet.
fn read(opened: &Opened, path: &Utf8Path, answer: &mut FixAnswer) -> Result<Option<String>, Failure> {
    let file = opened.project.sql(path).map_err(|error| failure::file(&error))?;
    let (text, changes, left) = repeat::fixed(&file);
    answer.left.extend(left);
    if changes.is_empty() {
        return Ok(None);
    }
    answer.files.push(FixedFile { path: path.to_owned(), changes });
    Ok(Some(text))
}

/// A file that is applied is left alone.
fn leave_alone(path: &Utf8Path, answer: &mut FixAnswer) {
    answer.files.retain(|file| file.path != *path);
    answer.skipped.push(path.to_owned());
}

/// Refuses, before anything is written, a name that is taken.
fn is_free(opened: &Opened, answer: &FixAnswer) -> Result<(), Failure> {
    let mut taken = BTreeSet::new();
    let names = answer.renamed.iter().map(|one| &one.to);
    let collision =
        names.into_iter().find(|to| opened.project.sql(to).is_ok() || !taken.insert((*to).clone()));
    collision.map_or(Ok(()), |to| Err(failure::file(&FileError::Exists(to.clone()))))
}

fn write(opened: &Opened, texts: &[(Utf8PathBuf, String)], answer: &FixAnswer) -> Result<(), Failure> {
    let refused = |error| failure::file(&error);
    for (path, text) in texts {
        opened.project.rewrite(path, text).map_err(refused)?;
    }
    for one in &answer.renamed {
        opened.project.rename(&one.from, &one.to).map_err(refused)?;
    }
    Ok(())
}

/// The versions that the database has.
async fn applied(
    request: &FixRequest,
    opened: &Opened,
    answer: &mut FixAnswer,
) -> Result<BTreeSet<Version>, Failure> {
    let target = target(&request.scope, opened).map_err(|mut failure| {
        let force = "or say --force, which changes files whether they are applied or not";
        failure.help = Some(failure.help.map_or_else(|| force.to_owned(), |help| format!("{help}, {force}")));
        failure
    })?;
    answer.head.database = Some(target.to_string());
    let session = Session::open(&target, &SessionSettings::reading()).await;
    let session = session.map_err(|error| failure::connection(Stage::Server, &target, &error))?;
    let rows = opened.ledger.clone().knowing(&opened.migrations()?.migrations).rows(&session).await;
    let rows = rows.map_err(|error| failure::database(Stage::Server, &error))?;
    session.close().await;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
