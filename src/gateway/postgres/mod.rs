//! PostgreSQL: connecting, sessions, running statements, the ledger, the catalog.
//!
//! Only this room imports `tokio_postgres`, and none of its types leave the gateway.

mod target;

pub use target::{Target, UrlError};
