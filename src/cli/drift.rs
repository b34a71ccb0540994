//! `confiture drift`.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::arguments::structure::{DriftFormat, DriftOptions};
use super::diff::wishes;
use super::output;
use super::preflight::project;
use super::progress::Spinner;
use crate::operation::diff::drift::{self, Request};
use crate::operation::migrate::Scope;
use crate::render;

pub(super) async fn run(
    options: DriftOptions,
    variables: BTreeMap<String, String>,
    cancel: CancellationToken,
) -> u8 {
    let watched = output::is_watched(&variables);
    let request = Request {
        scope: Scope {
            project: project(&options.project, variables),
            url: options.database.database_url.clone().map(SecretString::from),
        },
        wishes: wishes(&options.build),
        prove: !options.no_proof,
        cancel,
    };
    let answer = Spinner::during(watched, "comparing", Box::pin(drift::run(&request))).await;
    let to = options.output.output.as_deref();
    let said = match options.output.format {
        DriftFormat::Text => render::difference::drift(&answer, output::wants_colour(to.is_some())),
        DriftFormat::Json => render::json::document(&answer),
        DriftFormat::Markdown => render::markdown::drifted(&answer),
        DriftFormat::Sql => render::difference::drift_sql(&answer),
    };
    output::write(&said, to, answer.exit_code)
}
