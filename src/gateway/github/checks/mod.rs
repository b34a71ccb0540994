//! Check runs: what a pull request's page says about a commit. Only an App may write them.

pub(super) mod fit;
mod wire;

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::PAGE;
use super::{GitHub, GitHubError, RepoName};
use wire::{CheckAnswer, ChecksAnswer};

/// A check run's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct CheckId(pub u64);

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a check has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckStatus {
    /// It waits for its turn.
    Queued,
    /// It runs.
    InProgress,
    /// It came to an end.
    Completed(Conclusion),
}

/// How a check ended. A required check is satisfied by the first three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Conclusion {
    /// Nothing is wrong.
    Success,
    /// Nothing to say for or against.
    Neutral,
    /// It was not needed.
    Skipped,
    /// Something is wrong, or it could not run.
    Failure,
    /// A newer commit took its place, or somebody stopped it.
    Cancelled,
    /// It took too long.
    TimedOut,
    /// Somebody must do something first.
    ActionRequired,
}

/// A check that is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheck {
    /// What it is called, such as `confiture / preflight`.
    pub name: String,
    /// The commit that it is about.
    pub head: String,
    /// Our own name of this run. With the name and the commit it tells the run from every other.
    pub external_id: String,
    /// The page with everything about it.
    pub details_url: Option<String>,
    /// How far it is.
    pub status: CheckStatus,
    /// The headline.
    pub title: String,
    /// What there is to say, as Markdown.
    pub summary: String,
}

/// A check that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its id.
    pub id: CheckId,
    /// How it ended; none when it did not, or in a way that only GitHub gives.
    pub conclusion: Option<Conclusion>,
    /// Whether it ended.
    pub completed: bool,
    /// How many annotations it carries.
    pub annotations: usize,
    /// Its page on GitHub.
    pub url: String,
}

/// What a check is to say from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckUpdate {
    /// How far it is.
    pub status: CheckStatus,
    /// The headline.
    pub title: String,
    /// What there is to say, as Markdown.
    pub summary: String,
    /// More of it, below.
    pub text: Option<String>,
    /// Everything there is to say about lines of files. Over a check's life this list may only grow at its end.
    pub annotations: Vec<Annotation>,
    /// Buttons, three at most, that show when the check is completed.
    pub actions: Vec<CheckAction>,
}

/// What is said about lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The file, from the repository's top.
    pub path: String,
    /// The first line, from 1.
    pub start_line: u32,
    /// The last line.
    pub end_line: u32,
    /// The first and the last column, from 1. They are told when it is about one line only.
    pub columns: Option<(u32, u32)>,
    /// How grave it is.
    pub level: AnnotationLevel,
    /// The headline.
    pub title: Option<String>,
    /// What there is to say, as plain text.
    pub message: String,
}

/// How grave an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum AnnotationLevel {
    /// Worth knowing.
    Notice,
    /// Worth a thought.
    Warning,
    /// Wrong.
    Failure,
}

/// A button on a completed check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckAction {
    /// What comes back when somebody presses it: 20 characters at most.
    pub identifier: String,
    /// What is on it: 20 characters are shown.
    pub label: String,
    /// What it does: 40 characters are shown.
    pub description: String,
}

/// How far an update has come. Each request takes fifty annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many annotations the check carries now.
    pub sent: usize,
    /// Whether everything is said. Until then the check goes on running.
    pub done: bool,
}

impl GitHub {
    /// Makes a check, or gives the one that already has this name, commit and external id: an earlier attempt may
    /// have made it without our having heard.
    pub async fn create_check(&self, repo: &RepoName, check: &NewCheck) -> Result<Check, GitHubError> {
        let (path, body) = (format!("/repos/{repo}/check-runs"), check.body());
        let ask = || async {
            match self.find_check(repo, &check.head, &check.name, &check.external_id).await? {
                Some(made) => Ok(made),
                None => self.api.post::<CheckAnswer>(&path, &body).await.map(Check::from),
            }
        };
        self.api.patience.keep(ask).await
    }

    /// The check of this App with this name and external id on a commit, if there is one. An older one that was run
    /// again is found as well.
    pub async fn find_check(
        &self,
        repo: &RepoName,
        head: &str,
        name: &str,
        external_id: &str,
    ) -> Result<Option<Check>, GitHubError> {
        self.find(repo, head, name, |check| check.is(name, external_id)).await
    }

    /// Whether a commit has a concluded check of this App with this name.
    pub async fn is_concluded(&self, repo: &RepoName, head: &str, name: &str) -> Result<bool, GitHubError> {
        Ok(self.find(repo, head, name, |check| check.is_concluded(name)).await?.is_some())
    }

    async fn find(
        &self,
        repo: &RepoName,
        head: &str,
        name: &str,
        meant: impl Fn(&CheckAnswer) -> bool,
    ) -> Result<Option<Check>, GitHubError> {
        let path = format!("/repos/{repo}/commits/{head}/check-runs");
        let app = self.speaker.as_ref().map(|speaker| speaker.app);
        for page in 1_usize.. {
            let query = [
                ("check_name", Some(name.to_owned())),
                ("filter", Some("all".to_owned())),
                ("app_id", app.map(|app| app.to_string())),
                ("per_page", Some(PAGE.to_string())),
                ("page", Some(page.to_string())),
            ];
            let answer: ChecksAnswer = self.api.get_with(&path, &query).await?;
            let last = answer.check_runs.len() < PAGE || page * PAGE >= answer.total_count;
            let ours = |check: &CheckAnswer| meant(check) && check.is_of(app);
            if let Some(found) = answer.check_runs.into_iter().find(ours) {
                return Ok(Some(found.into()));
            }
            if last {
                break;
            }
        }
        Ok(None)
    }

    /// A check as it is now.
    pub async fn check(&self, repo: &RepoName, id: CheckId) -> Result<Check, GitHubError> {
        self.api.get::<CheckAnswer>(&format!("/repos/{repo}/check-runs/{id}")).await.map(Check::from)
    }

    /// Sends one request of an update: at most fifty annotations after the `sent` first, and with the last ones
    /// everything else. Call it again with what it says, and write that down between, until it is done.
    ///
    /// GitHub appends whatever it gets. Who was killed before `sent` was written down, or did not hear the answer,
    /// doubles nothing all the same: the check is asked how many it carries.
    pub async fn update_check(
        &self,
        repo: &RepoName,
        id: CheckId,
        update: &CheckUpdate,
        sent: usize,
    ) -> Result<Progress, GitHubError> {
        update.actions.iter().try_for_each(CheckAction::check)?;
        self.api.patience.keep(|| self.update_once(repo, id, update, sent)).await
    }

    /// Says how far a check that runs has come. Should it come late, it does not let a completed one run again.
    pub async fn tell_check(
        &self,
        repo: &RepoName,
        id: CheckId,
        title: &str,
        summary: &str,
    ) -> Result<(), GitHubError> {
        let output = json!({ "title": fit::line(title, fit::TITLE), "summary": fit::markdown(summary) });
        let (path, body) = (format!("/repos/{repo}/check-runs/{id}"), json!({ "output": output }));
        self.api.patience.keep(|| self.api.patch::<CheckAnswer>(&path, &body)).await.map(drop)
    }

    async fn update_once(
        &self,
        repo: &RepoName,
        id: CheckId,
        update: &CheckUpdate,
        sent: usize,
    ) -> Result<Progress, GitHubError> {
        let all = update.annotations.len();
        let sent = if sent < all { sent.max(self.check(repo, id).await?.annotations).min(all) } else { all };
        let upto = all.min(sent + fit::ANNOTATIONS);
        let body = update.body(&update.annotations[sent..upto], upto == all);
        self.api.patch::<CheckAnswer>(&format!("/repos/{repo}/check-runs/{id}"), &body).await?;
        Ok(Progress { sent: upto, done: upto == all })
    }
}

impl CheckStatus {
    /// Says it in the body of a request.
    fn write(self, body: &mut Value) {
        match self {
            Self::Queued => body["status"] = json!("queued"),
            Self::InProgress => body["status"] = json!("in_progress"),
            Self::Completed(conclusion) => {
                body["status"] = json!("completed");
                body["conclusion"] = json!(<&str>::from(conclusion));
            }
        }
    }
}

impl NewCheck {
    fn body(&self) -> Value {
        let mut body = json!({
            "name": self.name,
            "head_sha": self.head,
            "external_id": self.external_id,
            "output": { "title": fit::line(&self.title, fit::TITLE), "summary": fit::markdown(&self.summary) },
        });
        self.status.write(&mut body);
        if let Some(url) = &self.details_url {
            body["details_url"] = json!(url);
        }
        body
    }
}

impl CheckUpdate {
    /// The body of one request: some annotations, and with the last of them how it ended.
    fn body(&self, annotations: &[Annotation], last: bool) -> Value {
        let mut output = json!({
            "title": fit::line(&self.title, fit::TITLE),
            "summary": fit::markdown(&self.summary),
        });
        if let Some(text) = &self.text {
            output["text"] = json!(fit::markdown(text));
        }
        if !annotations.is_empty() {
            output["annotations"] = annotations.iter().map(Annotation::body).collect();
        }
        let mut body = json!({ "output": output });
        if last {
            self.status.write(&mut body);
            body["actions"] = self.actions.iter().take(fit::ACTIONS).map(CheckAction::body).collect();
        } else {
            CheckStatus::InProgress.write(&mut body);
        }
        body
    }
}

impl Annotation {
    fn body(&self) -> Value {
        let end_line = self.end_line.max(self.start_line);
        let mut body = json!({
            "path": self.path,
            "start_line": self.start_line,
            "end_line": end_line,
            "annotation_level": <&str>::from(self.level),
            "message": fit::bytes(&self.message, fit::MESSAGE_BYTES),
        });
        if let Some(title) = &self.title {
            body["title"] = json!(fit::line(title, fit::TITLE));
        }
        if let (Some((first, last)), true) = (self.columns, self.start_line == end_line) {
            body["start_column"] = json!(first);
            body["end_column"] = json!(last.max(first));
        }
        body
    }
}

impl CheckAction {
    /// An identifier that was cut would come back as another.
    fn check(&self) -> Result<(), GitHubError> {
        if self.identifier.chars().count() <= fit::LABEL {
            return Ok(());
        }
        let fault =
            format!("a button's identifier has {} characters at most: {}", fit::LABEL, self.identifier);
        Err(GitHubError::Request(fault))
    }

    fn body(&self) -> Value {
        json!({
            "identifier": self.identifier,
            "label": fit::line(&self.label, fit::LABEL),
            "description": fit::line(&self.description, fit::DESCRIPTION),
        })
    }
}
