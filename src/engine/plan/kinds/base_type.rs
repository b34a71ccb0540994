//! Base types, and types that are only declared.

use super::{Change, Context, Kind, This, data_type};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{Hazard, Step};

pub(super) struct BaseTypes;

/// What can be changed in place, and how it is called.
const ALTERABLE: [(&str, &str); 7] = [
    ("storage", "storage"),
    ("receive", "receive"),
    ("send", "send"),
    ("typmod_in", "typmod_in"),
    ("typmod_out", "typmod_out"),
    ("analyze", "analyze"),
    ("subscript", "subscript"),
];

impl Kind for BaseTypes {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("type {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let written = |name: &str| this.get(name).map(|value| format!("{name} = {value}"));
        let functions = ["input", "output"].into_iter().chain(ALTERABLE.map(|(name, _)| name));
        let clauses: Vec<String> = functions.filter_map(written).collect();
        let sql =
            format!("create type {} ({}, {})", this.id.name, clauses.join(", "), this.text("definition"));
        vec![step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])]
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let cascade = data_type::cascade(this.id, context.from);
        vec![step(this.id, format!("drop type {}{cascade}", this.id.name))]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        if ["input", "output", "definition"].into_iter().any(|name| to.differs(&from, name)) {
            return Change::Replace;
        }
        let changed = ALTERABLE.into_iter().filter(|(name, _)| to.differs(&from, name));
        let set = |(name, word): (&str, &str)| format!("{word} = {}", to.get(name).unwrap_or("none"));
        let set: Vec<String> = changed.map(set).collect();
        let sql = format!("alter type {} set ({})", to.id.name, set.join(", "));
        Change::InPlace(vec![step(to.id, sql).hazards(&[Hazard::NeedsSuperuser])])
    }

    fn step_aside(&self, this: This<'_>, context: &Context<'_>) -> Option<(Vec<Step>, String)> {
        let (mut steps, address) = data_type::step_aside("type", this, context)?;
        steps.extend(data_type::functions_aside(this, context)?);
        Some((steps, address))
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        data_type::names(this)
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}

/// The declaration of a type, for the functions that its definition names.
pub(super) struct Shells;

impl Kind for Shells {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("type {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let create = step(this.id, format!("create type {}", this.id.name));
        vec![create.hazards(&[Hazard::NeedsSuperuser])]
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        if data_type::defined(this.id, context.from).is_some() {
            return Vec::new();
        }
        vec![step(this.id, format!("drop type {}", this.id.name))]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::InPlace(Vec::new())
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        data_type::names(this)
    }
}
