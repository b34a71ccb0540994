//! Buttons on a check, and what becomes of one that is pressed.

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::super::job::{self, Input, JobError, Tools};
use super::rights::Asker;
use super::{Errand, NEEDS, Outcome, fix, plan, preflight};
use crate::engine::command::Command;
use crate::gateway::github::{CheckAction, CommentKey, PullNumber};
use crate::gateway::store::{Job, RunId};
use crate::model::report::{Report, Verdict};

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
enum Button {
    Rerun,
    Fix,
    Plan,
}

impl Button {
    /// What is on it, and what it does: GitHub shows 20 and 40 characters.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Rerun => ("Run again", "Check this commit once more"),
            Self::Fix => ("Write the fix", "Suggest the migration that is missing"),
            Self::Plan => ("Show the plan", "Statements and locks, as a comment"),
        }
    }

    /// The command whose right it takes.
    const fn command(self) -> Command {
        match self {
            Self::Rerun => Command::Preflight { full: false, commit: None },
            Self::Fix => Command::Diff,
            Self::Plan => Command::Plan,
        }
    }
}

/// The buttons of a check of a pull request.
pub(in crate::bot) fn buttons(report: &Report) -> Vec<CheckAction> {
    let fix = (report.verdict == Verdict::Drift).then_some(Button::Fix);
    let plan = (report.pending_count > 0).then_some(Button::Plan);
    let shown = [Some(Button::Rerun), fix, plan].into_iter().flatten().map(|button| {
        let (label, description) = button.words();
        let identifier = <&str>::from(button).to_owned();
        CheckAction { identifier, label: label.to_owned(), description: description.to_owned() }
    });
    shown.collect()
}

/// A button that somebody has pressed.
#[derive(Debug, Deserialize)]
struct Pressed {
    run: Option<String>,
    head: String,
    check: u64,
    button: String,
    author: String,
}

impl Pressed {
    /// One answer to each button of a check.
    fn key(&self) -> CommentKey {
        CommentKey::of(&["button", &self.check.to_string(), &self.button])
    }
}

/// Does what a button says, with the rights of whoever pressed it. Who may not is not answered: there is no comment
/// of theirs to react to.
pub(in crate::bot) async fn press(
    tools: &Tools,
    job: &Job,
    cancel: CancellationToken,
) -> Result<(), JobError> {
    let (mut input, repo) = (Input::of(job)?, job::repository(job)?);
    let pressed = Pressed::deserialize(&job.input).map_err(|error| JobError::Input(error.to_string()))?;
    let (Ok(button), Some(run)) = (pressed.button.parse::<Button>(), pressed.run.clone()) else {
        return Ok(());
    };
    let number = tools.store.pull_of(&job.repository, &RunId(run)).await?;
    let (Some(number), Some(true)) = (number, input.app.map(|app| app == tools.settings.github.app_id))
    else {
        return Ok(());
    };
    let github = tools.app.installation(input.installation, Some(&repo), &NEEDS).await?;
    let who = Asker { tools, input: &input, github: &github, repo: &repo, login: &pressed.author };
    if !who.may(Some(&button.command())).await? {
        tracing::info!(login = pressed.author, button = pressed.button, "pressed by somebody who may not");
        return Ok(());
    }
    let pull = github.pull_request(&repo, PullNumber(number)).await?;
    input.pull = Some(pull.number);
    let settings = tools.settings.repository(&job.repository);
    let login = pressed.author.clone();
    let errand = Errand { tools, job, input, repo, github, pull, login, settings, cancel };
    let outcome = if errand.pull.head == pressed.head {
        match button {
            Button::Rerun => preflight::check(&errand, false, None).await?,
            Button::Fix => fix::answer(&errand).await?,
            Button::Plan => plan::answer(&errand).await?,
        }
    } else {
        let head = &errand.pull.head;
        Outcome::Refused(format!(
            "the pull request has moved on: its newest commit is `{head}`, whose check has buttons of its own"
        ))
    };
    let (Outcome::Said(text) | Outcome::Failed(text) | Outcome::Refused(text)) = outcome else {
        return Ok(());
    };
    if errand.cancel.is_cancelled() {
        return Ok(());
    }
    Ok(errand.github.publish(&errand.repo, errand.pull.number, &pressed.key(), &text).await.map(drop)?)
}

/// Says something where the answer to a button would be.
pub(super) async fn tell(tools: &Tools, job: &Job, text: &str) -> Result<(), JobError> {
    let (input, repo) = (Input::of(job)?, job::repository(job)?);
    let pressed = Pressed::deserialize(&job.input).map_err(|error| JobError::Input(error.to_string()))?;
    let run = RunId(pressed.run.clone().unwrap_or_default());
    let Some(number) = tools.store.pull_of(&job.repository, &run).await? else { return Ok(()) };
    let github = tools.app.installation(input.installation, Some(&repo), &NEEDS).await?;
    Ok(github.publish(&repo, PullNumber(number), &pressed.key(), text).await.map(drop)?)
}

#[cfg(test)]
mod tests {
    use super::Button;

    #[test]
    fn what_is_on_a_button_is_what_github_shows() {
        for button in [Button::Rerun, Button::Fix, Button::Plan] {
            let (label, description) = button.words();
            let identifier: &str = button.into();
            assert!(identifier.len() <= 20 && label.len() <= 20 && description.len() <= 40, "{button:?}");
            assert_eq!(identifier.parse(), Ok(button));
        }
    }
}
