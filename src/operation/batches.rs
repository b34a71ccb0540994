//! Running one long `UPDATE` or `DELETE` part by part, each committed with how far it is.
//!
//! A part is a range of a key, found when its turn comes. Whoever goes on after the process was killed begins behind
//! the last part that was committed.

use super::apply::Applier;
use super::failure;
use super::resume;
use super::script::{Batched, Step};
use crate::gateway::postgres::{DatabaseError, StatementState, keys};
use crate::model::event::Event;
use crate::model::ident::Ident;
use crate::model::report::{BatchOutcome, Failure};
use crate::operation::progress::Progress;

impl Applier<'_> {
    /// Runs the one statement of a step part by part.
    pub(crate) async fn run_batches(
        &self,
        step: &Step<'_>,
        batched: &Batched,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let key = self.key(step, batched).await?;
        let size = batched.size.unwrap_or(self.batch_size);
        loop {
            let after = progress.batches().cursor.clone();
            let next = batched.batch.next(&key, after.as_deref(), size);
            let next = self.runner.session.value(&next).await;
            let Some(up_to) = next.map_err(|error| self.refused(step, &error))? else { return Ok(()) };
            let sql = batched.batch.within(&key, after.as_deref(), &up_to);
            let sql = sql.map_err(|why| failure::not_batchable(step, &why.to_string()))?;
            let so_far = BatchOutcome { cursor: Some(up_to), ..progress.batches().clone() };
            let done = self.run_batch(step, &sql, so_far).await;
            *progress.batches() = done.map_err(|error| self.refused(step, &error))?;
            let BatchOutcome { count, rows, .. } = *progress.batches();
            let (version, name) = (step.migration.version.clone(), step.migration.name.clone());
            (self.tell)(&Event::Batch { version, name, batches: count, rows });
            self.wait_for_replicas(step).await?;
        }
    }

    /// Runs one part in a transaction with its entry, and counts it.
    async fn run_batch(
        &self,
        step: &Step<'_>,
        sql: &str,
        mut so_far: BatchOutcome,
    ) -> Result<BatchOutcome, DatabaseError> {
        let session = self.runner.session;
        session.run("begin").await?;
        so_far.rows += self.watched(step, session.count(sql)).await?;
        so_far.count += 1;
        let entry = self.notes(step).map(|notes| {
            let mut entry = resume::entry(step, 0, StatementState::Running);
            (entry.cursor, entry.rows_done) = (so_far.cursor.clone(), so_far.rows);
            self.write_sql(notes, &entry) + ";"
        });
        session.run(&format!("{} commit", entry.unwrap_or_default())).await?;
        Ok(so_far)
    }

    /// The column by whose ranges the table is gone through: the one that is asked for, or else the primary key.
    async fn key(&self, step: &Step<'_>, batched: &Batched) -> Result<Ident, Failure> {
        let table = &batched.batch.table;
        let found = keys(self.runner.session, table).await;
        let Some(found) = found.map_err(|error| self.refused(step, &error))? else {
            return Err(failure::not_batchable(step, &format!("there is no table {table}")));
        };
        let wanted = match &batched.key {
            Some(column) => found.iter().find(|key| key.column == *column),
            None => found.iter().find(|key| key.is_primary),
        };
        let why = match (wanted, &batched.key) {
            (Some(key), _) if !key.not_null => {
                format!("{} may be null, and such rows have no place", key.column)
            }
            (Some(key), _) if batched.batch.writes(&key.column) => format!("it writes {} itself", key.column),
            (Some(key), _) => return Ok(key.column.clone()),
            (None, Some(column)) => format!("{table} has no unique index on {column} alone"),
            (None, None) => format!("{table} has no primary key of one column"),
        };
        Err(failure::not_batchable(step, &why))
    }

    fn refused(&self, step: &Step<'_>, error: &DatabaseError) -> Failure {
        let script = &step.script;
        match script.statements.first() {
            Some(statement) => failure::at(self.runner.stage, script.file, statement.span.start, error),
            None => failure::database(self.runner.stage, error),
        }
    }
}
