//! What jobs do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tracing::{Span, field};

use super::judge::kind;
use super::metrics::Durations;
use super::pages::Links;
use super::{check as checking, command, conflicts};
use crate::config::BotSettings;
use crate::gateway::github::{Access, App, GitHub, GitHubError, InstallationId, PullNumber, RepoName};
use crate::gateway::store::{End, Job, NewJob, Store, StoreError};
use crate::operation::conflict::Kept;

/// What jobs work with.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) store: Store,
    pub(super) app: Arc<App>,
    pub(super) settings: Arc<BotSettings>,
    pub(super) links: Arc<Links>,
    /// The variables that servers and programs get to see: no secrets.
    pub(super) variables: Arc<BTreeMap<String, String>>,
    pub(super) durations: Durations,
    /// Servers that checks of open pull requests against each other have left.
    pub(super) kept: Arc<Kept>,
}

/// Why a job was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the disk: {0}")]
    Disk(#[from] std::io::Error),
    #[error(
        "commit {commit} has the file {path} and its archive has not: a .gitattributes with export-ignore hides it. \
         Take that line out: what is not seen cannot be proved"
    )]
    Withheld { commit: String, path: String },
    #[error(
        "the archive of commit {commit} has another {path} than the commit: a .gitattributes with export-subst or \
         working-tree-encoding writes into it. Take that line out: what is not seen cannot be proved"
    )]
    Altered { commit: String, path: String },
    #[error(
        "commit {commit} has more files than GitHub lists, so that what its archive lacks cannot be known"
    )]
    TooMany { commit: String },
    #[error("the job's input cannot be read: {0}")]
    Input(String),
    #[error("the program broke at it, which is a fault of Confiture's: the bot's log says where")]
    Broken,
    #[error("its worker ended before it was done, each time")]
    Died,
}

impl JobError {
    /// Whether trying again may help.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            // A token that ran out half-way is replaced by the next attempt's.
            Self::GitHub(error) => error.is_transient() || matches!(error, GitHubError::Unauthorized(_)),
            Self::Store(_) | Self::Disk(_) => true,
            Self::Input(_)
            | Self::Withheld { .. }
            | Self::Altered { .. }
            | Self::TooMany { .. }
            | Self::Broken
            | Self::Died => false,
        }
    }

    /// Whether it is what a commit holds, or that there is no such commit: nobody else's check is to suffer from it.
    pub(super) fn is_of_the_commit(&self) -> bool {
        use GitHubError::{Archive, NotFound, TooLarge};
        matches!(
            self,
            Self::Withheld { .. }
                | Self::Altered { .. }
                | Self::TooMany { .. }
                | Self::GitHub(NotFound(_) | TooLarge { .. } | Archive { .. })
        )
    }

    /// How long to wait, when GitHub has said so.
    pub(super) fn wait(&self) -> Option<Duration> {
        match self {
            Self::GitHub(GitHubError::RateLimited { retry_after, .. }) => *retry_after,
            _ => None,
        }
    }
}

/// What jobs of every kind are told.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Input {
    pub(super) installation: InstallationId,
    pub(super) pull: Option<PullNumber>,
    /// The commit that a merge group goes on top of.
    pub(super) base: Option<String>,
    /// The App that a check belongs to.
    pub(super) app: Option<u64>,
    /// Whether nothing is taken that earlier checks have kept.
    #[serde(default)]
    pub(super) full: bool,
    /// What a check is called that is to be run again; absent, all of a commit's are.
    pub(super) name: Option<String>,
}

impl Input {
    pub(super) fn of(job: &Job) -> Result<Self, JobError> {
        Self::deserialize(&job.input).map_err(|error| JobError::Input(error.to_string()))
    }
}

/// The repository of a job.
pub(super) fn repository(job: &Job) -> Result<RepoName, JobError> {
    job.repository
        .parse()
        .map_err(|error: crate::gateway::github::RepoNameError| JobError::Input(error.to_string()))
}

/// Does a job. When it is cancelled, what it started is gone when it returns.
pub(super) async fn carry_out(tools: &Tools, job: &Job, cancel: CancellationToken) -> Result<(), JobError> {
    match job.kind.as_str() {
        kind::PREFLIGHT => checking::preflight(tools, job, cancel).await,
        kind::COMMAND => command::obey(tools, job, cancel).await,
        kind::BUTTON => command::press(tools, job, cancel).await,
        kind::CONFLICTS => conflicts::of_branch(tools, job, cancel).await,
        kind::GROUP => conflicts::of_group(tools, job, cancel).await,
        kind::RECHECK => recheck(tools, job).await,
        other => Err(JobError::Input(format!("`{other}` is no kind of job"))),
    }
}

/// Says on GitHub how a job ended that came to no result.
pub(super) async fn conclude(tools: &Tools, job: &Job, end: &End) -> Result<(), JobError> {
    match job.kind.as_str() {
        kind::PREFLIGHT => checking::conclude_as(tools, job, end).await,
        kind::COMMAND | kind::BUTTON => command::conclude_as(tools, job, end).await,
        kind::CONFLICTS | kind::GROUP => conflicts::conclude_as(tools, job, end).await,
        _ => Ok(()),
    }
}

/// What every line of the log about a job says.
pub(super) fn span(job: &Job) -> Span {
    tracing::info_span!(
        "job",
        job = job.id.0,
        kind = job.kind,
        repository = job.repository,
        delivery = job.delivery,
        pull = job.input["pull"].as_u64(),
        run = field::Empty,
    )
}

/// Has the open pull requests whose head a commit is checked again.
async fn recheck(tools: &Tools, job: &Job) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, repository(job)?);
    if input.app.is_some_and(|app| app != tools.settings.github.app_id) {
        return Ok(());
    }
    let github =
        tools.app.installation(input.installation, Some(&repo), &[("pull_requests", Access::Read)]).await?;
    for pull in
        github.open_pulls(&repo).await?.into_iter().filter(|pull| Some(&pull.head) == job.head.as_ref())
    {
        let name = input.name.as_deref();
        if name != Some(conflicts::NAME) {
            again(tools, job, &input, pull.number, &pull.head).await?;
        }
        if name != Some(checking::NAME) {
            conflicts::again(tools, job, input.installation, &pull).await?;
        }
    }
    Ok(())
}

/// Has a pull request checked anew at its head.
pub(super) async fn again(
    tools: &Tools,
    job: &Job,
    input: &Input,
    pull: PullNumber,
    head: &str,
) -> Result<(), JobError> {
    check(tools, job, input, pull, head, false).await
}

/// The same; in full, nothing is taken that earlier checks have kept.
pub(super) async fn check(
    tools: &Tools,
    job: &Job,
    input: &Input,
    pull: PullNumber,
    head: &str,
    full: bool,
) -> Result<(), JobError> {
    let mut what = serde_json::json!({ "pull": pull.0, "installation": input.installation.0 });
    if full {
        what["full"] = true.into();
    }
    let new = NewJob {
        repository: job.repository.clone(),
        subject: format!("pull/{pull}"),
        kind: kind::PREFLIGHT.to_owned(),
        head: Some(head.to_owned()),
        input: what,
    };
    Ok(tools.store.add_job(&new).await?)
}

/// Waits for work that ends by itself when it is cancelled, and cancels it when its time is over.
pub(super) async fn in_time<T>(
    tools: &Tools,
    cancel: &CancellationToken,
    work: impl Future<Output = T>,
) -> T {
    let limit = Duration::from_secs(tools.settings.limits.job_seconds);
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep(limit) => cancel.cancel(),
    }
    work.await
}

/// GitHub with what a check of a pull request needs, and nothing else.
pub(super) async fn github(tools: &Tools, input: &Input, repo: &RepoName) -> Result<GitHub, JobError> {
    let permissions = [
        ("checks", Access::Write),
        ("contents", Access::Read),
        ("pull_requests", Access::Write),
        ("metadata", Access::Read),
    ];
    Ok(tools.app.installation(input.installation, Some(repo), &permissions).await?)
}
