//! Structure × structure → the statements that lead from one to the other.
//!
//! A kind says how its objects are made, dropped and changed in place ([`kinds`]). Everything else is here, once
//! for all kinds: what becomes of each object and of what needs it ([`fate`]), and the order ([`graph`]).

mod common;
mod echo;
mod fate;
mod grants;
mod graph;
mod kinds;
pub mod rename;
mod side;
mod step;
mod types;

use std::collections::BTreeSet;

use self::fate::{Fate, Fates};
use self::graph::Action;
use self::kinds::{Context, This};
use self::side::Side;
use self::step::step;
use crate::model::plan::{Plan, Refusal, Step};
use crate::model::schema::{ObjectId, ObjectKind, Schema};

/// What a plan may choose.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Choose the form that does not block, where there is one.
    pub online: bool,
    /// Objects that are dropped and created again, because changing them in place was refused.
    pub replaced: BTreeSet<ObjectId>,
}

/// Plans the way from one structure to another.
///
/// # Errors
/// When an object cannot be brought from one definition to the other.
pub fn plan(from: &Schema, to: &Schema, options: &Options) -> Result<Plan, Refusal> {
    let mut hidden = from.hidden_kinds();
    hidden.extend(to.hidden_kinds());
    let (from, to) = (Side::new(from, &hidden), Side::new(to, &hidden));
    let fates = Fates::decide(&from, &to, options)?;
    if let Some(steps) = fates.moves_first(&from, &to) {
        return Ok(Plan { steps: timed(steps) });
    }
    let order = graph::order(&from, &to, &fates).map_err(circle)?;
    let made: BTreeSet<ObjectId> = fates.of.keys().filter(|id| fates.is_made(id)).cloned().collect();
    let context = Context { from: &from, to: &to, made: &made, apart: &order.apart, online: options.online };
    let mut steps: Vec<Step> =
        order.actions.iter().flat_map(|action| write(action, &fates, &context)).collect();
    for step in &mut steps {
        step.sql = echo::kept(&step.sql);
    }
    Ok(Plan { steps: timed(steps) })
}

fn timed(mut steps: Vec<Step>) -> Vec<Step> {
    steps.iter_mut().for_each(Step::set_timeouts);
    steps
}

/// Whether objects of a kind hold what no statement brings back, so that they are never replaced for convenience.
#[must_use]
pub fn holds_data(kind: ObjectKind) -> bool {
    kinds::of(kind).holds_data()
}

fn circle(objects: Vec<ObjectId>) -> Refusal {
    let names: Vec<String> = objects.iter().map(ObjectId::full_name).collect();
    let reason = format!("they need each other in a circle: {}", names.join(", "));
    let object = objects.into_iter().next();
    let nothing = ObjectId { parent: String::new(), kind: ObjectKind::Schema, name: String::new() };
    Refusal { object: object.unwrap_or(nothing), reason }
}

/// What a table hands down to those that inherit from it, when it changes.
const HANDED_DOWN: [&str; 4] = ["type", "collation", "not_null", "identity"];

/// The statements of one action.
fn write(action: &Action, fates: &Fates, context: &Context<'_>) -> Vec<Step> {
    match action {
        Action::Drop(id) => {
            if let Some((aside, _)) = fates.aside.get(id) {
                return aside.clone();
            }
            // A whole that goes lets its partitions go with what they have.
            let whole_stays =
                |one: &ObjectId| context.from.whole(&one.parent).is_none_or(|whole| !fates.is_dropped(whole));
            let goes_below =
                |one: &ObjectId| fates.is_dropped(one) && whole_stays(one) && !context.stays_below(one);
            if is_implied(id, context.from, goes_below) || goes_with_whole(id, fates, context.from) {
                return Vec::new();
            }
            let object = context.from.objects.get(id);
            object.map(|object| kinds::of(id.kind).drop(This { id, object }, context)).unwrap_or_default()
        }
        Action::DropAside(id) => {
            let address = fates.aside.get(id).map(|(_, address)| address.as_str()).unwrap_or_default();
            vec![step(id, format!("drop {address}"))]
        }
        Action::Change(id) => match fates.of.get(id) {
            Some(Fate::Changed(steps)) if !implied_change(id, fates, context) => steps.clone(),
            _ => Vec::new(),
        },
        Action::Make(id) => make(id, fates, context),
        Action::Outline(id) => kinds::outline(id, context.to, "create"),
        Action::Hollow(id) => kinds::outline(id, context.from, "create or replace"),
    }
}

fn make(id: &ObjectId, fates: &Fates, context: &Context<'_>) -> Vec<Step> {
    let Some(object) = context.to.objects.get(id) else { return Vec::new() };
    let this = This { id, object };
    // A new child inherits at once; a new partition has everything of its own until it is attached.
    let stands_alone = context.is_new(&id.parent) && !context.is_child(&id.parent);
    // A partition that is there is attached to a new whole with everything it has.
    let comes_from_above =
        |one: &ObjectId| context.is_new(&id.parent) || (fates.is_made(one) && !context.is_new(&one.parent));
    if !stands_alone && is_implied(id, context.to, comes_from_above) {
        return common::make(this, context);
    }
    let mut steps = kinds::of(id.kind).create(this, context);
    steps.extend(common::make(this, context));
    if id.kind.has_parts() {
        // What stands in the statement of the whole brings its comments and grants.
        let within = context.within(id).filter_map(|id| context.to.objects.get_key_value(id));
        for (id, object) in within {
            steps.extend(common::make(This { id, object }, context));
        }
    }
    steps
}

/// Whether an inherited column or check comes and goes with that of the table that it is inherited from.
fn is_implied(id: &ObjectId, side: &Side, happens: impl Fn(&ObjectId) -> bool) -> bool {
    side.get(id, "inherited").is_some()
        && side
            .ancestors(&id.parent)
            .into_iter()
            .any(|ancestor| happens(&ObjectId { parent: ancestor.name, ..id.clone() }))
}

/// Whether an index of a partition goes with that of the whole.
fn goes_with_whole(id: &ObjectId, fates: &Fates, from: &Side) -> bool {
    let attachment = ObjectId { kind: ObjectKind::Attachment, ..id.clone() };
    let is_index = matches!(id.kind, ObjectKind::Index | ObjectKind::Constraint);
    is_index && from.needs(&attachment).any(|one| one.parent != id.parent && fates.is_dropped(one))
}

/// Whether a type or a NOT NULL changes with that of the table that the column is inherited from.
fn implied_change(id: &ObjectId, fates: &Fates, context: &Context<'_>) -> bool {
    let changes = |one: &ObjectId| {
        let same = |name| {
            context.from.get(id, name) == context.from.get(one, name)
                && context.to.get(id, name) == context.to.get(one, name)
        };
        let differs = |name: &&str| context.from.get(id, name) != context.to.get(id, name);
        matches!(fates.of.get(one), Some(Fate::Changed(_)))
            && HANDED_DOWN.iter().any(differs)
            && HANDED_DOWN.into_iter().all(same)
    };
    is_implied(id, context.to, changes) && is_implied(id, context.from, |_| true)
}
