//! Transforms between types and languages.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::step;
use crate::model::plan::Step;

pub(super) struct Transforms;

impl Kind for Transforms {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("transform for {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        vec![step(this.id, written("create", this))]
    }

    fn change(&self, _: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        Change::InPlace(vec![step(to.id, written("create or replace", to))])
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}

fn written(verb: &str, this: This<'_>) -> String {
    let way =
        |name: &str, words: &str| this.get(name).map(|function| format!("{words} with function {function}"));
    let ways = [way("from_sql", "from sql"), way("to_sql", "to sql")];
    let ways: Vec<String> = ways.into_iter().flatten().collect();
    format!("{verb} transform for {} ({})", this.id.name, ways.join(", "))
}
