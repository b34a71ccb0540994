//! Operator classes and families.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::{split_identifier, split_outside_quotes};
use crate::model::plan::{Hazard, Step};

pub(super) struct OperatorClasses;

impl Kind for OperatorClasses {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("operator class {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let (name, method) = name_and_method(&this.id.name);
        let storage = this.get("storage").map(|kind| format!("storage {kind}"));
        let members = members(this).into_iter().map(str::to_owned);
        // A class must have something: its own type as storage says nothing.
        let mut clauses: Vec<String> = members.chain(storage).collect();
        if clauses.is_empty() {
            clauses.push(format!("storage {}", this.text("type")));
        }
        let sql = format!(
            "create operator class {name}{} for type {} using {method} family {} as {}",
            if this.is("default") { " default" } else { "" },
            this.text("type"),
            this.text("family"),
            clauses.join(", "),
        );
        vec![step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])]
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

pub(super) struct OperatorFamilies;

impl Kind for OperatorFamilies {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("operator family {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let sql = format!("create operator family {}", this.id.name);
        let mut steps = vec![step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])];
        steps.extend(alter(this, "add", &members(this).into_iter().map(str::to_owned).collect::<Vec<_>>()));
        steps
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        let (old, new) = (members(from), members(to));
        let gone = old.iter().filter(|member| !new.contains(member)).map(|member| place(member));
        let come = new.iter().filter(|member| !old.contains(member)).map(|member| (*member).to_owned());
        let (gone, come): (Vec<String>, Vec<String>) = (gone.collect(), come.collect());
        Change::InPlace(alter(to, "drop", &gone).into_iter().chain(alter(to, "add", &come)).collect())
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}

fn alter(this: This<'_>, verb: &str, members: &[String]) -> Option<Step> {
    let sql = format!("alter operator family {} {verb} {}", this.id.name, members.join(", "));
    (!members.is_empty()).then(|| step(this.id, sql).hazards(&[Hazard::NeedsSuperuser]))
}

fn members(this: This<'_>) -> Vec<&str> {
    this.get("members").map(|list| split_outside_quotes(list, ", ")).unwrap_or_default()
}

/// Where a member stands, by which it is dropped: `operator 1 (integer, integer)`.
fn place(member: &str) -> String {
    let (word, rest) = member.split_once(' ').unwrap_or((member, ""));
    let (number, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let types = match rest.find('(').filter(|_| word == "function") {
        Some(_) => rest,
        // The first parenthesis outside of quotes is that of the types.
        None => rest.split_once(" (").map_or(rest, |(name, _)| &rest[name.len() + 1..]),
    };
    let types = split_outside_quotes(types, " ").into_iter().next().unwrap_or_default();
    format!("{word} {number} {types}")
}

/// `s.name` and `btree`.
fn name_and_method(full: &str) -> (&str, &str) {
    let (schema, rest) = split_identifier(full);
    let (own, rest) = split_identifier(rest.trim_start_matches('.'));
    (&full[..schema.len() + 1 + own.len()], rest.trim_start_matches(" using "))
}
