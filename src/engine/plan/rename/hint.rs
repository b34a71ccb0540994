//! What looks like a rename that nobody said: never acted upon, only told.

use std::collections::BTreeMap;

use super::named::{self, Named};
use crate::engine::plan::kinds::relation_beside;
use crate::model::difference::RenameHint;
use crate::model::ident::{split_identifier, split_outside_quotes, split_qualified};
use crate::model::rename::Renameable;
use crate::model::report::{Change, ChangeKind, Drift};
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

/// So many pairs are looked at: where more has changed, no hint helps.
const PAIRS: usize = 10_000;
/// How much of two wholes has to be the same, in percent.
const ENOUGH: usize = 60;

/// The dropped and added objects that may be one, where dropping costs something.
#[must_use]
pub fn hints(drift: &Drift, from: &Schema, to: &Schema) -> Vec<RenameHint> {
    let only = |kind| -> Vec<&Change> {
        drift.changes.iter().filter(|one| one.change == kind && costs(one.object.kind)).collect()
    };
    let (mut dropped, added) = (only(ChangeKind::Dropped), only(ChangeKind::Added));
    if dropped.len() * added.len() > PAIRS {
        dropped.clear();
    }
    let looks = Looks { from, to };
    let alike = |old: &Change, new: &Change| looks.alike(&old.object, &new.object);
    let pairs = dropped.iter().filter_map(|old| {
        let new = best(&added, |new| alike(old, new))?;
        let found = best(&dropped, |old| alike(old, new))?;
        (found.object == old.object).then(|| hint(&old.object, &new.object))?
    });
    pairs.chain(drift.changes.iter().flat_map(within)).collect()
}

/// The one of several that scores highest. Between two that look the same nobody can tell.
fn best<'a>(several: &[&'a Change], score: impl Fn(&Change) -> usize) -> Option<&'a Change> {
    let highest = several.iter().map(|one| score(one)).max().filter(|highest| *highest > 0)?;
    let mut best = several.iter().filter(|one| score(one) == highest);
    best.next().filter(|_| best.next().is_none()).copied()
}

/// Whether something is lost with an object, or a new one costs time.
fn costs(kind: ObjectKind) -> bool {
    use ObjectKind::{Column, Constraint, Index, Schema, Sequence, Table};
    matches!(kind, Schema | Table | Column | Sequence | Constraint | Index) || kind.is_type()
}

fn hint(old: &ObjectId, new: &ObjectId) -> Option<RenameHint> {
    let word = Renameable::of(old.kind)?.word;
    let path = match old.kind {
        ObjectKind::Index => relation_beside(old),
        _ if old.parent.is_empty() => old.name.clone(),
        _ => format!("{}.{}", old.parent, old.name),
    };
    said(old, word, &path, &named::named(old).sql, &named::named(new).sql)
}

/// A name with a line end in it cannot stand in a comment.
fn said(object: &ObjectId, word: &str, path: &str, old: &str, new: &str) -> Option<RenameHint> {
    let rename = format!("{word} {path} {new}");
    (!rename.contains(char::is_control)).then(|| RenameHint {
        object: object.clone(),
        what: word.to_owned(),
        old: old.to_owned(),
        new: new.to_owned(),
        rename,
    })
}

/// The two structures while objects of theirs are looked at.
struct Looks<'a> {
    from: &'a Schema,
    to: &'a Schema,
}

impl Looks<'_> {
    /// How much an old object is like a new one, nothing when they cannot be the same.
    fn alike(&self, old: &ObjectId, new: &ObjectId) -> usize {
        let is_possible = old.kind == new.kind && named::named(old).scope == named::named(new).scope;
        let (Some(a), Some(b)) = (self.from.objects.get(old), self.to.objects.get(new)) else { return 0 };
        match old.kind {
            _ if !is_possible => 0,
            ObjectKind::Table => common(&columns(self.from, &old.name), &columns(self.to, &new.name)),
            ObjectKind::Schema => common(&inside(self.from, &old.name), &inside(self.to, &new.name)),
            ObjectKind::Column => self.columns_alike((old, a), (new, b)),
            _ => usize::from(same_besides_name(a, b, &named::named(old), &named::named(new))),
        }
    }

    /// Columns of one type in one place, or with the same properties, or both.
    fn columns_alike(&self, (old, a): (&ObjectId, &Object), (new, b): (&ObjectId, &Object)) -> usize {
        let place = |schema: &Schema, id: &ObjectId| {
            let own = schema.objects.get(id).and_then(|object| object.position);
            columns_of(schema, &id.parent).filter(|(_, object)| object.position < own).count()
        };
        let is_typed_alike = a.properties.get("type") == b.properties.get("type");
        let same_place = usize::from(place(self.from, old) == place(self.to, new));
        let same_properties = usize::from(a.properties == b.properties);
        if is_typed_alike { same_place + same_properties } else { 0 }
    }
}

/// Whether two objects have the same properties once the names in them are the same.
fn same_besides_name(a: &Object, b: &Object, old: &Named, new: &Named) -> bool {
    let renamed = |object: &Object, to: &str| -> BTreeMap<String, String> {
        let properties = object.properties.iter();
        properties.map(|(name, value)| (name.clone(), value.replace(to, &new.sql))).collect()
    };
    renamed(a, &old.sql) == renamed(b, &new.sql)
}

/// How much of two lists is the same, in percent; nothing when that is not enough.
fn common(a: &[(&str, &str)], b: &[(&str, &str)]) -> usize {
    let same = a.iter().filter(|one| b.contains(one)).count();
    let percent = same * 100 / a.len().max(b.len()).max(1);
    if percent >= ENOUGH { percent } else { 0 }
}

fn columns<'a>(schema: &'a Schema, table: &str) -> Vec<(&'a str, &'a str)> {
    let kind = |object: &'a Object| object.properties.get("type").map_or("", String::as_str);
    columns_of(schema, table).map(|(id, object)| (id.name.as_str(), kind(object))).collect()
}

fn columns_of<'a>(schema: &'a Schema, table: &str) -> impl Iterator<Item = (&'a ObjectId, &'a Object)> {
    let first = ObjectId { parent: table.to_owned(), kind: ObjectKind::Column, name: String::new() };
    let columns = schema.objects.range(first.clone()..);
    columns.take_while(move |(id, _)| id.kind == first.kind && id.parent == first.parent)
}

/// What stands in a schema, by kind and name.
fn inside<'a>(schema: &'a Schema, name: &str) -> Vec<(&'a str, &'a str)> {
    let names = schema.objects.keys().filter(|id| id.parent.is_empty()).map(|id| split_qualified(&id.name));
    names.filter(|(within, _)| *within == name).map(|(_, own)| ("", own)).collect()
}

/// Values of an enum and attributes of a composite type that are other ones in the same place.
fn within(change: &Change) -> Vec<RenameHint> {
    let word = match change.object.kind {
        _ if change.change != ChangeKind::Changed => return Vec::new(),
        ObjectKind::Enum => "value",
        ObjectKind::CompositeType => "attribute",
        _ => return Vec::new(),
    };
    let list = change.properties.iter().find(|one| matches!(one.name.as_str(), "labels" | "attributes"));
    let sides = list.and_then(|list| Some((list.from.as_deref()?, list.to.as_deref()?)));
    let Some((from, to)) = sides else { return Vec::new() };
    let [from, to] = [from, to].map(|list| members(list, word));
    let is_new = |name: &str, list: &[(&str, &str)]| list.iter().all(|(other, _)| *other != name);
    let pairs = from.iter().zip(&to).filter(|((old, a), (new, b))| {
        from.len() == to.len() && a == b && is_new(old, &to) && is_new(new, &from)
    });
    let id = &change.object;
    pairs.filter_map(|((old, _), (new, _))| said(id, word, &format!("{}.{old}", id.name), old, new)).collect()
}

/// The members of a list, each with what is said of it besides its name.
fn members<'a>(list: &'a str, word: &str) -> Vec<(&'a str, &'a str)> {
    let members = split_outside_quotes(list, ", ").into_iter();
    members.map(|one| if word == "value" { (one, "") } else { split_identifier(one) }).collect()
}
