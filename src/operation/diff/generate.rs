//! Writing a plan as migrations of the project.

use camino::{Utf8Path, Utf8PathBuf};

use super::prove::{Part, Proved};
use crate::engine::chain;
use crate::gateway::files::MIGRATIONS;
use crate::model::difference::{DiffAnswer, Draft};
use crate::model::exit::ExitCode;
use crate::model::migration::Version;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;
use crate::operation::project::Opened;
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
        let fits = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
        if !self.name.is_empty() && self.name.chars().all(fits) {
            return Ok(());
        }
        let message = format!("`{}` is no name for a migration", self.name);
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = Some("a name is made of letters, digits, _ and -".to_owned());
        Err(failure)
    }

    /// Writes a plan into the project's migrations, a pair of files for each part.
    pub(super) fn write(
        &self,
        proved: &Proved,
        opened: &Opened,
        answer: &mut DiffAnswer,
    ) -> Result<(), Failure> {
        let there = opened.migrations()?.migrations;
        let versions = chain::next_versions(&there, proved.parts.len(), self.now);
        let mut files = Vec::new();
        for (index, (part, version)) in proved.parts.iter().zip(&versions).enumerate() {
            let draft = draft(part, answer);
            let number = (versions.len() > 1).then_some(index + 1);
            files.push((self.path(version, number, "up"), (self.texts.up)(&draft)));
            files.push((self.path(version, number, "down"), (self.texts.down)(&draft)));
        }
        opened.project.write_new(&files).map_err(|error| failure::file(&error))?;
        answer.written = files.into_iter().map(|(path, _)| path).collect();
        Ok(())
    }

    fn path(&self, version: &Version, number: Option<usize>, direction: &str) -> Utf8PathBuf {
        let number = number.map(|number| format!("_{number}")).unwrap_or_default();
        Utf8Path::new(MIGRATIONS).join(format!("{version}_{}{number}.{direction}.sql", self.name))
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
