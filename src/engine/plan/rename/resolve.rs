//! What renames mean for two structures.

use std::collections::{BTreeMap, BTreeSet};

use super::Renaming;
use super::named::{self, Named};
use super::scope::{are_one, names, scopes, split};
use crate::model::ident::Ident;
use crate::model::rename::{Occasion, RENAMEABLE, Rename};
use crate::model::schema::Schema;

/// The next of the renames that is to be done on the way from one structure to another, with its number. Those that
/// are `done` are only looked at for what they say of others.
///
/// Wholes come before their parts. One that is already done is nothing; one that was said of the other direction is
/// taken in this one.
///
/// # Errors
/// When a rename cannot be about these two: its number, and why, one sentence without full stop.
pub fn next(
    renames: &[Rename],
    done: &BTreeSet<usize>,
    from: &Schema,
    to: &Schema,
) -> Result<Option<(usize, Renaming)>, (usize, String)> {
    let rank = |rename: &Rename| RENAMEABLE.iter().position(|what| what == rename.what);
    let mut order: Vec<(usize, &Rename)> =
        renames.iter().enumerate().filter(|(number, _)| !done.contains(number)).collect();
    order.sort_by_key(|(_, rename)| rank(rename));
    for (number, rename) in order {
        let found = resolve(rename, renames, from, to).map_err(|why| (number, why))?;
        if let Some(renaming) = found {
            return Ok(Some((number, renaming)));
        }
    }
    Ok(None)
}

/// Where the two names of one place are.
#[derive(Default)]
struct Place {
    old_in_from: Option<Named>,
    old_in_to: Option<Named>,
    new_in_from: Option<Named>,
    new_in_to: Option<Named>,
}

/// What a rename means in one place.
enum Meaning {
    ToDo(Box<Renaming>),
    Done,
    Wrong(String),
}

fn resolve(rename: &Rename, all: &[Rename], from: &Schema, to: &Schema) -> Result<Option<Renaming>, String> {
    let mut to_do = Vec::new();
    let (mut is_done, mut wrong) = (rename.occasion == Occasion::Before, None);
    for place in places(rename, all, from, to).into_values() {
        match place.meaning(rename) {
            Meaning::ToDo(renaming) => to_do.push(*renaming),
            Meaning::Done => is_done = true,
            Meaning::Wrong(why) => wrong = Some(why),
        }
    }
    match (to_do.as_slice(), is_done, wrong) {
        ([one], ..) => Ok(Some(one.clone())),
        ([], true, _) => Ok(None),
        ([], false, Some(why)) => Err(why),
        ([], false, None) => {
            let [old, new] = [split(&rename.path).0, &rename.to].map(Ident::new);
            Err(format!("neither side has a {} {old} or {new}", rename.what.word))
        }
        (several, ..) => Err(ambiguous(rename, several)),
    }
}

fn ambiguous(rename: &Rename, several: &[Renaming]) -> String {
    let names: Vec<String> = several.iter().map(|one| one.old.id.full_name()).collect();
    format!("this can be more than one {}: {}", rename.what.word, names.join(", "))
}

/// The places that a rename can be about, each with what is there.
fn places(
    rename: &Rename,
    all: &[Rename],
    from: &Schema,
    to: &Schema,
) -> BTreeMap<(Vec<String>, String), Place> {
    let scopes = scopes(rename, all);
    let (old, new) = (split(&rename.path).0, names(rename, &scopes, all));
    let is_meant = |one: &Named| {
        let same_arguments = rename.arguments.as_ref().is_none_or(|wanted| *wanted == one.arguments);
        same_arguments && scopes.iter().any(|scope| are_one(&one.scope, scope))
    };
    let mut places: BTreeMap<(Vec<String>, String), Place> = BTreeMap::new();
    for (schema, is_from) in [(from, true), (to, false)] {
        for one in named::all(rename.what, schema).into_iter().filter(is_meant) {
            let (is_old, is_new) = (one.own == old, new.contains(&one.own));
            if !is_old && !is_new {
                continue;
            }
            let place = places.entry((one.scope.clone(), one.arguments.clone())).or_default();
            *match (is_old, is_from) {
                (true, true) => &mut place.old_in_from,
                (true, false) => &mut place.old_in_to,
                (false, true) => &mut place.new_in_from,
                (false, false) => &mut place.new_in_to,
            } = Some(one);
        }
    }
    places
}

impl Place {
    fn meaning(self, rename: &Rename) -> Meaning {
        let [old, new] = [split(&rename.path).0, &rename.to].map(Ident::new);
        let to_do = |old, new| Meaning::ToDo(Box::new(Renaming { what: rename.what, old, new }));
        let word = rename.what.word;
        match (self.old_in_from, self.old_in_to, self.new_in_from, self.new_in_to) {
            (Some(old), None, None, Some(new)) => to_do(old, new),
            (None, Some(old), Some(new), None) => to_do(new, old),
            (Some(_), None, Some(_), _) => {
                Meaning::Wrong(format!("the first side has both {word} {old} and {new}"))
            }
            (Some(_), Some(_), None, Some(_)) => {
                Meaning::Wrong(format!("the second side has both {word} {old} and {new}"))
            }
            (Some(_), _, _, None) | (_, Some(_), None, None) => {
                Meaning::Wrong(format!("the second side has no {word} {new} that {old} could be"))
            }
            // A structure of which a part is not yet there has no names for it; what is said now is about both.
            (None, None, None, Some(_)) if rename.occasion == Occasion::Now => {
                Meaning::Wrong(format!("the first side has no {word} {old} that {new} could have been"))
            }
            _ => Meaning::Done,
        }
    }
}
