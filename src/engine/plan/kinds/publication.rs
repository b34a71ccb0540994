//! Publications, and the tables and schemas in them.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::Literal;
use crate::model::plan::{Hazard, LockMode, Step};

pub(super) struct Publications;

impl Kind for Publications {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("publication {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let all = if this.is("all_tables") { " for all tables" } else { "" };
        let sql = format!("create {}{all} with ({})", self.address(this, context), options(this, None));
        vec![step(this.id, sql).hazard(Hazard::NeedsSuperuser, this.is("all_tables"))]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        if to.differs(&from, "all_tables") {
            return Change::Replace;
        }
        let sql = format!("alter {} set ({})", self.address(to, context), options(to, Some(from)));
        Change::InPlace(vec![step(to.id, sql)])
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// What is published, told in full where it is not the usual, or where it changes.
fn options(to: This<'_>, from: Option<This<'_>>) -> String {
    let told = |name: &str| from.map_or(to.is(name), |from| to.differs(&from, name));
    let mut words = Vec::new();
    if from.is_none_or(|from| to.differs(&from, "publish")) {
        words.push(format!("publish = {}", Literal::new(to.text("publish"))));
    }
    if told("generated_columns") {
        let which = to.get("generated_columns").unwrap_or("none");
        words.push(format!("publish_generated_columns = {which}"));
    }
    if told("via_root") {
        words.push(format!("publish_via_partition_root = {}", to.is("via_root")));
    }
    words.join(", ")
}

pub(super) struct PublicationTables;

impl Kind for PublicationTables {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("table only {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let columns = this.get("columns").map(|list| format!(" ({list})")).unwrap_or_default();
        let filter = this.get("filter").map(|filter| format!(" where ({filter})")).unwrap_or_default();
        let (publication, table) = (&this.id.parent, self.address(this, context));
        let add = step(this.id, format!("alter publication {publication} add {table}{columns}{filter}"));
        vec![add.lock(LockMode::ShareUpdateExclusive, &this.id.name)]
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let (publication, table) = (&this.id.parent, self.address(this, context));
        let drop = step(this.id, format!("alter publication {publication} drop {table}"));
        vec![drop.lock(LockMode::ShareUpdateExclusive, &this.id.name)]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

pub(super) struct PublicationSchemas;

impl Kind for PublicationSchemas {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("tables in schema {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let (publication, tables) = (&this.id.parent, self.address(this, context));
        let add = step(this.id, format!("alter publication {publication} add {tables}"));
        vec![add.hazards(&[Hazard::NeedsSuperuser])]
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let (publication, tables) = (&this.id.parent, self.address(this, context));
        vec![step(this.id, format!("alter publication {publication} drop {tables}"))]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
