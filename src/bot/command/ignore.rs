//! `ignore`: findings of a rule are let pass in one pull request, and who said why is kept.

use super::super::job::{self, JobError};
use super::{Errand, Outcome};
use crate::gateway::store::Ignoring;
use crate::model::finding::Rule;
use crate::operation::preflight::ignorable;
use crate::render::markdown;

pub(super) async fn ignore(errand: &Errand<'_>, rule: Rule, because: String) -> Result<Outcome, JobError> {
    if !errand.pull.open {
        return Ok(Outcome::Refused("the pull request is closed".to_owned()));
    }
    let trees = errand.trees().await?;
    match ignorable(&errand.project(&trees)).await {
        Err(failure) => {
            let said = markdown::stopped("The settings cannot be read", &failure, &errand.context(&trees));
            return Ok(Outcome::Refused(said));
        }
        Ok(upto) if upto.is_none_or(|upto| rule.severity() > upto) => {
            let severity = rule.severity();
            return Ok(Outcome::Refused(format!(
                "`{rule}` is of severity `{severity}`, which `preflight.ignorable` in the settings of the default \
                 branch does not let pass: what was found has to be put right"
            )));
        }
        Ok(_) => {}
    }
    let what = Ignoring { rule: rule.to_string(), author: errand.login.clone(), because };
    let (tools, job, pull) = (errand.tools, errand.job, &errand.pull);
    tools.store.ignore(&job.repository, pull.number.0, &what).await?;
    // It counts from now on, so the check says so.
    job::again(tools, job, &errand.input, pull.number, &pull.head).await?;
    Ok(Outcome::Done)
}
