//! Views and materialized views.

use super::{Change, Context, Kind, This, options};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::{split_identifier, split_outside_quotes};
use crate::model::plan::{Hazard, Step};

pub(super) struct Views;

impl Kind for Views {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("view {}", this.id.name)
    }

    fn grant_address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("table {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let verb = if context.apart.contains(this.id) { "create or replace" } else { "create" };
        vec![step(this.id, create_view(verb, this))]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        if !to.differs_besides(&from, &["options", "comment", "owner", "grants"]) {
            return Change::InPlace(options::change(to, from, "view"));
        }
        // Columns can only be added at the end.
        let grows = to.text("columns") == from.text("columns")
            || to.text("columns").starts_with(&format!("{}, ", from.text("columns")));
        if grows {
            Change::InPlace(vec![step(to.id, create_view("create or replace", to))])
        } else {
            Change::Replace
        }
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("relation", this.id.name.clone()), ("type", this.id.name.clone())]
    }
}

fn create_view(verb: &str, this: This<'_>) -> String {
    format!("{verb} view {}{} as\n{}", this.id.name, options::with(this), query(this))
}

/// A view with its columns that reads nothing.
pub(super) fn outline(this: This<'_>, verb: &str) -> Step {
    let column = |column: &str| {
        let (name, kind) = split_identifier(column);
        let (kind, collation) = match split_outside_quotes(kind.trim_start(), " COLLATE ")[..] {
            [kind, collation] => (kind, format!(" collate {collation}")),
            _ => (kind.trim_start(), String::new()),
        };
        format!("null::{kind}{collation} as {name}")
    };
    let columns = split_outside_quotes(this.text("columns"), ", ").into_iter().map(column);
    let columns = columns.collect::<Vec<_>>().join(",\n    ");
    step(this.id, format!("{verb} view {} as\nselect\n    {columns}", this.id.name))
}

fn query(this: This<'_>) -> &str {
    this.text("definition").trim().trim_end_matches(';')
}

pub(super) struct MaterializedViews;

impl Kind for MaterializedViews {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("materialized view {}", this.id.name)
    }

    fn grant_address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("table {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let method = this.get("access_method").map(|name| format!(" using {name}")).unwrap_or_default();
        let tablespace = this.get("tablespace").map(|name| format!(" tablespace {name}")).unwrap_or_default();
        let sql = format!(
            "create materialized view {}{method}{}{tablespace} as\n{}",
            this.id.name,
            options::with(this),
            query(this)
        );
        vec![step(this.id, sql)]
    }

    fn drop(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let drop = step(this.id, format!("drop materialized view {}", this.id.name));
        vec![drop.hazards(&[Hazard::DataLoss])]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        let settings = ["options", "access_method", "tablespace", "comment", "owner", "grants"];
        if to.differs_besides(&from, &settings) {
            return Change::Replace;
        }
        let mut steps = options::change(to, from, "materialized view");
        let mut write_anew = |property: &str, what: &str, usual: &str| {
            if to.differs(&from, property) {
                let name = to.get(property).unwrap_or(usual);
                let sql = format!("alter materialized view {} set {what} {name}", to.id.name);
                steps.push(step(to.id, sql).hazards(&[Hazard::Rewrite]));
            }
        };
        write_anew("access_method", "access method", "heap");
        write_anew("tablespace", "tablespace", "pg_default");
        Change::InPlace(steps)
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("relation", this.id.name.clone()), ("type", this.id.name.clone())]
    }

    fn holds_data(&self) -> bool {
        true
    }
}
