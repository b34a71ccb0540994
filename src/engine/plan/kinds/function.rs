//! Functions, procedures and window functions.

use super::{Change, Context, Kind, This, data_type};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::{split_identifier, split_outside_quotes, split_qualified};
use crate::model::plan::{Hazard, Step};

pub(super) struct Functions;

impl Kind for Functions {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        if this.get("kind") != Some("procedure") {
            return format!("function {}", this.id.name);
        }
        // Without a mode the arguments could be those of another procedure, its OUT arguments counted.
        let (name, types) = name_and_types(&this.id.name);
        let modes = types.iter().map(|kind| format!("in {kind}")).collect::<Vec<_>>();
        format!("procedure {name}({})", modes.join(", "))
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        // The server always writes it so.
        let definition = this.text("definition").trim_end().replacen("CREATE OR REPLACE ", "create ", 1);
        vec![step(this.id, definition).hazard(Hazard::NeedsSuperuser, needs_superuser(this))]
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        if data_type::goes_with_type(this.id, context.from) {
            return Vec::new();
        }
        vec![step(this.id, format!("drop {}", self.address(this, context)))]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        let same = ["kind", "result"].into_iter().all(|name| !to.differs(&from, name));
        if !same || !same_shape(from, to) {
            return Change::Replace;
        }
        let replace = step(to.id, this_as_it_is(to));
        Change::InPlace(vec![replace.hazard(Hazard::NeedsSuperuser, needs_superuser(to))])
    }

    fn step_aside(&self, this: This<'_>, context: &Context<'_>) -> Option<(Vec<Step>, String)> {
        // Its arguments tell its new name from those of others of its name; types among them may step aside, too.
        let aside = data_type::aside(&this.id.name, context)?;
        let rename = step(this.id, format!("alter {} rename to {aside}", self.address(this, context)));
        let schema = split_qualified(&this.id.name).0;
        Some((vec![rename], format!("routine {schema}.{aside}")))
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("routine", this.id.name.clone())]
    }

    fn survives_retyping(&self, this: This<'_>, _: bool) -> bool {
        // A body that is text knows nothing of the columns that it names.
        this.text("definition").contains("\nAS ")
    }
}

fn this_as_it_is(this: This<'_>) -> String {
    this.text("definition").trim_end().replacen("CREATE OR REPLACE ", "create or replace ", 1)
}

/// The name of a routine and the types of what is put into it.
pub(super) fn name_and_types(name: &str) -> (&str, Vec<&str>) {
    let (schema, rest) = split_identifier(name);
    let (own, types) = split_identifier(rest.trim_start_matches('.'));
    let end = schema.len() + 1 + own.len();
    let types = types.trim_start_matches('(').strip_suffix(')').unwrap_or(types);
    let types = if types.is_empty() { Vec::new() } else { split_outside_quotes(types, ", ") };
    (&name[..end], types)
}

/// What the server lets only superusers say.
fn needs_superuser(this: This<'_>) -> bool {
    let head = this.text("definition").split("\nAS ").next().unwrap_or_default();
    let mut lines = head.lines().skip(2);
    lines.any(|line| {
        let line = format!("{} ", line.trim());
        line.starts_with("LANGUAGE c ")
            || line.starts_with("LANGUAGE internal ")
            || line.contains(" SUPPORT ")
            || line.contains("LEAKPROOF ")
    })
}

/// One argument as the server writes it: `[MODE ]name type[ DEFAULT …]`.
#[derive(PartialEq, Eq)]
struct Argument<'a> {
    mode: &'a str,
    name_and_type: &'a str,
    default: Option<&'a str>,
}

fn arguments(this: This<'_>) -> Vec<Argument<'_>> {
    let text = this.text("arguments");
    let pieces = if text.is_empty() { Vec::new() } else { split_outside_quotes(text, ", ") };
    pieces
        .into_iter()
        .map(|piece| {
            let head = split_outside_quotes(piece, " DEFAULT ").first().copied().unwrap_or(piece);
            let default = piece.get(head.len()..).filter(|rest| !rest.is_empty());
            let modes = ["INOUT ", "OUT ", "VARIADIC ", "IN "];
            let mode = modes.into_iter().find(|mode| head.starts_with(mode)).unwrap_or("IN ");
            Argument { mode, name_and_type: head.strip_prefix(mode).unwrap_or(head), default }
        })
        .collect()
}

/// Whether `create or replace` accepts the arguments: names may only be given to those without, defaults are never
/// taken away, and what comes out stays.
fn same_shape(from: This<'_>, to: This<'_>) -> bool {
    let (old, new) = (arguments(from), arguments(to));
    old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| fits(old, new))
}

fn fits(old: &Argument<'_>, new: &Argument<'_>) -> bool {
    let named_now = || {
        let unnamed = old.mode == "IN " && new.mode == "IN ";
        let (_, kind) = split_identifier(new.name_and_type);
        unnamed && kind.strip_prefix(' ') == Some(old.name_and_type)
    };
    let defaults = match (old.default, new.default) {
        (Some(_), None) => false,
        // The type of a polymorphic argument's default must stay.
        (Some(old_default), Some(new_default)) => {
            old_default == new_default || !old.name_and_type.contains("any")
        }
        (None, _) => true,
    };
    old.mode == new.mode && defaults && (old.name_and_type == new.name_and_type || named_now())
}
