//! The server with the base on it, and copies of the base.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::{Mutex, OnceCell};

use super::field::Field;
use super::prepared::Prepared;
use super::request::Base;
use super::stand::Stand;
use crate::gateway::postgres::{Ledger, Target};
use crate::model::exit::ExitCode;
use crate::model::migration::Migration;
use crate::model::report::{Failure, Stage};
use crate::model::schema::Schema;
use crate::operation::apply::Skips;
use crate::operation::lab::Builder;
use crate::operation::project::Opened;
use crate::operation::python::Host;

/// What branches are tried on in one check.
pub(super) struct Ground<'a> {
    builder: Mutex<Builder<'a>>,
    base: Target,
    pub(super) skips: Skips,
    /// Copies that nobody uses now.
    fields: Mutex<Vec<Field>>,
    schema: OnceCell<Arc<Schema>>,
    pub(super) ledger: &'a Ledger,
    pub(super) deployed: &'a [Migration],
    /// What is known of open branches is read, and nothing of it is run.
    pub(super) python: Host,
    pub(super) request: &'a Base,
    key: &'a str,
    /// Whether SQL may have changed what a rollback or a dropped database does not take back.
    is_trusted: bool,
    started: Instant,
    copies: AtomicUsize,
}

impl<'a> Ground<'a> {
    /// Takes the server that the last check has left, or starts one and lays the base.
    pub(super) async fn lay(
        request: &'a Base,
        opened: &'a Opened,
        deployed: &'a [Migration],
        key: &'a str,
    ) -> Result<Self, Failure> {
        let started = Instant::now();
        let stand = match request.kept.take(&request.owner, key).await {
            Some(stand) => stand,
            None => Stand::lay(request, opened, deployed, key).await?,
        };
        let settings = &opened.settings.preflight;
        let mut builder = Builder::new(stand.lab, settings, &opened.ledger, &opened.python);
        builder.skips.clone_from(&stand.skips);
        Ok(Self {
            builder: Mutex::new(builder),
            base: stand.base,
            skips: stand.skips,
            fields: Mutex::new(stand.fields),
            schema: OnceCell::new_with(stand.schema),
            ledger: &opened.ledger,
            deployed,
            python: Host::reader(),
            request,
            key,
            is_trusted: settings.superuser,
            started,
            copies: AtomicUsize::new(stand.copies),
        })
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

    /// The structure of the base.
    pub(super) async fn schema(&self) -> Result<Arc<Schema>, Failure> {
        let read = async {
            let field = self.field().await?;
            let schema = field.read(self).await?;
            self.give_back(field).await;
            Ok::<_, Failure>(Arc::new(schema))
        };
        Box::pin(self.schema.get_or_try_init(|| read)).await.cloned()
    }

    /// A copy of the base with a session in it, in which nothing is left of any branch.
    pub(super) async fn field(&self) -> Result<Field, Failure> {
        match self.fields.lock().await.pop() {
            Some(field) => Ok(field),
            None => self.new_field().await,
        }
    }

    /// A copy that no branch was ever tried in.
    pub(super) async fn new_field(&self) -> Result<Field, Failure> {
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        let mut builder = self.builder.lock().await;
        let target = builder.copy(&format!("confiture_field_{number}"), &self.base).await?;
        let work = builder.work(&target).await?;
        let watcher = builder.lab()?.reader(&target).await?;
        drop(builder);
        Field::enter(target, work, watcher).await
    }

    /// Gives a copy back in which nothing is left.
    pub(super) async fn give_back(&self, field: Field) {
        self.fields.lock().await.push(field);
    }

    /// Drops a copy, with whatever still runs in it.
    pub(super) async fn clear(&self, field: Field) -> Result<(), Failure> {
        let target = field.leave();
        self.builder.lock().await.lab()?.drop_database(target.database()).await
    }

    /// Ends it: after a check that came to its end the server is kept for the next one. A failure gets the last lines of
    /// the server's log when the server failed.
    pub(super) async fn end<T>(self, result: &mut Result<T, Failure>) {
        let (request, key) = (self.request, self.key);
        let Some(lab) = self.builder.into_inner().into_lab() else { return };
        if result.is_err() || self.is_trusted || lab.is_external() {
            lab.explain(result);
            lab.close().await;
            return;
        }
        let stand = Stand {
            lab,
            base: self.base,
            skips: self.skips,
            fields: self.fields.into_inner(),
            copies: self.copies.into_inner(),
            schema: self.schema.into_inner(),
        };
        request.kept.put(&request.owner, key, stand).await;
    }
}

/// Somebody has ended it.
pub(super) fn interrupted() -> Failure {
    Failure::new(Stage::Server, ExitCode::Pending, "the check was interrupted")
}
