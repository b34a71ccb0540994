//! `confiture seed`.

use std::collections::BTreeMap;

use super::arguments::seed::{SeedApplyOptions, SeedValidateOptions};
use super::migrate::{say, scope};
use super::output;
use super::preflight::project;
use super::progress::Spinner;
use crate::operation::seed::{self, ApplyRequest};
use crate::render;

pub(super) async fn apply(options: SeedApplyOptions, variables: BTreeMap<String, String>) -> u8 {
    let watched = output::is_watched(&variables);
    let request = ApplyRequest {
        scope: scope(&options.on, variables),
        transaction: options.transaction,
        continue_on_error: options.continue_on_error,
        profile: options.profile,
        copy_threshold: options.copy_threshold,
    };
    let answer = Spinner::during(watched, "putting rows in", Box::pin(seed::apply(&request))).await;
    say(&answer, answer.head.exit_code, &options.on.output, render::seed::apply)
}

pub(super) async fn validate(options: SeedValidateOptions, variables: BTreeMap<String, String>) -> u8 {
    let answer = seed::validate(&project(&options.project, variables)).await;
    say(&answer, answer.head.exit_code, &options.output, render::seed::validate)
}
