//! `confiture build`.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::arguments::Format;
use super::arguments::build::BuildOptions;
use super::diff::wishes;
use super::output;
use super::preflight::project;
use super::progress::Spinner;
use crate::operation::build::{self, BuildRequest, Onto, Wanted};
use crate::render;

pub(super) async fn run(
    options: BuildOptions,
    variables: BTreeMap<String, String>,
    cancel: CancellationToken,
) -> u8 {
    let watched = output::is_watched(&variables);
    let project = project(&options.project, variables);
    let to = options.report.as_deref();
    if options.list_files {
        let answer = build::list(&project, options.schema_only, options.seed_profile.as_deref()).await;
        let said = match options.format {
            Format::Json => render::json::document(&answer),
            Format::Text => render::build::list(&answer, output::wants_colour(to.is_some())),
        };
        return output::write(&said, to, answer.head.exit_code);
    }
    let request = BuildRequest {
        project,
        sequential: options.sequential,
        continue_on_error: options.continue_on_error,
        profile: options.seed_profile.clone(),
        schema_only: options.schema_only,
        auto_order: options.auto_order,
        onto: onto(&options),
        text: render::build::concatenated,
        cancel,
        output: options.output.clone(),
    };
    let answer = Spinner::during(watched, "building", Box::pin(build::build(&request))).await;
    let said = match options.format {
        Format::Json => render::json::document(&answer),
        Format::Text => render::build::text(&answer, options.show_hash, output::wants_colour(to.is_some())),
    };
    output::write(&said, to, answer.head.exit_code)
}

fn onto(options: &BuildOptions) -> Onto {
    match &options.database_url {
        Some(url) => Onto::Database(Wanted {
            url: SecretString::from(url.clone()),
            create: options.create,
            drop_existing: options.drop_existing,
            template: options.template,
        }),
        None if options.scratch => Onto::Scratch(wishes(&options.server)),
        None => Onto::Nothing,
    }
}
