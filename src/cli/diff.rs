//! `confiture diff`.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::arguments::structure::{BuildArguments, DiffFormat, DiffOptions};
use super::preflight::project;
use super::progress::Spinner;
use super::{now, output};
use crate::model::difference::DiffAnswer;
use crate::operation::diff::{self, Generate, Request, Texts};
use crate::operation::structure::{Rights, Wishes};
use crate::render;

pub(super) async fn run(
    options: DiffOptions,
    variables: BTreeMap<String, String>,
    cancel: CancellationToken,
) -> u8 {
    let watched = output::is_watched(&variables);
    let request = Request {
        generate: options.name.clone().map(|name| generate(name, options.unproved)),
        project: project(&options.project, variables),
        from: SecretString::from(options.from),
        to: SecretString::from(options.to),
        renames: options.renames,
        wishes: wishes(&options.build),
        plan: options.plan || options.generate || options.output.format == DiffFormat::Sql,
        online: options.online,
        prove: !options.no_proof,
        cancel,
    };
    let answer = Spinner::during(watched, "comparing", Box::pin(diff::run(&request))).await;
    let to = options.output.output.as_deref();
    output::write(&face(&answer, options.output.format, to.is_some()), to, answer.exit_code)
}

fn generate(name: String, unproved: bool) -> Generate {
    let texts = Texts { up: render::migration::up, down: render::migration::down };
    Generate { name, unproved, now: now(), texts, taken: 0 }
}

fn face(answer: &DiffAnswer, format: DiffFormat, to_file: bool) -> String {
    match format {
        DiffFormat::Text => render::difference::text(answer, output::wants_colour(to_file)),
        DiffFormat::Json => render::json::document(answer),
        DiffFormat::Markdown => render::markdown::comparison(answer) + "\n",
        DiffFormat::Sql => render::difference::sql(answer),
    }
}

pub(super) fn wishes(arguments: &BuildArguments) -> Wishes {
    let rights = match (arguments.superuser, arguments.no_superuser) {
        (true, _) => Rights::Superuser,
        (_, true) => Rights::Owner,
        _ => Rights::Sandboxed,
    };
    Wishes { postgres: arguments.postgres.clone(), download: arguments.download_postgres, rights }
}
