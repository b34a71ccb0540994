//! Somebody else's server, named by a URL.

use futures_util::future::BoxFuture;

use super::Server;
use crate::gateway::postgres::Target;
use crate::model::report::Provider;

/// Somebody else's server. Stopping it leaves it running.
#[derive(Debug)]
pub struct ExternalServer {
    admin: Target,
}

impl ExternalServer {
    /// The server that a database is on, entered through its maintenance database `postgres`.
    #[must_use]
    pub fn of(target: &Target) -> Self {
        Self { admin: target.with_database("postgres") }
    }
}

impl Server for ExternalServer {
    fn provider(&self) -> Provider {
        Provider::External
    }

    fn admin(&self) -> &Target {
        &self.admin
    }

    fn log_tail(&self, _: usize) -> Vec<String> {
        Vec::new()
    }

    fn stop(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}
