//! Drift as a `diff` block: `-` is what the migrations build, `+` is what the declared schema says.

use super::escape::cut;
use crate::model::place::Place;
use crate::model::report::{Change, ChangeKind, Drift, PropertyChange};
use crate::model::schema::ObjectKind;
use crate::render::changes::renamed;
use crate::render::line_diff;

/// The longest line that is shown, in characters.
const LINE: usize = 240;
/// Unchanged lines shown around a change inside a definition.
const AROUND: usize = 2;

/// The lines of the block, parts grouped under the object that they belong to.
pub(super) fn lines(drift: &Drift) -> Vec<String> {
    let mut lines = Vec::new();
    let mut parent = "";
    for change in &drift.changes {
        if change.object.parent.is_empty() {
            parent = "";
        } else if change.object.parent != parent {
            parent = &change.object.parent;
            let kind = change.parent_kind.map_or_else(|| "table".to_owned(), ObjectKind::label);
            lines.push(format!("  {kind} {parent}"));
        }
        let indent = if parent.is_empty() { "" } else { "  " };
        lines.extend(of_change(change).into_iter().map(|(sign, line)| format!("{sign} {indent}{line}")));
    }
    // One line of the block is one line of text, whatever a name holds.
    lines.into_iter().map(|line| cut(&line.replace(['\n', '\r'], " "), LINE)).collect()
}

fn of_change(change: &Change) -> Vec<(char, String)> {
    let name = format!("{} {}", change.object.kind.label(), change.object.name);
    match change.change {
        ChangeKind::Added => {
            vec![('+', format!("{name}{}{}", one_line(change, false), source(change.to_source.as_ref())))]
        }
        ChangeKind::Dropped => {
            vec![('-', format!("{name}{}{}", one_line(change, true), source(change.from_source.as_ref())))]
        }
        ChangeKind::Renamed => {
            let place = source(change.to_source.as_ref());
            vec![(' ', format!("{name}  {}{place}", renamed(change)))]
        }
        ChangeKind::Changed => {
            change.properties.iter().flat_map(|one| of_property(&name, change, one)).collect()
        }
    }
}

/// The properties of an object that is on one side only, as far as they fit on its line.
fn one_line(change: &Change, from: bool) -> String {
    let value = |one: &PropertyChange| if from { one.from.clone() } else { one.to.clone() };
    let told = change.properties.iter().filter_map(|one| Some(format!("{} {}", one.name, value(one)?)));
    let mut line = String::new();
    for text in told.filter(|text| !text.contains('\n')) {
        line.extend(["  ", text.as_str()]);
    }
    line
}

fn of_property(name: &str, change: &Change, one: &PropertyChange) -> Vec<(char, String)> {
    let (from, to) = (one.from.as_deref(), one.to.as_deref());
    let long = [from, to].iter().flatten().any(|value| value.contains('\n'));
    if long {
        let mut lines = vec![(' ', format!("{name}  {}{}", one.name, source(change.to_source.as_ref())))];
        let differing = line_diff::lines(from.unwrap_or_default(), to.unwrap_or_default(), AROUND);
        lines.extend(differing.into_iter().map(|(sign, line)| (sign, format!("  {line}"))));
        return lines;
    }
    let side = |value: Option<&str>, place| {
        let value = value.map_or_else(|| format!("no {}", one.name), |value| format!("{} {value}", one.name));
        format!("{name}  {value}{}", source(place))
    };
    vec![('-', side(from, change.from_source.as_ref())), ('+', side(to, change.to_source.as_ref()))]
}

fn source(place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| format!("    -- {}:{}", place.path, place.line))
}
