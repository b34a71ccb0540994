//! Statements being written down.

use std::collections::BTreeSet;

use crate::model::plan::{Hazard, LockMode, Step, StepTransaction, TableLock, Timeouts};
use crate::model::schema::ObjectId;

/// A statement for an object, with nothing known against it yet.
pub(super) fn step(object: &ObjectId, sql: impl Into<String>) -> Step {
    Step {
        object: object.clone(),
        sql: sql.into(),
        hazards: BTreeSet::new(),
        lock: None,
        timeouts: Timeouts::default(),
        transaction: StepTransaction::Shared,
    }
}

/// What is said of a statement after it was written.
pub(super) trait Said {
    /// With a hazard, when it is one.
    fn hazard(self, hazard: Hazard, is: bool) -> Self;
    /// With hazards.
    fn hazards(self, hazards: &[Hazard]) -> Self;
    /// With the table lock that it takes.
    fn lock(self, mode: LockMode, on: &str) -> Self;
    /// Committed before the next one, or outside a transaction.
    fn apart(self, transaction: StepTransaction) -> Self;
}

impl Said for Step {
    fn hazard(mut self, hazard: Hazard, is: bool) -> Self {
        if is {
            self.hazards.insert(hazard);
        }
        self
    }

    fn hazards(mut self, hazards: &[Hazard]) -> Self {
        self.hazards.extend(hazards);
        self
    }

    fn lock(mut self, mode: LockMode, on: &str) -> Self {
        self.lock = Some(TableLock { mode, on: on.to_owned() });
        self
    }

    fn apart(mut self, transaction: StepTransaction) -> Self {
        self.transaction = transaction;
        self
    }
}
