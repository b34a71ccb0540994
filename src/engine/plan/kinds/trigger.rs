//! Triggers and constraint triggers. One that a partition has from its whole is listed only for its state.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::Literal;
use crate::model::plan::{LockMode, Step};

pub(super) struct Triggers;

impl Kind for Triggers {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("trigger {} on {}", this.id.name, this.id.parent)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        if is_of_whole(this) {
            return vec![state(this, this.get("enabled"))];
        }
        let create =
            step(this.id, this.text("definition")).lock(LockMode::ShareRowExclusive, &this.id.parent);
        let mut steps = vec![create];
        steps.extend(this.get("enabled").map(|enabled| state(this, Some(enabled))));
        steps.extend(constraint_comment(this, None));
        steps
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        if is_of_whole(this) {
            let enabled = this.get("enabled_of_whole").filter(|enabled| *enabled != "origin");
            return vec![state(this, enabled)];
        }
        let sql = format!("drop {}", self.address(this, context));
        vec![step(this.id, sql).lock(LockMode::AccessExclusive, &this.id.parent)]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        if is_of_whole(from) != is_of_whole(to) {
            return Change::Replace;
        }
        if is_of_whole(to) {
            return Change::InPlace(vec![state(to, to.get("enabled"))]);
        }
        let mut steps = Vec::new();
        let rewritten = to.differs(&from, "definition");
        if rewritten {
            let Some(rest) = to.text("definition").strip_prefix("CREATE TRIGGER ") else {
                return Change::Replace;
            };
            // Rewritten on the whole, those of the partitions would lose a state of their own.
            let whole = context.from.whole(&from.id.parent);
            let on_partitions = whole.is_some_and(|id| context.from.get(id, "partition_key").is_some());
            if on_partitions || !from.text("definition").starts_with("CREATE TRIGGER ") {
                return Change::Replace;
            }
            let sql = format!("CREATE OR REPLACE TRIGGER {rest}");
            steps.push(step(to.id, sql).lock(LockMode::ShareRowExclusive, &to.id.parent));
        }
        // A rewritten trigger is enabled in the usual way.
        if to.differs(&from, "enabled") || (rewritten && to.is("enabled")) {
            steps.push(state(to, to.get("enabled")));
        }
        steps.extend(constraint_comment(to, Some(from)));
        Change::InPlace(steps)
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn is_of_whole(this: This<'_>) -> bool {
    this.is("enabled_of_whole") && !this.is("definition")
}

fn state(this: This<'_>, enabled: Option<&str>) -> Step {
    let sql = format!("alter table {} {} trigger {}", this.id.parent, verb(enabled), this.id.name);
    step(this.id, sql).lock(LockMode::ShareRowExclusive, &this.id.parent)
}

/// How a trigger or a rule is brought into a state.
pub(super) fn verb(enabled: Option<&str>) -> &'static str {
    match enabled {
        Some("disabled") => "disable",
        Some("replica") => "enable replica",
        Some("always") => "enable always",
        _ => "enable",
    }
}

/// A constraint trigger is a constraint as well, with a comment of its own.
fn constraint_comment(to: This<'_>, from: Option<This<'_>>) -> Option<Step> {
    let old = from.and_then(|from| from.get("constraint_comment"));
    let new = to.get("constraint_comment");
    let text = new.map_or_else(|| "null".to_owned(), |text| Literal::new(text).to_string());
    let sql = format!("comment on constraint {} on {} is {text}", to.id.name, to.id.parent);
    (old != new).then(|| step(to.id, sql))
}
