//! Conversions between encodings.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::step;
use crate::model::plan::Step;

pub(super) struct Conversions;

impl Kind for Conversions {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("conversion {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let sql = format!(
            "create {}conversion {} for {} to {} from {}",
            if this.is("default") { "default " } else { "" },
            this.id.name,
            this.text("source"),
            this.text("target"),
            this.text("function"),
        );
        vec![step(this.id, sql)]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        // A schema has one that is the usual one between two encodings.
        let schema = crate::model::ident::split_qualified(&this.id.name).0;
        let pair = format!("{schema}: {} to {}", this.text("source"), this.text("target"));
        if this.is("default") { vec![("default conversion", pair)] } else { Vec::new() }
    }
}
