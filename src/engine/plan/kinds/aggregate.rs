//! Aggregates: plain, ordered-set and hypothetical-set.

use super::{Change, Context, Kind, This, function};
use crate::engine::plan::step::step;
use crate::model::plan::Step;

pub(super) struct Aggregates;

impl Kind for Aggregates {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("aggregate {}", signature(this))
    }

    fn grant_address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("function {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        vec![step(this.id, written("create", this))]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        if ["kind", "direct_arguments", "arguments", "result"].into_iter().any(|name| to.differs(&from, name))
        {
            return Change::Replace;
        }
        Change::InPlace(vec![step(to.id, written("create or replace", to))])
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("routine", this.id.name.clone())]
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}

fn written(verb: &str, this: This<'_>) -> String {
    format!("{verb} aggregate {} ({})", signature(this), this.text("definition"))
}

/// The name with the arguments, those to order by behind theirs.
fn signature(this: This<'_>) -> String {
    let (name, _) = function::name_and_types(&this.id.name);
    format!("{name}({})", this.text("arguments"))
}
