//! `migrate rebuild`: the database dropped and built again from the declared schema.

use std::time::Instant;

use super::{Lock, Scope, Site};
use crate::gateway::postgres::{Contents, Session, SessionSettings, contents};
use crate::model::answer::{Head, RebuildAnswer};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::operation::apply::milliseconds;
use crate::operation::build::Beside;
use crate::operation::{failure, migrate};

/// What `migrate rebuild` is asked to do.
#[derive(Debug, Clone)]
pub struct RebuildRequest {
    /// Project and database.
    pub scope: Scope,
    /// Whether the seeds of the environment are put in.
    pub seed: bool,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Whether the user has said yes.
    pub confirmed: bool,
    /// The advisory lock.
    pub lock: Lock,
}

/// Builds the declared schema in a database beside, marks every migration as applied there, and puts it in the place of
/// the old one, which is dropped with everything in it. What fails before that leaves the old one as it was.
pub async fn rebuild(request: &RebuildRequest) -> RebuildAnswer {
    let started = Instant::now();
    let mut answer = RebuildAnswer {
        head: Head::new("migrate rebuild"),
        success: false,
        dry_run: request.dry_run,
        tables_dropped: 0,
        files_processed: 0,
        seeds_applied: None,
        marked: Vec::new(),
        previous: Vec::new(),
        total_duration_ms: 0.0,
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.success = answer.head.ok;
    answer.total_duration_ms = milliseconds(started);
    answer
}

async fn carry_out(request: &RebuildRequest, answer: &mut RebuildAnswer) -> Result<(), Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    let session = site.connect(&SessionSettings::migrating("60s")).await?;
    is_own(&site, &session).await?;
    let refused = |error| failure::database(Stage::Server, &error);
    answer.previous = site.deployed(&session).await?;
    let tables = session.value(TABLES).await.map_err(refused)?;
    answer.tables_dropped = tables.and_then(|count| count.parse().ok()).unwrap_or_default();
    answer.marked = site.files.migrations.iter().map(|migration| migration.version.clone()).collect();
    let beside = Beside::plan(&request.scope.project, &site.target, request.seed).await?;
    answer.files_processed = beside.files();
    answer.seeds_applied = request.seed.then(|| beside.seeds());
    if request.dry_run {
        return Ok(());
    }
    if !request.confirmed {
        return Err(not_confirmed(&site, answer.tables_dropped));
    }
    // Nobody migrates what is about to go; whoever waits for the lock goes with it.
    let _proof = request.lock.take(&site, &session).await?;
    let built = beside.build().await?;
    if let Err(failure) = mark(&site, &built.target).await {
        built.forget().await;
        return Err(failure);
    }
    session.close().await;
    built.take_the_place_of(&site.target).await
}

/// How many tables there are, the ledger among them and what stands beside it left out.
const TABLES: &str = "select count(*) from pg_catalog.pg_class c \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    where c.relkind in ('r', 'p') and n.nspname not in ('information_schema', 'confiture') and n.nspname !~ '^pg_'";

/// Refuses a database that neither has this project's ledger nor was built by this program.
async fn is_own(site: &Site, session: &Session) -> Result<(), Failure> {
    let refused = |error| failure::database(Stage::Server, &error);
    let has_ledger = site.opened.ledger.exists(session).await.map_err(refused)?;
    if has_ledger || contents(session).await.map_err(refused)? != Contents::Other {
        return Ok(());
    }
    let table = site.opened.ledger.table().display();
    let message = format!(
        "{} is not this project's: it has no ledger {table}, and was not built by this command",
        site.target
    );
    let mut failure = Failure::new(Stage::Server, ExitCode::Configuration, message);
    failure.help =
        Some("name the right database; or confiture build --drop-existing, which asks nothing".to_owned());
    Err(failure)
}

/// Writes the ledger of the new database.
async fn mark(site: &Site, target: &crate::gateway::postgres::Target) -> Result<(), Failure> {
    let session = Session::open(target, &SessionSettings::migrating("60s")).await;
    let session = session.map_err(|error| failure::connection(Stage::Server, target, &error))?;
    let refused = |error| failure::database(Stage::Server, &error);
    let proof = migrate::lock(&session, "30s").await?;
    let ledger = &site.opened.ledger;
    ledger.ensure(&session, &proof).await.map_err(refused)?;
    ledger.mark(&session, &site.files.migrations, "rebuild", &proof).await.map_err(refused)?;
    session.close().await;
    Ok(())
}

fn not_confirmed(site: &Site, tables: usize) -> Failure {
    let message =
        format!("this drops {} with {tables} tables and everything in them, and builds it anew", site.target);
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some("look with --dry-run, then say --yes".to_owned());
    failure
}
