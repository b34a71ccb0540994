//! A merge group: its pull requests replayed one after the other, as they are merged.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use super::gather::{Grounds, new};
use super::told::{Said, begun, given_up};
use super::{Input, Site, called};
use crate::bot::check;
use crate::bot::job::{JobError, Tools};
use crate::gateway::github::{Conclusion, QueuedPull};
use crate::gateway::store::Job;
use crate::model::conflict::{Combination, CombinationVerdict};
use crate::operation::conflict::{self, Branch};
use crate::render::{conflict as words, markdown};

/// Replays what a merge group comes to, and tells it on the group's commit.
pub(in crate::bot) async fn check(
    tools: &Tools,
    job: &Job,
    cancel: CancellationToken,
) -> Result<(), JobError> {
    let (input, site) = (Input::of(job)?, Site::of(tools, job).await?);
    let head = head(job)?;
    let check = site.github.create_check(&site.repo, &begun(head, &external_id(job))).await?;
    if check.completed {
        return Ok(());
    }
    let reference = input.group.as_deref().unwrap_or_default();
    let own = QueuedPull::read(reference, head);
    let own = own.ok_or_else(|| JobError::Input(format!("{reference} is no merge group's branch")))?;
    let queue = site.github.merge_queue(&site.repo, &input.branch).await?;
    let order = order(own, queue);
    let onto = order.first().map_or(head, |first| first.onto.as_str());
    let grounds = Grounds::fetch(&site, &input.branch, onto).await?;
    let branches = branches(&site, &grounds, &order).await?;
    let said = if branches.is_empty() {
        Said::no_migration()
    } else {
        let found = Box::pin(conflict::replay(&site.base(&grounds, &input.branch, &cancel), &branches)).await;
        if cancel.is_cancelled() {
            return Ok(());
        }
        match found {
            Ok(found) => said(&found, &branches),
            Err(failure) => Said { conclusion: Conclusion::Failure, ..Said::not_found_out(&failure) },
        }
    };
    check::conclude(&site.github, &site.repo, &check, &said.update()).await
}

/// The pull requests that lead to a group's commit, the first one first: each was merged onto the one before.
fn order(own: QueuedPull, queue: Vec<QueuedPull>) -> Vec<QueuedPull> {
    let mut order = vec![own];
    let mut left = queue;
    while let Some(place) = order.last().and_then(|last| left.iter().position(|one| one.head == last.onto)) {
        order.push(left.swap_remove(place));
    }
    order.reverse();
    order
}

/// What each of them adds to the one before.
async fn branches(site: &Site<'_>, grounds: &Grounds, order: &[QueuedPull]) -> Result<Vec<Branch>, JobError> {
    let commits: BTreeSet<&str> = order.iter().flat_map(|one| [one.onto.as_str(), &one.head]).collect();
    let read = grounds.read_all(site, commits).await?;
    let mut branches = Vec::new();
    for one in order {
        let (migrations, unreadable) = match new(&read[&one.onto], &read[&one.head]) {
            Ok(migrations) => (migrations, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        if migrations.is_empty() && unreadable.is_none() {
            continue;
        }
        let pull = site.github.pull_request(&site.repo, one.pull).await?;
        let (id, title, url) = (called(one.pull), pull.title, pull.url);
        branches.push(Branch { id, title, url, migrations, unreadable });
    }
    Ok(branches)
}

/// A group that is not known to apply must not be merged.
fn said(found: &Combination, branches: &[Branch]) -> Said {
    let works = found.verdict == CombinationVerdict::Works;
    let named: Vec<markdown::Named<'_>> = branches
        .iter()
        .map(|one| markdown::Named { id: &one.id, title: &one.title, url: &one.url })
        .collect();
    Said {
        conclusion: if works { Conclusion::Success } else { Conclusion::Failure },
        title: words::combined(found.verdict).to_owned(),
        summary: markdown::group(found, &named),
    }
}

/// The same at every attempt.
fn external_id(job: &Job) -> String {
    format!("group-{}", job.id.0)
}

fn head(job: &Job) -> Result<&str, JobError> {
    job.head.as_deref().ok_or_else(|| JobError::Input("a commit is wanted".to_owned()))
}

/// Says that the check could not be carried out.
pub(super) async fn failed(tools: &Tools, job: &Job, why: &str) -> Result<(), JobError> {
    conclude(tools, job, given_up(why)).await
}

/// Says that the group was put together anew.
pub(super) async fn cancelled(tools: &Tools, job: &Job) -> Result<(), JobError> {
    let said = Said {
        conclusion: Conclusion::Cancelled,
        title: "Superseded".to_owned(),
        summary: "The merge group was put together anew.".to_owned(),
    };
    conclude(tools, job, said).await
}

async fn conclude(tools: &Tools, job: &Job, said: Said) -> Result<(), JobError> {
    let site = Site::of(tools, job).await?;
    let check = site.github.create_check(&site.repo, &begun(head(job)?, &external_id(job))).await?;
    if check.completed {
        return Ok(());
    }
    check::conclude(&site.github, &site.repo, &check, &said.update()).await
}

#[cfg(test)]
mod tests {
    use super::order;
    use crate::gateway::github::{PullNumber, QueuedPull};

    #[test]
    fn a_group_is_followed_back_to_where_the_queue_begins() {
        let one = |pull, onto: &str, head: &str| QueuedPull {
            pull: PullNumber(pull),
            onto: onto.to_owned(),
            head: head.to_owned(),
        };
        let queue = vec![one(7, "main", "a"), one(9, "b", "c"), one(8, "a", "b"), one(5, "main", "x")];
        let numbers = |own| -> Vec<u64> { order(own, queue.clone()).iter().map(|one| one.pull.0).collect() };
        assert_eq!(numbers(one(9, "b", "c")), [7, 8, 9]);
        assert_eq!(numbers(one(7, "main", "a")), [7]);
        // A circle, which no queue has, ends.
        let circle = vec![one(1, "b", "a"), one(2, "a", "b")];
        assert_eq!(order(one(1, "b", "a"), circle).len(), 3);
    }
}
