//! Throwaway servers: started for one run, gone with it.

mod allowance;
mod choice;
pub mod docker;
mod dump;
mod embedded;
mod error;
mod external;

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::future::BoxFuture;

pub use allowance::MEMORY;
pub use choice::{ServerChoice, start};
pub use dump::dump;
pub use embedded::durable::DurableServer;
pub use embedded::{EmbeddedOptions, EmbeddedServer};
pub use error::ServerError;
pub use external::ExternalServer;

use crate::gateway::postgres::Target;
use crate::model::report::Provider;

/// The superuser of the servers that are started here. Named so that no project's SQL means it by chance.
pub const SUPERUSER: &str = "confiture_superuser";

/// Where the directories of servers lie, after what dead processes left there was removed.
#[must_use]
pub fn base(variables: &BTreeMap<String, String>) -> PathBuf {
    embedded::run_dir::base(variables, false)
}

/// Marks a directory beside those of servers as one that goes once nobody holds what this returns, and holds it.
pub fn hold(directory: &std::path::Path) -> std::io::Result<std::fs::File> {
    embedded::run_dir::hold(directory)
}

/// A running PostgreSQL server that work can be done on.
pub trait Server: Send + Sync {
    /// How it was come by.
    fn provider(&self) -> Provider;
    /// The server's maintenance database, as the most powerful user that is at hand.
    fn admin(&self) -> &Target;
    /// The last lines of the server's log, as far as it can be read.
    fn log_tail(&self, lines: usize) -> Vec<String>;
    /// Whether it was started on what was kept under the key that it was asked for with.
    fn is_restored(&self) -> bool {
        false
    }
    /// Whether SQL can do no harm outside of it, not even a superuser's.
    fn is_sandboxed(&self) -> bool {
        false
    }
    /// Keeps everything on it under a key for later runs, if it can, and goes on. Nobody may be connected.
    fn keep<'a>(&'a mut self, key: &'a str) -> BoxFuture<'a, Result<(), ServerError>> {
        let _ = key;
        Box::pin(async { Ok(()) })
    }
    /// Stops it and removes whatever it left. Calling it twice does nothing.
    fn stop(&mut self) -> BoxFuture<'_, ()>;
}
