//! What a user asks for: orchestration, without wording, arguments or HTTP.

mod apply;
mod batches;
pub mod build;
mod check;
mod command;
pub mod conflict;
pub mod conversion;
pub mod diff;
pub mod dump;
mod failure;
pub mod format;
pub mod generate;
mod hooks;
pub mod init;
pub mod introspect;
mod lab;
pub mod migrate;
mod naming;
pub mod outline;
mod patience;
pub mod preflight;
mod progress;
pub mod project;
mod python;
pub mod renumber;
mod replicas;
mod resume;
mod script;
pub mod seed;
mod sources;
pub mod structure;
pub mod wizard;

pub(crate) use lab::chance;
