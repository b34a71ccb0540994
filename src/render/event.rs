//! How what happens is said while it happens.

use super::retry;
use super::style::clean;
use super::verdict::counted;
use crate::model::event::Event;
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

/// So many parts.
pub(super) fn in_batches(count: u64) -> String {
    if count == 1 { "1 batch".to_owned() } else { format!("{count} batches") }
}

/// So many rows.
pub(super) fn rows_of(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "row")
}
