//! Where it touches the world. One room per outside thing; only that room imports its crate.

pub mod files;
pub mod git;
pub mod github;
pub mod postgres;
pub mod program;
pub mod scratch;
pub mod store;
