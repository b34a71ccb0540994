//! The integration tests, in one binary so that they are linked once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod action_manifest;
mod action_publish;
mod action_runs;
mod fake_github;
mod fake_github_contract;
