//! A copy of the base that branches are tried in: in a transaction that is rolled back, or for good.

use super::ground::Ground;
use super::prepared::{Prepared, Stop};
use crate::gateway::postgres::{
    AS_NEW, DatabaseError, FORGET_PREPARED, LockProof, Prepared as Queries, Session, Target, Traces,
    read_schema_within,
};
use crate::model::report::{Failure, Stage};
use crate::model::schema::Schema;
use crate::operation::apply::{Applier, BATCH_SIZE, Runner};
use crate::operation::failure;
use crate::operation::lab::{self, Work};

/// A copy of the base with a session that runs the project's SQL.
pub(super) struct Field {
    target: Target,
    work: Work,
    watcher: Traces,
    /// A name that no SQL of a branch can know.
    savepoint: String,
    /// The transaction that branches are tried in.
    transaction: Option<String>,
    /// What reads the catalog after each of them.
    queries: Option<Queries>,
}

const TRANSACTION: &str = "select pg_catalog.txid_current()";

impl Field {
    pub(super) async fn enter(target: Target, work: Work, watcher: Session) -> Result<Self, Failure> {
        let watcher = Traces::of(watcher).await.map_err(refused)?;
        let savepoint = format!("confiture_{:016x}", lab::chance());
        Ok(Self { target, work, watcher, savepoint, transaction: None, queries: None })
    }

    /// Leaves it to be dropped. Nothing is waited for: a statement may still be running.
    pub(super) fn leave(self) -> Target {
        self.target
    }

    /// Runs a branch for good, as it would be deployed.
    pub(super) async fn deploy(
        &self,
        ground: &Ground<'_>,
        branch: &Prepared<'_>,
        before: &[&Prepared<'_>],
    ) -> Result<(), Stop> {
        let stop = |failure: &Failure| Stop::of(branch.id(), failure);
        let lock = LockProof::waived();
        let applier = self.applier(ground, &lock);
        self.as_new().await.map_err(|failure| stop(&failure))?;
        for step in branch.rest(ground.deployed, before).map_err(|failure| stop(&failure))? {
            if let (_, Some(failure)) = applier.apply(step).await {
                return Err(stop(&failure));
            }
        }
        Ok(())
    }

    /// Begins the transaction that branches are tried in.
    pub(super) async fn begin(&mut self) -> Result<(), Failure> {
        if !self.has_queries_after("").await {
            self.queries = Some(Queries::make(&self.work.session).await.map_err(refused)?);
        }
        self.run("begin").await?;
        self.transaction = self.work.session.value(TRANSACTION).await.map_err(refused)?;
        Ok(())
    }

    /// Runs a branch in the transaction that is open.
    pub(super) async fn attempt(
        &self,
        ground: &Ground<'_>,
        branch: &Prepared<'_>,
        before: &[&Prepared<'_>],
    ) -> Result<(), Stop> {
        let stop = |failure: &Failure| Stop::of(branch.id(), failure);
        let lock = LockProof::waived();
        let applier = self.applier(ground, &lock);
        self.as_new().await.map_err(|failure| stop(&failure))?;
        for step in branch.rest(ground.deployed, before).map_err(|failure| stop(&failure))? {
            if let (_, Some(failure)) = applier.rehearse(step).await {
                return Err(stop(&failure));
            }
        }
        Ok(())
    }

    /// Remembers where the transaction stands.
    pub(super) async fn mark(&self) -> Result<(), Failure> {
        self.run(&format!("savepoint {}", self.savepoint)).await
    }

    /// Goes back to where it was marked. An error says that SQL has left the transaction.
    pub(super) async fn back(&self) -> Result<(), Failure> {
        let name = &self.savepoint;
        self.run(&format!("rollback to savepoint {name}; release savepoint {name}")).await?;
        if self.is_in_transaction().await { Ok(()) } else { Err(left()) }
    }

    /// Whether the queries stand that were prepared here, and SQL of branches has prepared no others.
    async fn has_queries_after(&self, sql: &str) -> bool {
        match &self.queries {
            Some(queries) => queries.stand_after(sql, &self.work.session).await,
            None => false,
        }
    }

    /// Has the next branch begin with the session as it was opened.
    async fn as_new(&self) -> Result<(), Failure> {
        if self.has_queries_after(AS_NEW).await {
            Ok(())
        } else {
            self.run(&format!("{AS_NEW}{FORGET_PREPARED}")).await
        }
    }

    async fn is_in_transaction(&self) -> bool {
        let now = self.work.session.value(TRANSACTION).await;
        now.is_ok_and(|now| now.is_some() && now == self.transaction)
    }

    /// Ends the transaction, and says whether nothing is left of it.
    pub(super) async fn roll_back(&mut self) -> bool {
        let same = self.is_in_transaction().await || self.transaction.is_none();
        self.transaction = None;
        self.run("rollback").await.is_ok() && same && self.watcher.are_none().await.unwrap_or(false)
    }

    /// Remembers anew what there is that a rollback does not take back.
    pub(super) async fn watch_anew(&mut self) -> Result<(), Failure> {
        self.watcher.look_anew().await.map_err(refused)
    }

    /// Reads the structure as it stands in the session.
    pub(super) async fn read(&self, ground: &Ground<'_>) -> Result<Schema, Failure> {
        let (session, ledger) = (&self.work.session, ground.ledger.table());
        read_schema_within(session, ledger, self.queries.as_ref()).await.map_err(refused)
    }

    fn applier<'b>(&'b self, ground: &'b Ground<'_>, lock: &'b LockProof) -> Applier<'b> {
        let (session, settings) = (&self.work.session, &self.work.settings);
        let runner = Runner { session, settings, skips: &ground.skips, stage: Stage::Migration };
        Applier {
            runner,
            ledger: ground.ledger,
            lock,
            patience: None,
            notes: None,
            batch_size: BATCH_SIZE,
            // Its files lie somewhere else than those that Python would find.
            python: &ground.python,
            tell: &|_| (),
        }
    }

    async fn run(&self, sql: &str) -> Result<(), Failure> {
        self.work.session.run(sql).await.map_err(refused)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what errors are mapped with")]
fn refused(error: DatabaseError) -> Failure {
    failure::database(Stage::Migration, &error)
}

fn left() -> Failure {
    let message = "the branch has ended the transaction that it was tried in";
    Failure::new(Stage::Migration, crate::model::exit::ExitCode::Database, message)
}
