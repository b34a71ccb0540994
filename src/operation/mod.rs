//! What a user asks for: orchestration, without wording, arguments or HTTP.

mod apply;
pub mod diff;
pub mod dump;
mod failure;
mod lab;
pub mod migrate;
pub mod preflight;
pub mod project;
mod script;
mod sources;
pub mod structure;
