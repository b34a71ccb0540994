//! Enumerated types.

use super::{Change, Context, Kind, This, data_type};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::split_outside_quotes;
use crate::model::plan::{Step, StepTransaction};

pub(super) struct Enums;

impl Kind for Enums {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("type {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        vec![step(this.id, format!("create type {} as enum ({})", this.id.name, this.text("labels")))]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        added(&labels(from), &labels(to), to).map_or(Change::Replace, Change::InPlace)
    }

    fn step_aside(&self, this: This<'_>, context: &Context<'_>) -> Option<(Vec<Step>, String)> {
        data_type::step_aside("type", this, context)
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        data_type::names(this)
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}

fn labels(this: This<'_>) -> Vec<&str> {
    this.get("labels").map(|list| split_outside_quotes(list, ", ")).unwrap_or_default()
}

/// Statements that add what is new, when all that was there stays in its order. A new value cannot be used before it
/// is committed.
fn added(old: &[&str], new: &[&str], to: This<'_>) -> Option<Vec<Step>> {
    let kept: Vec<&str> = new.iter().copied().filter(|label| old.contains(label)).collect();
    if kept != old {
        return None;
    }
    let mut steps = Vec::new();
    for (at, label) in new.iter().enumerate().filter(|(_, label)| !old.contains(label)) {
        // Those before it are there by now; the first one stands before the first of the old.
        let place = match (at.checked_sub(1).and_then(|at| new.get(at)), old.first()) {
            (Some(previous), _) => format!(" after {previous}"),
            (None, Some(first)) => format!(" before {first}"),
            (None, None) => String::new(),
        };
        let is_last = new[at..].iter().all(|label| !old.contains(label));
        let place = if is_last { String::new() } else { place };
        let sql = format!("alter type {} add value {label}{place}", to.id.name);
        steps.push(step(to.id, sql).apart(StepTransaction::CommittedFirst));
    }
    Some(steps)
}
