//! How it is said: report in, text out. Pure, and the owner of every sentence for people.

pub mod annotations;
pub mod markdown;
pub mod note;
#[cfg(test)]
pub(crate) mod samples;
pub mod text;
pub mod verdict;
