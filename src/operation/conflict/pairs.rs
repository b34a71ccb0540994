//! All pairs: each branch alone, then each after each other, side by side in two databases.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use futures_util::future::try_join_all;

use super::ground::Ground;
use super::known::{Known, Outcome};
use super::prepared::Prepared;
use super::trial::Trier;
use crate::engine::conflict::{Ending, LISTED, Orders, conclude, effect, overlaps};
use crate::engine::diff;
use crate::model::conflict::{Effect, Matrix, Pair, Why};
use crate::model::report::{Drift, Failure};
use crate::model::schema::Schema;
use crate::operation::sources::{self, Sources};

/// How many branches are tried at the same time, each in a database of its own.
const SIDE_BY_SIDE: usize = 2;

/// Two branches by their places, in the order in which they were tried.
type Order = (usize, usize);

/// The branches with what is found out of them.
pub(super) struct Pairs<'a, 'b> {
    ground: &'a Ground<'b>,
    known: Known<'b>,
    branches: Vec<Prepared<'b>>,
    effects: Vec<Effect>,
    triers: Vec<Trier<'a, 'b>>,
}

impl<'a, 'b> Pairs<'a, 'b> {
    pub(super) fn new(ground: &'a Ground<'b>, known: Known<'b>) -> Self {
        let read = |branch| Prepared::read(branch, ground.deployed);
        let branches: Vec<Prepared<'b>> = known.branches.iter().map(read).collect();
        let effects = vec![Effect::default(); branches.len()];
        let triers = (0..SIDE_BY_SIDE).map(|_| Trier::new(ground)).collect();
        Self { ground, known, branches, effects, triers }
    }

    /// Tries what has to be tried, and judges.
    pub(super) async fn judge(mut self) -> Result<Matrix, Failure> {
        self.ground.make_roles(&self.branches).await?;
        self.each_alone().await?;
        let open: Vec<Order> =
            self.known.pairs().filter(|(a, b)| self.known.pair(*a, *b).is_none()).collect();
        let mut endings = self.each_after_another(&open).await?;
        let differ = self.differing(&open, &mut endings).await?;
        let pairs = self.known.pairs().map(|(a, b)| match self.known.pair(a, b) {
            Some(pair) => pair,
            None => self.pair(a, b, &endings, differ.get(&(a, b))),
        });
        let pairs = pairs.collect();
        for trier in self.triers {
            trier.end().await;
        }
        let server_version = Some(self.ground.server_version().await?);
        let outcomes = self.branches.iter().zip(self.effects).map(|(branch, effect)| Outcome {
            fails: branch.alone.clone(),
            own_database: branch.own_database,
            effect,
        });
        Ok(self.known.matrix(server_version, outcomes.collect(), pairs, open.len()))
    }

    /// Tries the branches of which nothing is known alone on the base.
    async fn each_alone(&mut self) -> Result<(), Failure> {
        let mut open = Vec::new();
        for (place, branch) in self.branches.iter_mut().enumerate() {
            if let Some(known) = self.known.branch(place) {
                branch.alone.clone_from(&known.fails);
                branch.own_database = known.own_database;
                self.effects[place].clone_from(&known.effect);
            } else if let Some(refused) = branch.unreadable.clone() {
                branch.alone = Some(Why::Refused(refused));
            } else {
                open.push(place);
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        let base = self.ground.schema().await?;
        let branches = &self.branches;
        let tasks = open.into_iter().map(|place| Alone { place, branch: &branches[place], base: &base });
        let found = side_by_side(&mut self.triers, tasks.collect()).await?;
        for (place, outcome) in found {
            self.branches[place].alone = outcome.fails;
            self.branches[place].own_database = outcome.own_database;
            self.effects[place] = outcome.effect;
        }
        Ok(())
    }

    /// How each branch ends after each other, as far as that is not known.
    async fn each_after_another(&mut self, open: &[Order]) -> Result<BTreeMap<Order, Ending>, Failure> {
        let mut rows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (a, b) in open.iter().copied().filter(|(a, b)| self.known.names(*a, *b).is_empty()) {
            // What does not apply alone leads nowhere, and what comes after it neither.
            let fails = [a, b].map(|place| self.branches[place].alone.is_some());
            let unreadable = [a, b].map(|place| self.branches[place].unreadable.is_some());
            if !fails[0] && !unreadable[1] {
                rows.entry(a).or_default().push(b);
            }
            if !fails[1] && !unreadable[0] {
                rows.entry(b).or_default().push(a);
            }
        }
        let mut rows: Vec<(usize, Vec<usize>)> = rows.into_iter().collect();
        rows.sort_by_key(|(_, others)| std::cmp::Reverse(others.len()));
        let branches = &self.branches;
        let tasks = rows.into_iter().map(|(head, others)| Row { head, others, branches });
        let found = side_by_side(&mut self.triers, tasks.collect()).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// What differs where both orders lead to other catalogs: they are run for good, and that ending counts.
    async fn differing(
        &mut self,
        open: &[Order],
        endings: &mut BTreeMap<Order, Ending>,
    ) -> Result<BTreeMap<Order, Drift>, Failure> {
        let differ = |(a, b): &&Order| {
            let ends = [endings.get(&(*a, *b)), endings.get(&(*b, *a))];
            matches!(ends, [Some(Ending::Reached(one)), Some(Ending::Reached(other))] if one != other)
        };
        let branches = &self.branches;
        let open = open.iter().filter(differ).map(|(a, b)| Compared { a: *a, b: *b, branches });
        let open = open.collect();
        let mut drifts = BTreeMap::new();
        for ((a, b), compared) in side_by_side(&mut self.triers, open).await? {
            match compared {
                Ok(drift) if drift.equal => {}
                Ok(drift) => {
                    drifts.insert((a, b), drift);
                }
                Err((ending, is_first)) => {
                    endings.insert(if is_first { (a, b) } else { (b, a) }, ending);
                }
            }
        }
        Ok(drifts)
    }

    fn pair(&self, a: usize, b: usize, endings: &BTreeMap<Order, Ending>, drift: Option<&Drift>) -> Pair {
        let [one, other] = [a, b].map(|place| &self.branches[place]);
        let names = self.known.names(a, b);
        let overlaps = overlaps((one.id(), &self.effects[a]), (other.id(), &self.effects[b]));
        let ending = |order: Order, last: &Prepared<'_>| {
            let why = last.alone.clone().unwrap_or(Why::NotReached { limit_ms: 0 });
            endings.get(&order).cloned().unwrap_or_else(|| Ending::NotRun(last.id().to_owned(), why))
        };
        let orders = Orders { ab: ending((a, b), other), ba: ending((b, a), one), differ: drift.cloned() };
        let alone = [one, other].map(|branch| (branch.id(), branch.alone.as_ref()));
        let (verdict, mut conflicts) = conclude(names, overlaps, Some(&orders), alone[0], alone[1]);
        let more = conflicts.len().saturating_sub(LISTED);
        conflicts.truncate(LISTED);
        Pair { a: one.id().to_owned(), b: other.id().to_owned(), verdict, conflicts, more }
    }
}

/// A branch to be tried alone on the base.
struct Alone<'s> {
    place: usize,
    branch: &'s Prepared<'s>,
    base: &'s Schema,
}

impl Task for Alone<'_> {
    type Found = (usize, Outcome);

    async fn run(self, trier: &mut Trier<'_, '_>) -> Result<Self::Found, Failure> {
        if trier.is_over() {
            return Ok((self.place, Outcome { fails: Some(trier.not_reached()), ..Outcome::default() }));
        }
        let (after, own_database) = trier.alone(self.branch).await?;
        let (fails, effect) = match after {
            Ok(after) => (None, effect(self.base, &after)),
            Err(stop) => (Some(trier.why(stop).1), Effect::default()),
        };
        Ok((self.place, Outcome { fails, own_database, effect }))
    }
}

/// Branches to be tried after another, each by itself.
struct Row<'s> {
    head: usize,
    others: Vec<usize>,
    branches: &'s [Prepared<'s>],
}

impl Task for Row<'_> {
    type Found = Vec<(Order, Ending)>;

    async fn run(self, trier: &mut Trier<'_, '_>) -> Result<Self::Found, Failure> {
        let others: Vec<&Prepared<'_>> = self.others.iter().map(|place| &self.branches[*place]).collect();
        let endings = trier.row(&self.branches[self.head], &others).await?;
        Ok(self.others.iter().map(|other| (self.head, *other)).zip(endings).collect())
    }
}

/// Two branches to be run for good in both orders, so that what these lead to can be compared.
struct Compared<'s> {
    a: usize,
    b: usize,
    branches: &'s [Prepared<'s>],
}

impl Task for Compared<'_> {
    /// How they differ; else how an order ended, and whether it was the first.
    type Found = (Order, Result<Drift, (Ending, bool)>);

    async fn run(self, trier: &mut Trier<'_, '_>) -> Result<Self::Found, Failure> {
        let [a, b] = [self.a, self.b].map(|place| &self.branches[place]);
        let of = |compared| Ok(((self.a, self.b), compared));
        let from = match trier.for_good(&[a, b]).await? {
            Ok(schema) => schema,
            Err(stop) => return of(Err((trier.ending_of(b, stop), true))),
        };
        let to = match trier.for_good(&[b, a]).await? {
            Ok(schema) => schema,
            Err(stop) => return of(Err((trier.ending_of(a, stop), false))),
        };
        let mut drift = diff::diff(&from, &to);
        let sources =
            [[a, b], [b, a]].map(|order| Sources::of(order.into_iter().flat_map(Prepared::scripts)));
        sources::locate(&mut drift, &sources[0], &sources[1]);
        of(Ok(drift))
    }
}

/// Something to be tried.
trait Task: Send {
    type Found: Send;

    fn run(self, trier: &mut Trier<'_, '_>) -> impl Future<Output = Result<Self::Found, Failure>> + Send;
}

/// Shares tasks out among those who try branches.
async fn side_by_side<T: Task>(
    triers: &mut [Trier<'_, '_>],
    tasks: Vec<T>,
) -> Result<Vec<T::Found>, Failure> {
    let queue = Mutex::new(VecDeque::from(tasks));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let next = &next;
    let work = triers.iter_mut().map(|trier| async move {
        let mut found = Vec::new();
        while let Some(task) = next() {
            found.push(Box::pin(task.run(trier)).await?);
        }
        Ok::<_, Failure>(found)
    });
    Ok(try_join_all(work).await?.into_iter().flatten().collect())
}
