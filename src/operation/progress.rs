//! How far a migration has come while it is being run.

use std::collections::BTreeSet;
use std::time::Instant;

use super::apply::{milliseconds, not_run};
use super::script::{Direction, Step};
use crate::gateway::postgres::StatementState;
use crate::model::report::{BatchOutcome, MigrationOutcome, MigrationStatus, StatementOutcome};
use crate::model::statement::{StatementKind, TransactionMode};

/// Statements of one migration that a report lists; a file of rows may have a million.
pub(crate) const STATEMENTS_SHOWN: usize = 500;

/// A migration while it is being run.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Progress {
    pub(crate) started: Instant,
    pub(crate) outcome: MigrationOutcome,
    pub(crate) in_transaction: bool,
    pub(crate) recorded: bool,
    /// The statement that is to be run.
    pub(crate) next: usize,
    /// The statement that began the transaction which is open, and how many had been run before it.
    began: (usize, usize),
    /// How many of the statements that were run need not be run again.
    kept: usize,
    /// Statements that another run has carried out.
    pub(crate) done_before: BTreeSet<usize>,
    /// Whether what runs before the migration has been carried out by another run.
    pub(crate) before_is_done: bool,
    /// A statement that was begun before, and how far it came.
    pub(crate) unfinished: Option<(usize, StatementState)>,
    /// Whether the session is as this migration wants it.
    pub(crate) prepared: bool,
}

impl Progress {
    pub(crate) fn of(step: &Step<'_>) -> Self {
        Self {
            started: Instant::now(),
            outcome: not_run(step),
            in_transaction: false,
            recorded: false,
            next: 0,
            began: (0, 0),
            kept: 0,
            done_before: BTreeSet::new(),
            before_is_done: false,
            unfinished: None,
            prepared: false,
        }
    }

    /// A migration in a transaction that is open already, and that gets no ledger row.
    pub(crate) fn of_rehearsal(step: &Step<'_>) -> Self {
        Self { in_transaction: true, recorded: true, prepared: true, ..Self::of(step) }
    }

    /// A statement was tried.
    pub(crate) fn tried(&mut self, outcome: impl FnOnce() -> StatementOutcome) {
        self.outcome.statement_count += 1;
        if self.outcome.statements.len() < STATEMENTS_SHOWN {
            self.outcome.statements.push(outcome());
        }
    }

    /// A statement was carried out.
    pub(crate) fn done(&mut self, index: usize, kind: &StatementKind) {
        match kind {
            StatementKind::Begin => {
                self.in_transaction = true;
                self.began = (index, self.kept);
            }
            StatementKind::Commit | StatementKind::Rollback => self.in_transaction = false,
            _ => {}
        }
        self.next = index + 1;
        self.kept = self.outcome.statement_count;
    }

    /// Goes back to the first statement that has to be run again, now that the open transaction is rolled back.
    pub(crate) fn rewind(&mut self, mode: TransactionMode) {
        if mode == TransactionMode::Single {
            (self.next, self.kept) = (0, 0);
            self.prepared = false;
            self.outcome.hooks.clear();
        } else if self.in_transaction {
            (self.next, self.kept) = self.began;
        }
        self.in_transaction = false;
        self.recorded = false;
        self.outcome.statements.truncate(self.kept);
        self.outcome.statement_count = self.kept;
    }

    /// How many statements of this run and of others are carried out for good, outside a transaction of ours.
    pub(crate) fn done_for_good(&self) -> usize {
        self.done_before.len() + if self.in_transaction { self.began.1 } else { self.kept }
    }

    /// How far a statement has come that runs part by part.
    pub(crate) fn batches(&mut self) -> &mut BatchOutcome {
        let none = || BatchOutcome { count: 0, rows: 0, cursor: None };
        self.outcome.batches.get_or_insert_with(none)
    }

    pub(crate) fn end(mut self, step: &Step<'_>, well: bool) -> MigrationOutcome {
        self.outcome.duration_ms = milliseconds(self.started);
        self.outcome.status = match step.direction {
            _ if !well => MigrationStatus::Failed,
            Direction::Up => MigrationStatus::Applied,
            Direction::Down => MigrationStatus::RolledBack,
        };
        self.outcome
    }
}
