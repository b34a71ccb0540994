//! Versions and file names that two branches take.

use std::collections::{BTreeSet, HashMap};

use camino::Utf8PathBuf;

use crate::config::VersionStyle;
use crate::engine::chain;
use crate::model::conflict::{Conflict, ConflictKind, Evidence, Renumber, What};
use crate::model::finding::Severity;
use crate::model::migration::{Migration, SqlFile, Version};

/// Whether two migrations are one: a branch that was begun on another one has its files too.
#[must_use]
pub fn is_same(one: &Migration, other: &Migration) -> bool {
    one.up.path == other.up.path
        && one.up.checksum == other.up.checksum
        && checksum(one.before.as_ref()) == checksum(other.before.as_ref())
        && checksum(one.after.as_ref()) == checksum(other.after.as_ref())
}

fn checksum(file: Option<&SqlFile>) -> Option<&str> {
    file.map(|file| file.checksum.as_str())
}

/// The migrations that a branch has beyond what it was begun on. One that is only called otherwise now is not among
/// them: it is deployed already. One that is run whenever it has changed is, when it has.
#[must_use]
pub fn added(before: &[Migration], after: Vec<Migration>) -> Vec<Migration> {
    let kept: BTreeSet<Utf8PathBuf> = after.iter().map(|one| one.up.path.clone()).collect();
    let is_renamed =
        |old: &Migration, one: &Migration| old.version == one.version && !kept.contains(&old.up.path);
    let is_old = |old: &Migration, one: &Migration| {
        (old.up.path == one.up.path && (!one.repeatable || is_same(old, one))) || is_renamed(old, one)
    };
    let was_there = |one: &Migration| before.iter().any(|old| is_old(old, one));
    after.into_iter().filter(|one| !was_there(one)).collect()
}

/// Who takes which version: the base first, then the branches in their order. Who comes later takes another one.
#[derive(Debug)]
pub struct Claims {
    /// The versions to take, by the place of the branch.
    renumber: Vec<Vec<Renumber>>,
}

impl Claims {
    /// Settles the versions of all branches at once, so that no two are sent to one number.
    #[must_use]
    pub fn settle(base: &[Migration], branches: &[&[Migration]], style: Option<VersionStyle>) -> Self {
        let all = || base.iter().chain(branches.iter().copied().flatten());
        let mut free = Free::of(all(), style);
        let mut taken: HashMap<&Version, &Migration> =
            base.iter().map(|migration| (&migration.version, migration)).collect();
        let mut renumber = Vec::new();
        for branch in branches {
            let clash = |one: &Migration| {
                !one.repeatable && taken.get(&one.version).is_some_and(|claimed| !is_same(claimed, one))
            };
            // What comes after it in the branch has to go on coming after it.
            let first = branch.iter().position(clash).unwrap_or(branch.len());
            let (kept, moved) = branch.split_at(first);
            taken.extend(kept.iter().map(|one| (&one.version, one)));
            renumber.push(moved.iter().map(|one| free.give(one)).collect());
        }
        Self { renumber }
    }

    /// The versions that a branch has to take instead of its own.
    #[must_use]
    pub fn of(&self, branch: usize) -> &[Renumber] {
        self.renumber.get(branch).map_or(&[], Vec::as_slice)
    }
}

/// Versions that come after all others, in the project's own numbering.
struct Free {
    versions: Vec<Version>,
    style: Option<VersionStyle>,
}

impl Free {
    fn of<'a>(all: impl Iterator<Item = &'a Migration>, style: Option<VersionStyle>) -> Self {
        let versions: BTreeSet<&Version> = all.map(|migration| &migration.version).collect();
        Self { versions: versions.into_iter().cloned().collect(), style }
    }

    /// The next one. Without a clock: the same branches get the same numbers whenever they are asked for.
    fn give(&mut self, migration: &Migration) -> Renumber {
        let next = chain::next_versions(&self.versions, self.style, 1, 0).into_iter().next();
        let take = next.unwrap_or_else(|| migration.version.clone());
        let place = self.versions.partition_point(|version| *version < take);
        self.versions.insert(place, take.clone());
        Renumber { path: migration.up.path.clone(), version: migration.version.clone(), take }
    }
}

/// The versions and file names that both branches take; `take` is what the later one can have instead. What is run again
/// whenever it has changed takes none: that both change it, replaying them tells.
#[must_use]
pub fn collisions(a: &[Migration], b: &[Migration], take: &[Renumber]) -> Vec<Conflict> {
    let theirs: HashMap<&Version, &Migration> = a.iter().map(|one| (&one.version, one)).collect();
    let both =
        b.iter().filter(|one| !one.repeatable).filter_map(|one| Some((*theirs.get(&one.version)?, one)));
    both.filter(|(other, one)| !is_same(other, one))
        .map(|(other, one)| collision(other, one, take.to_vec()))
        .collect()
}

fn collision(a: &Migration, b: &Migration, take: Vec<Renumber>) -> Conflict {
    let (kind, what) = if a.up.path == b.up.path {
        (ConflictKind::FileName, What::SameFileName { path: b.up.path.clone(), take })
    } else {
        let (version, a, b) = (b.version.clone(), a.up.path.clone(), b.up.path.clone());
        (ConflictKind::Version, What::SameVersion { version, a, b, take })
    };
    Conflict { kind, severity: Severity::Error, object: None, what, evidence: Evidence::Names }
}
