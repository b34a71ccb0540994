//! Facets: properties that are given and taken by statements of their own.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::split_qualified;
use crate::model::plan::{Hazard, LockMode, Step};
use crate::model::schema::{ObjectId, ObjectKind};

/// The default of a column.
pub(super) struct Defaults;

impl Kind for Defaults {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("column {}.{}", this.id.parent, this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        vec![alter(this, context, &format!("set default {}", this.text("default")))]
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        vec![alter(this, context, "drop default")]
    }

    fn change(&self, _: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        Change::InPlace(self.create(to, context))
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn alter(this: This<'_>, context: &Context<'_>, what: &str) -> Step {
    let table = &this.id.parent;
    let whole = context.to.whole(table).or_else(|| context.from.whole(table));
    let relation = match whole.map(|id| id.kind) {
        Some(ObjectKind::View) => "view",
        Some(ObjectKind::ForeignTable) => "foreign table",
        _ => "table only",
    };
    step(this.id, format!("alter {relation} {table} alter column {} {what}", this.id.name))
        .lock(LockMode::AccessExclusive, table)
}

/// The column that a sequence belongs to.
pub(super) struct SequenceOwners;

impl Kind for SequenceOwners {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("sequence {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        vec![step(this.id, format!("alter sequence {} owned by {}", this.id.name, this.text("owned_by")))]
    }

    fn drop(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        vec![step(this.id, format!("alter sequence {} owned by none", this.id.name))]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// The composite type that a table is of.
pub(super) struct RowTypes;

impl Kind for RowTypes {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("table {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let sql = format!("alter table {} of {}", this.id.name, this.text("of_type"));
        vec![step(this.id, sql).lock(LockMode::AccessExclusive, &this.id.name)]
    }

    fn drop(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let sql = format!("alter table {} not of", this.id.name);
        vec![step(this.id, sql).lock(LockMode::AccessExclusive, &this.id.name)]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// The place of a partition, or of the index of one, in the whole.
pub(super) struct Attachments;

impl Kind for Attachments {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("table {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        if let Some(whole) = this.get("attached_to") {
            let constraint = ObjectId { kind: ObjectKind::Constraint, ..this.id.clone() };
            if context.to.get(&constraint, "definition").is_some_and(|text| text.starts_with("EXCLUDE")) {
                return Vec::new();
            }
            let (schema, _) = split_qualified(&this.id.parent);
            let sql = format!("alter index {whole} attach partition {schema}.{}", this.id.name);
            return vec![step(this.id, sql)];
        }
        let (whole, part) = (this.text("partition_of"), &this.id.name);
        let sql =
            format!("alter table only {whole} attach partition {part} {}", this.text("partition_bound"));
        let scans = !context.is_new(part);
        let scan = step(this.id, sql).lock(LockMode::ShareUpdateExclusive, whole);
        vec![scan.hazard(Hazard::FullScan, scans).hazard(Hazard::MayFail, scans)]
    }

    fn drop(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        // An index is detached only by going.
        let Some(whole) = this.get("partition_of") else { return Vec::new() };
        let sql = format!("alter table {whole} detach partition {}", this.id.name);
        vec![step(this.id, sql).lock(LockMode::AccessExclusive, whole)]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
