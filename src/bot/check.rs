//! The check of a commit: fetched, tried on a server of its own, and said on GitHub.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::job::{self, Input, JobError, Tools};
use super::room::Room;
use super::sweep;
use crate::config::LimitSettings;
use crate::gateway::github::{
    Annotation, AnnotationLevel, Check, CheckStatus, CheckUpdate, CommentKey, Conclusion, GitHub, NewCheck,
    PullRequest, RepoName, Tree, TreeLimits,
};
use crate::gateway::store::{End, Job, Run};
use crate::model::finding::Severity;
use crate::model::report::Report;
use crate::operation::preflight::{self, BaseRequest, Request, Silent};
use crate::operation::project::{DEFAULT_ENVIRONMENT, ProjectOptions, SettingsFrom};
use crate::render::{annotations, markdown, verdict};

/// What the check is called on GitHub: branch rules name it.
pub(super) const NAME: &str = "confiture / preflight";

/// The trees that a check needs.
struct Trees {
    /// Where they lie.
    room: Room,
    head: Utf8PathBuf,
    base: Utf8PathBuf,
    policy: Utf8PathBuf,
    base_commit: String,
    repository_url: String,
}

impl Trees {
    /// Where the trees lie on this machine is nobody's business, and another place at each attempt.
    fn hide(&self, text: &str) -> String {
        [&self.head, &self.base, &self.policy].into_iter().fold(text.to_owned(), |text, place| {
            text.replace(&format!("{place}/"), "").replace(place.as_str(), "the repository")
        })
    }
}

/// Checks a commit and says what was found. When it is cancelled nothing more is said.
pub(super) async fn preflight(tools: &Tools, job: &Job, cancel: CancellationToken) -> Result<(), JobError> {
    let begun = cancel.run_until_cancelled(begin(tools, job)).await;
    let Some(begun) = begun.transpose()?.flatten() else { return Ok(()) };
    let Begun { run, trees, directory, .. } = &begun;
    let settings = tools.settings.repository(&job.repository);
    // Waited for, also when it is cancelled: then its server is gone.
    let tried = try_out(tools, trees, directory, settings.env, &cancel).await;
    let said = cancel.run_until_cancelled(say(tools, job, run, &begun, &tried)).await;
    said.unwrap_or(Ok(()))
}

/// A check that has begun, and what it needs.
struct Begun {
    run: Run,
    check: Check,
    trees: Trees,
    /// Where the project is in the repository.
    directory: Utf8PathBuf,
}

/// Begins the check of a commit, unless there is nothing to check any more.
async fn begin(tools: &Tools, job: &Job) -> Result<Option<Begun>, JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    let head = head(job)?;
    let github = job::github(tools, &input, &repo).await?;
    let pull = match input.pull {
        Some(pull) => Some(github.pull_request(&repo, pull).await?),
        None => None,
    };
    if let Some(pull) = pull.as_ref().filter(|pull| !pull.open || pull.head != *head) {
        return outdated(tools, job, &input, &repo, pull).await.map(|()| None);
    }
    let run = run_of(tools, job, &input).await?;
    let check = make(&github, &repo, &run).await?;
    if check.completed {
        return Ok(None);
    }
    let trees = fetch(tools, &github, &repo, pull.as_ref(), &input, head).await?;
    let directory = Utf8PathBuf::from(tools.settings.repository(&job.repository).directory);
    Ok(Some(Begun { run, check, trees, directory }))
}

fn head(job: &Job) -> Result<&str, JobError> {
    job.head.as_deref().ok_or_else(|| JobError::Input("a commit is wanted".to_owned()))
}

/// The run of a job, which the log tells from here on.
async fn run_of(tools: &Tools, job: &Job, input: &Input) -> Result<Run, JobError> {
    let pull = input.pull.map(|pull| pull.0);
    let run = tools.store.run_of(job.id, &job.repository, pull, head(job)?).await?;
    Span::current().record("run", run.id.0.as_str());
    Ok(run)
}

/// A pull request has moved on, or is closed, and the event that says so was lost or is late: what is there now is
/// checked instead.
async fn outdated(
    tools: &Tools,
    job: &Job,
    input: &Input,
    repo: &RepoName,
    pull: &PullRequest,
) -> Result<(), JobError> {
    tracing::info!(newest = pull.head, open = pull.open, "the pull request has moved on");
    if pull.open {
        tools.store.add_unless_checked(&sweep::check_of(repo, input.installation, pull)).await?;
    }
    conclude_as(tools, job, &End::Superseded).await
}

/// Says what was found: in the comment, then on the check.
async fn say(tools: &Tools, job: &Job, run: &Run, begun: &Begun, tried: &Tried) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    if let Ok(value) = serde_json::to_value(&tried.report) {
        tools.store.keep_report(&run.id, &value).await?;
    }
    let context = markdown::Context {
        head: Some(run.head.clone()),
        repository_url: Some(begun.trees.repository_url.clone()),
        prefix: begun.directory.clone(),
        title: None,
    };
    // A token is good for an hour, which may be over.
    let github = job::github(tools, &input, &repo).await?;
    if let Some(pull) = input.pull {
        let key = CommentKey::of(&[begun.directory.as_str()]);
        github.publish(&repo, pull, &key, &markdown::comment(&tried.report, &context)).await?;
    }
    conclude(&github, &repo, &begun.check, &update(tried, &context)).await
}

/// The check of a run: made, or found again after an attempt that was interrupted.
async fn make(github: &GitHub, repo: &RepoName, run: &Run) -> Result<Check, JobError> {
    let check = NewCheck {
        name: NAME.to_owned(),
        head: run.head.clone(),
        external_id: run.id.0.clone(),
        details_url: None,
        status: CheckStatus::InProgress,
        title: "Replaying the pending migrations".to_owned(),
        summary: "The migrations are being tried on a throwaway server.".to_owned(),
    };
    Ok(github.create_check(repo, &check).await?)
}

/// Fetches what the commit holds, what counts as deployed, and the policies.
async fn fetch(
    tools: &Tools,
    github: &GitHub,
    repo: &RepoName,
    pull: Option<&PullRequest>,
    input: &Input,
    head: &str,
) -> Result<Trees, JobError> {
    let room = Room::make(&tools.variables)?;
    let at = room.path();
    let limits = &tools.settings.limits;
    let limits = TreeLimits {
        files: usize::try_from(limits.tree_files).unwrap_or(usize::MAX),
        bytes: limits.tree_megabytes.saturating_mul(1 << 20),
        ..TreeLimits::default()
    };
    let repository = github.repository(repo).await?;
    let (base_commit, policy_commit) = match (pull, &input.base) {
        (Some(pull), _) => {
            let base = github.merge_base(repo, &pull.base, head).await?;
            let is_default = pull.base_branch == repository.default_branch;
            let policy = if is_default {
                pull.base.clone()
            } else {
                github.branch(repo, &repository.default_branch).await?
            };
            (base, policy)
        }
        (None, Some(base)) => (base.clone(), github.branch(repo, &repository.default_branch).await?),
        (None, None) => return Err(JobError::Input("neither a pull request nor a base".to_owned())),
    };
    let (head_at, base_at, policy_at) = (at.join("head"), at.join("base"), at.join("policy"));
    whole(head, &github.download_tree(repo, head, &head_at, &limits).await?)?;
    whole(&base_commit, &github.download_tree(repo, &base_commit, &base_at, &limits).await?)?;
    let policy = if policy_commit == base_commit {
        base_at.clone()
    } else {
        whole(&policy_commit, &github.download_tree(repo, &policy_commit, &policy_at, &limits).await?)?;
        policy_at
    };
    let repository_url = repository.url;
    Ok(Trees { room, head: head_at, base: base_at, policy, base_commit, repository_url })
}

/// A file that the commit has and its archive has not could be a migration: what is not seen is not proved.
fn whole(commit: &str, tree: &Tree) -> Result<(), JobError> {
    // Other files than SQL and what lies in db/ are nobody's migration.
    let counts = |path: &&Utf8PathBuf| {
        path.extension() == Some("sql") || path.components().any(|part| part.as_str() == "db")
    };
    match tree.withheld.iter().find(counts) {
        None if tree.all_listed => Ok(()),
        Some(path) => Err(JobError::Withheld { commit: commit.to_owned(), path: path.to_string() }),
        None => Err(JobError::TooMany { commit: commit.to_owned() }),
    }
}

/// How a preflight ended.
struct Tried {
    report: Report,
    /// Which bound ended it.
    bound: Option<Bound>,
}

/// What a preflight may take.
#[derive(Clone, Copy)]
enum Bound {
    Seconds(u64),
    Megabytes(u64),
}

impl Bound {
    /// What was taken, and what to do.
    fn sentences(self) -> (String, String) {
        match self {
            Self::Seconds(most) => (
                format!("it took more than the {most} seconds that a check may take (limits.job_seconds)"),
                "look for a statement that waits or does not end; whoever runs the bot can allow more"
                    .to_owned(),
            ),
            Self::Megabytes(most) => (
                format!(
                    "its server wrote more than the {most} megabytes that a check may take \
                     (limits.scratch_megabytes)"
                ),
                "look for a statement that makes rows without end; whoever runs the bot can allow more"
                    .to_owned(),
            ),
        }
    }
}

/// Runs the preflight within its bounds.
async fn try_out(
    tools: &Tools,
    trees: &Trees,
    directory: &Utf8Path,
    env: Option<String>,
    cancel: &CancellationToken,
) -> Tried {
    let mut variables = (*tools.variables).clone();
    variables.insert("TMPDIR".to_owned(), trees.room.path().to_string());
    let request = Request {
        project: ProjectOptions {
            directory: trees.head.join(directory),
            env: env.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned()),
            config: None,
            settings_from: SettingsFrom::Tree(trees.policy.join(directory)),
            variables,
        },
        base: BaseRequest::Tree { directory: trees.base.join(directory), commit: trees.base_commit.clone() },
        postgres: tools.settings.scratch.postgres.clone(),
        download_postgres: false,
        superuser: false,
        cancel: cancel.child_token(),
        fail_on: None,
    };
    let mut run = Box::pin(preflight::run(&request, &Silent));
    let (mut report, bound) = tokio::select! {
        report = &mut run => (report, None),
        bound = bound(&tools.settings.limits, &trees.room) => {
            request.cancel.cancel();
            // Waited for: then its server is gone.
            (run.await, Some(bound))
        }
    };
    if let Some(failure) = &mut report.failure {
        failure.message = trees.hide(&failure.message);
        if let Some((message, help)) = bound.map(Bound::sentences) {
            (failure.message, failure.help) = (message, Some(help));
        }
    }
    Tried { report, bound }
}

/// Returns when a bound is reached, and which.
async fn bound(limits: &LimitSettings, room: &Room) -> Bound {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(limits.job_seconds)) => Bound::Seconds(limits.job_seconds),
        () = room.is_full(limits.scratch_megabytes.saturating_mul(1 << 20)) => {
            Bound::Megabytes(limits.scratch_megabytes)
        }
    }
}

/// What the check says of a report.
fn update(tried: &Tried, context: &markdown::Context) -> CheckUpdate {
    let report = &tried.report;
    let conclusion = match (report.ok, tried.bound) {
        (true, _) => Conclusion::Success,
        (false, Some(Bound::Seconds(_))) => Conclusion::TimedOut,
        (false, _) => Conclusion::Failure,
    };
    CheckUpdate {
        status: CheckStatus::Completed(conclusion),
        title: verdict::sentence(report),
        summary: markdown::comment(report, context),
        text: None,
        annotations: annotations::of(report)
            .iter()
            .filter_map(|one| annotation(one, &context.prefix))
            .collect(),
        actions: Vec::new(),
    }
}

fn annotation(one: &annotations::Annotation, prefix: &Utf8Path) -> Option<Annotation> {
    let place = one.place.as_ref()?;
    let line = u32::try_from(place.line).ok()?;
    Some(Annotation {
        path: prefix.join(&place.path).into_string(),
        start_line: line,
        end_line: line,
        columns: None,
        level: match one.level {
            Severity::Error => AnnotationLevel::Failure,
            Severity::Warning => AnnotationLevel::Warning,
            Severity::Info => AnnotationLevel::Notice,
        },
        title: Some(one.title.clone()),
        message: one.message.clone(),
    })
}

/// Sends everything that there is to say: fifty annotations at a time, the conclusion with the last.
async fn conclude(
    github: &GitHub,
    repo: &RepoName,
    check: &Check,
    update: &CheckUpdate,
) -> Result<(), JobError> {
    let mut sent = check.annotations;
    loop {
        let progress = github.update_check(repo, check.id, update, sent).await?;
        if progress.done {
            return Ok(());
        }
        sent = progress.sent;
    }
}

/// Concludes the check of a job that came to no result, in one sentence. Where none was made, a failure makes one.
pub(super) async fn conclude_as(tools: &Tools, job: &Job, end: &End) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    let github = job::github(tools, &input, &repo).await?;
    let run = run_of(tools, job, &input).await?;
    let (check, conclusion, title, summary) = match end {
        End::Superseded => {
            let said = "A newer commit is checked instead, or the pull request was closed.".to_owned();
            let made = github.find_check(&repo, &run.head, NAME, &run.id.0).await?;
            (made, Conclusion::Cancelled, "Superseded", said)
        }
        End::Failed(why) => {
            let made = make(&github, &repo, &run).await?;
            (Some(made), Conclusion::Failure, "The check was not carried out", markdown::trouble(why))
        }
    };
    let Some(check) = check.filter(|check| !check.completed) else { return Ok(()) };
    let update = CheckUpdate {
        status: CheckStatus::Completed(conclusion),
        title: title.to_owned(),
        summary,
        text: None,
        annotations: Vec::new(),
        actions: Vec::new(),
    };
    conclude(&github, &repo, &check, &update).await
}
