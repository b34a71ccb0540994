//! Where two branches have to do with one object.

use std::collections::BTreeMap;

use super::effect::is_soft_property;
use crate::model::conflict::{Conflict, ConflictKind, Effect, Evidence, Touched, Use, What};
use crate::model::finding::Severity;
use crate::model::report::ChangeKind;
use crate::model::schema::ObjectId;

/// A branch by what it is called, with what it does to the base.
pub type Side<'a> = (&'a str, &'a Effect);

/// What both have to do with, object by object.
#[must_use]
pub fn overlaps(a: Side<'_>, b: Side<'_>) -> Vec<Conflict> {
    let theirs: BTreeMap<&ObjectId, &Touched> = b.1.touches.iter().map(|one| (&one.object, one)).collect();
    let both = a.1.touches.iter().filter_map(|one| Some((one, *theirs.get(&one.object)?)));
    let mut found: Vec<Conflict> =
        both.filter_map(|(one, other)| both_touch((a.0, one), (b.0, other))).collect();
    found.extend(pulled_away(a, b.1));
    found.extend(pulled_away(b, a.1));
    found
}

fn both_touch((a, one): (&str, &Touched), (b, other): (&str, &Touched)) -> Option<Conflict> {
    use ChangeKind::{Added, Dropped};
    let drops = |drops: &str, other: &Touched| What::DropsWhatOtherChanges {
        drops: drops.to_owned(),
        properties: other.properties.keys().cloned().collect(),
    };
    let what = match (one.change, other.change) {
        (Added, Added) => What::BothAdd { alike: one.properties == other.properties },
        (Dropped, Dropped) => What::BothDrop,
        (Dropped, _) => drops(a, other),
        (_, Dropped) => drops(b, one),
        _ => both_change(one, other)?,
    };
    Some(conflict(&one.object, Severity::Error, what))
}

/// What both change to the same end is no conflict, nor are different properties.
fn both_change(one: &Touched, other: &Touched) -> Option<What> {
    let differs = |(name, value): &(&String, &String)| {
        other.properties.get(*name).is_some_and(|theirs| theirs != *value)
    };
    let properties: Vec<String> =
        one.properties.iter().filter(differs).map(|(name, _)| name.clone()).collect();
    (!properties.is_empty()).then_some(What::BothChange { properties })
}

/// What one side drops or changes that something of the other's needs. What goes with its whole is told of the whole.
fn pulled_away((branch, effect): Side<'_>, other: &Effect) -> Vec<Conflict> {
    let by_object: BTreeMap<&ObjectId, &Touched> =
        effect.touches.iter().map(|one| (&one.object, one)).collect();
    let dropped_wholes: BTreeMap<&str, &Touched> = effect
        .touches
        .iter()
        .filter(|one| one.change == ChangeKind::Dropped && one.object.kind.has_parts())
        .map(|one| (one.object.name.as_str(), one))
        .collect();
    let mut found: BTreeMap<(&ObjectId, &ObjectId), Conflict> = BTreeMap::new();
    for Use { user, used } in &other.uses {
        let own = by_object.get(used).copied();
        let Some(touched) = own.or_else(|| dropped_wholes.get(used.parent.as_str()).copied()) else {
            continue;
        };
        if let Some(conflict) = pulled(branch, touched, user) {
            found.entry((&touched.object, user)).or_insert(conflict);
        }
    }
    found.into_values().collect()
}

fn pulled(branch: &str, touched: &Touched, user: &ObjectId) -> Option<Conflict> {
    let (branch, user) = (branch.to_owned(), user.clone());
    match touched.change {
        // Each makes an object of that name: that both do is told by itself.
        ChangeKind::Added => None,
        ChangeKind::Dropped => {
            let what = What::DropsWhatOtherUses { drops: branch, user };
            Some(conflict(&touched.object, Severity::Error, what))
        }
        ChangeKind::Changed | ChangeKind::Renamed => {
            let hard = touched.properties.keys().filter(|name| !is_soft_property(name));
            let properties: Vec<String> = hard.cloned().collect();
            (!properties.is_empty()).then(|| {
                let what = What::ChangesWhatOtherUses { changes: branch, properties, user };
                conflict(&touched.object, Severity::Warning, what)
            })
        }
    }
}

fn conflict(object: &ObjectId, severity: Severity, what: What) -> Conflict {
    let (kind, evidence) = (ConflictKind::Overlap, Evidence::Catalogs);
    Conflict { kind, severity, object: Some(object.clone()), what, evidence }
}
