//! Casts.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{Hazard, Step};

pub(super) struct Casts;

impl Kind for Casts {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("cast ({})", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let method = this.text("method");
        let context = this.get("context").map(|word| format!(" as {word}")).unwrap_or_default();
        let create = step(this.id, format!("create cast ({}) {method}{context}", this.id.name));
        vec![create.hazard(Hazard::NeedsSuperuser, method == "without function")]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}
