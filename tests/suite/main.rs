//! The integration tests, in one binary so that they are linked once.

mod action_manifest;
mod action_publish;
mod action_runs;
mod fake_github;
mod fake_github_contract;
