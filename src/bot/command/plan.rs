//! `plan`: which statements would run, and what they lock.

use super::super::job::JobError;
use super::{Errand, Outcome};
use crate::operation::outline::{Which, outline};
use crate::render::markdown;

pub(super) async fn answer(errand: &Errand<'_>) -> Result<Outcome, JobError> {
    let trees = errand.trees().await?;
    let context = errand.context(&trees);
    Ok(match outline(&errand.project(&trees), &trees.base, Which::Pending).await {
        Ok(pending) => Outcome::Said(markdown::plan(&pending, &context)),
        Err(failure) => Outcome::Failed(markdown::stopped("There is no plan", &failure, &context)),
    })
}
