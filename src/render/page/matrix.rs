//! The matrix of a conflict check as the first page shows it.

use std::collections::BTreeMap;

use super::{Cell, Matrix};
use crate::model::conflict::{self, Pair, Verdict};
use crate::render::conflict::{PLAIN, sentence};
use crate::render::verdict::counted;

/// How the pull requests that are open get on, as far as that was found out. Branches are called `#NUMBER`.
#[must_use]
pub fn of_open(found: &conflict::Matrix, open: &[u64]) -> Matrix {
    let number = |id: &str| id.strip_prefix('#').and_then(|number| number.parse::<u64>().ok());
    let known = found.pairs.iter().filter_map(|pair| {
        let (a, b) = (number(&pair.a)?, number(&pair.b)?);
        Some(((a.min(b), a.max(b)), cell(pair)))
    });
    let known: BTreeMap<(u64, u64), Cell> = known.collect();
    let is_in = |pull: &u64| found.branches.iter().any(|branch| number(&branch.id) == Some(*pull));
    let pulls: Vec<u64> = open.iter().copied().filter(is_in).collect();
    let at = |one: u64, other: u64| {
        if one == other {
            return Cell::Itself;
        }
        known.get(&(one.min(other), one.max(other))).cloned().unwrap_or(Cell::Unknown)
    };
    let cells = pulls.iter().map(|one| pulls.iter().map(|other| at(*one, *other)).collect()).collect();
    Matrix { pulls, cells }
}

fn cell(pair: &Pair) -> Cell {
    match pair.verdict {
        Verdict::Independent => Cell::Independent,
        Verdict::Unknown => Cell::Unknown,
        Verdict::OrderMatters => Cell::Order(why(pair)),
        Verdict::Collides => Cell::Collides(why(pair)),
    }
}

/// The gravest conflict, and how many more there are.
fn why(pair: &Pair) -> String {
    let first = pair.conflicts.first().map(|conflict| sentence(conflict, &PLAIN)).unwrap_or_default();
    match pair.conflicts.len().saturating_sub(1) + pair.more {
        0 => first,
        more => format!("{first}; and {}", counted(more, "more thing")),
    }
}
