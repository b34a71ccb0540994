//! A structure told table by table.

use std::collections::BTreeMap;

use crate::model::estimate::TableSize;
use crate::model::ident::{split_qualified, unquoted};
use crate::model::introspection::{ColumnFacts, Definition, ForeignKey, Hints, TableFacts};
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};
use crate::sql::{self, Key};

/// The tables of a schema by name, `hints` asking for what their names hint at.
#[must_use]
pub fn tables(
    structure: &Schema,
    schema: &str,
    sizes: &BTreeMap<String, TableSize>,
    hints: bool,
) -> Vec<TableFacts> {
    let keys = keys(structure);
    let is_table = |id: &&ObjectId| matches!(id.kind, ObjectKind::Table | ObjectKind::ForeignTable);
    let here = structure.objects.keys().filter(is_table).filter(|id| schema_of(&id.name) == schema);
    let mut found: Vec<TableFacts> = here.map(|id| table(structure, id, sizes, &keys, hints)).collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    found
}

/// The keys of every table, by the table's name in full.
type Keys<'a> = BTreeMap<&'a str, Vec<Key>>;

fn keys(structure: &Schema) -> Keys<'_> {
    let mut keys: Keys<'_> = BTreeMap::new();
    for (id, object) in structure.objects.iter().filter(|(id, _)| id.kind == ObjectKind::Constraint) {
        let key = object.properties.get("definition").and_then(|definition| sql::key(definition));
        keys.entry(&id.parent).or_default().extend(key);
    }
    keys
}

fn table(
    structure: &Schema,
    id: &ObjectId,
    sizes: &BTreeMap<String, TableSize>,
    keys: &Keys<'_>,
    hints: bool,
) -> TableFacts {
    let name = bare(&id.name);
    let primary = primary(keys, &id.name);
    let mut columns: Vec<(u32, ColumnFacts)> = parts(structure, id, ObjectKind::Column)
        .map(|(part, object)| (object.position.unwrap_or_default(), column(part, object, &primary)))
        .collect();
    columns.sort_by_key(|(position, _)| *position);
    let columns: Vec<ColumnFacts> = columns.into_iter().map(|(_, column)| column).collect();
    TableFacts {
        comment: structure.objects.get(id).and_then(|object| object.properties.get("comment")).cloned(),
        outbound_fks: outbound(keys, &id.name),
        inbound_fks: inbound(keys, &id.name),
        hints: if hints { hinted(&primary, &columns) } else { None },
        constraints: definitions(structure, id, ObjectKind::Constraint),
        indexes: definitions(structure, id, ObjectKind::Index),
        size: sizes.get(&id.name).copied().unwrap_or_default(),
        columns,
        name,
    }
}

fn parts<'a>(
    structure: &'a Schema,
    whole: &'a ObjectId,
    kind: ObjectKind,
) -> impl Iterator<Item = (&'a ObjectId, &'a Object)> {
    let first = ObjectId { parent: whole.name.clone(), kind, name: String::new() };
    let parts = structure.objects.range(first..);
    parts.take_while(move |(id, _)| id.parent == whole.name && id.kind == kind)
}

fn column(id: &ObjectId, object: &Object, primary: &[String]) -> ColumnFacts {
    let name = unquoted(&id.name);
    let property = |key: &str| object.properties.get(key).cloned();
    ColumnFacts {
        pg_type: property("type").unwrap_or_default(),
        nullable: !object.properties.contains_key("not_null"),
        is_primary_key: primary.contains(&name),
        default: property("default"),
        generated: property("generated")
            .or_else(|| property("identity").map(|how| format!("identity: {how}"))),
        comment: property("comment"),
        name,
    }
}

fn definitions(structure: &Schema, whole: &ObjectId, kind: ObjectKind) -> Vec<Definition> {
    let found = parts(structure, whole, kind).filter_map(|(id, object)| {
        let definition = object.properties.get("definition")?.clone();
        Some(Definition { name: unquoted(&id.name), definition })
    });
    found.collect()
}

fn primary(keys: &Keys<'_>, table: &str) -> Vec<String> {
    let own = keys.get(table).into_iter().flatten();
    let primary = own.filter_map(|key| match key {
        Key::Primary(columns) => Some(columns.clone()),
        Key::Foreign { .. } => None,
    });
    primary.flatten().collect()
}

fn outbound(keys: &Keys<'_>, table: &str) -> Vec<ForeignKey> {
    let pairs = foreign(keys, table).flat_map(|(columns, other, referenced)| {
        let to =
            if other.0 == schema_of(table) { other.1.clone() } else { format!("{}.{}", other.0, other.1) };
        let pairs = columns.iter().zip(referenced);
        pairs.map(move |(via, on)| ForeignKey {
            from_table: None,
            to_table: Some(to.clone()),
            via_column: via.clone(),
            on_column: on.clone(),
        })
    });
    pairs.collect()
}

fn inbound(keys: &Keys<'_>, table: &str) -> Vec<ForeignKey> {
    let this = (schema_of(table), bare(table));
    let mut found = Vec::new();
    for from in keys.keys() {
        for (columns, _, referenced) in foreign(keys, from).filter(|(_, other, _)| **other == this) {
            let same = schema_of(from) == this.0;
            let name = if same { bare(from) } else { format!("{}.{}", schema_of(from), bare(from)) };
            found.extend(columns.iter().zip(referenced).map(|(via, on)| ForeignKey {
                from_table: Some(name.clone()),
                to_table: None,
                via_column: via.clone(),
                on_column: on.clone(),
            }));
        }
    }
    found
}

type Foreign<'a> = (&'a [String], &'a (String, String), &'a [String]);

fn foreign<'a>(keys: &'a Keys<'_>, table: &str) -> impl Iterator<Item = Foreign<'a>> {
    keys.get(table).into_iter().flatten().filter_map(|key| match key {
        Key::Foreign { columns, table, referenced } => {
            Some((columns.as_slice(), table, referenced.as_slice()))
        }
        Key::Primary(_) => None,
    })
}

fn hinted(primary: &[String], columns: &[ColumnFacts]) -> Option<Hints> {
    let surrogate_pk = primary.iter().find(|name| name.starts_with("pk_")).cloned();
    let natural_id = columns.iter().find(|column| column.name == "id").map(|column| column.name.clone());
    let any = surrogate_pk.is_some() || natural_id.is_some();
    any.then_some(Hints { surrogate_pk, natural_id })
}

fn schema_of(name: &str) -> String {
    unquoted(split_qualified(name).0)
}

fn bare(name: &str) -> String {
    unquoted(split_qualified(name).1)
}
