//! What the server named after a table or a column, and has another name on the other side for that alone:
//! `users_pkey` is `accounts_pkey` there, `users_id_seq` is `accounts_id_seq`.

use std::collections::BTreeMap;

use super::Renaming;
use super::named::{self, Named};
use crate::model::ident::{split_outside_quotes, split_qualified, unquoted};
use crate::model::rename::Renameable;
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

/// What carries the names of its table and columns in its own.
const FOLLOWERS: [ObjectKind; 3] = [ObjectKind::Constraint, ObjectKind::Index, ObjectKind::Sequence];

/// What a table and its columns were called, and are called now.
#[derive(Default)]
struct Called<'a> {
    table: Option<(&'a str, &'a str)>,
    columns: Vec<(&'a str, &'a str)>,
}

/// The renamings that follow from others: where the name that is derived in the same way is only in `to`, and the old
/// one only in `from`, in which those others are done.
#[must_use]
pub fn followers(renamed: &[Renaming], from: &Schema, to: &Schema) -> Vec<Renaming> {
    let mut tables: BTreeMap<&str, Called<'_>> = BTreeMap::new();
    for Renaming { what, old, new } in renamed {
        let names = (old.own.as_str(), new.own.as_str());
        match what.word {
            "table" => tables.entry(&new.id.name).or_default().table = Some(names),
            "column" => tables.entry(&new.id.parent).or_default().columns.push(names),
            _ => {}
        }
    }
    let of_tables = from.objects.iter().filter_map(|(id, object)| {
        let table = table_of(id, object)?;
        Some((id, table, tables.get(table)?))
    });
    of_tables.filter_map(|(id, table, called)| follow(id, &called.derived(id, table)?, from, to)).collect()
}

/// The table that something belongs to which is named after it.
fn table_of<'a>(id: &'a ObjectId, object: &'a Object) -> Option<&'a str> {
    match id.kind {
        ObjectKind::Sequence => object.properties.get("owned_by").map(|column| whole_of(column)),
        kind => FOLLOWERS.contains(&kind).then_some(id.parent.as_str()),
    }
}

/// A column's full name without its own.
fn whole_of(column: &str) -> &str {
    let own = split_outside_quotes(column, ".").last().map_or(0, |own| own.len() + 1);
    &column[..column.len().saturating_sub(own)]
}

impl Called<'_> {
    /// The name that something has now which was named after the table and its columns.
    fn derived(&self, id: &ObjectId, table: &str) -> Option<String> {
        let now = unquoted(split_qualified(table).1);
        let (was, now) = self.table.unwrap_or((&now, &now));
        let own = named::named(id).own;
        let mut rest = own.strip_prefix(was)?.to_owned();
        for (old, new) in &self.columns {
            rest = rest.replacen(&format!("_{old}_"), &format!("_{new}_"), 1);
        }
        rest.starts_with('_').then(|| format!("{now}{rest}"))
    }
}

fn follow(id: &ObjectId, derived: &str, from: &Schema, to: &Schema) -> Option<Renaming> {
    let old = named::named(id);
    let beside = |schema: &Schema| -> Option<Named> {
        let mut beside = schema.objects.keys().filter(|other| other.kind == id.kind).map(named::named);
        beside.find(|one| one.own == derived && one.scope == old.scope)
    };
    if to.objects.contains_key(id) || beside(from).is_some() {
        return None;
    }
    let (what, new) = (Renameable::of(id.kind)?, beside(to)?);
    Some(Renaming { what, old, new })
}
