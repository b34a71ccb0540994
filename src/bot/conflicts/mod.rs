//! Open pull requests tried against each other: gathered, replayed, and told on each of them.

mod gather;
mod group;
mod told;

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::job::{self, JobError, Tools};
use super::judge::kind;
use crate::config::RepositorySettings;
use crate::gateway::github::{GitHub, InstallationId, PullNumber, PullRequest, RepoName, RepositoryPage};
use crate::gateway::store::{End, Job, NewJob};
use crate::model::conflict::{Conflict, Matrix, What, Why};
use crate::model::python::Trust;
use crate::operation::conflict::{self, Base, Limits};
use crate::operation::project::{DEFAULT_ENVIRONMENT, ProjectOptions, SettingsFrom};
use crate::render::markdown;
use gather::Grounds;

pub(super) use group::check as of_group;

/// What the check is called on GitHub: branch rules name it.
pub(super) const NAME: &str = "confiture / conflicts";

/// The longest that branches are tried; what is not come to by then is tried by the next job.
const LONGEST: Duration = Duration::from_mins(5);

/// What these jobs are told.
#[derive(Debug, Deserialize)]
struct Input {
    /// The branch that the pull requests go to.
    branch: String,
    /// Whether it is only known that something was pushed to it.
    #[serde(default)]
    pushed: bool,
    /// The temporary branch of a merge group.
    group: Option<String>,
}

impl Input {
    fn of(job: &Job) -> Result<Self, JobError> {
        Self::deserialize(&job.input).map_err(|error| JobError::Input(error.to_string()))
    }
}

/// A repository, and what it is spoken to with.
struct Site<'a> {
    tools: &'a Tools,
    github: GitHub,
    repo: RepoName,
    /// `owner/name`, in lower case.
    repository: &'a str,
    page: RepositoryPage,
    settings: RepositorySettings,
}

impl<'a> Site<'a> {
    async fn of(tools: &'a Tools, job: &'a Job) -> Result<Self, JobError> {
        let repo = job::repository(job)?;
        let github = job::github(tools, &job::Input::of(job)?, &repo).await?;
        let page = github.repository(&repo).await?;
        let settings = tools.settings.repository(&job.repository);
        Ok(Self { tools, github, repo, repository: &job.repository, page, settings })
    }

    /// The project that pull requests lead on from.
    fn project(&self, grounds: &Grounds) -> ProjectOptions {
        let env = self.settings.env.clone();
        ProjectOptions {
            directory: grounds.base.join(&self.settings.directory),
            env: env.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned()),
            config: None,
            settings_from: SettingsFrom::Tree(grounds.policy.join(&self.settings.directory)),
            variables: (*self.tools.variables).clone(),
            trust: Trust::Bot,
        }
    }

    /// What pull requests lead on from: settings are those of the default branch.
    fn base(&self, grounds: &Grounds, branch: &str, cancel: &CancellationToken) -> Base {
        let longest = Duration::from_secs(self.tools.settings.limits.job_seconds);
        Base {
            project: self.project(grounds),
            postgres: self.tools.settings.scratch.postgres.clone(),
            download_postgres: false,
            limits: Limits { whole: longest.min(LONGEST), ..Limits::default() },
            owner: format!("{} {branch}", self.repository),
            kept: self.tools.kept.clone(),
            cancel: cancel.child_token(),
        }
    }
}

/// Tries the open pull requests to a branch against each other, and tells each of them.
pub(super) async fn of_branch(tools: &Tools, job: &Job, cancel: CancellationToken) -> Result<(), JobError> {
    let input = Input::of(job)?;
    if input.pushed && tools.store.changes(&job.repository, &input.branch).await?.is_empty() {
        return Ok(());
    }
    let site = Site::of(tools, job).await?;
    let (grounds, proposals) = gather::open_pulls(&site, &input.branch).await?;
    told::begin(&site, &proposals).await?;
    let kept = tools.store.matrix(&job.repository, &input.branch).await?;
    let known = kept.and_then(|kept| Matrix::deserialize(kept).ok()).unwrap_or_default();
    let branches: Vec<_> = proposals.iter().filter_map(|one| one.branch.clone()).collect();
    let base = site.base(&grounds, &input.branch, &cancel);
    let found = conflict::check(base, branches, known).await;
    if cancel.is_cancelled() {
        return Ok(());
    }
    // What was not found out must not go on being said.
    let matrix = json!(found.as_ref().ok().unwrap_or(&Matrix::default()));
    tools.store.keep_matrix(&job.repository, &input.branch, &matrix).await?;
    told::all(&site, &proposals, &found).await?;
    if found.is_ok_and(|matrix| is_worth_going_on(&matrix)) {
        next(tools, job, job::Input::of(job)?.installation, &input.branch).await?;
    }
    Ok(())
}

/// Whether there are pairs for which there was no time, and others for which there was: then the next job comes
/// further.
fn is_worth_going_on(matrix: &Matrix) -> bool {
    let not_reached =
        |one: &Conflict| matches!(one.what, What::NotReplayed { why: Why::NotReached { .. }, .. });
    let left = matrix.pairs.iter().filter(|pair| pair.conflicts.iter().any(not_reached)).count();
    left > 0 && left < matrix.judged
}

/// How a pull request gets on with the others, as a part of its comment; none when there is nothing to say.
pub(super) async fn block(
    tools: &Tools,
    repository: &str,
    pull: PullNumber,
) -> Result<Option<String>, JobError> {
    let id = called(pull);
    let kept = tools.store.matrix_around(repository, pull.0).await?;
    let matrix = kept.and_then(|kept| Matrix::deserialize(kept).ok());
    let matrix = matrix.filter(|matrix| matrix.branch(&id).is_some());
    Ok(matrix.map(|matrix| markdown::others(&matrix, &id)))
}

/// The answer to whoever asks how a pull request gets on with the others.
pub(super) async fn answer(tools: &Tools, repository: &str, pull: PullNumber) -> Result<String, JobError> {
    Ok(match block(tools, repository, pull).await? {
        Some(block) => block,
        None => markdown::NOTHING_BETWEEN.to_owned(),
    })
}

/// Has a pull request tried against the others again, and told by a new check.
pub(super) async fn again(
    tools: &Tools,
    job: &Job,
    installation: InstallationId,
    pull: &PullRequest,
) -> Result<(), JobError> {
    tools.store.tell_anew(&job.repository, pull.number.0).await?;
    next(tools, job, installation, &pull.base_branch).await
}

/// Has the pull requests to a branch tried against each other once more.
async fn next(tools: &Tools, job: &Job, installation: InstallationId, branch: &str) -> Result<(), JobError> {
    let new = NewJob {
        repository: job.repository.clone(),
        subject: format!("conflicts/{branch}"),
        kind: kind::CONFLICTS.to_owned(),
        head: None,
        input: json!({ "branch": branch, "installation": installation.0 }),
    };
    Ok(tools.store.add_job(&new).await?)
}

/// Says how a job ended that came to no result.
pub(super) async fn conclude_as(tools: &Tools, job: &Job, end: &End) -> Result<(), JobError> {
    match (job.kind.as_str(), end) {
        (kind::GROUP, End::Failed(why)) => group::failed(tools, job, why).await,
        (kind::GROUP, End::Superseded) => group::cancelled(tools, job).await,
        (_, End::Failed(why)) => told::failed(tools, job, why).await,
        // The job that took its place says everything.
        (_, End::Superseded) => Ok(()),
    }
}

/// What a pull request is called in a matrix.
fn called(pull: PullNumber) -> String {
    format!("#{pull}")
}

#[cfg(test)]
mod tests {
    use super::is_worth_going_on;
    use crate::model::conflict::{Conflict, ConflictKind, Evidence, Matrix, Pair, Verdict, What, Why};
    use crate::model::finding::Severity;

    #[test]
    fn what_there_was_no_time_for_is_gone_on_with_as_long_as_that_leads_further() {
        let pair = |why: Option<Why>| Pair {
            a: "#1".to_owned(),
            b: "#2".to_owned(),
            verdict: Verdict::Unknown,
            conflicts: Vec::from_iter(why.map(|why| Conflict {
                kind: ConflictKind::Order,
                severity: Severity::Warning,
                object: None,
                what: What::NotReplayed { branch: "#1".to_owned(), why },
                evidence: Evidence::Replayed,
            })),
            more: 0,
        };
        let late = || pair(Some(Why::NotReached { limit_ms: 1 }));
        let matrix = |judged, pairs| Matrix { pairs, judged, ..Matrix::default() };
        assert!(is_worth_going_on(&matrix(2, vec![late(), pair(None)])));
        assert!(!is_worth_going_on(&matrix(1, vec![late(), pair(None)])));
        assert!(!is_worth_going_on(&matrix(2, vec![pair(Some(Why::TimedOut { limit_ms: 1 })), pair(None)])));
    }
}
