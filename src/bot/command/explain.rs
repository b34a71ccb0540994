//! `explain MIGRATION`: what a migration does.

use super::super::job::JobError;
use super::{Errand, Outcome};
use crate::model::likeness::nearest;
use crate::operation::outline::{Which, labels, outline};
use crate::render::markdown;

pub(super) async fn migration(errand: &Errand<'_>, name: &str) -> Result<Outcome, JobError> {
    let trees = errand.trees().await?;
    let (project, context) = (errand.project(&trees), errand.context(&trees));
    let found = match outline(&project, &trees.base, Which::Named(name)).await {
        Ok(found) => found,
        Err(failure) => {
            return Ok(Outcome::Failed(markdown::stopped("It cannot be read", &failure, &context)));
        }
    };
    if found.is_empty() {
        let known = labels(&project).await.unwrap_or_default();
        return Ok(Outcome::Refused(unknown(name, &known)));
    }
    let parts = found.iter().map(|one| markdown::migration(one, &context));
    Ok(Outcome::Said(parts.collect::<Vec<_>>().join("\n\n")))
}

/// That nothing is called so, and what may have been meant. Both are names of somebody else's.
fn unknown(name: &str, known: &[String]) -> String {
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let meant = nearest(name, &names).map(|label| format!(": did you mean {}?", markdown::name(label)));
    let meant = meant.unwrap_or_else(|| ". It may be given by its version, its label or its path".to_owned());
    format!("{} is neither a rule nor a migration of this pull request{meant}", markdown::name(name))
}
