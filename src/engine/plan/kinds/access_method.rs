//! Access methods for tables and indexes.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{Hazard, Step};

pub(super) struct AccessMethods;

impl Kind for AccessMethods {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("access method {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let (name, sort, handler) = (&this.id.name, this.text("type"), this.text("handler"));
        let create = step(this.id, format!("create access method {name} type {sort} handler {handler}"));
        vec![create.hazards(&[Hazard::NeedsSuperuser])]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
