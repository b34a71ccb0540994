//! Two structures compared: schema × schema → what differs.
//!
//! One mechanism for all kinds: objects are matched by identity and their properties compared as text in
//! the server's own form. Nothing here knows what a kind's properties mean.

mod ignore;
mod renamed;

use std::collections::{BTreeMap, BTreeSet};

pub use ignore::Ignore;
use itertools::{EitherOrBoth, Itertools as _};
use strum::IntoEnumIterator as _;

use crate::model::report::{Change, ChangeKind, ColumnOrder, Drift, NotCompared, PropertyChange};
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

/// Compares what the migrations build (`from`) with what is declared (`to`).
#[must_use]
pub fn diff(from: &Schema, to: &Schema) -> Drift {
    let one_sided = one_sided_wholes(from, to);
    let (hidden_from, hidden_to) = (from.hidden_kinds(), to.hidden_kinds());
    let is_told = |id: &ObjectId| {
        !one_sided.contains(id.parent.as_str())
            && !hidden_from.contains(&id.kind)
            && !hidden_to.contains(&id.kind)
    };
    let changes: Vec<Change> = from
        .objects
        .iter()
        .merge_join_by(&to.objects, |(one, _), (other, _)| one.cmp(other))
        .filter_map(|pair| {
            let (id, from, to) = match pair {
                EitherOrBoth::Both((id, from), (_, to)) => (id, Some(from), Some(to)),
                EitherOrBoth::Left((id, from)) => (id, Some(from), None),
                EitherOrBoth::Right((id, to)) => (id, None, Some(to)),
            };
            // Nearly all are equal.
            let differs = from.map(|object| &object.properties) != to.map(|object| &object.properties);
            (differs && is_told(id)).then(|| compare(id, from, to)).flatten()
        })
        .map(|change| with_parent_kind(change, from, to))
        .collect();
    Drift {
        equal: changes.is_empty(),
        object_count: count_wholes(&changes),
        changes,
        column_order: column_orders(from, to),
        not_compared: not_compared(from, to),
    }
}

/// Names of the wholes that only one side has: their parts are not worth a line each.
fn one_sided_wholes<'a>(from: &'a Schema, to: &'a Schema) -> BTreeSet<&'a str> {
    let only = |left: &'a Schema, right: &'a Schema| {
        left.objects
            .keys()
            .filter(|id| id.parent.is_empty() && id.kind.has_parts() && !right.objects.contains_key(*id))
    };
    // A table on one side and a view of its name on the other are both listed; their parts are not.
    only(from, to).chain(only(to, from)).map(|id| id.name.as_str()).collect()
}

fn compare(id: &ObjectId, from: Option<&Object>, to: Option<&Object>) -> Option<Change> {
    let change = match (from, to) {
        (Some(_), None) => ChangeKind::Dropped,
        (None, Some(_)) => ChangeKind::Added,
        _ => ChangeKind::Changed,
    };
    let properties = changed_properties(from, to);
    if change == ChangeKind::Changed && properties.is_empty() {
        return None;
    }
    Some(Change {
        object: id.clone(),
        parent_kind: None,
        change,
        properties,
        from_source: None,
        to_source: None,
    })
}

/// The properties whose values differ; all of them when the object is on one side only.
fn changed_properties(from: Option<&Object>, to: Option<&Object>) -> Vec<PropertyChange> {
    let nothing = BTreeMap::new();
    let from = from.map_or(&nothing, |object| &object.properties);
    let to = to.map_or(&nothing, |object| &object.properties);
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    names
        .into_iter()
        .map(|name| (name, from.get(name), to.get(name)))
        .filter(|(_, from, to)| from != to)
        .map(|(name, from, to)| PropertyChange { name: name.clone(), from: from.cloned(), to: to.cloned() })
        .collect()
}

fn with_parent_kind(mut change: Change, from: &Schema, to: &Schema) -> Change {
    if !change.object.parent.is_empty() {
        let whole = |schema: &Schema| {
            let named = |kind: &ObjectKind| {
                let name = change.object.parent.clone();
                schema.objects.contains_key(&ObjectId { parent: String::new(), kind: *kind, name })
            };
            ObjectKind::iter().filter(|kind| kind.has_parts()).find(named)
        };
        change.parent_kind = whole(to).or_else(|| whole(from));
    }
    change
}

/// How many objects differ, parts counted with their whole.
fn count_wholes(changes: &[Change]) -> usize {
    let wholes: BTreeSet<(Option<ObjectKind>, &str)> = changes
        .iter()
        .map(|change| match change.parent_kind {
            Some(kind) => (Some(kind), change.object.parent.as_str()),
            None => (Some(change.object.kind), change.object.name.as_str()),
        })
        .collect();
    wholes.len()
}

/// Tables whose common columns stand in another order.
fn column_orders(from: &Schema, to: &Schema) -> Vec<ColumnOrder> {
    let (left, right) = (columns(from), columns(to));
    left.into_iter()
        .filter_map(|(table, from)| {
            let to = right.get(table)?;
            let common = |names: &[&str], others: &[&str]| -> Vec<String> {
                names.iter().filter(|name| others.contains(name)).map(|name| (*name).to_owned()).collect()
            };
            let (from, to) = (common(&from, to), common(to, &from));
            (from != to).then(|| ColumnOrder { table: table.to_owned(), from, to })
        })
        .collect()
}

fn columns(schema: &Schema) -> BTreeMap<&str, Vec<&str>> {
    let mut tables: BTreeMap<&str, Vec<(Option<u32>, &str)>> = BTreeMap::new();
    for (id, object) in schema.objects.iter().filter(|(id, _)| id.kind == ObjectKind::Column) {
        tables.entry(&id.parent).or_default().push((object.position, &id.name));
    }
    tables
        .into_iter()
        .map(|(table, mut columns)| {
            columns.sort_unstable();
            (table, columns.into_iter().map(|(_, name)| name).collect())
        })
        .collect()
}

fn not_compared(from: &Schema, to: &Schema) -> Vec<NotCompared> {
    let kinds: BTreeSet<&String> = from.not_compared.keys().chain(to.not_compared.keys()).collect();
    kinds
        .into_iter()
        .map(|kind| {
            let count = |schema: &Schema| schema.not_compared.get(kind).copied().unwrap_or(0);
            NotCompared { kind: kind.clone(), count: count(from).max(count(to)) }
        })
        .filter(|kind| kind.count > 0)
        .collect()
}

#[cfg(test)]
mod tests;
