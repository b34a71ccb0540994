//! Schemas.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::step;
use crate::model::plan::Step;

pub(super) struct Schemas;

impl Kind for Schemas {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("schema {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        vec![step(this.id, format!("create schema {}", this.id.name))]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
