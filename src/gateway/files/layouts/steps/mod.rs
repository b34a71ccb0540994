//! Migrations that are lists of steps and no SQL: what they leave in the database, as SQL.
//!
//! Their tools keep two versions of the schema side by side, between the start of a migration and its completion. What
//! lives in between, such as triggers that write both versions, is gone afterwards, and is not expanded.

mod document;
mod script;
pub(super) mod sql;

pub(super) use self::document::{Document, Source};
pub(super) use self::script::{Script, Ways};

#[cfg(test)]
mod tests;
