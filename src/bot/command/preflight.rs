//! `preflight` and `cancel`: a check is begun, or ended.

use super::super::job::{self, JobError};
use super::{Errand, Outcome};

pub(super) async fn check(
    errand: &Errand<'_>,
    full: bool,
    commit: Option<&str>,
) -> Result<Outcome, JobError> {
    let pull = &errand.pull;
    if commit.is_some_and(|commit| !pull.head.starts_with(commit)) {
        let said = format!("the pull request has moved on: its newest commit is `{}`", pull.head);
        return Ok(Outcome::Refused(said));
    }
    if !pull.open {
        return Ok(Outcome::Refused("the pull request is closed".to_owned()));
    }
    job::check(errand.tools, errand.job, &errand.input, pull.number, &pull.head, full).await?;
    Ok(Outcome::Done)
}

pub(super) async fn cancel(errand: &Errand<'_>) -> Result<Outcome, JobError> {
    let subject = format!("pull/{}", errand.pull.number);
    for subject in [format!("{subject}/commands"), subject] {
        errand.tools.store.end(&errand.job.repository, &subject, errand.job.id).await?;
    }
    Ok(Outcome::Done)
}
