//! The tables that change between two structures, in outline, and those that they point at.

use std::collections::{BTreeMap, BTreeSet};

use super::diff;
use crate::model::picture::{ColumnOutline, Reference, TableOutline};
use crate::model::report::{Change, ChangeKind};
use crate::model::schema::{ObjectId, ObjectKind, Schema};

/// The tables that change, by name, each as it is afterwards, or as it was when it is dropped.
#[must_use]
pub fn tables(before: &Schema, after: &Schema) -> Vec<TableOutline> {
    let changes = diff::diff(before, after).changes;
    let mut touched: BTreeMap<&str, ChangeKind> = BTreeMap::new();
    for change in &changes {
        if change.object.kind == ObjectKind::Table {
            touched.insert(&change.object.name, change.change);
        } else if is_drawn(change) && is_table(after, &change.object.parent) {
            touched.entry(&change.object.parent).or_insert(ChangeKind::Changed);
        }
    }
    let mut found: Vec<TableOutline> = touched
        .iter()
        .map(|(name, change)| {
            let schema = if *change == ChangeKind::Dropped { before } else { after };
            outline(schema, name, *change, &changes)
        })
        .collect();
    let pointed: BTreeSet<String> =
        found.iter().flat_map(|one| &one.references).map(|one| one.to.clone()).collect();
    let beside = pointed.into_iter().filter(|name| !touched.contains_key(name.as_str()));
    found.extend(beside.map(|name| TableOutline {
        name,
        change: None,
        columns: Vec::new(),
        references: Vec::new(),
    }));
    found
}

/// Whether a part of a table is in the picture.
fn is_drawn(change: &Change) -> bool {
    matches!(change.object.kind, ObjectKind::Column | ObjectKind::Constraint)
}

fn is_table(schema: &Schema, name: &str) -> bool {
    let id = ObjectId { parent: String::new(), kind: ObjectKind::Table, name: name.to_owned() };
    schema.objects.contains_key(&id)
}

fn outline(schema: &Schema, table: &str, change: ChangeKind, changes: &[Change]) -> TableOutline {
    let parts =
        |kind: ObjectKind| schema.objects.iter().filter(move |(id, _)| id.kind == kind && id.parent == table);
    let mut columns: Vec<_> = parts(ObjectKind::Column).collect();
    columns.sort_by_key(|(_, column)| column.position);
    let keys: Vec<(&ObjectId, &str)> = parts(ObjectKind::Constraint)
        .filter_map(|(id, object)| Some((id, object.properties.get("definition")?.as_str())))
        .collect();
    let of = |what: &str| -> BTreeSet<&str> {
        keys.iter()
            .filter(|(_, definition)| definition.starts_with(what))
            .flat_map(|(_, text)| names(text))
            .collect()
    };
    let (primary, foreign) = (of("PRIMARY KEY"), of("FOREIGN KEY"));
    let how = |name: &str| {
        let of_it = |one: &&Change| {
            one.object.kind == ObjectKind::Column && one.object.parent == table && one.object.name == name
        };
        changes.iter().find(of_it).map(|one| one.change)
    };
    let columns = columns.into_iter().map(|(id, column)| ColumnOutline {
        name: id.name.clone(),
        data_type: column.properties.get("type").cloned().unwrap_or_default(),
        change: how(&id.name),
        is_primary: primary.contains(id.name.as_str()),
        is_foreign: foreign.contains(id.name.as_str()),
    });
    let references = keys.iter().filter(|(_, definition)| definition.starts_with("FOREIGN KEY"));
    TableOutline {
        name: table.to_owned(),
        change: Some(change),
        columns: columns.collect(),
        references: references.filter_map(|(id, _)| reference(schema, id)).collect(),
    }
}

/// The table that a foreign key points at, as the server's record of what needs what has it.
fn reference(schema: &Schema, key: &ObjectId) -> Option<Reference> {
    let needs = schema.dependencies.get(key)?;
    let of_another = |id: &&ObjectId| id.parent != key.parent && id.name != key.parent;
    let other = needs.iter().find(of_another).or_else(|| needs.first())?;
    let to = if other.parent.is_empty() { &other.name } else { &other.parent };
    Some(Reference { name: key.name.clone(), to: to.clone() })
}

/// The names in the first brackets of a key's definition, as the server quotes them.
fn names(definition: &str) -> Vec<&str> {
    let Some(open) = definition.find('(') else { return Vec::new() };
    let (mut quoted, mut from, mut found) = (false, open + 1, Vec::new());
    for (at, one) in definition.char_indices().skip_while(|(at, _)| *at <= open) {
        match one {
            '"' => quoted = !quoted,
            ',' | ')' if !quoted => {
                found.push(definition[from..at].trim());
                from = at + 1;
                if one == ')' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn the_columns_of_a_key_are_read_as_the_server_quotes_them() {
        assert_eq!(names("PRIMARY KEY (id, \"a, (b\"\"\")"), ["id", "\"a, (b\"\"\""]);
        assert_eq!(names("FOREIGN KEY (user_id) REFERENCES users(id)"), ["user_id"]);
        assert!(names("CHECK").is_empty());
    }
}
