//! What is said of the pull requests: a check on each, and a part of its comment. What says the same already is let be.

use sha2::{Digest as _, Sha256};

use super::gather::Proposal;
use super::{Input, NAME, Site, called};
use crate::bot::job::{JobError, Tools};
use crate::bot::{check, comment};
use crate::gateway::github::{CheckStatus, CheckUpdate, Conclusion, NewCheck};
use crate::gateway::store::Job;
use crate::model::conflict::{Matrix, Verdict, What, Why};
use crate::model::finding::Severity;
use crate::model::hex;
use crate::model::report::Failure;
use crate::render::{conflict, markdown};

/// What a check says in the end.
pub(super) struct Said {
    pub(super) conclusion: Conclusion,
    pub(super) title: String,
    pub(super) summary: String,
}

impl Said {
    fn of(proposal: &Proposal, found: &Result<Matrix, Failure>) -> Self {
        match (&proposal.branch, found) {
            (None, _) => Self::no_migration(),
            (Some(branch), Ok(matrix)) => Self {
                conclusion: conclusion(matrix, &branch.id),
                title: conflict::headline(matrix, &branch.id),
                summary: markdown::others(matrix, &branch.id),
            },
            (Some(_), Err(failure)) => Self::not_found_out(failure),
        }
    }

    pub(super) fn no_migration() -> Self {
        Self {
            conclusion: Conclusion::Success,
            title: "No migration is added".to_owned(),
            summary: "No migration is added, so that nothing can get into another one's way.\n".to_owned(),
        }
    }

    pub(super) fn not_found_out(failure: &Failure) -> Self {
        Self {
            conclusion: Conclusion::Neutral,
            title: "It could not be found out".to_owned(),
            summary: markdown::not_found_out(failure),
        }
    }

    pub(super) fn update(self) -> CheckUpdate {
        CheckUpdate {
            status: CheckStatus::Completed(self.conclusion),
            title: self.title,
            summary: self.summary,
            text: None,
            annotations: Vec::new(),
            actions: Vec::new(),
        }
    }

    fn digest(&self) -> String {
        let conclusion: &str = self.conclusion.into();
        hex(&Sha256::digest([conclusion, &self.title, &self.summary].join("\0")))
    }
}

/// Red is what somebody has to do something about; what is not known is neither green nor red.
fn conclusion(matrix: &Matrix, id: &str) -> Conclusion {
    let fails = matrix.branch(id).and_then(|branch| branch.fails.as_ref());
    let mut conflicts = matrix.of(id).flat_map(|pair| &pair.conflicts);
    let not_reached = |what: &What| matches!(what, What::NotReplayed { .. });
    if matches!(fails, Some(Why::Refused(_)))
        || conflicts.any(|one| one.severity == Severity::Error && !not_reached(&one.what))
    {
        Conclusion::Failure
    } else if fails.is_some() || matrix.of(id).any(|pair| pair.verdict == Verdict::Unknown) {
        Conclusion::Neutral
    } else {
        Conclusion::Success
    }
}

/// A check that is about to be worked on.
pub(super) fn begun(head: &str, id: &str) -> NewCheck {
    NewCheck {
        name: NAME.to_owned(),
        head: head.to_owned(),
        external_id: id.to_owned(),
        details_url: None,
        status: CheckStatus::InProgress,
        title: "Replaying the open pull requests against each other".to_owned(),
        summary: "Each two of them are being tried in both orders on a throwaway server.".to_owned(),
    }
}

/// Shows on those of which nothing was said yet that they are being tried.
pub(super) async fn begin(site: &Site<'_>, proposals: &[Proposal]) -> Result<(), JobError> {
    for Proposal { pull, .. } in proposals.iter().filter(|one| one.branch.is_some()) {
        let telling = site.tools.store.telling(site.repository, pull.number.0, &pull.head).await?;
        if telling.said.is_none() {
            site.github.create_check(&site.repo, &begun(&pull.head, &telling.id)).await?;
        }
    }
    Ok(())
}

/// Says on each what was found. A comment follows where what it says of the others has changed.
pub(super) async fn all(
    site: &Site<'_>,
    proposals: &[Proposal],
    found: &Result<Matrix, Failure>,
) -> Result<(), JobError> {
    for proposal in proposals {
        tell(site, proposal, Said::of(proposal, found)).await?;
    }
    Ok(())
}

async fn tell(site: &Site<'_>, proposal: &Proposal, said: Said) -> Result<(), JobError> {
    let (store, pull) = (&site.tools.store, &proposal.pull);
    let telling = store.telling(site.repository, pull.number.0, &pull.head).await?;
    let digest = said.digest();
    if telling.said.as_ref() == Some(&digest) {
        return Ok(());
    }
    let check = site.github.create_check(&site.repo, &begun(&pull.head, &telling.id)).await?;
    check::conclude(&site.github, &site.repo, &check, &said.update()).await?;
    comment::renew(site.tools, &site.github, &site.repo, pull.number).await?;
    Ok(store.told_of(&telling, &digest).await?)
}

/// Says on those that wait for an answer that there will be none.
pub(super) async fn failed(tools: &Tools, job: &Job, why: &str) -> Result<(), JobError> {
    let (input, site) = (Input::of(job)?, Site::of(tools, job).await?);
    let pulls = site.github.open_pulls(&site.repo).await?;
    for pull in pulls.into_iter().filter(|pull| pull.base_branch == input.branch) {
        let telling = tools.store.telling(site.repository, pull.number.0, &pull.head).await?;
        if telling.said.is_some() {
            continue;
        }
        let check = site.github.create_check(&site.repo, &begun(&pull.head, &telling.id)).await?;
        check::conclude(&site.github, &site.repo, &check, &given_up(why).update()).await?;
        tools.store.told_of(&telling, &called(pull.number)).await?;
    }
    Ok(())
}

/// What is said when there will be no answer.
pub(super) fn given_up(why: &str) -> Said {
    Said {
        conclusion: Conclusion::Failure,
        title: "The check was not carried out".to_owned(),
        summary: markdown::untold(why),
    }
}
