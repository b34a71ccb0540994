//! The text face of `bot jobs`.

use super::style::{Paint, clean};
use super::verdict::counted;
use crate::model::job::{JobFacts, JobsAnswer, RetriedAnswer};

/// What `bot jobs list` says.
#[must_use]
pub fn list(answer: &JobsAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines: Vec<String> = answer.jobs.iter().flat_map(|job| one(job, paint)).collect();
    let failed = answer.jobs.iter().filter(|job| job.state == "failed").count();
    lines.push(match (answer.jobs.len(), failed) {
        (0, _) => "no job waits, runs or has failed".to_owned(),
        (all, 0) => counted(all, "job"),
        (all, failed) => {
            format!("{}, {failed} failed: confiture bot jobs retry ID does one again", counted(all, "job"))
        }
    });
    lines.join("\n") + "\n"
}

fn one(job: &JobFacts, paint: Paint) -> Vec<String> {
    let commit = job.head.as_deref().map_or("", |head| head.get(..7).unwrap_or(head));
    let state = match job.state.as_str() {
        "failed" => paint.bad("failed    "),
        state => paint.strong(&format!("{state:<10}")),
    };
    let text = format!("{:<9} {} {} {commit}", job.kind, job.repository, job.subject);
    let mut lines = vec![format!("{:>6}  {state}  {}", job.job, clean(text.trim_end()))];
    let tried = format!("tried {}", counted(usize::try_from(job.attempts).unwrap_or(0), "time"));
    let due = job.due.as_deref().map(|due| format!("due {due}"));
    let facts = [Some(format!("made {}", job.made)), due, (job.attempts > 0).then_some(tried)];
    lines.push(
        paint.faint(&format!("        {}", facts.into_iter().flatten().collect::<Vec<_>>().join(" · "))),
    );
    lines.extend(job.error.as_deref().map(|error| format!("        {}", clean(error))));
    lines
}

/// What `bot jobs retry` says.
#[must_use]
pub fn retried(answer: &RetriedAnswer) -> String {
    let mut lines: Vec<String> =
        answer.retried.iter().map(|one| format!("{} is done again as {}", one.job, one.retried_as)).collect();
    if lines.is_empty() {
        lines.push("no job has failed".to_owned());
    }
    lines.join("\n") + "\n"
}
