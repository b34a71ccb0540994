//! What a branch does to the base.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::engine::diff;
use crate::model::conflict::{Effect, Touched, Use};
use crate::model::hex;
use crate::model::report::{Change, ChangeKind};
use crate::model::schema::{ObjectId, Schema};

/// What a new whole is made of besides its own properties.
const PARTS: &str = "parts";

/// Compares the base with the base and a branch. Values are kept as digests: to be compared they need not be known.
#[must_use]
pub fn effect(base: &Schema, after: &Schema) -> Effect {
    let changes = diff::diff(base, after).changes;
    let touches: Vec<Touched> = changes.iter().map(|change| touched(change, after)).collect();
    let uses = uses(&touches, after);
    Effect { touches, uses }
}

fn touched(change: &Change, after: &Schema) -> Touched {
    let becomes = |one: &crate::model::report::PropertyChange| {
        (one.name.clone(), one.to.as_deref().map(digest).unwrap_or_default())
    };
    let mut properties = BTreeMap::new();
    if change.change != ChangeKind::Dropped {
        properties.extend(change.properties.iter().map(becomes));
    }
    if change.change == ChangeKind::Added && change.object.kind.has_parts() {
        properties.insert(PARTS.to_owned(), parts(&change.object, after));
    }
    Touched { object: change.object.clone(), change: change.change, properties }
}

/// The parts of a new whole are not told one by one, and belong to what it is.
fn parts(whole: &ObjectId, after: &Schema) -> String {
    let parts = after.objects.iter().filter(|(id, _)| id.parent == whole.name);
    let text = parts.fold(String::new(), |text, (id, object)| {
        text + &format!("{} {:?} {:?}\0", id.kind, id.name, object.properties)
    });
    digest(&text)
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text))[..16].to_owned()
}

/// What the objects need that are made or changed, those aside that are made with them.
fn uses(touches: &[Touched], after: &Schema) -> Vec<Use> {
    let users: BTreeSet<(&str, &str)> = touches
        .iter()
        .filter(|one| one.change != ChangeKind::Dropped && !is_soft(one))
        .map(|one| (one.object.parent.as_str(), one.object.name.as_str()))
        .collect();
    let made: BTreeSet<&str> = touches
        .iter()
        .filter(|one| one.change == ChangeKind::Added && one.object.parent.is_empty())
        .map(|one| one.object.name.as_str())
        .collect();
    // A facet goes by the name of its object, and a part of something new by that of its whole.
    let is_user = |id: &ObjectId| {
        users.contains(&(id.parent.as_str(), id.name.as_str())) || made.contains(id.parent.as_str())
    };
    let is_made = |id: &ObjectId| {
        made.contains(id.parent.as_str()) || (id.parent.is_empty() && made.contains(id.name.as_str()))
    };
    let all = after.dependencies.iter().filter(|(user, _)| is_user(user));
    let each = all.flat_map(|(user, needs)| needs.iter().map(move |used| (user, used)));
    each.filter(|(_, used)| !is_made(used))
        .map(|(user, used)| Use { user: user.clone(), used: used.clone() })
        .collect()
}

/// Whether nothing becomes another by which something else would notice.
fn is_soft(touched: &Touched) -> bool {
    touched.change == ChangeKind::Changed && touched.properties.keys().all(|name| is_soft_property(name))
}

/// Properties that what needs the object does not hang on.
pub(super) fn is_soft_property(name: &str) -> bool {
    ["comment", "owner", "grants", "sequence_grants", "not_null_name", "default", "statistics", "storage"]
        .contains(&name)
}
