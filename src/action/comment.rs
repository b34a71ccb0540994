//! A command in a comment: who may give it, what it does, and the reactions that answer it.

use super::error::ActionError;
use super::{Job, Session};
use crate::engine::command::{self, COMMANDS, Command, CommandError, CommandSpec};
use crate::gateway::github::payload::NewComment;
use crate::gateway::github::{CommentKey, GitHub, Permission, PullRequest, Reaction};
use crate::model::exit::ExitCode;
use crate::model::python::Trust;
use crate::operation::preflight::BaseRequest;
use crate::operation::project::SettingsFrom;

/// The commands that the Action carries out; the others need what sees all pull requests.
const OURS: [&str; 2] = ["preflight", "help"];

/// Answers a comment.
///
/// Whoever may push to the repository may give commands, as GitHub says at this moment: what the event
/// says of its author was true when it was written, and is not about rights.
pub(super) async fn answer(session: &mut Session<'_>, comment: &NewComment) -> Result<ExitCode, ActionError> {
    let Some(command) = command::find(&comment.body) else {
        return Ok(session.skip("the comment holds no command"));
    };
    let github = session.github().ok_or(ActionError::NoToken)??;
    let permission = github.permission(&session.runner.repository, &comment.author).await?;
    if permission < Permission::Write {
        react(session, &github, comment, Reaction::ThumbsDown).await;
        return Ok(session.skip("its author may not push to this repository"));
    }
    react(session, &github, comment, Reaction::Eyes).await;
    let outcome = obey(session, &github, comment, command).await;
    let well = matches!(outcome, Ok(ExitCode::Success));
    react(session, &github, comment, if well { Reaction::Rocket } else { Reaction::ThumbsDown }).await;
    outcome
}

async fn obey(
    session: &mut Session<'_>,
    github: &GitHub,
    comment: &NewComment,
    command: Result<Command, CommandError>,
) -> Result<ExitCode, ActionError> {
    let error = match command {
        // Nothing is kept from run to run, so each is a full one.
        Ok(Command::Preflight { full: _, commit }) => {
            return preflight(session, github, comment, commit.as_deref()).await;
        }
        Ok(Command::Help) => {
            reply(session, github, comment, usage()).await?;
            return Ok(session.skip("the comment was answered"));
        }
        Ok(command) if command.is_later() => ActionError::Later(command.word()),
        Ok(command) => ActionError::NotOurs(command.word()),
        Err(error) => error.into(),
    };
    reply(session, github, comment, format!("{error}\n\n{}", usage())).await?;
    Err(error)
}

/// Which commands there are, and who carries them out.
fn usage() -> String {
    let ours = |spec: &&CommandSpec| OURS.contains(&spec.word);
    let theirs = COMMANDS.iter().filter(|spec| !spec.later && !ours(spec));
    let theirs: Vec<String> = theirs.map(|spec| format!("`{}`", spec.word)).collect();
    format!(
        "**Commands**, one in a comment, on a line of its own:\n\n{}\n\nThe bot carries out more: {}.",
        command::list(COMMANDS.iter().filter(ours)),
        theirs.join(", ")
    )
}

/// One comment that is edited each time: answers are for the one who asked, not for the record.
async fn reply(
    session: &Session<'_>,
    github: &GitHub,
    comment: &NewComment,
    text: String,
) -> Result<(), ActionError> {
    let key = CommentKey::of(&["help"]);
    Ok(github.publish(&session.runner.repository, comment.pull, &key, &text).await.map(drop)?)
}

async fn preflight(
    session: &mut Session<'_>,
    github: &GitHub,
    comment: &NewComment,
    commit: Option<&str>,
) -> Result<ExitCode, ActionError> {
    let pull = github.pull_request(&session.runner.repository, comment.pull).await?;
    if commit.is_some_and(|commit| !pull.head.starts_with(commit)) {
        return Err(ActionError::Moved(pull.head));
    }
    let checkout = session.checkout()?;
    let head = checkout.commit(&pull.head).await?;
    let base = checkout.commit(&pull.base).await?;
    let tree = checkout.beside(&head).await?;
    let job = Job {
        directory: tree.join(&session.inputs.working_directory),
        base: session.base_of_inputs(&checkout).await?.unwrap_or(BaseRequest::Ref { revision: base.clone() }),
        ..Job::of_pull(&pull, base)
    };
    let code = session.carry_out(job).await;
    checkout.remove(&tree).await?;
    Ok(code)
}

impl Job {
    fn of_pull(pull: &PullRequest, base: String) -> Self {
        Self {
            directory: camino::Utf8PathBuf::new(),
            pull: Some(pull.number),
            head: Some(pull.head.clone()),
            base: BaseRequest::Empty,
            settings_from: SettingsFrom::Revision(base),
            trust: if pull.from_fork { Trust::Fork } else { Trust::Run },
            commands: false,
        }
    }
}

/// A reaction is a courtesy: that it could not be left is said, and changes nothing.
async fn react(session: &mut Session<'_>, github: &GitHub, comment: &NewComment, reaction: Reaction) {
    if let Err(error) = github.react(&session.runner.repository, comment.id, reaction).await {
        session.notice(&format!("No reaction was left: {error}."));
    }
}
