//! How waiting for locks is said.

use super::style::clean;
use super::text::duration;
use crate::model::migration::label;
use crate::model::retry::{Blocker, Retry};

/// Something is tried again.
#[must_use]
pub fn retry(retry: &Retry) -> String {
    let name = clean(&label(&retry.version, &retry.name));
    let what = if retry.sqlstate == "40P01" { "a deadlock" } else { "no lock in time" };
    let line = retry.line.map(|line| format!(" at line {line}")).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a pause is a minute at the most")]
    let pause = duration(retry.pause_ms as f64);
    let who: Vec<String> = retry.blockers.iter().map(blocker).collect();
    let who = if who.is_empty() { "who was in the way was not seen".to_owned() } else { who.join("; ") };
    format!("{name}: {what}{line}, tried again in {pause}; {who}")
}

/// Who is in the way.
#[must_use]
pub fn blocker(blocker: &Blocker) -> String {
    if blocker.pid == 0 {
        return "a prepared transaction is in the way".to_owned();
    }
    let about = [
        blocker.application.clone().filter(|name| !name.is_empty()),
        blocker.user.as_ref().map(|user| format!("user {user}")),
        blocker.state.clone(),
        blocker.age_seconds.map(|age| format!("its transaction is {} old", duration(age.max(0.0) * 1000.0))),
    ];
    let about: Vec<String> = about.into_iter().flatten().collect();
    let lock = match (&blocker.lock_mode, &blocker.relation) {
        (Some(mode), Some(relation)) => format!(" has {mode} on {relation}"),
        (Some(mode), None) => format!(" has {mode}"),
        _ => " is in the way".to_owned(),
    };
    let query = blocker.query.as_ref().map(|query| format!(": {query}")).unwrap_or_default();
    clean(&format!("pid {} ({}){lock}{query}", blocker.pid, about.join(", ")))
}
