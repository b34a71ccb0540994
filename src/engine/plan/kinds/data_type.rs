//! What all kinds of types have in common.

use super::composite::{Attribute, attributes};
use super::{Context, This, conversion};
use crate::engine::plan::side::Side;
use crate::engine::plan::step::step;
use crate::model::ident::{Ident, split_qualified, unquoted};
use crate::model::plan::Step;
use crate::model::schema::{ObjectId, ObjectKind};

/// The longest name that the server keeps.
const LONGEST_NAME: usize = 63;

/// The name that a type takes.
pub(super) fn names(this: This<'_>) -> Vec<(&'static str, String)> {
    vec![("type", this.id.name.clone())]
}

/// A type makes room for its successor under another name while columns still use it; `word` is `type` or `domain`.
pub(super) fn step_aside(word: &str, this: This<'_>, context: &Context<'_>) -> Option<(Step, String)> {
    let (schema, name) = split_qualified(&this.id.name);
    let aside = (0..).map(|number| put_aside(&unquoted(name), &this.id.name, number)).find(|aside| {
        let full = format!("{schema}.{aside}");
        let is_taken = |side: &Side| side.objects.keys().any(|id| id.name == full);
        !is_taken(context.from) && !is_taken(context.to)
    })?;
    let sql = format!("alter {word} {} rename to {aside}", this.id.name);
    Some((step(this.id, sql), format!("{word} {schema}.{aside}")))
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
    let composite = |side: &'_ Side, name: &str| {
        let id = ObjectId { parent: String::new(), kind: ObjectKind::CompositeType, name: name.to_owned() };
        side.objects.get(&id).map(|object| object.properties.get("attributes").cloned())
    };
    match (composite(context.from, old), composite(context.to, new)) {
        (Some(old), Some(new_attributes)) => {
            let fields = row(expression, old.as_deref(), new_attributes.as_deref(), context);
            // All fields NULL is another value than NULL.
            Some(format!("case when {expression} is distinct from null then row({fields})::{new} end"))
        }
        _ => conversion::using(expression, old, new, context),
    }
}

fn row(expression: &str, old: Option<&str>, new: Option<&str>, context: &Context<'_>) -> String {
    let (old, new) = (attributes(old), attributes(new));
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
