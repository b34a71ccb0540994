//! The tests that need real servers, as one binary: one link, one set of helpers.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, and a skipped one says so"
)]

mod docker_provider;
