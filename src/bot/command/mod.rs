//! Commands in comments and buttons on checks: who may give them, what they do, and what answers.
//!
//! A command is a file here and a line in [`carry_out`]; which there are is said by `engine::command`.

mod button;
mod diff;
mod explain;
mod fix;
mod ignore;
mod lint;
mod plan;
mod preflight;
mod renumber;
mod rights;
mod status;

use camino::Utf8PathBuf;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

pub(super) use button::{buttons, press};
pub(super) use rights::check_teams;

use super::conflicts;
use super::job::{self, Input, JobError, Tools};
use super::trees::Trees;
use crate::config::RepositorySettings;
use crate::engine::command::{self, COMMANDS, Command, Topic};
use crate::gateway::github::{
    Access, CommentId, CommentKey, GitHub, PullNumber, PullRequest, Reaction, RepoName,
};
use crate::gateway::store::{End, Job};
use crate::operation::project::ProjectOptions;
use crate::render::markdown;

/// What is asked of GitHub for a command, besides what single ones need.
const NEEDS: [(&str, Access); 3] =
    [("metadata", Access::Read), ("contents", Access::Read), ("pull_requests", Access::Write)];

/// A comment that holds a command.
#[derive(Debug, Deserialize)]
struct Asked {
    pull: PullNumber,
    comment: CommentId,
    author: String,
    body: String,
}

/// What came of a command.
enum Outcome {
    /// Done, and there is nothing to say.
    Done,
    /// Done: the answer.
    Said(String),
    /// Tried, and it went badly: how.
    Failed(String),
    /// Not done: why.
    Refused(String),
}

/// A command that is being carried out.
struct Errand<'a> {
    tools: &'a Tools,
    job: &'a Job,
    input: Input,
    repo: RepoName,
    github: GitHub,
    pull: PullRequest,
    /// Whoever asks, by login.
    login: String,
    settings: RepositorySettings,
    cancel: CancellationToken,
}

impl Errand<'_> {
    /// The files of the pull request, of its base, and the policies.
    async fn trees(&self) -> Result<Trees, JobError> {
        Trees::fetch(self.tools, &self.github, &self.repo, &self.input, &self.pull.head).await
    }

    /// The project as the pull request has it, with the settings of the default branch.
    fn project(&self, trees: &Trees) -> ProjectOptions {
        trees.project(self.tools, &self.settings)
    }

    /// Where files are shown on GitHub.
    fn context(&self, trees: &Trees) -> markdown::Context {
        markdown::Context {
            head: Some(self.pull.head.clone()),
            repository_url: Some(trees.repository_url.clone()),
            prefix: Utf8PathBuf::from(&self.settings.directory),
            ..markdown::Context::default()
        }
    }
}

/// Obeys a command: seen, done, and said how it went.
///
/// Whether its author may give it is asked at this moment: what the event says of somebody is not about rights.
pub(super) async fn obey(tools: &Tools, job: &Job, cancel: CancellationToken) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    let asked = Asked::deserialize(&job.input).map_err(|error| JobError::Input(error.to_string()))?;
    let Some(command) = command::find(&asked.body) else { return Ok(()) };
    let github = tools.app.installation(input.installation, Some(&repo), &NEEDS).await?;
    let who = rights::Asker { tools, input: &input, github: &github, repo: &repo, login: &asked.author };
    if !who.may(command.as_ref().ok()).await? {
        return Ok(github.react(&repo, asked.comment, Reaction::ThumbsDown).await?);
    }
    github.react(&repo, asked.comment, Reaction::Eyes).await?;
    let pull = github.pull_request(&repo, asked.pull).await?;
    let pinned = tools.store.pinned(job.id, &pull.head).await?;
    let settings = tools.settings.repository(&job.repository);
    let errand =
        Errand { tools, job, input, repo, github, pull, login: asked.author.clone(), settings, cancel };
    let outcome = match command {
        Err(error) => Outcome::Refused(error.to_string()),
        Ok(command) if minds_the_head(&command) && pinned != errand.pull.head => moved(&errand).await?,
        Ok(command) => carry_out(&errand, command).await?,
    };
    if errand.cancel.is_cancelled() {
        return Ok(());
    }
    let reaction = match outcome {
        Outcome::Done => Reaction::Rocket,
        Outcome::Said(text) => {
            errand.answer(asked.comment, &text).await?;
            Reaction::Rocket
        }
        Outcome::Failed(text) => {
            errand.answer(asked.comment, &text).await?;
            Reaction::ThumbsDown
        }
        Outcome::Refused(why) => {
            errand.answer(asked.comment, &format!("{why}\n\n{}", usage())).await?;
            Reaction::ThumbsDown
        }
    };
    Ok(errand.github.react(&errand.repo, asked.comment, reaction).await?)
}

/// Says how a command or a button ended that came to no result.
pub(super) async fn conclude_as(tools: &Tools, job: &Job, end: &End) -> Result<(), JobError> {
    let why = match end {
        End::Failed(why) => Some(markdown::given_up(why)),
        End::Superseded => None,
    };
    match (Asked::deserialize(&job.input), why) {
        (Ok(asked), why) => tell_author(tools, job, &asked, why.as_deref()).await,
        (Err(_), Some(why)) => button::tell(tools, job, &why).await,
        // A button that was overtaken has a newer check beside it.
        (Err(_), None) => Ok(()),
    }
}

/// 👎, and why.
async fn tell_author(tools: &Tools, job: &Job, asked: &Asked, why: Option<&str>) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    let github = tools.app.installation(input.installation, Some(&repo), &NEEDS).await?;
    if let Some(why) = why {
        github.publish(&repo, asked.pull, &key(asked.comment), why).await?;
    }
    Ok(github.react(&repo, asked.comment, Reaction::ThumbsDown).await?)
}

async fn carry_out(errand: &Errand<'_>, command: Command) -> Result<Outcome, JobError> {
    if command.is_later() {
        let word = command.word();
        return Ok(Outcome::Refused(format!("`{word}` comes later: nothing deploys from here yet")));
    }
    match command {
        Command::Preflight { full, commit } => preflight::check(errand, full, commit.as_deref()).await,
        Command::Cancel => preflight::cancel(errand).await,
        Command::Diff => diff::answer(errand).await,
        Command::Lint => lint::answer(errand).await,
        Command::Plan => plan::answer(errand).await,
        Command::Status { env } => status::answer(errand, env.as_deref()).await,
        Command::Renumber => renumber::answer(errand).await,
        Command::Explain(Topic::Rule(rule)) => Ok(Outcome::Said(markdown::rule(rule))),
        Command::Explain(Topic::Migration(name)) => explain::migration(errand, &name).await,
        Command::Ignore { rule, because } => ignore::ignore(errand, rule, because).await,
        Command::Help => Ok(Outcome::Said(usage())),
        Command::Conflicts => conflicts::answer(errand.tools, &errand.job.repository, errand.pull.number)
            .await
            .map(Outcome::Said),
        // Refused above.
        Command::Deploy | Command::Rollback | Command::Approve | Command::Unlock => Ok(Outcome::Done),
    }
}

/// Whether a command is about the commit that was the newest when it was given.
const fn minds_the_head(command: &Command) -> bool {
    !matches!(command, Command::Cancel | Command::Help | Command::Explain(Topic::Rule(_)))
}

/// Refuses what was meant for another commit, and sees to it that this one is known.
async fn moved(errand: &Errand<'_>) -> Result<Outcome, JobError> {
    let (head, number) = (&errand.pull.head, errand.pull.number);
    let known = errand.tools.store.newest(&errand.job.repository, &format!("pull/{number}")).await?;
    if known.as_ref() != Some(head) && errand.pull.open {
        job::again(errand.tools, errand.job, &errand.input, number, head).await?;
    }
    Ok(Outcome::Refused(format!(
        "the pull request has moved on since this was written: its newest commit is `{head}`. Look at that, and give \
         the command again"
    )))
}

/// The commands that are carried out here.
fn usage() -> String {
    let ours = command::list(COMMANDS.iter().filter(|spec| !spec.later));
    format!("**Commands**, one in a comment, on a line of its own:\n\n{ours}")
}

fn key(comment: CommentId) -> CommentKey {
    CommentKey::of(&["answer", &comment.to_string()])
}

impl Errand<'_> {
    /// One answer to each comment, also when it is tried twice.
    async fn answer(&self, comment: CommentId, text: &str) -> Result<(), JobError> {
        Ok(self.github.publish(&self.repo, self.pull.number, &key(comment), text).await.map(drop)?)
    }
}
