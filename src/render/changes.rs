//! What differs between two structures, as a tree for terminals.

use super::line_diff;
use super::style::{Paint, clean};
use super::verdict::counted;
use crate::model::report::{Change, ChangeKind, Drift, PropertyChange};
use crate::model::schema::ObjectKind;

/// Lines of a changed definition that are shown.
const DEFINITION_LINES: usize = 24;

/// What the two sides are called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wording<'a> {
    /// From where to where, once.
    pub(super) direction: &'a str,
    /// Beside what only the second side has.
    pub(super) added: &'a str,
    /// Beside what only the first side has.
    pub(super) dropped: &'a str,
}

/// The changes, parts under the line of their whole. The direction is said once.
pub(super) fn lines(drift: &Drift, wording: &Wording<'_>, paint: Paint) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut shown = None;
    let mut legend = paint.faint(&format!("   {}", wording.direction));
    let mut changes: Vec<&Change> = drift.changes.iter().collect();
    changes.sort_by_key(|change| (whole(change), change.parent_kind.is_some()));
    for change in changes {
        let (kind, name) = whole(change);
        if change.parent_kind.is_none() {
            lines.extend(alone(change, wording, &mut legend, paint));
        } else {
            if shown != Some((kind, name)) {
                lines.push(format!("    {} {}", kind.label(), paint.strong(name)));
            }
            lines.extend(part(change, wording, &mut legend, paint));
        }
        shown = Some((kind, name));
    }
    lines
}

/// The object that a change belongs to: itself, or what it is a part of.
pub(super) fn whole(change: &Change) -> (ObjectKind, &str) {
    match change.parent_kind {
        Some(kind) => (kind, &change.object.parent),
        None => (change.object.kind, &change.object.name),
    }
}

/// What is said of two structures and is no difference.
pub(super) fn remarks(drift: &Drift, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for order in &drift.column_order {
        let table = clean(&order.table);
        lines.push(paint.faint(&format!("▸ note: {table} has its columns in another order (no drift)")));
    }
    if !drift.not_compared.is_empty() {
        let kinds: Vec<String> =
            drift.not_compared.iter().map(|kind| format!("{} {}", kind.count, kind.kind)).collect();
        lines.push(paint.faint(&format!("▸ note: not compared: {}", kinds.join(", "))));
    }
    lines
}

fn alone(change: &Change, wording: &Wording<'_>, legend: &mut String, paint: Paint) -> Vec<String> {
    let head = format!("    {} {}", change.object.kind.label(), paint.strong(&change.object.name));
    let mut lines = vec![format!("{head}{}", side(change, wording, paint))];
    if change.change == ChangeKind::Changed {
        lines.extend(
            change.properties.iter().flat_map(|property| value_lines("      ", property, legend, paint)),
        );
        lines.extend(place(change, paint));
    }
    lines
}

fn part(change: &Change, wording: &Wording<'_>, legend: &mut String, paint: Paint) -> Vec<String> {
    let head = format!("      {} {}", change.object.kind.label(), clean(&change.object.name));
    if change.change == ChangeKind::Renamed {
        return vec![format!("{head}{}", side(change, wording, paint))];
    }
    if change.change != ChangeKind::Changed {
        let shown = ["definition", "type"].iter().find_map(|name| {
            let property = change.properties.iter().find(|property| property.name == *name)?;
            property.from.as_ref().or(property.to.as_ref())
        });
        let shown = shown.map(|text| format!("   {}", clean(&one_line(text)))).unwrap_or_default();
        return vec![format!("{head}{shown}{}", side(change, wording, paint))];
    }
    let mut lines = Vec::new();
    for property in &change.properties {
        let mut values = value_lines(&format!("{head}   "), property, legend, paint);
        lines.append(&mut values);
    }
    lines.extend(place(change, paint));
    lines
}

/// `renamed: users → accounts`, with the word for a part that is no object.
pub(super) fn renamed(change: &Change) -> String {
    let names = change.properties.iter().map(|one| {
        let word = if one.name == "name" { String::new() } else { format!("{} ", one.name) };
        let shown = |name: &Option<String>| name.clone().unwrap_or_default();
        format!("{word}renamed: {} → {}", shown(&one.from), shown(&one.to))
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Which side alone has it, or what it is called on either.
fn side(change: &Change, wording: &Wording<'_>, paint: Paint) -> String {
    let said = match change.change {
        ChangeKind::Changed => return String::new(),
        ChangeKind::Added => wording.added.to_owned(),
        ChangeKind::Dropped => wording.dropped.to_owned(),
        ChangeKind::Renamed => renamed(change),
    };
    let place = change.to_source.as_ref().or(change.from_source.as_ref());
    let place = place.map(|place| format!("   {place}")).unwrap_or_default();
    format!("{}{}", paint.warning(&format!("   {said}")), paint.faint(&place))
}

fn place(change: &Change, paint: Paint) -> Option<String> {
    let place = change.to_source.as_ref().or(change.from_source.as_ref())?;
    Some(paint.faint(&format!("        at {place}")))
}

fn value_lines(head: &str, property: &PropertyChange, legend: &mut String, paint: Paint) -> Vec<String> {
    let long = |value: &Option<String>| value.as_deref().is_some_and(|text| text.trim_end().contains('\n'));
    let name = match property.name.as_str() {
        "type" | "definition" => String::new(),
        name => format!("{}: ", name.replace('_', " ")),
    };
    let legend = std::mem::take(legend);
    if long(&property.from) || long(&property.to) {
        let mut lines =
            vec![format!("{head}{name}{}{legend}", if name.is_empty() { "definition" } else { "" })];
        lines.extend(line_diff(property, paint));
        return lines;
    }
    let shown = |value: &Option<String>| value.as_deref().map_or_else(|| "none".to_owned(), one_line);
    let (from, to) = (shown(&property.from), shown(&property.to));
    vec![format!("{head}{name}{} → {}{legend}", paint.warning(&from), paint.warning(&to))]
}

fn line_diff(property: &PropertyChange, paint: Paint) -> Vec<String> {
    let (from, to) =
        (property.from.as_deref().unwrap_or_default(), property.to.as_deref().unwrap_or_default());
    let differing = line_diff::lines(from, to, 1).into_iter();
    let mut lines: Vec<String> = differing
        .map(|(sign, line)| {
            let line = line.trim_end();
            match sign {
                '-' => paint.bad(&format!("          - {line}")),
                '+' => paint.good(&format!("          + {line}")),
                _ => format!("            {}", clean(line)),
            }
        })
        .collect();
    if lines.len() > DEFINITION_LINES {
        let more = lines.len() - DEFINITION_LINES;
        lines.truncate(DEFINITION_LINES);
        lines.push(paint.faint(&format!("            … {} more", counted(more, "line"))));
    }
    lines
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
