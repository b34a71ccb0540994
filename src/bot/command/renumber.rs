//! `renumber`: how files are to be called whose version is taken by now.

use camino::Utf8Path;

use super::super::job::JobError;
use super::super::trees;
use super::{Errand, Outcome};
use crate::operation::renumber::renumber;
use crate::render::markdown;

pub(super) async fn answer(errand: &Errand<'_>) -> Result<Outcome, JobError> {
    let trees = errand.trees().await?;
    let newest = trees::single(errand.tools, &errand.github, &errand.repo, &errand.pull.base).await?;
    let directory = Utf8Path::new(&errand.settings.directory);
    Ok(match renumber(&errand.project(&trees), &trees.base, &newest.project).await {
        Ok(renames) => Outcome::Said(markdown::renumber(&renames, directory)),
        Err(failure) => {
            Outcome::Failed(markdown::stopped("Nothing can be renumbered", &failure, &errand.context(&trees)))
        }
    })
}
