//! A live database compared with what is declared, and with what its deployed migrations build.

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::majors::even_out;
use super::renames::Renamed;
use super::way::{self, Wish};
use super::{difference, interrupted};
use crate::config::IgnoreSettings;
use crate::engine::diff::Ignore;
use crate::gateway::files::SCHEMA;
use crate::gateway::postgres::{Session, SessionSettings, Target};
use crate::model::difference::{DiffAnswer, DriftAnswer, Side, SideKind};
use crate::model::exit::ExitCode;
use crate::model::ledger::LedgerRow;
use crate::model::migration::{Migration, SqlFile, Version};
use crate::model::report::{Failure, Note, Stage};
use crate::operation::apply::milliseconds;
use crate::operation::failure;
use crate::operation::migrate::{Scope, target};
use crate::operation::structure::{Bench, Grounds, Source, Taken, Text, Wishes};

/// What a look for drift is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// Project and database.
    pub scope: Scope,
    /// How the throwaway server is to be.
    pub wishes: Wishes,
    /// Whether repairs are to be proved.
    pub prove: bool,
    /// Ends it early when it is cancelled; what was started is cleaned up first.
    pub cancel: CancellationToken,
}

/// Looks for drift. Writes nothing into the database. Never fails as such: what went wrong is in the answer.
pub async fn run(request: &Request) -> DriftAnswer {
    let started = Instant::now();
    let mut answer = DriftAnswer::new("drift");
    if let Err(failure) = carry_out(request, &mut answer).await {
        answer.failure = Some(failure);
    }
    answer.conclude();
    answer.duration_ms = milliseconds(started);
    answer
}

async fn carry_out(request: &Request, answer: &mut DriftAnswer) -> Result<(), Failure> {
    let grounds = Grounds::open(&request.scope.project).await?;
    let target = target(&request.scope, grounds.project()?)?;
    answer.database = Some(target.to_string());
    let standards = standards(&grounds, &target, answer).await?;
    let mut bench = Bench::new(&grounds, request.wishes.clone());
    let mut result = tokio::select! {
        result = compare(&mut bench, &grounds, &target, standards, request.prove, answer) => result,
        () = request.cancel.cancelled() => Err(interrupted()),
    };
    let server = bench.info();
    answer.comparisons.iter_mut().for_each(|comparison| comparison.server.clone_from(&server));
    answer.notes.extend(bench.close(&mut result).await);
    result
}

/// What the database should be like: each with its name, its kind, and the SQL that says so.
type Standard = (&'static str, SideKind, Text);

async fn standards(
    grounds: &Grounds,
    target: &Target,
    answer: &mut DriftAnswer,
) -> Result<Vec<Standard>, Failure> {
    let opened = grounds.project()?;
    let declared: Vec<SqlFile> =
        opened.project.schema(&opened.settings).map_err(|error| failure::file(&error))?;
    let tool = opened.project.layout().tool;
    let by_command = tool.is_run_by_command();
    let migrations = if by_command { Vec::new() } else { opened.migrations()?.migrations };
    let ledger = ledger(grounds, target, &migrations).await?;
    let mut standards = Vec::new();
    if declared.is_empty() {
        answer.notes.push(Note::NoDeclaredSchema { directory: SCHEMA.to_owned() });
    } else {
        standards.push((SCHEMA, SideKind::Schema, Text::Files(declared)));
    }
    match ledger {
        None => answer.notes.push(Note::NoChain { table: grounds.ledger().table().display() }),
        Some(rows) => {
            answer.version = rows.last().map(|row| row.version.clone());
            if by_command {
                answer.notes.push(Note::NotReplayed { tool });
                return enough(standards);
            }
            match deployed(migrations, &rows) {
                Ok(chain) => {
                    standards.push(("the deployed migrations", SideKind::Migrations, Text::Chain(chain)));
                }
                Err(versions) => answer.notes.push(Note::ChainNotReplayed { versions }),
            }
        }
    }
    enough(standards)
}

fn enough(standards: Vec<Standard>) -> Result<Vec<Standard>, Failure> {
    if standards.is_empty() {
        let message = format!("there is nothing to compare the database with: neither {SCHEMA} nor a chain");
        return Err(Failure::new(Stage::Project, ExitCode::Configuration, message));
    }
    Ok(standards)
}

/// The rows of the database's ledger, `None` when it has none.
async fn ledger(
    grounds: &Grounds,
    target: &Target,
    migrations: &[Migration],
) -> Result<Option<Vec<LedgerRow>>, Failure> {
    let known = grounds.ledger().clone().knowing(migrations);
    let refused = |error| failure::connection(Stage::Compare, target, &error);
    let session = Session::open(target, &SessionSettings::reading()).await.map_err(refused)?;
    let rows = if known.exists(&session).await.map_err(refused)? {
        Some(known.rows(&session).await.map_err(refused)?)
    } else {
        None
    };
    session.close().await;
    Ok(rows)
}

/// The migrations that the ledger has; the versions whose files are gone, when there are such.
fn deployed(migrations: Vec<Migration>, rows: &[LedgerRow]) -> Result<Vec<Migration>, Vec<Version>> {
    let gone = |row: &&LedgerRow| !migrations.iter().any(|migration| migration.version == row.version);
    let gone: Vec<Version> = rows.iter().filter(gone).map(|row| row.version.clone()).collect();
    if !gone.is_empty() {
        return Err(gone);
    }
    let is_deployed = |migration: &Migration| rows.iter().any(|row| row.version == migration.version);
    Ok(migrations.into_iter().filter(is_deployed).collect())
}

async fn compare(
    bench: &mut Bench<'_>,
    grounds: &Grounds,
    target: &Target,
    standards: Vec<Standard>,
    prove: bool,
    answer: &mut DriftAnswer,
) -> Result<(), Failure> {
    let mut live_side = Side { kind: Some(SideKind::Database), ..Side::named(target.to_string()) };
    let mut live = bench.take(Source::Database(Box::new(target.clone())), &mut live_side).await?;
    let ignore = ignore(&grounds.project()?.settings.drift.ignore);
    let mut ignored = 0;
    for (name, kind, text) in standards {
        let to = Side { kind: Some(kind), ..Side::named(name) };
        let mut comparison = DiffAnswer::new("drift", live_side.clone(), to);
        let mut standard = bench.take(Source::Text(text), &mut comparison.to).await?;
        ignored = ignored.max(ignore.overlay(&live.schema, &mut standard.schema));
        let sides = ((&comparison.from, &mut live.schema), (&comparison.to, &mut standard.schema));
        comparison.notes.extend(even_out(sides.0, sides.1));
        differ(bench, &live, &standard, prove, &mut comparison).await?;
        answer.comparisons.push(comparison);
    }
    if ignored > 0 {
        answer.notes.push(Note::Ignored { objects: ignored });
    }
    Ok(())
}

async fn differ(
    bench: &mut Bench<'_>,
    live: &Taken,
    standard: &Taken,
    prove: bool,
    comparison: &mut DiffAnswer,
) -> Result<(), Failure> {
    let drift = comparison.drift.insert(difference(live, standard, Vec::new()));
    if !drift.equal {
        let wish = Wish { online: false, prove };
        way::find(bench, (live, &Renamed::default()), &standard.schema, wish, comparison).await?;
    }
    comparison.conclude();
    Ok(())
}

fn ignore(settings: &IgnoreSettings) -> Ignore {
    Ignore {
        schemas: settings.schemas.clone(),
        objects: settings.objects.clone(),
        owners: settings.owners.clone(),
    }
}
