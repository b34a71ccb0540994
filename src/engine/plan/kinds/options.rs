//! Storage parameters: `name=value, …` as the catalog lists them.

use super::This;
use crate::engine::plan::step::step;
use crate::model::plan::Step;

/// The `with (…)` clause, empty without options.
pub(super) fn with(this: This<'_>) -> String {
    let all: Vec<String> = list(this.text("options"), "")
        .into_iter()
        .chain(list(this.text("toast_options"), "toast."))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if all.is_empty() { String::new() } else { format!(" with ({})", all.join(", ")) }
}

/// Statements that set and reset what differs.
pub(super) fn change(to: This<'_>, from: This<'_>, relation: &str) -> Vec<Step> {
    let read = |this: This<'_>| {
        let mut all = list(this.text("options"), "");
        all.extend(list(this.text("toast_options"), "toast."));
        all
    };
    between(&read(from), &read(to))
        .into_iter()
        .map(|what| step(to.id, format!("alter {relation} {} {what}", to.id.name)))
        .collect()
}

/// What to reset and what to set.
pub(super) fn between(old: &[(String, String)], new: &[(String, String)]) -> Vec<String> {
    let gone: Vec<&str> = old
        .iter()
        .filter(|(name, _)| !new.iter().any(|(other, _)| other == name))
        .map(|(name, _)| name.as_str())
        .collect();
    let come: Vec<String> = new
        .iter()
        .filter(|option| !old.contains(option))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut words = Vec::new();
    if !gone.is_empty() {
        words.push(format!("reset ({})", gone.join(", ")));
    }
    if !come.is_empty() {
        words.push(format!("set ({})", come.join(", ")));
    }
    words
}

pub(super) fn list(text: &str, prefix: &str) -> Vec<(String, String)> {
    let pairs = text.split(", ").filter_map(|option| option.split_once('='));
    pairs.map(|(name, value)| (format!("{prefix}{name}"), value.to_owned())).collect()
}
