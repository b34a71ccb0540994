//! How one thinks: data in, data out; no clock, no network, nothing asynchronous.

pub mod chain;
pub mod change;
pub mod command;
pub mod conflict;
pub mod diff;
pub mod introspect;
pub mod picture;
pub mod plan;
