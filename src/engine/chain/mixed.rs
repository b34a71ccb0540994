//! Statements that no transaction takes, in one file with others.

use crate::model::finding::{Finding, Rule};
use crate::model::migration::Migration;
use crate::model::statement::{Statement, StatementKind, TransactionMode};

/// Lines that a finding names.
const LINES_NAMED: usize = 5;

/// A file that runs outside a transaction because of some of its statements, and has others beside them. Whoever asks
/// for no transaction, or writes transactions, has thought of it.
#[must_use]
pub fn mixed(
    migration: &Migration,
    statements: &[Statement],
    mode: TransactionMode,
    asked_for: bool,
) -> Option<Finding> {
    if mode != TransactionMode::None || asked_for || migration.up.no_transaction {
        return None;
    }
    let outside = |statement: &&Statement| statement.kind == StatementKind::NonTransactional;
    let others = statements.iter().filter(|one| !outside(one) && one.kind != StatementKind::Set).count();
    let first = statements.iter().find(outside).filter(|_| others > 0)?;
    let place = |statement: &Statement| migration.up.place(statement.span.start);
    let lines: Vec<String> = statements
        .iter()
        .filter(outside)
        .take(LINES_NAMED)
        .map(|statement| place(statement).line.to_string())
        .collect();
    let lines = lines.join(", ");
    let beside =
        if others == 1 { "one that one takes".to_owned() } else { format!("{others} that one takes") };
    Some(Finding {
        rule: Rule::MixedTransactions,
        severity: Rule::MixedTransactions.severity(),
        place: Some(place(first)),
        message: format!(
            "{} has statements that no transaction takes (line {lines}) beside {beside}: the file runs \
             statement by statement, and stays half done when one fails",
            migration.label()
        ),
        help: Some(format!(
            "move what stands at line {lines} into migrations of its own; or say `-- confiture: no-transaction`"
        )),
    })
}
