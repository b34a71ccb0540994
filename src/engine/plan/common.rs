//! What every kind of object has: a comment, an owner and grants.

use super::grants::{self, Grants, Target};
use super::kinds::{self, Context, This};
use super::step::step;
use crate::model::ident::{Literal, split_outside_quotes};
use crate::model::plan::Step;
use crate::model::schema::{Object, ObjectId, ObjectKind};

/// The properties that are written here and no kind has to look at.
pub(super) const PROPERTIES: [&str; 7] = [
    "comment",
    "owner",
    "grants",
    "depends_on_extension",
    "sequence_comment",
    "sequence_grants",
    "not_null_comment",
];

/// Statements that give a new object its comment, owner and grants.
pub(super) fn make(this: This<'_>, context: &Context<'_>) -> Vec<Step> {
    let mut bare = Object::default();
    if is_public(this.id) {
        // Made again, it is as any other schema.
        bare.properties.insert("owner".to_owned(), "current_user".to_owned());
        bare.properties.insert("comment".to_owned(), String::new());
    }
    let start = grants::of_new(this.id, this.id.kind, context.from);
    between(This { id: this.id, object: &bare }, this, &start, context)
}

/// Statements that change an object's comment, owner and grants.
pub(super) fn change(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Vec<Step> {
    let start = from.get("grants").map_or_else(|| grants::usual(from.id, context.from), Grants::read);
    between(from, to, &start, context)
}

fn between(from: This<'_>, to: This<'_>, start: &Grants, context: &Context<'_>) -> Vec<Step> {
    let kind = kinds::of(to.id.kind);
    let mut steps = Vec::new();
    if to.differs(&from, "owner") && !goes_with_table(to, context) {
        let sql = format!("alter {} owner to {}", kind.address(to, context), owner(to, context));
        steps.push(step(to.id, sql));
    }
    steps.extend(change_grants(to, start, context));
    if to.differs(&from, "comment") {
        let text = match to.get("comment") {
            None if is_public(to.id) => "'standard public schema'".to_owned(),
            text => literal(text),
        };
        steps.push(step(to.id, format!("comment on {} is {text}", kind.address(to, context))));
    }
    steps.extend(change_extensions(from, to, context));
    steps.extend(change_sequence(from, to, context));
    steps.extend(change_not_null(from, to));
    steps
}

/// NOT NULL is a constraint as well, with a comment of its own.
fn change_not_null(from: This<'_>, to: This<'_>) -> Option<Step> {
    let old = from.get("not_null_comment").filter(|_| !to.differs(&from, "not_null"));
    let new = to.get("not_null_comment");
    let address = kinds::not_null_address(to);
    (new != old && to.is("not_null"))
        .then(|| step(to.id, format!("comment on constraint {address} is {}", literal(new))))
}

/// What goes with an extension, it was told to.
fn change_extensions(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Vec<Step> {
    let read = |this: This<'_>| -> Vec<String> {
        let list = this.get("depends_on_extension").map(|list| split_outside_quotes(list, ", "));
        list.unwrap_or_default().into_iter().map(str::to_owned).collect()
    };
    let (old, new) = (read(from), read(to));
    let address = kinds::of(to.id.kind).address(to, context);
    let write =
        |no: &str, name: &String| step(to.id, format!("alter {address} {no}depends on extension {name}"));
    let gone = old.iter().filter(|name| !new.contains(name)).map(|name| write("no ", name));
    let come = new.iter().filter(|name| !old.contains(name)).map(|name| write("", name));
    gone.chain(come).collect()
}

fn literal(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), |text| Literal::new(text).to_string())
}

fn is_public(id: &ObjectId) -> bool {
    id.kind == ObjectKind::Schema && id.name == "public"
}

/// The owner as a role. Without one it belongs to the database's owner, as whom migrations are run.
fn owner<'a>(this: This<'a>, context: &Context<'a>) -> &'a str {
    let table = context.to.whole(&this.id.parent).and_then(|table| context.to.get(table, "owner"));
    match this.get("owner").or(table) {
        Some(owner) => owner,
        None if is_public(this.id) && context.to.server_version >= 150_000 => "pg_database_owner",
        None => "current_user",
    }
}

/// The sequence of a column has the owner of the column's table, and gets a new one with it.
fn goes_with_table(to: This<'_>, context: &Context<'_>) -> bool {
    let facet = ObjectId { kind: ObjectKind::SequenceOwner, ..to.id.clone() };
    let column = |side: &super::side::Side| side.get(&facet, "owned_by").map(str::to_owned);
    to.id.kind == ObjectKind::Sequence
        && context.from.objects.contains_key(to.id)
        && column(context.from).is_some()
        && column(context.from) == column(context.to)
}

fn change_grants(to: This<'_>, start: &Grants, context: &Context<'_>) -> Vec<Step> {
    let owner = owner(to, context);
    let start = start.clone().owned_by(owner);
    let wanted = to.get("grants").map_or_else(|| grants::usual(to.id, context.to), Grants::read);
    if start == wanted {
        return Vec::new();
    }
    let target = Target {
        id: to.id,
        prefix: String::new(),
        on: kinds::of(to.id.kind).grant_address(to, context),
        column: (to.id.kind == ObjectKind::Column).then_some(to.id.name.as_str()),
        owner,
    };
    let (mut steps, revoked) = grants::change(&start, &wanted, &target);
    if to.id.kind.has_parts() {
        // Revoked on a table, a privilege is revoked on its columns as well.
        for (id, object) in context.to.columns(&to.id.name) {
            let kept = object.properties.get("grants").map(|text| Grants::read(text).overlap(&revoked));
            let stays = context.from.objects.contains_key(id);
            if let Some(kept) = kept.filter(|_| stays && !context.made.contains(id)) {
                let column = Some(id.name.as_str());
                steps.extend(
                    Target { id: to.id, on: target.on.clone(), prefix: String::new(), column, owner }
                        .grant_all(&kept),
                );
            }
        }
    }
    steps
}

/// The sequence of an identity column has a comment and grants of its own.
fn change_sequence(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Vec<Step> {
    let (ObjectKind::Column, Some(sequence)) = (to.id.kind, to.get("identity_sequence")) else {
        return Vec::new();
    };
    let id = ObjectId { parent: String::new(), kind: ObjectKind::Sequence, name: sequence.to_owned() };
    let owner = owner(to, context);
    let read = |this: This<'_>| {
        this.get("sequence_grants").map_or_else(|| grants::usual(&id, context.to), Grants::read)
    };
    let is_there = from.is("identity_sequence");
    let start = if is_there { read(from) } else { grants::of_new(&id, ObjectKind::Sequence, context.from) };
    let on = format!("sequence {sequence}");
    let target = Target { id: to.id, prefix: String::new(), on, column: None, owner };
    let (mut steps, _) = grants::change(&start.owned_by(owner), &read(to), &target);
    let old = from.get("sequence_comment").filter(|_| is_there);
    if to.get("sequence_comment") != old {
        let text = literal(to.get("sequence_comment"));
        steps.push(step(to.id, format!("comment on sequence {sequence} is {text}")));
    }
    steps
}
