//! `confiture seed`.

use std::collections::BTreeMap;

use super::arguments::seed::{SeedApplyOptions, SeedValidateOptions};
use super::migrate::{say, scope};
use super::preflight::project;
use crate::operation::seed::{self, ApplyRequest};
use crate::render;

pub(super) async fn apply(options: SeedApplyOptions, variables: BTreeMap<String, String>) -> u8 {
    let request = ApplyRequest {
        scope: scope(&options.on, variables),
        transaction: options.transaction,
        continue_on_error: options.continue_on_error,
        copy_threshold: options.copy_threshold,
    };
    let answer = seed::apply(&request).await;
    say(&answer, answer.head.exit_code, &options.on.output, render::seed::apply)
}

pub(super) async fn validate(options: SeedValidateOptions, variables: BTreeMap<String, String>) -> u8 {
    let answer = seed::validate(&project(&options.project, variables)).await;
    say(&answer, answer.head.exit_code, &options.output, render::seed::validate)
}
