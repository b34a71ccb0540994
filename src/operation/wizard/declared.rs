//! The declared schema with what changes: written into its files, built, and compared with what the migrations build.

use super::Wizard;
use crate::engine::change::Answers;
use crate::model::migration::SqlFile;
use crate::model::place::Place;
use crate::model::report::{Drift, Failure, Stage};
use crate::model::wizard::Edited;
use crate::operation::diff::{self, Sides};
use crate::operation::failure;
use crate::operation::project::Opened;
use crate::operation::script::Script;
use crate::operation::sources::Sources;
use crate::sql;

/// What becomes of the declared schema.
pub(super) enum Declared {
    /// Its files, with what they say then.
    Edited(Vec<Edited>),
    /// It is left as it is, and why, where that is to be told.
    Left(Option<String>),
}

impl Wizard {
    /// The files of the declared schema that say what changes, proved to build what the migrations then build. None of
    /// them changes where they say so already.
    pub(super) async fn declare(&self, opened: &Opened, changes: &[String]) -> Result<Declared, Failure> {
        let files = files_of(opened)?;
        if !self.declares || files.is_empty() {
            return Ok(Declared::Left(None));
        }
        let texts: Vec<String> = files.iter().map(|file| file.text.clone()).collect();
        let edited = match sql::declared(&texts, &changes.join("\n")) {
            Ok(after) => self.built(&files, &after, changes).await?.map(|()| after),
            Err(error) => Err(error.to_string()),
        };
        let after = match edited {
            Ok(after) => after,
            Err(_) if self.built(&files, &texts, changes).await?.is_ok() => texts,
            Err(why) => return Ok(Declared::Left(Some(why))),
        };
        let edited = files.into_iter().zip(after).filter(|(file, after)| file.text != *after);
        let edited = edited.map(|(file, after)| Edited { path: file.path, before: file.text, after });
        Ok(Declared::Edited(edited.collect()))
    }

    /// Whether files with these texts build what the migrations build with the changes, else why they do not.
    async fn built(
        &self,
        files: &[SqlFile],
        texts: &[String],
        changes: &[String],
    ) -> Result<Result<(), String>, Failure> {
        let files =
            files.iter().zip(texts).map(|(file, text)| SqlFile { text: text.clone(), ..file.clone() });
        let files: Vec<SqlFile> = files.collect();
        let sides = Sides::Declared { changes, files: &files };
        let (found, _) = Box::pin(diff::unwritten(&self.comparison("db/schema"), sides)).await;
        if self.cancel.is_cancelled() {
            return Err(super::interrupted());
        }
        Ok(match (found.failure, found.drift) {
            (Some(failure), _) => Err(format!("with it they cannot be built: {}", failure.message)),
            (None, Some(drift)) if !drift.equal => Err(differs(&drift)),
            (None, _) => Ok(()),
        })
    }
}

fn differs(drift: &Drift) -> String {
    let objects: Vec<String> = drift
        .changes
        .iter()
        .take(3)
        .map(|change| {
            let object = &change.object;
            let whole =
                if object.parent.is_empty() { String::new() } else { format!(" of {}", object.parent) };
            format!("{} {}{whole}", object.kind, object.name)
        })
        .collect();
    let more = drift.changes.len().saturating_sub(objects.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("with it they would build something else than the migrations: {}{more}", objects.join(", "))
}

/// The statement of the declared schema that makes the table which changes, if there is one.
pub(super) fn place(opened: &Opened, answers: &Answers) -> Result<Option<Place>, Failure> {
    let Some(table) = answers.get("table") else { return Ok(None) };
    let files = files_of(opened)?;
    let scripts = files.iter().map(|file| Script::read(file, Stage::Schema));
    let scripts = scripts.collect::<Result<Vec<_>, _>>()?;
    Ok(Sources::of(scripts.iter()).of_whole(table).cloned())
}

fn files_of(opened: &Opened) -> Result<Vec<SqlFile>, Failure> {
    opened.project.schema(&opened.settings).map_err(|error| failure::file(&error))
}
