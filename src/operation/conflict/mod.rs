//! Open branches tried against each other on a throwaway server: each two of them, in both orders.

mod field;
mod ground;
mod kept;
mod known;
mod pairs;
mod prepared;
mod request;
mod stand;
mod trial;

pub use kept::Kept;
pub use request::{Base, Branch, Limits};

use crate::gateway::postgres::beside_sessions;
use crate::model::conflict::{
    Combination, CombinationVerdict, Conflict, ConflictKind, Evidence, Matrix, What, Why,
};
use crate::model::exit::ExitCode;
use crate::model::finding::Severity;
use crate::model::migration::Migration;
use crate::model::report::{Failure, Stage};
use crate::operation::lab;
use crate::operation::project::Opened;
use ground::{Ground, interrupted};
use known::Known;
use pairs::Pairs;
use prepared::Prepared;
use trial::Trier;

/// Checks branches against each other. What `known` says of two that are as they were, on a base that is as it was, is
/// not run again.
pub async fn check(base: Base, branches: Vec<Branch>, known: Matrix) -> Result<Matrix, Failure> {
    beside_sessions(async move { Box::pin(check_all(&base, &branches, &known)).await }).await
}

async fn check_all(base: &Base, branches: &[Branch], known: &Matrix) -> Result<Matrix, Failure> {
    each_is_called_otherwise(branches)?;
    let (opened, deployed, key) = open(base).await?;
    let known = Known::of(&key, &deployed, branches, known, opened.settings.migration.versions);
    if let Some(matrix) = known.everything() {
        return Ok(matrix);
    }
    let ground = lay(base, &opened, &deployed, &key).await?;
    let mut judged = tokio::select! {
        judged = Box::pin(Pairs::new(&ground, known).judge()) => judged,
        () = base.cancel.cancelled() => Err(interrupted()),
    };
    ground.end(&mut judged).await;
    judged
}

/// Replays branches one after the other, each as it would be deployed: what a merge group comes to.
pub async fn replay(base: &Base, order: &[Branch]) -> Result<Combination, Failure> {
    each_is_called_otherwise(order)?;
    let (opened, deployed, key) = open(base).await?;
    let ids: Vec<String> = order.iter().map(|branch| branch.id.clone()).collect();
    let conflicts = known::name_conflicts(&deployed, order, opened.settings.migration.versions);
    if !conflicts.is_empty() {
        return Ok(Combination { order: ids, verdict: CombinationVerdict::Collides, conflicts });
    }
    let ground = lay(base, &opened, &deployed, &key).await?;
    let mut stopped = tokio::select! {
        stopped = Box::pin(replay_on(&ground, order)) => stopped,
        () = base.cancel.cancelled() => Err(interrupted()),
    };
    ground.end(&mut stopped).await;
    Ok(combination(ids, stopped?))
}

/// The branch that is stopped, and by what.
async fn replay_on(ground: &Ground<'_>, order: &[Branch]) -> Result<Option<(String, Why)>, Failure> {
    let prepared: Vec<Prepared<'_>> =
        order.iter().map(|branch| Prepared::read(branch, ground.deployed)).collect();
    if let Some(refused) = prepared.iter().find_map(|branch| branch.unreadable.clone()) {
        return Ok(Some((refused.branch.clone(), Why::Refused(refused))));
    }
    ground.make_roles(&prepared).await?;
    let trier = Trier::new(ground);
    let all: Vec<&Prepared<'_>> = prepared.iter().collect();
    Ok(trier.for_good(&all).await?.err().map(|stop| trier.why(stop)))
}

fn combination(order: Vec<String>, stopped: Option<(String, Why)>) -> Combination {
    let verdict = match &stopped {
        None => CombinationVerdict::Works,
        Some((_, Why::Refused(_))) => CombinationVerdict::Fails,
        Some(_) => CombinationVerdict::Unknown,
    };
    let conflicts = stopped.map(|(branch, why)| Conflict {
        kind: ConflictKind::Order,
        severity: Severity::Error,
        object: None,
        what: What::NotReplayed { branch, why },
        evidence: Evidence::Replayed,
    });
    Combination { order, verdict, conflicts: conflicts.into_iter().collect() }
}

/// The base's project, its migrations, and what names the state that they lead to.
async fn open(base: &Base) -> Result<(Opened, Vec<Migration>, String), Failure> {
    let opened = Opened::open(&base.project).await?;
    let deployed = opened.migrations()?.migrations;
    let settings = &opened.settings.preflight;
    let key = lab::key(&deployed, &opened.ledger, settings, settings.superuser);
    Ok((opened, deployed, key))
}

async fn lay<'a>(
    base: &'a Base,
    opened: &'a Opened,
    deployed: &'a [Migration],
    key: &'a str,
) -> Result<Ground<'a>, Failure> {
    tokio::select! {
        laid = Ground::lay(base, opened, deployed, key) => laid,
        () = base.cancel.cancelled() => Err(interrupted()),
    }
}

fn each_is_called_otherwise(branches: &[Branch]) -> Result<(), Failure> {
    let before = |place: usize| branches[..place].iter().map(|branch| &branch.id);
    let twice = branches.iter().enumerate().find(|(place, one)| before(*place).any(|id| *id == one.id));
    twice.map_or(Ok(()), |(_, branch)| {
        let message = format!("two branches are called {}", branch.id);
        Err(Failure::new(Stage::Project, ExitCode::Configuration, message))
    })
}

#[cfg(test)]
mod tests {
    use super::{Base, check, replay};
    use crate::model::conflict::Matrix;

    #[test]
    fn a_check_may_run_in_a_task_of_its_own() {
        fn may_move<T: Send>(_: T) {}
        let (base, known) = (Base::default(), Matrix::default());
        may_move(check(base.clone(), Vec::new(), known));
        may_move(replay(&base, &[]));
    }
}
