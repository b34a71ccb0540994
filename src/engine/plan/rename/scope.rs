//! Where what is renamed can stand, and under which names: other renames are about its whole, or go on from it.
//!
//! A line stays in a file for years, so that of `users.name` is still there when `users` is `accounts`.

use crate::model::rename::Rename;

/// The places that a rename can be about: as it says, and as renames of its schema or its whole call them.
pub(super) fn scopes(rename: &Rename, all: &[Rename]) -> Vec<Vec<String>> {
    let (_, scope) = split(&rename.path);
    let mut found = vec![scope.to_vec()];
    let mut at = 0;
    while let Some(scope) = found.get(at).cloned() {
        let others = all.iter().filter(|other| *other != rename);
        for other in others.filter_map(|other| elsewhere(&scope, rename.what.depth, other)) {
            if !found.contains(&other) {
                found.push(other);
            }
        }
        at += 1;
    }
    found
}

/// The names that something in one of these places gets, one after the other.
pub(super) fn names(rename: &Rename, scopes: &[Vec<String>], all: &[Rename]) -> Vec<String> {
    let mut names = vec![rename.to.clone()];
    while let Some(last) = names.last() {
        let goes_on = |other: &&Rename| {
            let (own, place) = split(&other.path);
            let is_here = scopes.iter().any(|scope| are_one(scope, place));
            other.what == rename.what && own == last && is_here && !names.contains(&other.to)
        };
        match all.iter().find(goes_on) {
            Some(other) => names.push(other.to.clone()),
            None => break,
        }
    }
    names
}

/// What a place is called after, or before, a rename of a schema or of a whole.
fn elsewhere(scope: &[String], depth: usize, other: &Rename) -> Option<Vec<String>> {
    let (own, place) = split(&other.path);
    let is_schema = other.what.depth == 1 && other.what.word == "schema";
    // A whole is the last part of the place of its parts; a schema is the first part, when that is said.
    let at = match (is_schema, other.what.is_whole() && depth == 3) {
        (true, _) if scope.len() + 1 == depth && depth > 1 => 0,
        (false, true) => scope.len().checked_sub(1)?,
        _ => return None,
    };
    let to = match &scope[at] {
        name if name == own => other.to.clone(),
        name if *name == other.to => own.to_owned(),
        _ => return None,
    };
    let mut renamed = scope.to_vec();
    renamed[at] = to;
    (is_schema || are_one(&scope[..at], place)).then_some(renamed)
}

/// Whether two places can be the same: what one of them leaves out may be anything.
pub(super) fn are_one(one: &[String], other: &[String]) -> bool {
    one.ends_with(other) || other.ends_with(one)
}

/// The own name, and what is in front of it.
pub(super) fn split(path: &[String]) -> (&str, &[String]) {
    path.split_last().map_or(("", &[]), |(own, scope)| (own.as_str(), scope))
}
