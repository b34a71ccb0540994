//! `diff`: what the pull request changes, and how its result differs from what it declares.

use camino::Utf8Path;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::super::job::{self, JobError};
use super::super::trees::Trees;
use super::{Errand, Outcome};
use crate::model::difference::DiffAnswer;
use crate::operation::diff::{self, Generate, Request};
use crate::operation::structure::Wishes;
use crate::render::markdown;

pub(super) async fn answer(errand: &Errand<'_>) -> Result<Outcome, JobError> {
    let trees = errand.trees().await?;
    let migrations = trees.base.join("db/migrations");
    let mut parts = Vec::new();
    if has_sql(&migrations) {
        let mut changed = compare(errand, &trees, migrations.as_str(), "migrations", None).await;
        changed.from.name = format!("the base {}", &trees.base_commit[..7.min(trees.base_commit.len())]);
        parts.push(format!("**What this pull request changes**\n\n{}", markdown::changed(&changed)));
    }
    let declared = compare(errand, &trees, "migrations", "schema", None).await;
    parts.push(format!("**Its result beside what it declares**\n\n{}", markdown::comparison(&declared)));
    let said = parts.join("\n\n");
    Ok(if declared.failure.is_none() { Outcome::Said(said) } else { Outcome::Failed(said) })
}

/// Compares two structures of the pull request's, and writes the way from one to the other if that is wanted.
pub(super) async fn compare(
    errand: &Errand<'_>,
    trees: &Trees,
    from: &str,
    to: &str,
    generate: Option<Generate>,
) -> DiffAnswer {
    let cancel: CancellationToken = errand.cancel.child_token();
    let request = Request {
        project: errand.project(trees),
        from: SecretString::from(from),
        to: SecretString::from(to),
        renames: Vec::new(),
        wishes: Wishes { postgres: errand.tools.settings.scratch.postgres.clone(), ..Wishes::default() },
        plan: generate.is_some(),
        online: false,
        prove: true,
        generate,
        cancel: cancel.clone(),
    };
    job::in_time(errand.tools, &cancel, Box::pin(diff::run(&request))).await
}

fn has_sql(directory: &Utf8Path) -> bool {
    let Ok(entries) = directory.read_dir_utf8() else { return false };
    entries.flatten().any(|entry| entry.path().extension() == Some("sql"))
}
