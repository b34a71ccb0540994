//! Where the declared schema has what changes.

use crate::engine::change::Answers;
use crate::model::place::Place;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;
use crate::operation::project::{Opened, ProjectOptions};
use crate::operation::script::Script;
use crate::operation::sources::Sources;

/// The statement of the declared schema that makes the table which changes, if there is one.
pub(super) async fn place(options: &ProjectOptions, answers: &Answers) -> Result<Option<Place>, Failure> {
    let Some(table) = answers.get("table") else { return Ok(None) };
    let opened = Opened::open(options).await?;
    let files = opened.project.schema(&opened.settings).map_err(|error| failure::file(&error))?;
    let scripts = files.iter().map(|file| Script::read(file, Stage::Schema));
    let scripts = scripts.collect::<Result<Vec<_>, _>>()?;
    Ok(Sources::of(scripts.iter()).of_whole(table).cloned())
}
