//! The check of a commit: fetched, tried on a server of its own, and said on GitHub.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio_util::sync::CancellationToken;

use super::comment;
use super::job::{self, Input, JobError, Tools};
use crate::gateway::github::{
    Annotation, AnnotationLevel, Check, CheckStatus, CheckUpdate, Conclusion, GitHub, NewCheck, RepoName,
    Tree, TreeLimits,
};
use crate::gateway::store::{Job, Run};
use crate::model::finding::Severity;
use crate::model::report::Report;
use crate::operation::preflight::{self, BaseRequest, Request, Silent};
use crate::operation::project::{DEFAULT_ENVIRONMENT, ProjectOptions, SettingsFrom};
use crate::render::{annotations, markdown, verdict};

/// What the check is called on GitHub: branch rules name it.
pub(super) const NAME: &str = "confiture / preflight";

/// The trees that a check needs.
struct Trees {
    /// Removed when dropped.
    _keep: tempfile::TempDir,
    head: Utf8PathBuf,
    base: Utf8PathBuf,
    policy: Utf8PathBuf,
    base_commit: String,
    repository_url: String,
}

/// Checks a commit and says what was found.
pub(super) async fn preflight(tools: &Tools, job: &Job, cancel: CancellationToken) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    let head = job.head.clone().ok_or_else(|| JobError::Input("a commit is wanted".to_owned()))?;
    let github = job::github(tools, &input, &repo).await?;
    let run = tools.store.run_of(job.id, &job.repository, input.pull.map(|pull| pull.0), &head).await?;
    let check = begin(&github, &repo, &run).await?;
    if check.completed {
        return Ok(());
    }
    let trees = fetch(tools, &github, &repo, &input, &head).await?;
    let settings = tools.settings.repository(&job.repository);
    let directory = Utf8PathBuf::from(&settings.directory);
    let report = try_out(tools, &trees, &directory, settings.env, cancel.clone()).await;
    if cancel.is_cancelled() {
        return Ok(());
    }
    if let Ok(value) = serde_json::to_value(&report) {
        tools.store.keep_report(&run.id, &value).await?;
    }
    let context = markdown::Context {
        head: Some(head.clone()),
        repository_url: Some(trees.repository_url.clone()),
        prefix: directory.clone(),
        ..markdown::Context::default()
    };
    if let Some(pull) = input.pull {
        comment::renew(tools, &github, &repo, pull).await?;
    }
    conclude(&github, &repo, &check, &update(&report, &context)).await
}

/// The check of a run: made, or found again after an attempt that was interrupted.
async fn begin(github: &GitHub, repo: &RepoName, run: &Run) -> Result<Check, JobError> {
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
    input: &Input,
    head: &str,
) -> Result<Trees, JobError> {
    let keep = tempfile::Builder::new().prefix("confiture-bot-").tempdir()?;
    let at = Utf8Path::from_path(keep.path())
        .ok_or_else(|| JobError::Input("TMPDIR is no UTF-8".to_owned()))?
        .to_owned();
    let limits = limits(tools);
    let repository = github.repository(repo).await?;
    let (base_commit, policy_commit) = match (input.pull, &input.base) {
        (Some(pull), _) => {
            let pull = github.pull_request(repo, pull).await?;
            let base = github.merge_base(repo, &pull.base, head).await?;
            let is_default = pull.base_branch == repository.default_branch;
            let policy =
                if is_default { pull.base } else { github.branch(repo, &repository.default_branch).await? };
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
    Ok(Trees { _keep: keep, head: head_at, base: base_at, policy, base_commit, repository_url })
}

/// How much of a commit is taken.
pub(super) fn limits(tools: &Tools) -> TreeLimits {
    let limits = &tools.settings.limits;
    TreeLimits {
        files: usize::try_from(limits.tree_files).unwrap_or(usize::MAX),
        bytes: limits.tree_megabytes.saturating_mul(1 << 20),
        ..TreeLimits::default()
    }
}

/// A file that the commit has and its archive has not could be a migration: what is not seen is not proved.
pub(super) fn whole(commit: &str, tree: &Tree) -> Result<(), JobError> {
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

/// Runs the preflight within its time.
async fn try_out(
    tools: &Tools,
    trees: &Trees,
    directory: &Utf8Path,
    env: Option<String>,
    cancel: CancellationToken,
) -> Report {
    let request = Request {
        project: ProjectOptions {
            directory: trees.head.join(directory),
            env: env.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned()),
            config: None,
            settings_from: SettingsFrom::Tree(trees.policy.join(directory)),
            variables: (*tools.variables).clone(),
        },
        base: BaseRequest::Tree { directory: trees.base.join(directory), commit: trees.base_commit.clone() },
        postgres: tools.settings.scratch.postgres.clone(),
        download_postgres: false,
        superuser: false,
        cancel: cancel.child_token(),
        fail_on: None,
    };
    let limit = Duration::from_secs(tools.settings.limits.job_seconds);
    let out_of_time = request.cancel.clone();
    let clock = tokio::spawn(async move {
        tokio::time::sleep(limit).await;
        out_of_time.cancel();
    });
    let report = Box::pin(preflight::run(&request, &Silent)).await;
    clock.abort();
    report
}

/// What the check says of a report.
fn update(report: &Report, context: &markdown::Context) -> CheckUpdate {
    let conclusion = if report.ok { Conclusion::Success } else { Conclusion::Failure };
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
pub(super) async fn conclude(
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

/// Concludes the check of a run that is over, in one sentence.
async fn conclude_with(
    tools: &Tools,
    job: &Job,
    conclusion: Conclusion,
    title: &str,
    summary: String,
) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    let head = job.head.clone().unwrap_or_default();
    let github = job::github(tools, &input, &repo).await?;
    let run = tools.store.run_of(job.id, &job.repository, input.pull.map(|pull| pull.0), &head).await?;
    let check = begin(&github, &repo, &run).await?;
    if check.completed {
        return Ok(());
    }
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

/// Says that a newer commit has taken this one's place.
pub(super) async fn conclude_cancelled(tools: &Tools, job: &Job) {
    let said = "A newer commit is checked instead, or the pull request was closed.".to_owned();
    if let Err(error) = conclude_with(tools, job, Conclusion::Cancelled, "Superseded", said).await {
        tracing::warn!(%error, "the superseded check is not concluded");
    }
}

/// Says that the check could not be carried out.
pub(super) async fn conclude_failed(tools: &Tools, job: &Job, error: &JobError) {
    let said = markdown::trouble(&format!("{error}. It was tried {} times.", job.attempt));
    if let Err(error) =
        conclude_with(tools, job, Conclusion::Failure, "The check was not carried out", said).await
    {
        tracing::warn!(%error, "the failed check is not concluded");
    }
}
