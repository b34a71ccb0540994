//! One structure, read to be kept.

use secrecy::{ExposeSecret as _, SecretString};
use tokio_util::sync::CancellationToken;

use super::project::ProjectOptions;
use super::structure::{Bench, Grounds, Source, Wishes, shown};
use crate::engine::plan::{self, Options};
use crate::model::difference::Side;
use crate::model::exit::ExitCode;
use crate::model::plan::Plan;
use crate::model::report::{Failure, Stage};
use crate::model::schema::Schema;
use crate::model::schema::document::Document;

/// What a dump is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// The project and its settings, if there is one.
    pub project: ProjectOptions,
    /// The side, as given; a URL holds a password.
    pub side: SecretString,
    /// How the throwaway server is to be.
    pub wishes: Wishes,
    /// Ends it early when it is cancelled; what was started is cleaned up first.
    pub cancel: CancellationToken,
}

/// The structure of a side as a document.
pub async fn document(request: &Request) -> Result<Document, Failure> {
    let (schema, side) = read(request).await?;
    Ok(Document::of(&schema, side.server_version))
}

/// The structure of a side as the statements that make it in a new database.
pub async fn statements(request: &Request) -> Result<Plan, Failure> {
    let (schema, _) = read(request).await?;
    // What cannot be written as SQL is nobody's mistake but ours.
    plan::plan(&Schema::of_new_database(schema.server_version), &schema, &Options::default())
        .map_err(|refusal| Failure::new(Stage::Compare, ExitCode::Pending, refusal.to_string()))
}

async fn read(request: &Request) -> Result<(Schema, Side), Failure> {
    let grounds = Grounds::open(&request.project).await?;
    let text = request.side.expose_secret();
    let mut side = Side::named(shown(text));
    let source = Source::find(text, &grounds, &mut side).await?;
    let mut bench = Bench::new(&grounds, request.wishes.clone());
    let mut result = tokio::select! {
        taken = bench.take(source, &mut side) => taken,
        () = request.cancel.cancelled() => {
            Err(Failure::new(Stage::Server, ExitCode::Pending, "the dump was interrupted"))
        }
    };
    bench.close(&mut result).await;
    Ok((result?.schema, side))
}
