//! The tests that need real servers or a whole run, as one binary: one link, one set of helpers.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, and a skipped one says so"
)]

mod action_manifest;
mod action_publish;
mod action_runs;
mod action_whole;
mod cli_faces;
mod docker_provider;
mod fake_github;
mod fake_github_contract;
