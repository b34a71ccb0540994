//! How what happens is said while it happens.

use super::style::clean;
use super::verdict::counted;
use super::{facts, retry};
use crate::model::event::{Event, PreflightEvent};
use crate::model::migration::label;

/// An event in one line.
#[must_use]
pub fn event(event: &Event) -> String {
    match event {
        Event::Begun { version, name, .. } => clean(&label(version, name)),
        Event::Batch { version, name, batches, rows } => {
            let name = clean(&label(version, name));
            format!("{name}: {}, {} changed", in_batches(*batches), rows_of(*rows))
        }
        Event::Hook { phase, path } => format!("{phase}: {}", clean(path.as_str())),
        Event::Notice { version, name, notice } => {
            let (label, severity) = (clean(&label(version, name)), clean(&notice.severity));
            format!("{label}: {severity}: {}", clean(&notice.message))
        }
        Event::Retry(tried) => retry::retry(tried),
        Event::Waiting { version, name, replicas } => {
            let who: Vec<String> = replicas.iter().map(|replica| clean(&replica.to_string())).collect();
            format!("{} waits for replicas: {}", clean(&label(version, name)), who.join(", "))
        }
    }
}

/// What comes before a preflight of a commit.
#[must_use]
pub fn fetching(commit: &str) -> String {
    format!("fetching {}", clean(facts::short(commit)))
}

/// What a preflight is at, in one line.
#[must_use]
pub fn preflight(event: &PreflightEvent) -> String {
    match event {
        PreflightEvent::StartingServer => "starting PostgreSQL".to_owned(),
        PreflightEvent::LayingBase(done, all) => format!("laying the base: {done} of {all}"),
        PreflightEvent::Replaying(done, all, label) => {
            format!("replaying {} of {all}: {}", done + 1, clean(label))
        }
        PreflightEvent::Building(done, all) => format!("building db/schema: {done} of {all} files"),
        PreflightEvent::Comparing => "comparing".to_owned(),
    }
}

/// So many parts.
pub(super) fn in_batches(count: u64) -> String {
    if count == 1 { "1 batch".to_owned() } else { format!("{count} batches") }
}

/// So many rows.
pub(super) fn rows_of(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "row")
}
