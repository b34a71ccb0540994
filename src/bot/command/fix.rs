//! The button that writes the fix: the migration that is missing, as text. Nothing is pushed.

use super::super::job::JobError;
use super::{Errand, Outcome, diff};
use crate::model::difference::Proof;
use crate::operation::diff::{Generate, Texts};
use crate::render::{self, markdown};

/// What the migration is called.
const NAME: &str = "catch_up";

pub(super) async fn answer(errand: &Errand<'_>) -> Result<Outcome, JobError> {
    let trees = errand.trees().await?;
    let texts = Texts { up: render::migration::up, down: render::migration::down };
    let generate = Generate { name: NAME.to_owned(), unproved: false, now: now(), texts, taken: 0 };
    let answer = diff::compare(errand, &trees, "migrations", "schema", Some(generate)).await;
    if answer.written.is_empty() {
        // It says why, or that nothing differs.
        return Ok(Outcome::Said(markdown::comparison(&answer)));
    }
    let mut files = Vec::new();
    for path in &answer.written {
        files.push((path.to_string(), fs_err::read_to_string(trees.head.join(path))?));
    }
    let proved = if answer.proof == Proof::Proved {
        "it was tried on a copy, there and back"
    } else {
        "it was not tried"
    };
    let said = markdown::written(&files, proved, errand.settings.directory.as_str().into());
    Ok(Outcome::Said(said))
}

/// Seconds since 1970: a migration may be named by the time when it is written.
#[expect(clippy::disallowed_methods, reason = "the front door is where the time comes in")]
fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}
