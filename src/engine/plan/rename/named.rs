//! What a structure has that can be renamed, by its names.

use crate::model::ident::{Literal, split_identifier, split_outside_quotes, split_qualified, unquoted};
use crate::model::rename::Renameable;
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

/// Something with a name of its own: an object, an attribute of a composite type, a value of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) id: ObjectId,
    /// Where it is: what is in front of its own name, outermost part first, as the catalog stores it.
    pub(super) scope: Vec<String>,
    /// Its own name as the catalog stores it.
    pub(super) own: String,
    /// Its own name as SQL writes it.
    pub(super) sql: String,
    /// The types of a function's arguments, without spaces.
    pub(super) arguments: String,
}

/// Everything of a structure that a word can mean.
pub(super) fn all(what: &Renameable, schema: &Schema) -> Vec<Named> {
    let objects = schema.objects.iter().filter(|(id, object)| is_meant(what, id, object));
    objects
        .flat_map(|(id, object)| match what.word {
            "value" => values(id, object),
            "attribute" => attributes(id, object),
            _ => vec![named(id)],
        })
        .collect()
}

/// Functions and procedures are of one kind.
fn is_meant(what: &Renameable, id: &ObjectId, object: &Object) -> bool {
    let is_procedure = object.properties.get("kind").is_some_and(|kind| kind == "procedure");
    what.kinds.contains(&id.kind)
        && (id.kind != ObjectKind::Function || is_procedure == (what.word == "procedure"))
}

/// An object by its names.
pub(super) fn named(id: &ObjectId) -> Named {
    let (schema, rest) = split_qualified(&id.name);
    let (sql, arguments) = if has_arguments(id.kind) { split_identifier(rest) } else { (rest, "") };
    let mut scope = if id.parent.is_empty() { Vec::new() } else { parts(&id.parent) };
    if id.kind == ObjectKind::Index {
        // It stands beside its table.
        scope.truncate(1);
    }
    scope.extend((!schema.is_empty()).then(|| unquoted(schema)));
    let arguments = arguments.split_whitespace().collect();
    Named { id: id.clone(), scope, own: unquoted(sql), sql: sql.to_owned(), arguments }
}

fn has_arguments(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Function | ObjectKind::Aggregate)
}

fn parts(name: &str) -> Vec<String> {
    let (schema, own) = split_qualified(name);
    [schema, own].into_iter().filter(|part| !part.is_empty()).map(unquoted).collect()
}

fn values(id: &ObjectId, object: &Object) -> Vec<Named> {
    let labels = object.properties.get("labels").map(|list| split_outside_quotes(list, ", "));
    let read = labels.into_iter().flatten().filter_map(|sql| Some((sql, Literal::read(sql)?)));
    read.map(|(sql, label)| within(id, sql, label.as_str().to_owned())).collect()
}

fn attributes(id: &ObjectId, object: &Object) -> Vec<Named> {
    let list = object.properties.get("attributes").map(|list| split_outside_quotes(list, ", "));
    let names = list.into_iter().flatten().map(|attribute| split_identifier(attribute).0);
    names.map(|sql| within(id, sql, unquoted(sql))).collect()
}

fn within(id: &ObjectId, sql: &str, own: String) -> Named {
    Named { id: id.clone(), scope: parts(&id.name), own, sql: sql.to_owned(), arguments: String::new() }
}
