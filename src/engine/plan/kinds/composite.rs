//! Stand-alone composite types.

use super::{Change, Context, Kind, This, data_type};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::{split_identifier, split_outside_quotes};
use crate::model::plan::{Hazard, Step};
use crate::model::schema::ObjectKind;

pub(super) struct CompositeTypes;

impl Kind for CompositeTypes {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("type {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let create = format!("create type {} as ({})", this.id.name, this.text("attributes"));
        let mut steps = vec![step(this.id, create)];
        steps.extend(comments(this, None));
        steps
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        let change = Altered::between(from, to);
        let stays_in_order = change.is_possible();
        // Stored values are never written anew for it.
        if !stays_in_order || (change.retypes() && data_type::is_stored(from.id, context.from)) {
            return Change::Replace;
        }
        let loses = !change.gone.is_empty() && data_type::is_stored(from.id, context.from);
        let sql = |what: String| {
            let is_drop = what.starts_with("drop ");
            let alter = step(to.id, format!("alter type {} {what}", to.id.name));
            alter.hazard(Hazard::DataLoss, loses && is_drop)
        };
        let mut steps: Vec<Step> = change.statements().into_iter().map(sql).collect();
        let of_tables = context.from.needed_by(from.id).any(|user| user.kind == ObjectKind::RowType);
        let is_noticed = change.retypes() || !change.gone.is_empty() || (of_tables && !steps.is_empty());
        steps.extend(comments(to, Some(from)));
        if is_noticed { Change::Disturbing(steps) } else { Change::InPlace(steps) }
    }

    fn step_aside(&self, this: This<'_>, context: &Context<'_>) -> Option<(Vec<Step>, String)> {
        data_type::step_aside("type", this, context)
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("relation", this.id.name.clone()), ("type", this.id.name.clone())]
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}

/// One attribute: its name, its type, and its collation when that is not the type's own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    collation: Option<&'a str>,
}

/// Reads `name type[ COLLATE collation], …`.
pub(super) fn attributes(list: Option<&str>) -> Vec<Attribute<'_>> {
    let pieces = list.map(|list| split_outside_quotes(list, ", ")).unwrap_or_default();
    let read = |piece| {
        let (name, rest) = split_identifier(piece);
        let mut halves = split_outside_quotes(rest.trim_start(), " COLLATE ").into_iter();
        Attribute { name, kind: halves.next().unwrap_or_default(), collation: halves.next() }
    };
    pieces.into_iter().map(read).collect()
}

/// How the attributes differ.
struct Altered<'a> {
    kept: Vec<&'a str>,
    gone: Vec<&'a str>,
    changed: Vec<Attribute<'a>>,
    come: Vec<Attribute<'a>>,
    new: Vec<&'a str>,
}

impl<'a> Altered<'a> {
    fn between(from: This<'a>, to: This<'a>) -> Self {
        let (old, new) = (attributes(from.get("attributes")), attributes(to.get("attributes")));
        let within = |list: &[Attribute<'a>], name: &str| list.iter().any(|one| one.name == name);
        let (kept, gone): (Vec<&str>, Vec<&str>) =
            old.iter().map(|one| one.name).partition(|name| within(&new, name));
        let come = new.iter().copied().filter(|one| !within(&old, one.name)).collect();
        let changed =
            new.iter().copied().filter(|one| within(&old, one.name) && !old.contains(one)).collect();
        Self { kept, gone, changed, come, new: new.iter().map(|one| one.name).collect() }
    }

    /// What stays must stay in its order, and what comes can come only behind it.
    fn is_possible(&self) -> bool {
        self.new.starts_with(&self.kept)
    }

    fn retypes(&self) -> bool {
        !self.changed.is_empty()
    }

    fn statements(&self) -> Vec<String> {
        let written = |one: &Attribute<'_>, word: &str| {
            let collation = one.collation.map(|name| format!(" collate {name}")).unwrap_or_default();
            format!("{}{word} {}{collation}", one.name, one.kind)
        };
        let gone = self.gone.iter().map(|name| format!("drop attribute {name}"));
        let changed = self.changed.iter().map(|one| format!("alter attribute {}", written(one, " type")));
        let come = self.come.iter().map(|one| format!("add attribute {}", written(one, "")));
        gone.chain(changed).chain(come).collect()
    }
}

/// Comments on attributes; they go with a dropped one.
fn comments(to: This<'_>, from: Option<This<'_>>) -> Vec<Step> {
    let (old, new) = (from.map(read_comments).unwrap_or_default(), read_comments(to));
    let comment =
        |name: &str, text: &str| step(to.id, format!("comment on column {}.{name} is {text}", to.id.name));
    let stays = |name: &str| attributes(to.get("attributes")).iter().any(|one| one.name == name);
    let gone = old.iter().filter(|(name, _)| stays(name) && !new.iter().any(|(other, _)| other == name));
    let mut steps: Vec<Step> = gone.map(|(name, _)| comment(name, "null")).collect();
    steps.extend(new.iter().filter(|one| !old.contains(one)).map(|(name, text)| comment(name, text)));
    steps
}

/// Reads `name 'text', …`.
fn read_comments(this: This<'_>) -> Vec<(&str, &str)> {
    let list = this.get("attribute_comments");
    let pieces = list.map(|list| split_outside_quotes(list, ", ")).unwrap_or_default();
    let read = |piece| {
        let (name, text) = split_identifier(piece);
        (name, text.trim_start())
    };
    pieces.into_iter().map(read).collect()
}
