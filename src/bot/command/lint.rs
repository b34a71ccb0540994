//! `lint`: what the rules find in the files.

use super::super::job::JobError;
use super::{Errand, Outcome};
use crate::operation::migrate::{ValidateRequest, validate};
use crate::render::markdown;

pub(super) async fn answer(errand: &Errand<'_>) -> Result<Outcome, JobError> {
    let trees = errand.trees().await?;
    let (project, deployed) = (errand.project(&trees), Some(trees.base.clone()));
    let request = ValidateRequest { project, deployed, idempotent: false, fail_on: None };
    let answer = validate(&request).await;
    let said = markdown::lint(&answer, &errand.context(&trees));
    Ok(if answer.head.error.is_none() { Outcome::Said(said) } else { Outcome::Failed(said) })
}
