//! How it is said: report in, text out. Pure, and the owner of every sentence for people.

pub mod annotations;
pub mod answer;
pub mod build;
mod changes;
mod command;
pub mod conflict;
pub mod conversion;
pub mod difference;
pub mod estimate;
pub mod event;
mod facts;
mod hint;
pub mod introspection;
pub mod jobs;
pub mod json;
mod line_diff;
pub mod markdown;
pub mod migration;
pub mod note;
pub mod page;
pub mod retry;
#[cfg(test)]
pub(crate) mod samples;
pub mod sarif;
pub mod seed;
pub mod setup;
mod snippet;
pub mod sql;
pub mod starter;
mod style;
pub mod text;
pub mod tidy;
pub mod verdict;
pub mod wizard;
