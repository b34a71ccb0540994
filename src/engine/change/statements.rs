//! Changes as statements. Names of what is there are as the catalog writes them; those of what is new are quoted here.

use super::contract::shown;
use super::{Answers, bare};
use crate::model::ident::Ident;
use crate::model::schema::{ObjectKind, Schema};

pub(super) fn said<'a>(answers: &'a Answers, key: &str) -> &'a str {
    answers.get(key).map_or("", String::as_str)
}

pub(super) fn new_name(answers: &Answers, key: &str) -> Ident {
    Ident::new(said(answers, key))
}

pub(super) fn add_column(answers: &Answers, _: &Schema) -> String {
    let default = match said(answers, "default") {
        "" => String::new(),
        default => format!(" default {default}"),
    };
    let not_null = if said(answers, "not_null") == "yes" { " not null" } else { "" };
    let (table, column) = (said(answers, "table"), new_name(answers, "new_column"));
    format!("alter table {table} add column {column} {}{default}{not_null};", said(answers, "type"))
}

pub(super) fn add_table(answers: &Answers, _: &Schema) -> String {
    format!("create table {} ({});", new_name(answers, "new_table"), said(answers, "columns"))
}

pub(super) fn add_index(answers: &Answers, _: &Schema) -> String {
    let unique = if said(answers, "unique") == "yes" { "unique " } else { "" };
    format!("create {unique}index on {} ({});", said(answers, "table"), said(answers, "columns"))
}

pub(super) fn rename_column(answers: &Answers, _: &Schema) -> String {
    let (table, column) = (said(answers, "table"), said(answers, "column"));
    format!("alter table {table} rename column {column} to {};", new_name(answers, "to"))
}

pub(super) fn renamed_column(answers: &Answers) -> String {
    let (table, column) = (said(answers, "table"), said(answers, "column"));
    format!("column {table}.{column} {}", new_name(answers, "to"))
}

pub(super) fn change_type(answers: &Answers, _: &Schema) -> String {
    let (table, column, kind) = (said(answers, "table"), said(answers, "column"), said(answers, "type"));
    format!("alter table {table} alter column {column} type {kind} using {column}::{kind};")
}

pub(super) fn set_not_null(answers: &Answers, _: &Schema) -> String {
    format!("alter table {} alter column {} set not null;", said(answers, "table"), said(answers, "column"))
}

pub(super) fn drop_column(answers: &Answers, _: &Schema) -> String {
    format!("alter table {} drop column {};", said(answers, "table"), said(answers, "column"))
}

pub(super) fn add_foreign_key(answers: &Answers, _: &Schema) -> String {
    let action = match said(answers, "on_delete") {
        "" | "no action" => String::new(),
        action => format!(" on delete {action}"),
    };
    let (table, column) = (said(answers, "table"), said(answers, "column"));
    format!(
        "alter table {table} add foreign key ({column}) references {}{action};",
        said(answers, "references")
    )
}

pub(super) fn own_sql(answers: &Answers, _: &Schema) -> String {
    said(answers, "sql").to_owned()
}

/// A column beside the one that gets another name.
pub(super) fn beside_renamed(answers: &Answers, schema: &Schema) -> String {
    let (table, column) = (said(answers, "table"), said(answers, "column"));
    let is_it = |kind: ObjectKind, parent: &str, name: &str| {
        kind == ObjectKind::Column && parent == table && name == column
    };
    let object = schema.objects.iter().find(|(id, _)| is_it(id.kind, &id.parent, &id.name));
    let kind = object.and_then(|(_, object)| object.properties.get("type")).map_or("text", String::as_str);
    format!("alter table {table} add column {} {kind};", new_name(answers, "to"))
}

/// A column beside the one that gets another type.
pub(super) fn beside_retyped(answers: &Answers, _: &Schema) -> String {
    let (table, kind) = (said(answers, "table"), said(answers, "type"));
    format!("alter table {table} add column {} {kind};", new_column(answers))
}

pub(super) fn new_column(answers: &Answers) -> Ident {
    Ident::new(format!("{}_new", said(answers, "column").trim_matches('"')))
}

pub(super) fn after_rename(answers: &Answers) -> Vec<String> {
    steps(answers, &new_name(answers, "to"), "")
}

pub(super) fn after_retype(answers: &Answers) -> Vec<String> {
    steps(answers, &new_column(answers), &format!("::{}", said(answers, "type")))
}

/// What follows until the old column can go.
fn steps(answers: &Answers, new: &Ident, cast: &str) -> Vec<String> {
    let (table, column) = (said(answers, "table"), said(answers, "column"));
    let (short, new) = (bare(table), shown(new));
    vec![
        format!("deploy code that writes {column} and {new}"),
        format!(
            "a migration that begins with `-- confiture: batched({short}, KEY, 10000)`, KEY the primary key: update {table} set {new} = {column}{cast} where {new} is null"
        ),
        format!("deploy code that reads and writes {new} only"),
    ]
}
