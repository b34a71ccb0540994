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
    let (old, new) = (read(from), read(to));
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
    let mut steps = Vec::new();
    if !gone.is_empty() {
        steps.push(step(to.id, format!("alter {relation} {} reset ({})", to.id.name, gone.join(", "))));
    }
    if !come.is_empty() {
        steps.push(step(to.id, format!("alter {relation} {} set ({})", to.id.name, come.join(", "))));
    }
    steps
}

fn list(text: &str, prefix: &str) -> Vec<(String, String)> {
    let pairs = text.split(", ").filter_map(|option| option.split_once('='));
    pairs.map(|(name, value)| (format!("{prefix}{name}"), value.to_owned())).collect()
}
