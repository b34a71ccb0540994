//! What a report becomes: log, annotations, report file, job summary, comment, outputs.
//!
//! Nothing here changes the exit code: that a comment could not be written is no finding.

use camino::{Utf8Path, Utf8PathBuf};

use super::Session;
use super::commands;
use super::outputs::{self, Outputs};
use crate::gateway::github::{CommentKey, GitHub, GitHubError, PullNumber, RepoName};
use crate::model::report::Report;
use crate::render::{annotations, markdown, text};

/// The report file, in the project directory.
const REPORT: &str = "confiture-report.json";

/// Publishes a report everywhere it can be published.
pub(super) async fn publish(
    session: &mut Session<'_>,
    report: &Report,
    pull: Option<PullNumber>,
    head: Option<String>,
) {
    let context = context(session, head);
    let _ = commands::plain(session.out, &text::report(report, false));
    for line in annotations::commands(report, &session.inputs.working_directory) {
        let _ = writeln!(session.out, "{line}");
    }
    let mut outputs = Outputs::of(report);
    match write_report(session, report) {
        Ok(path) => outputs.set("report-path", path.into_string()),
        Err(error) => session.notice(&format!("The report file was not written: {error}.")),
    }
    let summary = markdown::summary(report, &context);
    if let Err(error) = outputs::write_summary(session.variables, &summary) {
        session.notice(&format!("The job summary was not written: {error}."));
    }
    if let Some(pull) = pull.filter(|_| session.inputs.comment)
        && let Some(url) = comment(session, pull, &markdown::comment(report, &context)).await
    {
        outputs.set("comment-url", url);
    }
    session.write_outputs(&outputs);
}

/// Where the report is shown, for its links.
fn context(session: &Session<'_>, head: Option<String>) -> markdown::Context {
    let directory = &session.inputs.working_directory;
    let env = Some(session.inputs.env.as_str())
        .filter(|env| *env != crate::operation::project::DEFAULT_ENVIRONMENT);
    let directory_name = Some(directory.as_str()).filter(|name| !name.is_empty());
    let title: Vec<&str> = [directory_name, env].into_iter().flatten().collect();
    markdown::Context {
        head,
        repository_url: Some(session.runner.repository_url()),
        prefix: directory.clone(),
        title: (!title.is_empty()).then(|| title.join(" · ")),
        others: None,
    }
}

/// Writes the report as JSON; answers with its path in the workspace.
fn write_report(session: &Session<'_>, report: &Report) -> std::io::Result<Utf8PathBuf> {
    let path = session.inputs.working_directory.join(REPORT);
    let file = session.runner.workspace.join(&path);
    // What stands there may be a link that a pull request brought: it is replaced, never written through.
    remove_if_there(&file)?;
    let json = serde_json::to_string_pretty(report)?;
    let mut options = fs_err::OpenOptions::new();
    std::io::Write::write_all(&mut options.write(true).create_new(true).open(&file)?, json.as_bytes())?;
    Ok(path)
}

fn remove_if_there(file: &Utf8Path) -> std::io::Result<()> {
    match fs_err::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes the comment, or says why it was not written; answers with its page.
async fn comment(session: &mut Session<'_>, pull: PullNumber, text: &str) -> Option<String> {
    let key = CommentKey::of(&[session.inputs.working_directory.as_str(), &session.inputs.env]);
    let written = match session.github() {
        Some(Ok(github)) => upsert(&github, &session.runner.repository, pull, &key, text).await,
        Some(Err(error)) => Err(not_written(&error)),
        None => {
            Err("No comment was written: there is no github-token. The job summary has it all.".to_owned())
        }
    };
    match written {
        Ok(url) => Some(url),
        Err(notice) => {
            session.notice(&notice);
            None
        }
    }
}

/// Puts `text` under `key` on a pull request: the comment's page, or the sentence that says why not.
pub(super) async fn upsert(
    github: &GitHub,
    repository: &RepoName,
    pull: PullNumber,
    key: &CommentKey,
    text: &str,
) -> Result<String, String> {
    let published = github.publish(repository, pull, key, text).await;
    published.map(|published| published.url).map_err(|error| not_written(&error))
}

fn not_written(error: &GitHubError) -> String {
    if error.is_forbidden() {
        return "No comment was written: the token may not write here, as in pull requests from forks or \
                without `permissions: pull-requests: write`. The job summary has it all."
            .to_owned();
    }
    format!("No comment was written: {error}. The job summary has it all.")
}
