//! Throwaway servers: started for one run, gone with it.

pub mod docker;
mod error;

use futures_util::future::BoxFuture;

pub use error::ServerError;

use crate::gateway::postgres::Target;
use crate::model::report::Provider;

/// The superuser of the servers that are started here. Named so that no project's SQL means it by chance.
pub const SUPERUSER: &str = "confiture_superuser";

/// A running PostgreSQL server that work can be done on.
pub trait Server: Send + Sync {
    /// How it was come by.
    fn provider(&self) -> Provider;
    /// The server's maintenance database, as the most powerful user that is at hand.
    fn admin(&self) -> &Target;
    /// The last lines of the server's log, as far as it can be read.
    fn log_tail(&self, lines: usize) -> Vec<String>;
    /// Stops it and removes whatever it left. Calling it twice does nothing.
    fn stop(&mut self) -> BoxFuture<'_, ()>;
}
