//! The check of a commit: fetched, tried on a server of its own, and said on GitHub.

use camino::{Utf8Path, Utf8PathBuf};
use tokio_util::sync::CancellationToken;

use super::job::{self, Input, JobError, Tools};
use super::progress::Teller;
use super::shown::Shown;
use super::trees::Trees;
use super::{command, comment};
use crate::config::RepositorySettings;
use crate::gateway::github::{
    Annotation, AnnotationLevel, Check, CheckStatus, CheckUpdate, CommentKey, Conclusion, GitHub, NewCheck,
    RepoName,
};
use crate::gateway::store::{Job, Run};
use crate::model::finding::{Ignore, Severity};
use crate::model::report::{MigrationOutcome, Report};
use crate::operation::migrate;
use crate::operation::preflight::{self, BaseRequest, Request};
use crate::render::{annotations, event, markdown, verdict};

/// What the check is called on GitHub: branch rules name it.
pub(super) const NAME: &str = "confiture / preflight";

/// What is said of a commit that changes nothing of the database.
const NOTHING: &str = "Nothing concerns the database";

/// Checks a commit and says what was found.
pub(super) async fn preflight(tools: &Tools, job: &Job, cancel: CancellationToken) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    let head = job.head.clone().ok_or_else(|| JobError::Input("a commit is wanted".to_owned()))?;
    let github = job::github(tools, &input, &repo).await?;
    let run = tools.store.run_of(job.id, &job.repository, input.pull.map(|pull| pull.0), &head).await?;
    let check = begin(tools, &github, &repo, &run).await?;
    if check.completed {
        return Ok(());
    }
    let teller = Teller::default();
    let work = async {
        let done = Box::pin(experiment(tools, &github, &repo, &input, &run, &teller, cancel.clone())).await;
        teller.end();
        done
    };
    let (done, ()) = tokio::join!(work, teller.follow(tools, &github, &repo, &run, &check));
    let (report, context) = done?;
    if cancel.is_cancelled() {
        return Ok(());
    }
    let key = CommentKey::of(&[context.prefix.as_str()]);
    let Some(report) = report else {
        return nothing(tools, &github, &repo, &input, &run, &check, &key).await;
    };
    if let Ok(value) = serde_json::to_value(&report) {
        tools.store.keep_verdict(&run.id, &verdict::sentence(&report)).await?;
        tools.store.keep_report(&run.id, &value).await?;
    }
    let mut said = update(&report, &context);
    if let Some(pull) = input.pull {
        comment::renew(tools, &github, &repo, pull).await?;
        said.actions = command::buttons(&report);
    }
    conclude(&github, &repo, &check, &said).await
}

/// Says that there is nothing to try. Whoever has never been told anything is not told this.
async fn nothing(
    tools: &Tools,
    github: &GitHub,
    repo: &RepoName,
    input: &Input,
    run: &Run,
    check: &Check,
    key: &CommentKey,
) -> Result<(), JobError> {
    let said = markdown::nothing(&run.head);
    if let Some(pull) = input.pull {
        github.revise(repo, pull, key, &said).await?;
    }
    tools.store.keep_verdict(&run.id, NOTHING).await?;
    tools.store.nothing_to_try(&run.id).await?;
    let update = CheckUpdate {
        status: CheckStatus::Completed(Conclusion::Success),
        title: NOTHING.to_owned(),
        summary: said,
        text: None,
        annotations: Vec::new(),
        actions: Vec::new(),
    };
    conclude(github, repo, check, &update).await
}

/// Fetches the commit and tries it, and keeps what the run's page shows of it. No report: nothing concerns the database.
async fn experiment(
    tools: &Tools,
    github: &GitHub,
    repo: &RepoName,
    input: &Input,
    run: &Run,
    teller: &Teller,
    cancel: CancellationToken,
) -> Result<(Option<Report>, markdown::Context), JobError> {
    teller.say(event::fetching(&run.head));
    let trees = Trees::fetch(tools, github, repo, input, &run.head).await?;
    let settings = tools.settings.repository(&run.repository);
    let prefix = Utf8PathBuf::from(&settings.directory);
    let (title, url) = trees.pull.clone().map(|pull| (pull.title, pull.url)).unwrap_or_default();
    let repository_url = Some(trees.repository_url.clone());
    let mut shown = Shown { title, url, repository_url, prefix, ..Shown::default() };
    tools.store.keep_shown(&run.id, &serde_json::json!(shown)).await?;
    let mut report = None;
    if trees.concern_the_database()? {
        let request = request(tools, run, input, &trees, &settings, cancel).await?;
        let tried = Box::pin(preflight::run(&request, teller));
        let tried = job::in_time(tools, &request.cancel, tried).await;
        let pending: Vec<String> = tried.migrations.iter().map(MigrationOutcome::label).collect();
        shown.locks = migrate::locks(&trees.head, &pending).await;
        tools.store.keep_shown(&run.id, &serde_json::json!(shown)).await?;
        report = Some(tried);
    }
    let Shown { repository_url, prefix, .. } = shown;
    let head = Some(run.head.clone());
    Ok((report, markdown::Context { head, repository_url, prefix, ..markdown::Context::default() }))
}

/// The check of a run: made, or found again after an attempt that was interrupted.
async fn begin(tools: &Tools, github: &GitHub, repo: &RepoName, run: &Run) -> Result<Check, JobError> {
    let check = NewCheck {
        name: NAME.to_owned(),
        head: run.head.clone(),
        external_id: run.id.0.clone(),
        details_url: tools.links.to(&run.id),
        status: CheckStatus::InProgress,
        title: "Replaying the pending migrations".to_owned(),
        summary: "The migrations are being tried on a throwaway server.".to_owned(),
    };
    Ok(github.create_check(repo, &check).await?)
}

/// The preflight that is wanted: of the head on its base, with the settings of the default branch.
async fn request(
    tools: &Tools,
    run: &Run,
    input: &Input,
    trees: &Trees,
    settings: &RepositorySettings,
    cancel: CancellationToken,
) -> Result<Request, JobError> {
    let said = match input.pull {
        Some(pull) => tools.store.ignores(&run.repository, pull.0).await?,
        None => Vec::new(),
    };
    // A rule that is no more finds nothing.
    let ignores = said.into_iter().filter_map(|one| {
        Some(Ignore { rule: one.rule.parse().ok()?, by: one.author, because: one.because })
    });
    Ok(Request {
        project: trees.project(tools, settings),
        base: BaseRequest::Tree { directory: trees.base.clone(), commit: trees.base_commit.clone() },
        postgres: tools.settings.scratch.postgres.clone(),
        download_postgres: false,
        superuser: false,
        cancel: cancel.child_token(),
        fail_on: None,
        full: input.full,
        ignores: ignores.collect(),
        tables: true,
        // The files are a stranger's, and this machine is the bot's.
        commands: false,
    })
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
    let check = begin(tools, &github, &repo, &run).await?;
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
    let said =
        "A newer commit is checked instead, the pull request was closed, or somebody cancelled the check."
            .to_owned();
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
