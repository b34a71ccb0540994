//! `confiture migrate up`, `status` and `baseline`.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use secrecy::SecretString;
use serde::Serialize;

use super::arguments::{
    BaselineOptions, DatabaseArguments, Format, OutputArguments, ProjectArguments, StatusOptions, UpOptions,
};
use super::output;
use super::preflight::project;
use crate::model::exit::ExitCode;
use crate::model::migration::Version;
use crate::operation::migrate::{self, BaselineRequest, Scope, UpRequest};
use crate::render;

type Variables = BTreeMap<String, String>;

pub(super) async fn up(options: UpOptions, variables: Variables) -> u8 {
    let request = UpRequest {
        scope: scope(&options.project, &options.database, variables),
        target: options.target.map(Version::new),
        lock_timeout: options.lock_timeout,
    };
    let answer = migrate::up(&request).await;
    say(&answer, answer.head.exit_code, &options.output, render::answer::up)
}

pub(super) async fn status(options: StatusOptions, variables: Variables) -> u8 {
    let answer = migrate::status(&scope(&options.project, &options.database, variables)).await;
    say(&answer, answer.head.exit_code, &options.output, render::answer::status)
}

pub(super) async fn baseline(options: BaselineOptions, variables: Variables) -> u8 {
    let request = BaselineRequest {
        scope: scope(&options.project, &options.database, variables),
        through: Version::new(options.through),
        dry_run: options.dry_run,
    };
    let answer = migrate::baseline(&request).await;
    say(&answer, answer.head.exit_code, &options.output, render::answer::baseline)
}

fn scope(project_arguments: &ProjectArguments, database: &DatabaseArguments, variables: Variables) -> Scope {
    Scope {
        project: project(project_arguments, variables),
        url: database.database_url.clone().map(SecretString::from),
    }
}

fn say<A: Serialize>(
    answer: &A,
    code: ExitCode,
    arguments: &OutputArguments<Format>,
    text: fn(&A, bool) -> String,
) -> u8 {
    let to: Option<&Utf8PathBuf> = arguments.output.as_ref();
    let said = match arguments.format {
        Format::Json => render::json::document(answer),
        Format::Text => text(answer, output::wants_colour(to.is_some())),
    };
    output::write(&said, to.map(Utf8PathBuf::as_path), code)
}
