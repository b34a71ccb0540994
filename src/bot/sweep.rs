//! Sweeps: what GitHub sent and never arrived, and open pull requests that nobody checked.

use std::time::{Duration, SystemTime};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::job::{JobError, Tools};
use super::{check, judge};
use crate::gateway::github::{Access, Delivery, GitHub, GitHubError, InstallationId, PullRequest, RepoName};
use crate::gateway::store::{self, Inbox, NewJob};

/// How far each sweep looks back beyond the one before: a delivery may stand in the log later than it was sent.
const MARGIN: Duration = Duration::from_mins(10);

/// What is swept.
#[derive(Clone, Copy)]
enum What {
    Deliveries,
    Pulls,
}

/// Sweeps at once and then every so many minutes, until the process ends; never with 0.
async fn regularly(what: What, minutes: u64, tools: &Tools, inbox: &Inbox, cancel: &CancellationToken) {
    while minutes > 0 && !cancel.is_cancelled() {
        let swept = cancel.run_until_cancelled(sweep(what, tools, inbox)).await;
        if let Some(Err(error)) = swept {
            tracing::warn!(%error, "a sweep is tried again");
        }
        cancel.run_until_cancelled(sleep(Duration::from_secs(minutes.saturating_mul(60)))).await;
    }
}

/// Both sweeps.
pub(super) async fn run(tools: Tools, inbox: Inbox, cancel: CancellationToken) {
    let settings = tools.settings.sweeps.clone();
    tokio::join!(
        regularly(What::Deliveries, settings.deliveries_minutes, &tools, &inbox, &cancel),
        regularly(What::Pulls, settings.pulls_minutes, &tools, &inbox, &cancel),
    );
}

async fn sweep(what: What, tools: &Tools, inbox: &Inbox) -> Result<(), JobError> {
    let name = match what {
        What::Deliveries => "deliveries",
        What::Pulls => "pulls",
    };
    let Some(sweep) = tools.store.sweep(name).await? else { return Ok(()) };
    let upto = match what {
        What::Deliveries => deliveries(tools, inbox, sweep.upto().await?).await?,
        What::Pulls => pulls(tools).await.map(|()| None)?,
    };
    Ok(sweep.done(upto).await?)
}

/// Takes up what GitHub's log has and the inbox has not. Returns when the newest was sent, by GitHub's clock.
async fn deliveries(tools: &Tools, inbox: &Inbox, upto: SystemTime) -> Result<Option<SystemTime>, JobError> {
    let sent = tools.app.deliveries(upto - MARGIN).await?;
    let ids: Vec<&str> = sent.iter().map(|one| one.guid.as_str()).collect();
    let mut unknown = tools.store.unknown_deliveries(&ids).await?;
    // Oldest first; and of several attempts one.
    for one in sent.iter().rev() {
        let place = unknown.iter().position(|id| *id == one.guid);
        if let Some(place) = place.filter(|_| judge::concerns(&one.event, one.action.as_deref())) {
            unknown.swap_remove(place);
            take_up(tools, inbox, one).await?;
        }
    }
    Ok(sent.first().map(|newest| newest.delivered_at).max(Some(upto)))
}

async fn take_up(tools: &Tools, inbox: &Inbox, one: &Delivery) -> Result<(), JobError> {
    let payload = match tools.app.delivery(one.id).await {
        Ok(payload) => payload.to_string().into(),
        Err(GitHubError::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    tracing::info!(delivery = one.guid, event = one.event, "a lost delivery is taken up");
    let delivery = store::Delivery { id: one.guid.clone(), event: one.event.clone(), payload };
    Ok(inbox.accept(delivery).await.map(drop)?)
}

/// Has every open pull request checked whose newest commit was not.
async fn pulls(tools: &Tools) -> Result<(), JobError> {
    for installation in tools.app.installations().await?.into_iter().filter(|one| !one.suspended) {
        let repositories = tools.app.repositories(installation.id).await?;
        for repository in repositories.into_iter().filter(|one| !one.archived) {
            let swept = of_repository(tools, installation.id, &repository.name).await;
            // One that cannot be read keeps nobody from the others.
            if let Err(error) = swept {
                tracing::warn!(%error, repository = %repository.name, "its pull requests are not swept");
            }
        }
    }
    Ok(())
}

async fn of_repository(tools: &Tools, installation: InstallationId, repo: &RepoName) -> Result<(), JobError> {
    let permissions = [("pull_requests", Access::Read), ("checks", Access::Read)];
    let github = tools.app.installation(installation, Some(repo), &permissions).await?;
    for pull in github.open_pulls(repo).await? {
        if !is_checked(tools, &github, repo, &pull).await?
            && tools.store.add_unless_checked(&check_of(repo, installation, &pull)).await?
        {
            tracing::info!(repository = %repo, pull = pull.number.0, "a pull request that nobody checked");
        }
    }
    Ok(())
}

/// Whether GitHub has a concluded check of ours on the newest commit. What is known here is not asked about.
async fn is_checked(
    tools: &Tools,
    github: &GitHub,
    repo: &RepoName,
    pull: &PullRequest,
) -> Result<bool, JobError> {
    let job = check_of(repo, InstallationId(0), pull);
    Ok(tools.store.is_checked(&job).await? || github.is_concluded(repo, &pull.head, check::NAME).await?)
}

/// The job that checks a pull request as it is now: the same that its event would make.
pub(super) fn check_of(repo: &RepoName, installation: InstallationId, pull: &PullRequest) -> NewJob {
    let repository = repo.to_string().to_lowercase();
    judge::check_of_pull(repository, installation.0, pull.number, &pull.head, &pull.base)
}
