//! Which statements of a plan go together into one migration.

use crate::model::plan::{Step, StepTransaction};

/// Statements that make one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) transaction: StepTransaction,
    pub(super) steps: Vec<Step>,
}

/// Cuts a plan where a transaction has to end. What may not stand in a transaction stands alone.
pub(super) fn groups(steps: Vec<Step>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for step in steps {
        match groups.last_mut().filter(|last| last.takes(step.transaction)) {
            Some(last) => last.steps.push(step),
            None => groups.push(Group { transaction: step.transaction, steps: vec![step] }),
        }
    }
    groups
}

impl Group {
    /// Whether a statement that has to stand so may be added.
    pub(super) fn takes(&self, transaction: StepTransaction) -> bool {
        self.transaction == transaction && transaction != StepTransaction::Outside
    }
}

#[cfg(test)]
mod tests {
    use super::groups;
    use crate::model::plan::{Step, StepTransaction};
    use crate::model::schema::{ObjectId, ObjectKind};

    #[test]
    fn a_transaction_ends_where_it_has_to_and_nowhere_else() {
        use StepTransaction::{CommittedFirst, Outside, Shared};
        let object = ObjectId { parent: String::new(), kind: ObjectKind::Table, name: "t".to_owned() };
        let step = |transaction| Step {
            object: object.clone(),
            sql: String::new(),
            hazards: std::collections::BTreeSet::new(),
            lock: None,
            timeouts: crate::model::plan::Timeouts::default(),
            transaction,
        };
        let order = [Shared, Shared, CommittedFirst, CommittedFirst, Shared, Outside, Outside];
        let sizes: Vec<_> = groups(order.map(step).to_vec())
            .into_iter()
            .map(|group| (group.transaction, group.steps.len()))
            .collect();
        assert_eq!(sizes, [(Shared, 2), (CommittedFirst, 2), (Shared, 1), (Outside, 1), (Outside, 1)]);
    }
}
