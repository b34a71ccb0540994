//! Renames that somebody says, on the command line or in comments. They are done first, on a copy of the side that
//! is led away from: what that does to views, indexes and functions is then read and not guessed.

use std::collections::BTreeSet;
use std::slice;

use super::prove;
use super::walk::{Stop, Walker};
use crate::engine::plan::rename::{self, Renaming};
use crate::gateway::postgres::Target;
use crate::model::exit::ExitCode;
use crate::model::migration::SqlFile;
use crate::model::plan::Step;
use crate::model::rename::{Occasion, Rename};
use crate::model::report::{Change, Failure, Stage};
use crate::model::schema::Schema;
use crate::operation::failure;
use crate::operation::structure::{Bench, Source, Taken};
use crate::sql;

/// Renames as they were said.
#[derive(Default)]
pub(super) struct Said {
    renames: Vec<Rename>,
    /// For each of them the failure that it is when it can be about nothing: it has the place, but no words.
    complaints: Vec<Failure>,
    done: BTreeSet<usize>,
}

/// Renames as they were done.
#[derive(Default)]
pub(super) struct Renamed {
    /// The statements, in order.
    pub(super) up: Vec<Step>,
    /// Those that take them back, in order.
    pub(super) back: Vec<Step>,
    /// What is told of them.
    pub(super) changes: Vec<Change>,
    /// What was there before, and a database that has it.
    pub(super) before: Option<(Target, Schema)>,
}

impl Said {
    /// Reads them from the command line and from the texts of both sides.
    pub(super) fn read(words: &[String], from: &Source, to: &Source) -> Result<Self, Failure> {
        let mut said = Self::default();
        for file in from.files() {
            said.read_file(file, Occasion::Before)?;
        }
        for file in to.files() {
            said.read_file(file, Occasion::InText)?;
        }
        for text in words {
            // A line of a file may be copied as it is.
            let text = text.trim().strip_prefix("rename ").unwrap_or(text);
            let complaint = |why: &str| refused(format!("--rename \"{text}\": {why}"));
            let rename = sql::rename(text).map_err(|error| complaint(&error.to_string()))?;
            said.renames.push(Rename { occasion: Occasion::Now, ..rename });
            said.complaints.push(complaint(""));
        }
        Ok(said)
    }

    fn read_file(&mut self, file: &SqlFile, occasion: Occasion) -> Result<(), Failure> {
        for (offset, rename) in sql::renames(&file.text) {
            let mut complaint = refused(String::new());
            failure::mark(&mut complaint, file, offset);
            match rename {
                Ok(rename) => self.renames.push(Rename { occasion, ..rename }),
                Err(error) => return Err(Failure { message: error.to_string(), ..complaint }),
            }
            self.complaints.push(complaint);
        }
        Ok(())
    }

    /// What is to be renamed next on the way from one structure to another.
    fn next(&mut self, from: &Schema, to: &Schema) -> Result<Option<(usize, Renaming)>, Failure> {
        let next = rename::next(&self.renames, &self.done, from, to);
        let next = next.map_err(|(number, why)| {
            let mut complaint = self.complaint(number, &why);
            complaint.help = Some(
                "a line about what is no more can be taken away; docs/diff.md says what it may be".to_owned(),
            );
            complaint
        })?;
        self.done.extend(next.as_ref().map(|(number, _)| number));
        Ok(next)
    }

    fn complaint(&self, number: usize, why: &str) -> Failure {
        let complaint = self.complaints[number].clone();
        Failure { message: complaint.message.clone() + why, ..complaint }
    }

    /// What the server has against a rename, told where that was said.
    fn refusal(&self, number: usize, refused: Failure) -> Failure {
        let complaint = self.complaint(number, &refused.message);
        let (message, place) = (complaint.message, complaint.place);
        let excerpt = if place.is_some() { complaint.excerpt } else { refused.excerpt.clone() };
        Failure { message, place, excerpt, ..refused }
    }

    /// Does what is to be done. The side is then as it is afterwards.
    pub(super) async fn carry_out(
        mut self,
        bench: &mut Bench<'_>,
        from: Taken,
        to: &Schema,
    ) -> Result<(Taken, Renamed), Failure> {
        let mut next = self.next(&from.schema, to)?;
        if next.is_none() {
            return Ok((from, Renamed::default()));
        }
        let mut walker = Walker::new(bench.server().await?, false, "rename");
        let base = prove::start(&mut walker, &from).await.map_err(no_copy)?;
        let at = walker.copy(&base).await?;
        let mut renamed = Renamed::default();
        let (mut state, mut done) = (from.schema.clone(), Vec::new());
        while let Some((number, renaming)) = next {
            let added = renamed.add(&mut walker, &at, slice::from_ref(&renaming), &state).await;
            state = added.map_err(|refused| self.refusal(number, refused))?;
            done.push(renaming);
            next = self.next(&state, to)?;
        }
        let followers = rename::followers(&done, &state, to);
        state = renamed.add(&mut walker, &at, &followers, &state).await?;
        renamed.before = Some((base, from.schema));
        Ok((Taken { schema: state, database: Some(at), sources: from.sources }, renamed))
    }
}

impl Renamed {
    /// Does renames of which none is about what another one renames. Returns what is there then.
    async fn add(
        &mut self,
        walker: &mut Walker<'_, '_>,
        at: &Target,
        renamings: &[Renaming],
        before: &Schema,
    ) -> Result<Schema, Failure> {
        if renamings.is_empty() {
            return Ok(before.clone());
        }
        let steps: Vec<Step> = renamings.iter().map(|renaming| renaming.step(before)).collect();
        let after = walker.run_all(at, &steps).await?;
        let back = renamings.iter().rev().map(|renaming| renaming.back().step(&after));
        self.back.splice(0..0, back.collect::<Vec<_>>());
        self.up.extend(steps);
        self.changes.extend(renamings.iter().map(Renaming::change));
        Ok(after)
    }
}

fn refused(message: String) -> Failure {
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some("docs/diff.md says what can be renamed".to_owned());
    failure
}

/// Nothing can be renamed where there is no copy to do it on.
fn no_copy(stop: Stop) -> Failure {
    let why = match stop {
        Stop::Broken { failure, .. } => return *failure,
        Stop::NoCopy(stop) => return no_copy(*stop),
        Stop::NoWay(refusal) => refusal.to_string(),
        Stop::Astray { .. } | Stop::Restless { .. } => "what was made of it is not the same".to_owned(),
    };
    let message = format!("renames need a copy of the first side, and none can be made: {why}");
    Failure::new(Stage::Proof, ExitCode::Database, message)
}
