//! Languages that functions are written in.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{Hazard, Step};

pub(super) struct Languages;

impl Kind for Languages {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("language {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        written("create", this)
    }

    fn change(&self, _: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        Change::InPlace(written("create or replace", to))
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn written(verb: &str, this: This<'_>) -> Vec<Step> {
    let clause =
        |name: &str| this.get(name).map(|function| format!(" {name} {function}")).unwrap_or_default();
    let sql = format!(
        "{verb} {}language {}{}{}{}",
        if this.is("trusted") { "trusted " } else { "" },
        this.id.name,
        clause("handler"),
        clause("inline"),
        clause("validator"),
    );
    vec![step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])]
}
