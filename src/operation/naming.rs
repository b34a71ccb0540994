//! What new migrations are called.

use camino::{Utf8Path, Utf8PathBuf};

use super::failure;
use super::project::{Opened, ProjectOptions};
use crate::engine::chain;
use crate::gateway::files::{self, MIGRATIONS};
use crate::gateway::git::Git;
use crate::model::exit::ExitCode;
use crate::model::layout::Tool;
use crate::model::migration::Version;
use crate::model::report::{Failure, Note, Stage};

/// A name is a part of a file's name on every system, and of the ledger's row.
pub(crate) fn check(name: &str) -> Result<(), Failure> {
    let fits = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    if !name.is_empty() && name.chars().all(fits) {
        return Ok(());
    }
    let message = format!("`{name}` is no name for a migration");
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some("a name is made of letters, digits, _ and -".to_owned());
    Err(failure)
}

/// The next free versions: free here, and on every branch that this repository knows, so that two authors who number
/// their migrations do not take the same one. What git cannot say of the branches is a note.
pub(crate) async fn next_versions(
    opened: &Opened,
    options: &ProjectOptions,
    count: usize,
    now: u64,
) -> Result<(Vec<Version>, Option<Note>), Failure> {
    are_ours(opened)?;
    let there = opened.migrations()?.migrations;
    let mut versions: Vec<Version> = there.into_iter().map(|migration| migration.version).collect();
    let git = Git::open(&options.directory, &options.variables);
    let note = match git.files_of_all_branches(Utf8Path::new(MIGRATIONS)).await {
        Ok(elsewhere) => {
            versions.extend(elsewhere.iter().filter_map(|path| files::version_of(path)));
            None
        }
        Err(error) => Some(Note::BranchesNotSeen { reason: error.to_string() }),
    };
    versions.sort();
    versions.dedup();
    let next = chain::next_versions(&versions, opened.settings.migration.versions, count, now);
    match versions.last() {
        Some(newest) if next.len() < count => {
            let message = format!("there is no number after that of the newest migration, {newest}");
            Err(Failure::new(Stage::Project, ExitCode::Configuration, message))
        }
        _ => Ok((next, note)),
    }
}

/// New migrations of other tools are begun with those.
pub(crate) fn are_ours(opened: &Opened) -> Result<(), Failure> {
    let tool = opened.project.layout().tool;
    if tool == Tool::Confiture {
        return Ok(());
    }
    let message = format!("the migrations here are those of {}: none was written", tool.title());
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some(
        "begin it as you are used to; `confiture diff --format sql` prints what stands in it".to_owned(),
    );
    Err(failure)
}

/// A migration's file, `number` telling apart several of one name.
pub(crate) fn path(version: &Version, name: &str, number: Option<usize>, direction: &str) -> Utf8PathBuf {
    let number = number.map(|number| format!("_{number}")).unwrap_or_default();
    Utf8Path::new(MIGRATIONS).join(format!("{version}_{name}{number}.{direction}.sql"))
}

/// A file cannot be written.
pub(crate) fn write(opened: &Opened, files: &[(Utf8PathBuf, String)]) -> Result<Vec<Utf8PathBuf>, Failure> {
    opened.project.write_new(files).map_err(|error| failure::file(&error))?;
    Ok(files.iter().map(|(path, _)| path.clone()).collect())
}
