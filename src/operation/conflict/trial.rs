//! Trying one branch after another: quickly, in a transaction of a copy that others use too, or for good, in a copy
//! of its own.
//!
//! The quick way can only say yes. What is refused in it for what may be its own fault is tried again for good.

use tokio::time::timeout;

use super::field::Field;
use super::ground::Ground;
use super::prepared::{Prepared, Stop};
use crate::engine::conflict::Ending;
use crate::model::conflict::Why;
use crate::model::report::Failure;
use crate::model::schema::Schema;

/// How a trial ended: at a structure, or at what stopped a branch.
pub(super) type Tried = Result<Schema, Stop>;

/// Somebody who tries branches, with a copy of the base that is used as long as nothing is left behind in it.
pub(super) struct Trier<'a, 'b> {
    ground: &'a Ground<'b>,
    field: Option<Field>,
}

impl<'a, 'b> Trier<'a, 'b> {
    pub(super) fn new(ground: &'a Ground<'b>) -> Self {
        Self { ground, field: None }
    }

    /// Gives back what it used, so that others may.
    pub(super) async fn end(self) {
        if let Some(field) = self.field {
            self.ground.give_back(field).await;
        }
    }

    async fn take_field(&mut self) -> Result<Field, Failure> {
        match self.field.take() {
            Some(field) => Ok(field),
            None => self.ground.field().await,
        }
    }

    /// Ends the transaction of a copy, and says whether nothing is left of it. A copy in which something is left goes,
    /// as does one that a branch was tried in for good. A statement that still runs is not waited for.
    async fn put_back(&mut self, mut field: Field, is_clean: bool, again: bool) -> Result<bool, Failure> {
        let is_clean = is_clean && field.roll_back().await;
        if is_clean && again {
            self.field = Some(field);
        } else {
            self.ground.clear(field).await?;
        }
        Ok(is_clean)
    }

    /// Tries a branch alone. Says also whether it needs a database of its own.
    pub(super) async fn alone(&mut self, branch: &Prepared<'_>) -> Result<(Tried, bool), Failure> {
        if !branch.own_database {
            let mut field = self.take_field().await?;
            let quick = match field.begin().await {
                Ok(()) => Some(self.quick(&field, branch, &[]).await),
                Err(_) => None,
            };
            let is_clean = quick.as_ref().is_some_and(|(_, is_clean)| *is_clean);
            let stays = self.put_back(field, is_clean, true).await?;
            match quick {
                Some((tried @ Err(Stop::TimedOut(_)), _)) => return Ok((tried, false)),
                Some((tried @ (Ok(_) | Err(Stop::Refused(_))), _)) if stays => return Ok((tried, false)),
                _ => {}
            }
        }
        Ok((self.for_good(&[branch]).await?, true))
    }

    /// How each of the others ends that comes after the first.
    pub(super) async fn row(
        &mut self,
        head: &Prepared<'_>,
        others: &[&Prepared<'_>],
    ) -> Result<Vec<Ending>, Failure> {
        let quick = self.row_quickly(head, others).await?;
        let mut endings = Vec::new();
        for (other, ending) in others.iter().zip(quick) {
            endings.push(match ending {
                Some(ending) => ending,
                None => self.ending_for_good(head, other).await?,
            });
        }
        Ok(endings)
    }

    /// The same as far as the quick way can tell.
    async fn row_quickly(
        &mut self,
        head: &Prepared<'_>,
        others: &[&Prepared<'_>],
    ) -> Result<Vec<Option<Ending>>, Failure> {
        let mut endings: Vec<Option<Ending>> = vec![None; others.len()];
        if self.ground.is_over() || others.iter().all(|other| other.own_database) {
            return Ok(endings);
        }
        let mut field =
            if head.own_database { self.ground.new_field().await? } else { self.take_field().await? };
        let mut is_clean = self.set_out(&mut field, head).await.is_ok();
        let late = |ending: &Option<Ending>| matches!(ending, Some(Ending::NotRun(..)));
        for (other, ending) in others.iter().zip(&mut endings).filter(|(other, _)| !other.own_database) {
            if !is_clean || self.ground.is_over() {
                break;
            }
            let tried;
            (tried, is_clean) = self.quick(&field, other, &[head]).await;
            *ending = self.quick_ending(other, tried, is_clean);
        }
        let stays = self.put_back(field, is_clean, !head.own_database).await?;
        if !stays {
            // Whatever was left behind may have been in the way of what came after it, or have helped it.
            endings.iter_mut().filter(|ending| !late(ending)).for_each(|ending| *ending = None);
        }
        Ok(endings)
    }

    /// Brings a copy to where the first branch is there and a transaction is open.
    async fn set_out(&self, field: &mut Field, head: &Prepared<'_>) -> Result<(), Stop> {
        let ground = self.ground;
        let done = async {
            let stop = |failure: &Failure| Stop::of(head.id(), failure);
            if head.own_database {
                field.deploy(ground, head, &[]).await?;
                field.watch_anew().await.map_err(|failure| stop(&failure))?;
            }
            field.begin().await.map_err(|failure| stop(&failure))?;
            if head.own_database { Ok(()) } else { field.attempt(ground, head, &[]).await }
        };
        timeout(ground.request.limits.branch, Box::pin(done)).await.unwrap_or_else(|_| Err(late(head)))
    }

    /// Tries a branch in the transaction that is open, and goes back. Says also whether that could be done.
    async fn quick(&self, field: &Field, branch: &Prepared<'_>, before: &[&Prepared<'_>]) -> (Tried, bool) {
        let ground = self.ground;
        let done = async {
            let stop = |failure: Failure| Stop::of(branch.id(), &failure);
            field.mark().await.map_err(stop)?;
            field.attempt(ground, branch, before).await?;
            field.read(ground).await.map_err(stop)
        };
        match timeout(ground.request.limits.branch, Box::pin(done)).await {
            Ok(tried) => (tried, field.back().await.is_ok()),
            Err(_) => (Err(late(branch)), false),
        }
    }

    /// What the quick way proves of a branch; nothing where it may be its own fault.
    fn quick_ending(&self, branch: &Prepared<'_>, tried: Tried, is_clean: bool) -> Option<Ending> {
        match tried {
            Err(stop @ Stop::TimedOut(_)) => Some(self.ending_of(branch, stop)),
            _ if !is_clean => None,
            Ok(schema) => Some(Ending::Reached(schema.fingerprint())),
            Err(Stop::Refused(refused)) => Some(Ending::Refused(refused)),
            // What the base alone refuses in the same words was tried for good before.
            Err(Stop::Doubtful(refused)) => {
                let same = branch.alone.as_ref().is_some_and(|why| *why == Why::Refused(refused.clone()));
                same.then_some(Ending::Refused(refused))
            }
        }
    }

    async fn ending_for_good(&self, head: &Prepared<'_>, other: &Prepared<'_>) -> Result<Ending, Failure> {
        if self.ground.is_over() {
            return Ok(Ending::NotRun(other.id().to_owned(), self.not_reached()));
        }
        Ok(match self.for_good(&[head, other]).await? {
            Ok(schema) => Ending::Reached(schema.fingerprint()),
            Err(stop) => self.ending_of(other, stop),
        })
    }

    /// How it ended that a branch after another was stopped.
    pub(super) fn ending_of(&self, other: &Prepared<'_>, stop: Stop) -> Ending {
        match stop {
            Stop::Refused(refused) | Stop::Doubtful(refused) if refused.branch == other.id() => {
                Ending::Refused(refused)
            }
            stop => {
                let (branch, why) = self.why(stop);
                Ending::NotRun(branch, why)
            }
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.ground.is_over()
    }

    pub(super) fn not_reached(&self) -> Why {
        Why::NotReached { limit_ms: milliseconds(self.ground.request.limits.whole) }
    }

    /// Which branch was stopped, and why.
    pub(super) fn why(&self, stop: Stop) -> (String, Why) {
        match stop {
            Stop::Refused(refused) | Stop::Doubtful(refused) => {
                (refused.branch.clone(), Why::Refused(refused))
            }
            Stop::TimedOut(branch) => {
                (branch, Why::TimedOut { limit_ms: milliseconds(self.ground.request.limits.branch) })
            }
        }
    }

    /// Runs branches one after the other for good, each as it would be deployed, in a copy of their own.
    pub(super) async fn for_good(&self, order: &[&Prepared<'_>]) -> Result<Tried, Failure> {
        let field = self.ground.new_field().await?;
        let tried = self.deploy_all(&field, order).await;
        self.ground.clear(field).await?;
        Ok(tried)
    }

    async fn deploy_all(&self, field: &Field, order: &[&Prepared<'_>]) -> Tried {
        let ground = self.ground;
        for (place, branch) in order.iter().enumerate() {
            let limit = ground.request.limits.branch;
            let done = timeout(limit, Box::pin(field.deploy(ground, branch, &order[..place]))).await;
            done.unwrap_or_else(|_| Err(late(branch)))?;
        }
        let last = order.last().map_or("", |branch| branch.id());
        field.read(ground).await.map_err(|failure| Stop::of(last, &failure))
    }
}

fn late(branch: &Prepared<'_>) -> Stop {
    Stop::TimedOut(branch.id().to_owned())
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
