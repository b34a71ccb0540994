//! The server with the base on it, and copies of the base.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::Mutex;

use super::field::Field;
use super::prepared::Prepared;
use super::request::Base;
use crate::gateway::postgres::{Ledger, Target};
use crate::model::exit::ExitCode;
use crate::model::migration::Migration;
use crate::model::report::{Failure, Stage};
use crate::operation::apply::Skips;
use crate::operation::lab::{self, Builder, Lab};
use crate::operation::project::Opened;
use crate::operation::python::Host;

/// A throwaway server with the base on it.
pub(super) struct Ground<'a> {
    builder: Mutex<Builder<'a>>,
    base: Target,
    pub(super) skips: Skips,
    pub(super) ledger: &'a Ledger,
    pub(super) deployed: &'a [Migration],
    /// What is known of open branches is read, and nothing of it is run.
    pub(super) python: Host,
    pub(super) request: &'a Base,
    started: Instant,
    copies: AtomicUsize,
}

impl<'a> Ground<'a> {
    /// Starts a server and lays the base, or takes the one that was kept.
    pub(super) async fn lay(
        request: &'a Base,
        opened: &'a Opened,
        deployed: &'a [Migration],
        key: &str,
    ) -> Result<Self, Failure> {
        let (started, settings) = (Instant::now(), &opened.settings.preflight);
        let (wanted, variables) = (request.postgres.as_deref(), &request.project.variables);
        let purpose = lab::Purpose::Replay;
        let server =
            lab::start(wanted, request.download_postgres, purpose, settings, variables, Some(key)).await?;
        let lab = Lab::enter(server, None, settings.superuser).await?;
        let mut builder = Builder::new(lab, settings, &opened.ledger, &opened.python);
        let laid = builder.lay(deployed, key, &|_, _| ()).await;
        let (skips, ledger) = (builder.skips.clone(), &opened.ledger);
        match laid {
            Ok((base, _)) => Ok(Self {
                builder: Mutex::new(builder),
                base,
                skips,
                ledger,
                deployed,
                python: Host::reader(),
                request,
                started,
                copies: AtomicUsize::new(0),
            }),
            Err(failure) => {
                close(builder).await;
                Err(failure)
            }
        }
    }

    /// The version of the server.
    pub(super) async fn server_version(&self) -> Result<String, Failure> {
        Ok(self.builder.lock().await.lab()?.info().version)
    }

    /// Makes the roles that branches name: they belong to the cluster.
    pub(super) async fn make_roles(&self, branches: &[Prepared<'_>]) -> Result<(), Failure> {
        let mut builder = self.builder.lock().await;
        builder.lab()?.ensure_roles(branches.iter().flat_map(Prepared::roles)).await
    }

    /// Whether the time for the whole check is up.
    pub(super) fn is_over(&self) -> bool {
        self.started.elapsed() >= self.request.limits.whole
    }

    /// A copy of the base with a session in it.
    pub(super) async fn field(&self) -> Result<Field, Failure> {
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        let mut builder = self.builder.lock().await;
        let target = builder.copy(&format!("confiture_field_{number}"), &self.base).await?;
        let work = builder.work(&target).await?;
        let watcher = builder.lab()?.reader(&target).await?;
        drop(builder);
        Field::enter(target, work, watcher).await
    }

    /// Drops a copy, with whatever still runs in it.
    pub(super) async fn clear(&self, field: Field) -> Result<(), Failure> {
        let target = field.leave();
        self.builder.lock().await.lab()?.drop_database(target.database()).await
    }

    /// Ends it. `result` gets the last lines of the server's log when the server failed.
    pub(super) async fn close<T>(self, result: &mut Result<T, Failure>) {
        if let Some(lab) = self.builder.into_inner().into_lab() {
            lab.explain(result);
            lab.close().await;
        }
    }
}

async fn close(builder: Builder<'_>) {
    if let Some(lab) = builder.into_lab() {
        lab.close().await;
    }
}

/// Somebody has ended it.
pub(super) fn interrupted() -> Failure {
    Failure::new(Stage::Server, ExitCode::Pending, "the check was interrupted")
}
