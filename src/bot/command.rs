//! Commands in comments: who may give them, what they do, and the reactions that answer.

use serde::Deserialize;

use super::conflicts;
use super::job::{self, Input, JobError, Tools};
use crate::engine::command::{self, COMMANDS, Command, CommandError, Right};
use crate::gateway::github::{
    Access, CommentId, CommentKey, GitHub, Permission, PullNumber, Reaction, RepoName,
};
use crate::gateway::store::Job;

/// What is carried out here so far.
const OURS: [&str; 4] = ["preflight", "conflicts", "cancel", "help"];

/// A comment that holds a command.
#[derive(Debug, Deserialize)]
struct Asked {
    pull: PullNumber,
    comment: CommentId,
    author: String,
    body: String,
}

/// Obeys a command: seen, done, and said how it went.
///
/// Whether its author may give it is asked at this moment: what the event says of somebody is not about rights.
pub(super) async fn obey(tools: &Tools, job: &Job) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    let comment = Asked::deserialize(&job.input).map_err(|error| JobError::Input(error.to_string()))?;
    let Some(command) = command::find(&comment.body) else { return Ok(()) };
    let permissions = [("metadata", Access::Read), ("pull_requests", Access::Write)];
    let github = tools.app.installation(input.installation, Some(&repo), &permissions).await?;
    let wanted = command.as_ref().map_or(Right::Write, Command::who);
    if github.permission(&repo, &comment.author).await? < permission(wanted) {
        return Ok(github.react(&repo, comment.comment, Reaction::ThumbsDown).await?);
    }
    github.react(&repo, comment.comment, Reaction::Eyes).await?;
    let done = carry_out(tools, job, &input, &github, &repo, &comment, command).await?;
    let reaction = if done { Reaction::Rocket } else { Reaction::ThumbsDown };
    Ok(github.react(&repo, comment.comment, reaction).await?)
}

const fn permission(right: Right) -> Permission {
    match right {
        Right::Read => Permission::Read,
        Right::Write => Permission::Write,
        Right::Admin => Permission::Admin,
    }
}

/// Carries a command out; `false` when it could not be, and was answered with the reason.
async fn carry_out(
    tools: &Tools,
    job: &Job,
    input: &Input,
    github: &GitHub,
    repo: &RepoName,
    comment: &Asked,
    command: Result<Command, CommandError>,
) -> Result<bool, JobError> {
    let refused = match command {
        Ok(Command::Preflight { commit, .. }) => {
            let pull = github.pull_request(repo, comment.pull).await?;
            match commit {
                Some(commit) if !pull.head.starts_with(&commit) => {
                    format!("the pull request has moved on: its newest commit is {}", pull.head)
                }
                _ if !pull.open => "the pull request is closed".to_owned(),
                _ => {
                    job::again(tools, job, input, comment.pull, &pull.head).await?;
                    return Ok(true);
                }
            }
        }
        Ok(Command::Cancel) => {
            tools.store.end(&job.repository, &format!("pull/{}", comment.pull), job.id).await?;
            return Ok(true);
        }
        Ok(Command::Help) => {
            answer(github, repo, comment, &usage()).await?;
            return Ok(true);
        }
        Ok(Command::Conflicts) => {
            answer(github, repo, comment, &conflicts::answer(tools, &job.repository, comment.pull).await?)
                .await?;
            return Ok(true);
        }
        Ok(command) => format!("`{}` is not carried out by the bot yet", command.word()),
        Err(error) => error.to_string(),
    };
    answer(github, repo, comment, &format!("{refused}\n\n{}", usage())).await?;
    Ok(false)
}

fn usage() -> String {
    let ours = command::list(COMMANDS.iter().filter(|spec| OURS.contains(&spec.word)));
    format!("**Commands**, one in a comment, on a line of its own:\n\n{ours}")
}

/// One answer to each comment, also when it is tried twice.
async fn answer(github: &GitHub, repo: &RepoName, comment: &Asked, text: &str) -> Result<(), JobError> {
    let key = CommentKey::of(&["answer", &comment.comment.to_string()]);
    Ok(github.publish(repo, comment.pull, &key, text).await.map(drop)?)
}
