//! `confiture init`.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::arguments::{Format, InitOptions};
use super::migrate::say;
use super::output;
use crate::model::conversion::ConversionAnswer;
use crate::model::python::Trust;
use crate::operation::conversion::{self, ConversionRequest};
use crate::operation::init::{self, InitRequest};
use crate::operation::migrate::Scope;
use crate::operation::project::{DEFAULT_ENVIRONMENT, ProjectOptions, SettingsFrom};
use crate::render::{self, starter};

pub(super) async fn run(options: InitOptions, variables: BTreeMap<String, String>) -> u8 {
    if options.from.is_some() {
        return convert(options, variables).await;
    }
    let request = InitRequest {
        directory: options.directory.clone(),
        files: starter::FILES.iter().map(|(path, text)| ((*path).into(), (*text).to_owned())).collect(),
        next_steps: starter::NEXT_STEPS.iter().map(|(command, _)| *command).collect(),
    };
    let answer = init::init(&request);
    say(&answer, answer.head.exit_code, &options.output, render::answer::init)
}

async fn convert(options: InitOptions, variables: BTreeMap<String, String>) -> u8 {
    let (yes, is_text) =
        (options.yes, options.output.format == Format::Text && options.output.output.is_none());
    let request = request(&options, variables);
    let (mut answer, planned) = conversion::plan(&request).await;
    let mut face: fn(&ConversionAnswer, bool) -> String = render::conversion::conversion;
    if let Some(planned) = planned.filter(|_| !request.dry_run) {
        let mut said = yes;
        if !yes && is_text {
            said = output::asks(&render::conversion::plan(&answer, output::wants_colour(false))).await;
            face = render::conversion::outcome;
        }
        if said {
            planned.carry_out(&mut answer).await;
        } else {
            answer.is_not_confirmed();
        }
    }
    say(&answer, answer.head.exit_code, &options.output, face)
}

fn request(options: &InitOptions, variables: BTreeMap<String, String>) -> ConversionRequest {
    // A project is converted by whoever has its files; only a database that is named is touched.
    let history = options.database.database_url.is_some() || options.env.is_some();
    let project = ProjectOptions {
        directory: options.directory.clone(),
        env: options.env.clone().unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned()),
        config: options.config.clone(),
        settings_from: SettingsFrom::WorkingTree,
        variables,
        trust: Trust::Run,
    };
    let url = options.database.database_url.clone().map(SecretString::from);
    ConversionRequest {
        scope: Scope { project, url },
        tool: options.from.and_then(|whose| whose.0),
        history,
        force: options.force,
        dry_run: options.dry_run,
    }
}
