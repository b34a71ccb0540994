//! The tests that need real servers or a whole run, as one binary: one link, one set of helpers.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, a skipped one says so, and processes are what these tests are about"
)]

mod acceptance;
mod action_manifest;
mod action_publish;
mod action_runs;
mod action_whole;
mod adoption;
mod adoption_by_plan;
mod adoption_by_steps;
mod adoption_examples;
mod adoption_init;
mod around_production;
mod batches;
mod bot;
mod build_command;
mod by_command;
mod cli_faces;
mod cluster;
mod compatibility;
mod conflicts;
mod diff_command;
mod docker_provider;
mod down_command;
mod drift_command;
mod drift_truth;
mod environments;
mod estimate_command;
mod every_step;
mod faces;
mod fake_github;
mod github_app;
mod github_checks;
mod github_pulls;
mod github_tree;
mod hooks;
mod index_definitions;
mod init_command;
mod introspect_command;
mod journal;
mod ledger_commands;
mod library;
mod lock_waits;
mod migrate_bad_input;
mod migrate_commands;
#[cfg(target_os = "linux")]
mod pages;
mod preflight_bad_input;
mod preflight_bases;
mod preflight_endings;
mod preflight_examples;
mod preflight_privileges;
mod preflight_transactions;
mod proxy;
mod python;
mod rebuild_command;
mod refusals;
mod renames;
mod replicas;
#[cfg(target_os = "linux")]
mod sandbox;
mod schema_fmt;
mod seed_command;
mod server_versions;
mod sessions;
mod support;
mod tidy_commands;
mod wizard;
mod wizard_terminal;
