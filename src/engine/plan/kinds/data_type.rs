//! What all kinds of types have in common.

use super::composite::{Attribute, attributes};
use super::{Context, This, conversion, function};
use crate::engine::plan::side::Side;
use crate::engine::plan::step::step;
use crate::model::ident::{Ident, split_identifier, split_qualified, unquoted};
use crate::model::plan::Step;
use crate::model::schema::{ObjectId, ObjectKind};

/// The longest name that the server keeps.
const LONGEST_NAME: usize = 63;

/// After so many names that are taken one gives up.
const LONGEST_SEARCH: u32 = 100;

/// The name that a type takes.
pub(super) fn names(this: This<'_>) -> Vec<(&'static str, String)> {
    vec![("type", this.id.name.clone())]
}

/// A type makes room for its successor under another name while columns still use it; `word` is what comes before
/// its name: `type`, `domain`, `collation`.
pub(super) fn step_aside(word: &str, this: This<'_>, context: &Context<'_>) -> Option<(Vec<Step>, String)> {
    let schema = split_qualified(&this.id.name).0;
    let aside = aside(&this.id.name, context)?;
    let cascade = cascade(this.id, context.from);
    let address = format!("{word} {schema}.{aside}{cascade}");
    Some((vec![rename(word, &this.id.name, this, context)?], address))
}

/// Puts something of the type out of the way, a function with its arguments.
pub(super) fn rename(word: &str, name: &str, this: This<'_>, context: &Context<'_>) -> Option<Step> {
    let (own, _) = function::name_and_types(name);
    let aside = aside(own, context)?;
    Some(step(this.id, format!("alter {word} {name} rename to {aside}")))
}

/// The name that something gets while it is out of the way.
pub(super) fn aside(full_name: &str, context: &Context<'_>) -> Option<Ident> {
    let (schema, name) = split_qualified(full_name);
    let own = unquoted(split_identifier(name).0);
    (0..LONGEST_SEARCH).map(|number| put_aside(&own, full_name, number)).find(|aside| {
        let full = format!("{schema}.{aside}");
        let is_taken = |side: &Side| side.objects.keys().any(|id| id.name == full);
        !is_taken(context.from) && !is_taken(context.to)
    })
}

/// The functions that a type's definition names and that take or return it themselves.
fn functions<'a>(kind: &'a ObjectId, side: &'a Side) -> impl Iterator<Item = &'a ObjectId> {
    let shell = ObjectId { kind: ObjectKind::Shell, ..kind.clone() };
    side.needs(kind)
        .filter(move |one| one.kind == ObjectKind::Function && side.needs(one).any(|needed| *needed == shell))
}

/// The functions of a type that is put out of the way make room, too.
pub(super) fn functions_aside(this: This<'_>, context: &Context<'_>) -> Option<Vec<Step>> {
    let aside = aside(&this.id.name, context)?;
    let renamed = format!("{}.{aside}", split_qualified(&this.id.name).0);
    functions(this.id, context.from)
        .map(|id| {
            let (name, types) = function::name_and_types(&id.name);
            let types = types.iter().map(|kind| if *kind == this.id.name { renamed.as_str() } else { kind });
            let address = format!("{name}({})", types.collect::<Vec<_>>().join(", "));
            rename("function", &address, this, context)
        })
        .collect()
}

/// A type and its own functions go together.
pub(super) fn cascade(kind: &ObjectId, side: &Side) -> &'static str {
    if functions(kind, side).next().is_some() { " cascade" } else { "" }
}

/// Whether a function goes together with the type whose definition names it.
pub(super) fn goes_with_type(function: &ObjectId, side: &Side) -> bool {
    let shells = side.needs(function).filter(|one| one.kind == ObjectKind::Shell);
    let mut kinds = shells.filter_map(|shell| defined(shell, side));
    kinds.any(|kind| side.needs(&kind).any(|one| one == function))
}

/// The type that a declaration is of, when it has a definition.
pub(super) fn defined(shell: &ObjectId, side: &Side) -> Option<ObjectId> {
    let kinds = [ObjectKind::BaseType, ObjectKind::RangeType];
    let mut types = kinds.into_iter().map(|kind| ObjectId { kind, ..shell.clone() });
    types.find(|id| side.objects.contains_key(id))
}

/// `old_1a2b3c4d_name`, cut to what the server keeps. The digits tell apart what is cut alike.
fn put_aside(name: &str, full_name: &str, number: u32) -> Ident {
    let mut aside = format!("old_{:08x}_{name}", digest(full_name).wrapping_add(number));
    while aside.len() > LONGEST_NAME {
        aside.pop();
    }
    Ident::new(aside)
}

/// FNV-1a: the same on every machine and in every run.
fn digest(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Whether stored rows hold values of a type, be it within those of other types.
pub(super) fn is_stored(id: &ObjectId, side: &Side) -> bool {
    side.needed_by(id).any(|user| match user.kind {
        ObjectKind::Column => side.get(user, "type").is_some(),
        ObjectKind::MaterializedView => true,
        kind if kind.is_type() => is_stored(user, side),
        _ => false,
    })
}

/// How a value of a type whose definition changes, but not its name, gets to be one of the new type; without an
/// answer the server finds its own way.
pub(super) fn value(expression: &str, old: &str, new: &str, context: &Context<'_>) -> Option<String> {
    match (composite(context.from, old), composite(context.to, new)) {
        (Some(old), Some(new_attributes)) => {
            let fields = row(expression, &old, &new_attributes, context);
            // All fields NULL is another value than NULL.
            Some(format!("case when {expression} is distinct from null then row({fields})::{new} end"))
        }
        _ => conversion::using(expression, old, new, context),
    }
}

/// A name for the type that carries an array of composite values over, where their attributes are not at the places
/// where they were.
pub(super) fn carrier(table: &str, old: &str, new: &str, context: &Context<'_>) -> Option<String> {
    let element = |kind: &str, side| composite(side, kind.strip_suffix("[]")?);
    let names = |kind: &str, side| {
        let attributes = element(kind, side)?;
        Some(attributes.iter().map(|one| one.name.to_owned()).collect::<Vec<_>>())
    };
    let moved = names(old, context.from)? != names(new, context.to)?;
    let aside = aside(table, context).filter(|_| moved)?;
    Some(format!("{}.{aside}", split_qualified(table).0))
}

/// The attributes of the composite type of that name.
fn composite<'a>(side: &'a Side, name: &str) -> Option<Vec<Attribute<'a>>> {
    let kind = ObjectKind::CompositeType;
    let id = ObjectId { parent: String::new(), kind, name: name.to_owned() };
    let object = side.objects.get(&id)?;
    Some(attributes(object.properties.get("attributes").map(String::as_str)))
}

/// Whether a value that becomes one of another definition leaves attributes behind.
pub(super) fn loses(old: &str, new: &str, context: &Context<'_>) -> bool {
    let (old, new) = (old.trim_end_matches("[]"), new.trim_end_matches("[]"));
    let (Some(old), Some(new)) = (composite(context.from, old), composite(context.to, new)) else {
        return false;
    };
    old.iter().any(|attribute| {
        let stays = new.iter().find(|other| other.name == attribute.name);
        stays.is_none_or(|other| loses(attribute.kind, other.kind, context))
    })
}

fn row(expression: &str, old: &[Attribute<'_>], new: &[Attribute<'_>], context: &Context<'_>) -> String {
    let field = |wanted: &Attribute<'_>| {
        let Some(found) = old.iter().find(|one| one.name == wanted.name) else { return "null".to_owned() };
        let own = format!("({expression}).{}", found.name);
        match value(&own, found.kind, wanted.kind, context) {
            None if found.kind == wanted.kind => own,
            None => format!("{own}::{}", wanted.kind),
            Some(converted) => converted,
        }
    };
    new.iter().map(field).collect::<Vec<_>>().join(", ")
}
