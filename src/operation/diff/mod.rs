//! Two structures compared.

pub mod drift;
mod generate;
mod group;
mod majors;
mod prove;
mod renames;
mod walk;
mod way;

use std::time::Instant;

use camino::Utf8PathBuf;
pub use generate::{Generate, Texts};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_util::sync::CancellationToken;

use self::majors::even_out;
use self::prove::Proved;
use self::renames::Said;
use self::way::Wish;
use crate::engine::diff;
use crate::engine::plan::rename;
use crate::model::difference::{DiffAnswer, Side};
use crate::model::exit::ExitCode;
use crate::model::migration::SqlFile;
use crate::model::report::{Change, Drift, Failure, Stage};
use crate::operation::apply::milliseconds;
use crate::operation::naming;
use crate::operation::project::ProjectOptions;
use crate::operation::sources;
use crate::operation::structure::{Bench, Grounds, Source, Taken, Wishes, shown};

/// What a comparison is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// The project and its settings, if there is one.
    pub project: ProjectOptions,
    /// The side that is led away from, as given; a URL holds a password.
    pub from: SecretString,
    /// The side that is led to.
    pub to: SecretString,
    /// What is called otherwise on the second side, as [`crate::sql::rename`] reads it.
    pub renames: Vec<String>,
    /// How the throwaway server is to be.
    pub wishes: Wishes,
    /// Whether the way from one to the other is to be found.
    pub plan: bool,
    /// Whether it is to be the way that does not block.
    pub online: bool,
    /// Whether it is to be proved.
    pub prove: bool,
    /// Whether, and how, it is to be written as migrations.
    pub generate: Option<Generate>,
    /// Ends the comparison early when it is cancelled; what was started is cleaned up first.
    pub cancel: CancellationToken,
}

/// Files with their texts, by their paths in the project.
pub(crate) type Texted = Vec<(Utf8PathBuf, String)>;

/// What the two sides are, where they are not what the request names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sides<'a> {
    /// As the request names them.
    Named,
    /// The migrations with changes at their end, and the same with one more.
    Changed { before: &'a [String], change: &'a str },
    /// The migrations with changes at their end, and files that are to declare the same.
    Declared { changes: &'a [String], files: &'a [SqlFile] },
}

/// Compares two structures. Never fails as such: what went wrong is in the answer.
pub async fn run(request: &Request) -> DiffAnswer {
    let (mut answer, files) = unwritten(request, Sides::Named).await;
    if !files.is_empty() {
        match write(&request.project, &files).await {
            Ok(written) => answer.written = written,
            Err(failure) => answer.failure = Some(failure),
        }
        answer.conclude();
    }
    answer
}

/// Compares two structures. What is to be generated is returned, and not written.
pub(crate) async fn unwritten(request: &Request, sides: Sides<'_>) -> (DiffAnswer, Texted) {
    let started = Instant::now();
    let side = |text: &SecretString| Side::named(shown(text.expose_secret()));
    let mut answer = DiffAnswer::new("migrate diff", side(&request.from), side(&request.to));
    let files = carry_out(request, sides, &mut answer).await.unwrap_or_else(|failure| {
        answer.failure = Some(failure);
        Vec::new()
    });
    answer.conclude();
    answer.duration_ms = milliseconds(started);
    (answer, files)
}

async fn write(project: &ProjectOptions, files: &Texted) -> Result<Vec<Utf8PathBuf>, Failure> {
    let grounds = Grounds::open(project).await?;
    naming::write(grounds.project()?, files)
}

async fn carry_out(request: &Request, sides: Sides<'_>, answer: &mut DiffAnswer) -> Result<Texted, Failure> {
    let (from, to) = (request.from.expose_secret(), request.to.expose_secret());
    let grounds = Grounds::open(&request.project).await?;
    let (from, to) = match sides {
        Sides::Changed { before, change } => {
            let after = [before, &[change.to_owned()]].concat();
            (Source::changed(&grounds, before)?, Source::changed(&grounds, &after)?)
        }
        Sides::Declared { changes, files } => {
            (Source::changed(&grounds, changes)?, Source::of_files(files.to_vec()))
        }
        Sides::Named => (
            Source::find(from, &grounds, &mut answer.from).await?,
            Source::find(to, &grounds, &mut answer.to).await?,
        ),
    };
    request.generate.as_ref().map_or(Ok(()), |generate| generate.check(&grounds))?;
    let said = Said::read(&request.renames, &from, &to)?;
    let mut bench = Bench::new(&grounds, request.wishes.clone());
    let mut result = tokio::select! {
        result = compare(&mut bench, (from, to), said, request, answer) => result,
        () = request.cancel.cancelled() => Err(interrupted()),
    };
    answer.server = bench.info();
    answer.notes.extend(bench.close(&mut result).await);
    let found = result?;
    match &request.generate {
        Some(generate) => way::files(found.as_ref(), generate, &grounds, answer).await,
        None => Ok(Vec::new()),
    }
}

async fn compare(
    bench: &mut Bench<'_>,
    (from, to): (Source, Source),
    said: Said,
    request: &Request,
    answer: &mut DiffAnswer,
) -> Result<Option<Proved>, Failure> {
    let (mut from, mut to) = bench.take_both((from, &mut answer.from), (to, &mut answer.to)).await?;
    let sides = ((&answer.from, &mut from.schema), (&answer.to, &mut to.schema));
    answer.notes.extend(even_out(sides.0, sides.1));
    let (from, renamed) = said.carry_out(bench, from, &to.schema).await?;
    let drift = difference(&from, &to, renamed.changes.clone());
    answer.hints = rename::hints(&drift, &from.schema, &to.schema);
    let drift = answer.drift.insert(drift);
    if drift.equal || !request.plan {
        return Ok(None);
    }
    let wish = Wish { online: request.online, prove: request.prove };
    way::find(bench, (&from, &renamed), &to.schema, wish, answer).await
}

/// Compares two structures, the first as it is after renames, and says where what differs is written down.
fn difference(from: &Taken, to: &Taken, renames: Vec<Change>) -> Drift {
    let mut drift = diff::diff(&from.schema, &to.schema).with_renames(renames, &to.schema);
    sources::locate(&mut drift, &from.sources, &to.sources);
    drift
}

fn interrupted() -> Failure {
    Failure::new(Stage::Server, ExitCode::Pending, "the comparison was interrupted")
}
