//! Running migrations one after the other, forward or back.

use super::Site;
use crate::gateway::postgres::{LockProof, Session, SessionSettings};
use crate::model::report::{Failure, MigrationOutcome, Stage};
use crate::model::statement::TransactionMode;
use crate::operation::apply::{Applier, Policy, Runner};
use crate::operation::failure;
use crate::operation::script::Step;

/// Runs steps in a session that holds the lock, each with its ledger row, until one fails.
pub(super) async fn run(
    site: &Site,
    session: &Session,
    settings: &SessionSettings,
    proof: &LockProof,
    steps: &[Step<'_>],
    outcomes: &mut [MigrationOutcome],
) -> Result<(), Failure> {
    let policy = Policy::default();
    let runner = Runner { session, settings, policy: &policy, stage: Stage::Migration };
    let applier = Applier { runner, ledger: &site.opened.ledger, lock: proof };
    for (step, place) in steps.iter().zip(outcomes) {
        let (outcome, failure) = applier.apply(step).await;
        *place = outcome;
        if let Some(failure) = failure {
            return Err(with_what_stays(failure, step, place));
        }
    }
    Ok(())
}

/// Outside a transaction of ours, what ran before the failure may stay.
fn with_what_stays(mut failure: Failure, step: &Step<'_>, outcome: &MigrationOutcome) -> Failure {
    let ran = outcome.statement_count.saturating_sub(1);
    if step.mode != TransactionMode::Single && ran > 0 {
        failure.help = Some(format!(
            "{ran} statements of {} ran outside a transaction of ours and may stay: look before you go on",
            step.migration.label()
        ));
    }
    failure
}

/// What a rehearsal does not show.
pub(super) const REHEARSAL_LIMITS: &str = "everything was rolled back; what a rehearsal cannot show: how long locks \
    are waited for under load, what runs outside a transaction, and values that sequences have handed out stay used";

/// Tries steps in one transaction that is rolled back, whatever comes of it. What cannot run in a transaction, and
/// everything after it, is not tried; the sentence that says so is returned.
pub(super) async fn rehearse(
    site: &Site,
    session: &Session,
    settings: &SessionSettings,
    proof: &LockProof,
    steps: &[Step<'_>],
    outcomes: &mut [MigrationOutcome],
) -> Result<Option<String>, Failure> {
    let policy = Policy::default();
    let runner = Runner { session, settings, policy: &policy, stage: Stage::Migration };
    let applier = Applier { runner, ledger: &site.opened.ledger, lock: proof };
    let refused = |error| failure::database(Stage::Migration, &error);
    session.run("begin").await.map_err(refused)?;
    let mut result = Ok(None);
    for (step, place) in steps.iter().zip(outcomes) {
        if step.mode != TransactionMode::Single {
            result = Ok(Some(not_tried(step)));
            break;
        }
        let (outcome, failure) = applier.rehearse(step).await;
        *place = outcome;
        if let Some(failure) = failure {
            result = Err(failure);
            break;
        }
    }
    session.run("rollback").await.map_err(refused)?;
    result
}

fn not_tried(step: &Step<'_>) -> String {
    format!(
        "{} is not tried, nor what comes after it: it has statements that end a transaction or that none takes",
        step.migration.label()
    )
}
