//! Tables and partitioned tables. A partition is made by itself and attached.

use super::{Change, Context, Kind, This, column, options};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::split_outside_quotes;
use crate::model::plan::{Hazard, LockMode, Step};
use crate::model::schema::{Object, ObjectId};

pub(super) struct Tables;

impl Kind for Tables {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("table {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let columns = context.to.columns(&this.id.name);
        let within: Vec<(&ObjectId, &Object)> = columns
            .into_iter()
            .filter(|(id, object)| !context.apart.contains(*id) && stands_in_table(this, object))
            .collect();
        let mut steps = vec![step(this.id, create_table(this, &within, context))];
        for (id, object) in within {
            steps.extend(column::settings(This { id, object }, None, context));
        }
        steps.extend(security(this, None));
        steps.extend(replica_identity(this, None));
        steps
    }

    fn drop(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let drop = step(this.id, format!("drop table {}", this.id.name));
        vec![
            drop.lock(LockMode::AccessExclusive, &this.id.name)
                .hazard(Hazard::DataLoss, !this.is("partition_key")),
        ]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        if to.differs(&from, "partition_key") {
            return Change::Replace;
        }
        let table = &to.id.name;
        let alter = |what: String| {
            step(to.id, format!("alter table {table} {what}")).lock(LockMode::AccessExclusive, table)
        };
        let mut steps = Vec::new();
        if to.differs(&from, "unlogged") {
            let what = if to.is("unlogged") { "set unlogged" } else { "set logged" };
            steps.push(alter(what.to_owned()).hazards(&[Hazard::Rewrite]));
        }
        if to.differs(&from, "access_method") {
            // A partitioned table has none unless somebody chose one for its partitions.
            let usual = if to.is("partition_key") { "default" } else { "heap" };
            let method = to.get("access_method").unwrap_or(usual);
            // The one of a partitioned table is for its partitions to come.
            let rewrites = !to.is("partition_key");
            steps.push(alter(format!("set access method {method}")).hazard(Hazard::Rewrite, rewrites));
        }
        if to.differs(&from, "tablespace") {
            let tablespace = to.get("tablespace").unwrap_or("pg_default");
            steps.push(alter(format!("set tablespace {tablespace}")).hazards(&[Hazard::Rewrite]));
        }
        steps.extend(options::change(to, from, "table"));
        steps.extend(inheritance(from, to));
        steps.extend(security(to, Some(from)));
        steps.extend(replica_identity(to, Some(from)));
        Change::InPlace(steps)
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("relation", this.id.name.clone()), ("type", this.id.name.clone())]
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }

    fn holds_data(&self) -> bool {
        true
    }
}

/// A child's inherited columns come with `inherits`; a partition has its own until it is attached.
fn comes_from_parent(table: This<'_>, column: &Object) -> bool {
    table.is("inherits") && column.properties.contains_key("inherited")
}

/// A column of the server's own is listed for its grants alone.
pub(super) fn stands_in_table(table: This<'_>, column: &Object) -> bool {
    column.properties.contains_key("type") && !comes_from_parent(table, column)
}

fn create_table(this: This<'_>, columns: &[(&ObjectId, &Object)], context: &Context<'_>) -> String {
    let unlogged = if this.is("unlogged") { "unlogged " } else { "" };
    let mut definitions: Vec<String> =
        columns.iter().map(|(id, object)| column::definition(This { id, object }, context)).collect();
    let inherited =
        context.to.columns(&this.id.name).into_iter().filter(|(_, object)| comes_from_parent(this, object));
    definitions
        .extend(inherited.filter_map(|(id, object)| column::own_not_null(This { id, object }, context)));
    let list = match definitions.as_slice() {
        [] => " ()".to_owned(),
        _ => format!(" (\n    {}\n)", definitions.join(",\n    ")),
    };
    let clause =
        |name: &str, words: &str| this.get(name).map(|value| format!(" {words} {value}")).unwrap_or_default();
    let inherits = this.get("inherits").map(|parents| format!(" inherits ({parents})")).unwrap_or_default();
    format!(
        "create {unlogged}table {}{list}{inherits}{}{}{}{}",
        this.id.name,
        clause("partition_key", "partition by"),
        clause("access_method", "using"),
        options::with(this),
        clause("tablespace", "tablespace"),
    )
}

pub(super) fn inheritance(from: This<'_>, to: This<'_>) -> Vec<Step> {
    let read = |this: This<'_>| -> Vec<String> {
        this.get("inherits")
            .map(|list| split_outside_quotes(list, ", ").into_iter().map(str::to_owned).collect())
            .unwrap_or_default()
    };
    let (old, new) = (read(from), read(to));
    let gone = old.iter().filter(|parent| !new.contains(parent)).map(|parent| format!("no inherit {parent}"));
    let come = new.iter().filter(|parent| !old.contains(parent)).map(|parent| format!("inherit {parent}"));
    // First the new one: what both hand down is then never the child's own.
    come.chain(gone)
        .map(|what| {
            step(to.id, format!("alter table {} {what}", to.id.name))
                .lock(LockMode::AccessExclusive, &to.id.name)
        })
        .collect()
}

fn security(to: This<'_>, from: Option<This<'_>>) -> Vec<Step> {
    let differs = |name: &str| from.map_or(to.is(name), |from| to.differs(&from, name));
    let mut steps = Vec::new();
    let mut alter = |what: &str| {
        let sql = format!("alter table {} {what} row level security", to.id.name);
        steps.push(step(to.id, sql).lock(LockMode::AccessExclusive, &to.id.name));
    };
    if differs("row_security") {
        alter(if to.is("row_security") { "enable" } else { "disable" });
    }
    if differs("force_row_security") {
        alter(if to.is("force_row_security") { "force" } else { "no force" });
    }
    steps
}

/// An index that is the replica identity says so itself.
fn replica_identity(to: This<'_>, from: Option<This<'_>>) -> Option<Step> {
    let old = from.and_then(|from| from.get("replica_identity"));
    let new = to.get("replica_identity");
    let what = match new {
        _ if new == old => return None,
        Some("index") => return None,
        // The index that was it takes itself back, or goes and leaves nothing.
        None => "default",
        Some(kept) => kept,
    };
    Some(step(to.id, format!("alter table only {} replica identity {what}", to.id.name)))
}
