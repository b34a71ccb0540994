//! The verdict on two branches, out of everything that was found out.

use crate::model::conflict::{Conflict, ConflictKind, Evidence, Refused, Verdict, What, Why};
use crate::model::finding::Severity;
use crate::model::report::Drift;

/// Conflicts and changes that are listed of one pair; the rest is counted.
pub const LISTED: usize = 40;

/// How replaying one order ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// At a catalog, by its fingerprint.
    Reached(String),
    /// At a statement of the second one.
    Refused(Refused),
    /// Nowhere, for the sake of a branch.
    NotRun(String, Why),
}

/// How both orders of two branches ended.
#[derive(Debug, Clone)]
pub struct Orders {
    /// The earlier branch first.
    pub ab: Ending,
    /// The later branch first.
    pub ba: Ending,
    /// How the catalogs differ that they led to, where both did.
    pub differ: Option<Drift>,
}

/// A branch by what it is called, and why it does not apply alone, if so.
pub type Alone<'a> = (&'a str, Option<&'a Why>);

/// Judges two branches. `orders` is absent where nothing was replayed, because their names collide.
#[must_use]
pub fn conclude(
    names: Vec<Conflict>,
    overlaps: Vec<Conflict>,
    orders: Option<&Orders>,
    a: Alone<'_>,
    b: Alone<'_>,
) -> (Verdict, Vec<Conflict>) {
    let (verdict, found) = match orders {
        _ if !names.is_empty() => (Verdict::Collides, None),
        None => (Verdict::Unknown, None),
        Some(orders) => by_orders(orders, a, b),
    };
    let mut conflicts = names;
    conflicts.extend(found);
    // What both orders have proved harmless is worth knowing, and no more.
    conflicts.extend(overlaps.into_iter().map(|conflict| match verdict {
        Verdict::Independent => Conflict { severity: Severity::Info, ..conflict },
        _ => conflict,
    }));
    conflicts.sort_by_key(|conflict| std::cmp::Reverse(conflict.severity));
    (verdict, conflicts)
}

fn by_orders(orders: &Orders, a: Alone<'_>, b: Alone<'_>) -> (Verdict, Option<Conflict>) {
    match (a, b) {
        ((a, None), (b, None)) => both_apply(orders, a, b),
        ((a, None), (b, Some(why))) => one_applies(&orders.ab, a, b, why),
        ((a, Some(why)), (b, None)) => one_applies(&orders.ba, b, a, why),
        ((a, Some(why)), _) => (Verdict::Unknown, Some(not_replayed(a, why))),
    }
}

fn both_apply(orders: &Orders, a: &str, b: &str) -> (Verdict, Option<Conflict>) {
    use Ending::{NotRun, Reached, Refused};
    match (&orders.ab, &orders.ba) {
        (NotRun(branch, why), _) | (_, NotRun(branch, why)) => {
            (Verdict::Unknown, Some(not_replayed(branch, why)))
        }
        (Reached(_), Refused(refused)) => only_in_order(a, refused),
        (Refused(refused), Reached(_)) => only_in_order(b, refused),
        (Refused(after_a), Refused(after_b)) => {
            let what = What::NeitherOrder { after_a: after_a.clone(), after_b: after_b.clone() };
            (Verdict::Collides, Some(replayed(what)))
        }
        (Reached(_), Reached(_)) => match &orders.differ {
            None => (Verdict::Independent, None),
            Some(drift) => {
                let changes = drift.changes.iter().take(LISTED).cloned().collect();
                let what = What::ResultsDiffer { changes, objects: drift.object_count };
                (Verdict::OrderMatters, Some(replayed(what)))
            }
        },
    }
}

/// One does not apply alone: it may be the other that it waits for.
fn one_applies(after: &Ending, first: &str, branch: &str, why: &Why) -> (Verdict, Option<Conflict>) {
    match (after, why) {
        (Ending::Reached(_), Why::Refused(refused)) => only_in_order(first, refused),
        _ => (Verdict::Unknown, Some(not_replayed(branch, why))),
    }
}

fn only_in_order(first: &str, refused: &Refused) -> (Verdict, Option<Conflict>) {
    let what = What::OnlyInOrder { first: first.to_owned(), refused: refused.clone() };
    (Verdict::OrderMatters, Some(replayed(what)))
}

fn replayed(what: What) -> Conflict {
    let (kind, evidence) = (ConflictKind::Order, Evidence::Replayed);
    Conflict { kind, severity: Severity::Error, object: None, what, evidence }
}

fn not_replayed(branch: &str, why: &Why) -> Conflict {
    let what = What::NotReplayed { branch: branch.to_owned(), why: why.clone() };
    Conflict { severity: Severity::Warning, ..replayed(what) }
}
