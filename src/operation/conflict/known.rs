//! What an earlier check found out, as far as it still holds, and what names alone tell.

use crate::config::VersionStyle;
use crate::engine::chain;
use crate::engine::conflict::{Claims, collisions};
use crate::model::conflict::{self, Conflict, ConflictKind, Matrix, Pair, What, Why};
use crate::model::migration::Migration;
use crate::model::report::SCHEMA_VERSION;
use crate::operation::conflict::request::Branch;

/// What is known before anything is run.
pub(super) struct Known<'a> {
    key: &'a str,
    pub(super) branches: &'a [Branch],
    fingerprints: Vec<String>,
    claims: Claims,
    earlier: &'a Matrix,
}

impl<'a> Known<'a> {
    pub(super) fn of(
        key: &'a str,
        deployed: &[Migration],
        branches: &'a [Branch],
        earlier: &'a Matrix,
        style: Option<VersionStyle>,
    ) -> Self {
        let fingerprint = |branch: &Branch| {
            let unreadable: Vec<&str> = branch.unreadable.as_deref().into_iter().collect();
            chain::digest(&branch.migrations, &unreadable)
        };
        let fingerprints = branches.iter().map(fingerprint).collect();
        Self { key, branches, fingerprints, claims: claims(deployed, branches, style), earlier }
    }

    /// What became of a branch that is as it was, on the base that was.
    pub(super) fn branch(&self, place: usize) -> Option<&'a conflict::Branch> {
        let known = self.earlier.branch(&self.branches[place].id)?;
        let holds = self.earlier.base == self.key
            && known.fingerprint == self.fingerprints[place]
            && known.fails.as_ref().is_none_or(is_final);
        holds.then_some(known)
    }

    /// What is known of two such branches.
    pub(super) fn pair(&self, a: usize, b: usize) -> Option<Pair> {
        let (_, _) = (self.branch(a)?, self.branch(b)?);
        let (one, other) = (&self.branches[a].id, &self.branches[b].id);
        let known = self.earlier.pairs.iter().find(|pair| pair.a == *one && pair.b == *other)?;
        let is_final = |conflict: &Conflict| match &conflict.what {
            What::NotReplayed { why, .. } => is_final(why),
            _ => true,
        };
        if !known.conflicts.iter().all(is_final) {
            return None;
        }
        // Which number is free hangs on all branches.
        let by_name = |one: &&Conflict| matches!(one.kind, ConflictKind::Version | ConflictKind::FileName);
        let others = known.conflicts.iter().filter(|one| !by_name(one)).cloned();
        Some(Pair { conflicts: self.names(a, b).into_iter().chain(others).collect(), ..known.clone() })
    }

    /// The versions and file names that two branches both take.
    pub(super) fn names(&self, a: usize, b: usize) -> Vec<Conflict> {
        let [one, other] = [a, b].map(|place| self.branches[place].migrations.as_slice());
        collisions(one, other, self.claims.of(b))
    }

    /// Every two branches, the earlier one first.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let all = self.branches.len();
        (0..all).flat_map(move |a| (a + 1..all).map(move |b| (a, b)))
    }

    /// Everything, where nothing has to be run.
    pub(super) fn everything(&self) -> Option<Matrix> {
        let branches = (0..self.branches.len()).map(|place| self.branch(place).cloned());
        let branches = branches.collect::<Option<Vec<_>>>()?;
        let pairs = self.pairs().map(|(a, b)| self.pair(a, b)).collect::<Option<Vec<_>>>()?;
        let outcomes = branches.into_iter().map(|known| Outcome {
            fails: known.fails,
            own_database: known.own_database,
            effect: known.effect,
        });
        Some(self.matrix(self.earlier.server_version.clone(), outcomes.collect(), pairs, 0))
    }

    /// The matrix with what was found out of each branch alone.
    pub(super) fn matrix(
        &self,
        server_version: Option<String>,
        outcomes: Vec<Outcome>,
        pairs: Vec<Pair>,
        judged: usize,
    ) -> Matrix {
        let branch = |(place, outcome): (usize, Outcome)| {
            let branch = &self.branches[place];
            conflict::Branch {
                id: branch.id.clone(),
                title: branch.title.clone(),
                url: branch.url.clone(),
                fingerprint: self.fingerprints[place].clone(),
                migrations: branch.migrations.iter().map(Migration::label).collect(),
                renumber: self.claims.of(place).to_vec(),
                fails: outcome.fails,
                own_database: outcome.own_database,
                effect: outcome.effect,
            }
        };
        Matrix {
            schema_version: SCHEMA_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            base: self.key.to_owned(),
            server_version,
            branches: outcomes.into_iter().enumerate().map(branch).collect(),
            pairs,
            judged,
        }
    }
}

/// What became of a branch on the base alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub(super) fails: Option<Why>,
    pub(super) own_database: bool,
    pub(super) effect: conflict::Effect,
}

/// What would be found again. What there was no time for is worth another try.
fn is_final(why: &Why) -> bool {
    matches!(why, Why::Refused(_))
}

fn claims(deployed: &[Migration], branches: &[Branch], style: Option<VersionStyle>) -> Claims {
    let migrations: Vec<&[Migration]> = branches.iter().map(|branch| branch.migrations.as_slice()).collect();
    Claims::settle(deployed, &migrations, style)
}

/// The versions and file names that any two branches both take.
pub(super) fn name_conflicts(
    deployed: &[Migration],
    branches: &[Branch],
    style: Option<VersionStyle>,
) -> Vec<Conflict> {
    let claims = claims(deployed, branches, style);
    let later = branches.iter().enumerate();
    let each = later.flat_map(|(place, b)| branches[..place].iter().map(move |a| (a, b, place)));
    each.flat_map(|(a, b, place)| collisions(&a.migrations, &b.migrations, claims.of(place))).collect()
}
