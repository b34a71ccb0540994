//! What a user asks for: orchestration, without wording, arguments or HTTP.

mod apply;
mod failure;
mod lab;
pub mod migrate;
pub mod preflight;
pub mod project;
mod script;
mod sources;
