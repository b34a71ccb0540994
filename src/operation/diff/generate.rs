//! Writing a plan as migrations of the project.

use camino::Utf8PathBuf;

use super::prove::{Part, Proved};
use crate::model::difference::{DiffAnswer, Draft};
use crate::model::report::Failure;
use crate::operation::naming;
use crate::operation::structure::Grounds;

/// What is asked for with `--generate`.
#[derive(Debug, Clone)]
pub struct Generate {
    /// The migration's name.
    pub name: String,
    /// Whether it is written although its proof failed or was left out.
    pub unproved: bool,
    /// The time, in seconds since 1970.
    pub now: u64,
    /// How the two files are worded.
    pub texts: Texts,
    /// How many of the next versions are taken by what is written with it.
    pub taken: usize,
}

/// How the two files of a migration are worded.
#[derive(Debug, Clone, Copy)]
pub struct Texts {
    /// The file that leads forward.
    pub up: fn(&Draft<'_>) -> String,
    /// The file that leads back.
    pub down: fn(&Draft<'_>) -> String,
}

impl Generate {
    /// Refuses what would be refused in the end, before any work is done.
    pub(super) fn check(&self, grounds: &Grounds) -> Result<(), Failure> {
        grounds.project()?;
        naming::check(&self.name)
    }

    /// A plan as files of the project's migrations, a pair for each part.
    pub(super) async fn files(
        &self,
        proved: &Proved,
        grounds: &Grounds,
        answer: &mut DiffAnswer,
    ) -> Result<Vec<(Utf8PathBuf, String)>, Failure> {
        let opened = grounds.project()?;
        let count = self.taken + proved.parts.len();
        let (versions, note) = naming::next_versions(opened, &grounds.options, count, self.now).await?;
        answer.notes.extend(note);
        let mut files = Vec::new();
        for (index, (part, version)) in proved.parts.iter().zip(&versions[self.taken..]).enumerate() {
            let draft = draft(part, answer);
            let number = (proved.parts.len() > 1).then_some(index + 1);
            let path = |direction: &str| naming::path(version, &self.name, number, direction);
            files.push((path("up"), (self.texts.up)(&draft)));
            files.push((path("down"), (self.texts.down)(&draft)));
        }
        Ok(files)
    }
}

fn draft<'a>(part: &'a Part, answer: &'a DiffAnswer) -> Draft<'a> {
    Draft {
        from: &answer.from.name,
        to: &answer.to.name,
        proof: answer.proof,
        up: &part.up.steps,
        down: part.down.as_ref().map(Vec::as_slice),
    }
}
