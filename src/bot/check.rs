//! The check of a commit: fetched, tried on a server of its own, and said on GitHub.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::job::{self, Input, JobError, Tools};
use super::progress::Teller;
use super::room::Room;
use super::shown::Shown;
use super::trees::Trees;
use super::{command, comment, sweep};
use crate::config::{LimitSettings, RepositorySettings};
use crate::gateway::github::{
    Annotation, AnnotationLevel, Check, CheckStatus, CheckUpdate, CommentKey, Conclusion, GitHub, NewCheck,
    PullRequest, RepoName,
};
use crate::gateway::store::{End, Job, Run};
use crate::model::finding::{Ignore, Severity};
use crate::model::report::{MigrationOutcome, Report};
use crate::operation::migrate;
use crate::operation::preflight::{self, BaseRequest, Request};
use crate::render::{annotations, event, markdown, verdict};

/// What the check is called on GitHub: branch rules name it.
pub(super) const NAME: &str = "confiture / preflight";

/// What is said of a commit that changes nothing of the database.
const NOTHING: &str = "Nothing concerns the database";

/// Checks a commit and says what was found. When it is cancelled nothing more is said.
pub(super) async fn preflight(tools: &Tools, job: &Job, cancel: CancellationToken) -> Result<(), JobError> {
    let begun = cancel.run_until_cancelled(begin(tools, job)).await;
    let Some(begun) = begun.transpose()?.flatten() else { return Ok(()) };
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    let teller = Teller::default();
    let work = async {
        // Waited for, also when it is cancelled: then its server is gone.
        let done = Box::pin(experiment(tools, &begun, &repo, &input, &teller, &cancel)).await;
        teller.end();
        done
    };
    let follow = teller.follow(tools, &begun.github, &repo, &begun.run, &begun.check);
    let (done, ()) = tokio::join!(work, follow);
    let Some((tried, context)) = done? else { return Ok(()) };
    let said = cancel.run_until_cancelled(say(tools, job, &begun, tried, &context)).await;
    said.unwrap_or(Ok(()))
}

/// A check that has begun, and what it needs.
struct Begun {
    github: GitHub,
    run: Run,
    check: Check,
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
    let check = make(tools, &github, &repo, &run).await?;
    Ok((!check.completed).then_some(Begun { github, run, check }))
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
async fn say(
    tools: &Tools,
    job: &Job,
    begun: &Begun,
    tried: Option<Tried>,
    context: &markdown::Context,
) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    // A token is good for an hour, which may be over.
    let github = job::github(tools, &input, &repo).await?;
    let Some(tried) = tried else {
        let key = CommentKey::of(&[context.prefix.as_str()]);
        return nothing(tools, &github, &repo, &input, &begun.run, &begun.check, &key).await;
    };
    if let Ok(value) = serde_json::to_value(&tried.report) {
        tools.store.keep_verdict(&begun.run.id, &verdict::sentence(&tried.report)).await?;
        tools.store.keep_report(&begun.run.id, &value).await?;
    }
    let mut said = update(&tried, context);
    if let Some(pull) = input.pull {
        comment::renew(tools, &github, &repo, pull).await?;
        said.actions = command::buttons(&tried.report);
    }
    conclude(&github, &repo, &begun.check, &said).await
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

/// What came of a commit: how it was tried, or nothing where nothing concerns the database, and where its files are.
type Outcome = (Option<Tried>, markdown::Context);

/// Fetches the commit and tries it, and keeps what the run's page shows of it. No outcome: it was cancelled.
async fn experiment(
    tools: &Tools,
    begun: &Begun,
    repo: &RepoName,
    input: &Input,
    teller: &Teller,
    cancel: &CancellationToken,
) -> Result<Option<Outcome>, JobError> {
    let Begun { github, run, .. } = begun;
    teller.say(event::fetching(&run.head));
    let fetched = cancel.run_until_cancelled(Trees::fetch(tools, github, repo, input, &run.head)).await;
    let Some(trees) = fetched.transpose()? else { return Ok(None) };
    let settings = tools.settings.repository(&run.repository);
    let prefix = Utf8PathBuf::from(&settings.directory);
    let (title, url) = trees.pull.clone().map(|pull| (pull.title, pull.url)).unwrap_or_default();
    let repository_url = Some(trees.repository_url.clone());
    let mut shown = Shown { title, url, repository_url, prefix, ..Shown::default() };
    tools.store.keep_shown(&run.id, &serde_json::json!(shown)).await?;
    let mut outcome = None;
    if trees.concern_the_database()? {
        let request = request(tools, run, input, &trees, &settings, cancel).await?;
        let tried = try_out(tools, &trees, &request, teller).await;
        let pending: Vec<String> = tried.report.migrations.iter().map(MigrationOutcome::label).collect();
        shown.locks = migrate::locks(&trees.head, &pending).await;
        tools.store.keep_shown(&run.id, &serde_json::json!(shown)).await?;
        outcome = Some(tried);
    }
    let Shown { repository_url, prefix, .. } = shown;
    let head = Some(run.head.clone());
    Ok(Some((outcome, markdown::Context { head, repository_url, prefix, ..markdown::Context::default() })))
}

/// The check of a run: made, or found again after an attempt that was interrupted.
async fn make(tools: &Tools, github: &GitHub, repo: &RepoName, run: &Run) -> Result<Check, JobError> {
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
    cancel: &CancellationToken,
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
async fn try_out(tools: &Tools, trees: &Trees, request: &Request, teller: &Teller) -> Tried {
    let mut run = Box::pin(preflight::run(request, teller));
    let (mut report, bound) = tokio::select! {
        report = &mut run => (report, None),
        bound = bound(&tools.settings.limits, trees.room()) => {
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
            let made = make(tools, &github, &repo, &run).await?;
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
