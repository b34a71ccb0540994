//! What things are: plain data without I/O.
//!
//! The serde derives in this floor are the public JSON, and the public JSON only grows
//! within one [`report::SCHEMA_VERSION`].

pub mod answer;
pub mod build;
pub mod conflict;
pub mod conversion;
pub mod counted;
pub mod difference;
pub mod duration;
pub mod entry;
pub mod estimate;
pub mod event;
pub mod exit;
pub mod finding;
pub mod hook;
pub mod ident;
pub mod introspection;
pub mod job;
pub mod layout;
pub mod ledger;
pub mod likeness;
pub mod migration;
pub mod notice;
pub mod outline;
pub mod pattern;
pub mod picture;
pub mod place;
pub mod plan;
pub mod policy;
pub mod python;
pub mod rename;
pub mod replica;
pub mod report;
pub mod retry;
pub mod schema;
pub mod seed;
pub mod statement;
pub mod tidy;
pub mod wizard;

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
