//! `confiture schema dump` and `fmt`, and `introspect`.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::arguments::structure::{DumpFormat, DumpOptions, FormatOptions, IntrospectOptions, KeyWordCase};
use super::diff::wishes;
use super::migrate::{say, scope};
use super::output;
use super::preflight::project;
use super::progress::Spinner;
use crate::model::exit::ExitCode;
use crate::operation::dump::{self, Request};
use crate::operation::format::{self, FormatRequest};
use crate::operation::introspect::{self, IntrospectRequest};
use crate::render;
use crate::sql::KeyWords;

pub(super) async fn dump(
    options: DumpOptions,
    variables: BTreeMap<String, String>,
    cancel: CancellationToken,
) -> u8 {
    let watched = output::is_watched(&variables);
    let request = Request {
        project: project(&options.project, variables),
        side: SecretString::from(options.side),
        wishes: wishes(&options.build),
        cancel,
    };
    let work = async {
        match options.format {
            DumpFormat::Json => {
                dump::document(&request).await.map(|document| render::json::document(&document))
            }
            DumpFormat::Sql => dump::statements(&request).await.map(|plan| render::sql::plan(&plan)),
        }
    };
    let said = Spinner::during(watched, "reading the structure", Box::pin(work)).await;
    match said {
        Ok(text) => output::write(&text, options.output.as_deref(), ExitCode::Success),
        Err(failure) => output::failure(&failure),
    }
}

pub(super) async fn format(options: FormatOptions, variables: BTreeMap<String, String>) -> u8 {
    let request = FormatRequest {
        project: project(&options.project, variables),
        paths: options.paths,
        key_words: match options.key_words {
            KeyWordCase::Lower => KeyWords::Lower,
            KeyWordCase::Keep => KeyWords::Keep,
        },
        check: options.check,
    };
    let answer = format::format(&request).await;
    say(&answer, answer.head.exit_code, &options.output, render::tidy::format)
}

pub(super) async fn introspect(options: IntrospectOptions, variables: BTreeMap<String, String>) -> u8 {
    let request = IntrospectRequest {
        scope: scope(&options.on, variables),
        schema: options.schema,
        hints: !options.no_hints,
    };
    let answer = introspect::introspect(&request).await;
    say(&answer, answer.head.exit_code, &options.on.output, render::introspection::text)
}
