//! `migrate baseline --generate`: a live database taken as the base.

use super::{Scope, Site, baseline, lock};
use crate::engine::plan::{self, Options};
use crate::gateway::postgres::{SessionSettings, read_schema};
use crate::model::answer::{BaselineAnswer, BaselineLine};
use crate::model::counted::counted;
use crate::model::exit::ExitCode;
use crate::model::migration::Version;
use crate::model::plan::Plan;
use crate::model::report::{Failure, Stage};
use crate::model::schema::Schema;
use crate::operation::{failure, naming};

/// What `migrate baseline --generate` is asked to do.
#[derive(Debug, Clone)]
pub struct AdoptRequest {
    /// Project and database.
    pub scope: Scope,
    /// The name of the migration that is written.
    pub name: String,
    /// Only say what would be written.
    pub dry_run: bool,
    /// The time, in seconds since 1970.
    pub now: u64,
    /// How the statements of the migration are written.
    pub text: fn(&Plan) -> String,
}

/// Writes the structure of a database as the project's first migration, and marks it as applied there.
pub async fn adopt(request: &AdoptRequest) -> BaselineAnswer {
    let mut answer = baseline::blank("generate", Version::new(""), request.dry_run);
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer
}

async fn carry_out(request: &AdoptRequest, answer: &mut BaselineAnswer) -> Result<(), Failure> {
    naming::check(&request.name)?;
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    if let Some(first) = site.files.migrations.first() {
        return Err(not_the_first(&first.label()));
    }
    let structure = structure(&site).await?;
    let plan =
        plan::plan(&Schema::of_new_database(structure.server_version), &structure, &Options::default())
            .map_err(|refusal| Failure::new(Stage::Compare, ExitCode::Pending, refusal.to_string()))?;
    let (versions, note) =
        naming::next_versions(&site.opened, &request.scope.project, 1, request.now).await?;
    answer.notes.extend(note);
    let Some(version) = versions.into_iter().next() else { return Ok(()) };
    let path = naming::path(&version, &request.name, None, "up");
    answer.through = version.clone();
    answer.marked_count = 1;
    answer.migrations.push(BaselineLine { version, name: request.name.clone(), status: "marked" });
    answer.written = vec![path.clone()];
    if request.dry_run {
        return Ok(());
    }
    is_unmarked(&site).await?;
    naming::write(&site.opened, &[(path, (request.text)(&plan))])?;
    mark(request).await
}

async fn structure(site: &Site) -> Result<Schema, Failure> {
    let schema = read_schema(&site.target, site.opened.ledger.table()).await;
    schema.map_err(|error| failure::database(Stage::Compare, &error))
}

/// Refuses, before anything is written, a database that has a history.
async fn is_unmarked(site: &Site) -> Result<(), Failure> {
    let session = site.connect(&SessionSettings::reading()).await?;
    let rows = site.opened.ledger.rows(&session).await;
    session.close().await;
    match rows.map_err(|error| failure::database(Stage::Server, &error))?.len() {
        0 => Ok(()),
        count => {
            let rows = counted(count, "row");
            let message = format!("the ledger has {rows}, but there are no migrations");
            let mut failure = Failure::new(Stage::Project, ExitCode::Ledger, message);
            failure.help = Some("restore db/migrations from the revision that was deployed".to_owned());
            Err(failure)
        }
    }
}

/// Marks what was written, as it is read back.
async fn mark(request: &AdoptRequest) -> Result<(), Failure> {
    let site = Site::find(&request.scope).await?;
    let session = site.connect(&SessionSettings::migrating("60s")).await?;
    site.is_fit(&session).await?;
    let proof = lock(&session, "30s").await?;
    let ledger = &site.opened.ledger;
    ledger.ensure(&session, &proof).await.map_err(|error| site.ledger_refused(&error))?;
    let done = ledger.mark(&session, &site.files.migrations, "baseline", &proof).await;
    done.map_err(|error| failure::database(Stage::Server, &error))?;
    session.close().await;
    Ok(())
}

fn not_the_first(label: &str) -> Failure {
    let message =
        format!("the project has migrations already, {label} is the first: there is nothing to begin");
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some("mark those that the database has with --through VERSION".to_owned());
    failure
}
