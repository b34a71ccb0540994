//! Sequences that stand by themselves.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{Hazard, Step};

pub(super) struct Sequences;

impl Kind for Sequences {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("sequence {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let unlogged = if this.is("unlogged") { "unlogged " } else { "" };
        let sql =
            format!("create {unlogged}sequence {} as {} {}", this.id.name, this.text("type"), options(this));
        vec![step(this.id, sql)]
    }

    fn drop(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let sql = format!("drop sequence {}", this.id.name);
        vec![step(this.id, sql).hazards(&[Hazard::DataLoss])]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        let mut steps = Vec::new();
        if to.differs_besides(&from, &["unlogged"]) {
            let bounds = |this: This<'_>| (this.text("minimum").to_owned(), this.text("maximum").to_owned());
            let restarts = narrows(&bounds(from), &bounds(to));
            let restart = if restarts { " restart" } else { "" };
            let sql =
                format!("alter sequence {} as {} {}{restart}", to.id.name, to.text("type"), options(to));
            steps.push(step(to.id, sql).hazard(Hazard::DataLoss, restarts));
        }
        if to.differs(&from, "unlogged") {
            let what = if to.is("unlogged") { "unlogged" } else { "logged" };
            steps.push(step(to.id, format!("alter sequence {} set {what}", to.id.name)));
        }
        Change::InPlace(steps)
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("relation", this.id.name.clone())]
    }

    fn holds_data(&self) -> bool {
        true
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}

fn options(this: This<'_>) -> String {
    format!(
        "increment by {} minvalue {} maxvalue {} start with {} cache {}{}",
        this.text("increment"),
        this.text("minimum"),
        this.text("maximum"),
        this.text("start"),
        this.text("cache"),
        if this.is("cycle") { " cycle" } else { " no cycle" }
    )
}

/// Whether a value that was within the old minimum and maximum can be outside the new ones: the sequence has to
/// start anew, or the server refuses the bounds.
pub(super) fn narrows(old: &(String, String), new: &(String, String)) -> bool {
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    number(&new.0) > number(&old.0) || number(&new.1) < number(&old.1)
}
