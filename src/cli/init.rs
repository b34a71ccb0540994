//! `confiture init`.

use super::arguments::InitOptions;
use super::migrate::say;
use crate::operation::init::{self, InitRequest};
use crate::render::{self, starter};

pub(super) fn run(options: &InitOptions) -> u8 {
    let request = InitRequest {
        directory: options.directory.clone(),
        files: starter::FILES.iter().map(|(path, text)| ((*path).into(), (*text).to_owned())).collect(),
        next_steps: starter::NEXT_STEPS.iter().map(|(command, _)| *command).collect(),
    };
    let answer = init::init(&request);
    say(&answer, answer.head.exit_code, &options.output, render::answer::init)
}
