//! Kinds that nothing is known of yet.

use super::{Change, Context, Kind, This};
use crate::model::plan::Step;

pub(super) struct Unknown;

impl Kind for Unknown {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("{} {}", this.id.kind.label(), this.id.name)
    }

    fn create(&self, _: This<'_>, _: &Context<'_>) -> Vec<Step> {
        Vec::new()
    }

    fn change(&self, _: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        Change::Refused(format!("no plan can be made for a {} yet", to.id.kind.label()))
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
