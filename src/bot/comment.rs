//! The one comment on a pull request: made whole, whoever has something new to say, of what is kept.

use camino::Utf8PathBuf;
use serde::Deserialize as _;

use super::conflicts;
use super::job::{JobError, Tools};
use crate::gateway::github::{CommentKey, GitHub, PullNumber, RepoName};
use crate::model::report::Report;
use crate::render::markdown;

/// Has the comment say the newest report, and how the pull request gets on with the others. Before there is a report
/// there is no comment.
pub(super) async fn renew(
    tools: &Tools,
    github: &GitHub,
    repo: &RepoName,
    pull: PullNumber,
) -> Result<(), JobError> {
    let repository = repo.to_string();
    let turn = format!("comment {repository}#{pull}");
    let renewed = Box::pin(async {
        let Some(run) = tools.store.newest_report(&repository, pull.0).await? else { return Ok(()) };
        let report = Report::deserialize(run.report.unwrap_or_default());
        let report = report.map_err(|error| JobError::Input(format!("the kept report: {error}")))?;
        let directory = Utf8PathBuf::from(tools.settings.repository(&repository).directory);
        let key = CommentKey::of(&[directory.as_str()]);
        let context = markdown::Context {
            head: Some(run.head),
            repository_url: Some(github.repository(repo).await?.url),
            prefix: directory,
            others: conflicts::block(tools, &repository, pull).await?,
            ..markdown::Context::default()
        };
        github.publish(repo, pull, &key, &markdown::comment(&report, &context)).await?;
        Ok(())
    });
    tools.store.one_at_a_time(&turn, renewed).await
}
