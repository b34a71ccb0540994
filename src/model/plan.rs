//! How to get from one structure to another: statements in order, each with what it costs.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString};

use super::schema::ObjectId;

/// The statements that lead from one structure to another, in the order in which they have to run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Plan {
    /// The statements.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Every hazard that a statement of the plan has.
    #[must_use]
    pub fn hazards(&self) -> BTreeSet<Hazard> {
        self.steps.iter().flat_map(|step| step.hazards.iter().copied()).collect()
    }
}

/// One statement of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// The object that it makes, changes or drops.
    pub object: ObjectId,
    /// The statement, without a final semicolon.
    pub sql: String,
    /// What can go wrong with it.
    pub hazards: BTreeSet<Hazard>,
    /// The strongest table lock that it takes, on what.
    pub lock: Option<TableLock>,
    /// How long it should be let wait, and run.
    pub timeouts: Timeouts,
    /// Where it must stand: a statement that a transaction block does not allow, or that must be committed
    /// before the next one, is a migration of its own.
    pub transaction: StepTransaction,
}

impl Step {
    /// Sets the time-outs from what else is known of the statement.
    pub fn set_timeouts(&mut self) {
        let blocks = self.lock.as_ref().is_some_and(|lock| lock.mode >= LockMode::Share);
        // What waits inside `CREATE INDEX CONCURRENTLY` keeps nobody waiting, and giving up leaves an invalid index.
        let waits = self.lock.is_some() && self.transaction != StepTransaction::Outside;
        let long = [Hazard::Rewrite, Hazard::FullScan, Hazard::BlocksWrites, Hazard::MayFail];
        let is_quick = blocks && !long.iter().any(|hazard| self.hazards.contains(hazard));
        self.timeouts = Timeouts {
            lock: waits.then(|| QUICKLY.to_owned()),
            statement: is_quick.then(|| QUICKLY.to_owned()),
        };
    }
}

/// How long a statement should be let wait, and run, in PostgreSQL's notation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Timeouts {
    /// `lock_timeout`: whoever comes after a statement that waits for a lock waits behind it.
    pub lock: Option<String>,
    /// `statement_timeout`, of a statement that blocks others and changes the catalog alone; one that reads or
    /// writes rows takes as long as it takes.
    pub statement: Option<String>,
}

/// Longer than any change of the catalog alone, shorter than what people notice as an outage.
pub const QUICKLY: &str = "3s";

/// A table lock that a statement takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TableLock {
    /// The mode.
    pub mode: LockMode,
    /// The table, view or index, as `schema.name`.
    pub on: String,
}

/// A table-level lock mode (PostgreSQL's manual, 13.3.1), weakest first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    Display,
    EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum LockMode {
    /// Taken by reads.
    AccessShare,
    /// Taken by `SELECT … FOR UPDATE`.
    RowShare,
    /// Taken by writes.
    RowExclusive,
    /// Taken by `CREATE INDEX CONCURRENTLY`, `VALIDATE CONSTRAINT`; blocks neither reads nor writes.
    ShareUpdateExclusive,
    /// Taken by `CREATE INDEX`; blocks writes.
    Share,
    /// Taken by `CREATE TRIGGER` and foreign keys; blocks writes.
    ShareRowExclusive,
    /// Taken by `REFRESH MATERIALIZED VIEW CONCURRENTLY`; blocks writes.
    Exclusive,
    /// Taken by most of `ALTER TABLE`; blocks reads and writes.
    AccessExclusive,
}

impl LockMode {
    /// What waits as long as the lock is held; nothing that reads or writes rows waits for the weaker ones.
    #[must_use]
    pub const fn blocks(self) -> Option<&'static str> {
        match self {
            Self::AccessExclusive => Some("reads and writes"),
            Self::Share | Self::ShareRowExclusive | Self::Exclusive => Some("writes"),
            Self::AccessShare | Self::RowShare | Self::RowExclusive | Self::ShareUpdateExclusive => None,
        }
    }
}

/// What can go wrong with a statement. A closed list.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    JsonSchema,
    Display,
    EnumIter,
    EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Hazard {
    /// Rows, values or a sequence's position are gone afterwards.
    DataLoss,
    /// The whole table is written anew under an exclusive lock.
    Rewrite,
    /// The whole table is read under a lock that blocks writes or reads.
    FullScan,
    /// Writes wait for as long as an index is built.
    BlocksWrites,
    /// Rows that are there may be refused, and the migration with them.
    MayFail,
    /// No statement brings the old state back.
    NotReversible,
    /// Only a superuser may run it.
    NeedsSuperuser,
}

/// Where a statement may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepTransaction {
    /// In one transaction with its neighbours.
    Shared,
    /// In a transaction that is committed before the next statement uses what it made (`ALTER TYPE … ADD VALUE`).
    CommittedFirst,
    /// Outside any transaction block (`CREATE INDEX CONCURRENTLY`).
    Outside,
}

/// Why no plan can be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, thiserror::Error)]
#[error("{} {} cannot be brought from one definition to the other: {reason}", object.kind.label(), object.full_name())]
pub struct Refusal {
    /// The object.
    pub object: ObjectId,
    /// Why, one sentence without its full stop.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::{Hazard, LockMode, Step, StepTransaction, TableLock, Timeouts};
    use crate::model::schema::{ObjectId, ObjectKind};

    #[track_caller]
    fn check(
        lock: Option<LockMode>,
        hazards: &[Hazard],
        transaction: StepTransaction,
        wanted: [Option<&str>; 2],
    ) {
        let mut step = Step {
            object: ObjectId { parent: String::new(), kind: ObjectKind::Table, name: "t".to_owned() },
            sql: String::new(),
            hazards: hazards.iter().copied().collect(),
            lock: lock.map(|mode| TableLock { mode, on: "t".to_owned() }),
            timeouts: Timeouts::default(),
            transaction,
        };
        step.set_timeouts();
        assert_eq!([step.timeouts.lock.as_deref(), step.timeouts.statement.as_deref()], wanted);
    }

    #[test]
    fn what_blocks_others_and_reads_no_rows_is_to_be_quick_and_nothing_waits_long_in_front_of_others() {
        use StepTransaction::{Outside, Shared};
        check(None, &[], Shared, [None, None]);
        check(Some(LockMode::AccessExclusive), &[], Shared, [Some("3s"), Some("3s")]);
        check(Some(LockMode::AccessExclusive), &[Hazard::DataLoss], Shared, [Some("3s"), Some("3s")]);
        check(Some(LockMode::AccessExclusive), &[Hazard::Rewrite], Shared, [Some("3s"), None]);
        check(Some(LockMode::Share), &[Hazard::BlocksWrites], Shared, [Some("3s"), None]);
        check(Some(LockMode::ShareUpdateExclusive), &[], Shared, [Some("3s"), None]);
        check(Some(LockMode::ShareUpdateExclusive), &[], Outside, [None, None]);
    }
}
