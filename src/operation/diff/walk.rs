//! Going from one structure to another in a database, by plan.

use std::collections::BTreeSet;

use super::group::{Group, groups};
use crate::engine::diff;
use crate::engine::plan::{self, Options};
use crate::gateway::postgres::{DatabaseError, Session, Target};
use crate::model::plan::{Plan, Refusal, Step, StepTransaction};
use crate::model::report::{Drift, Failure};
use crate::model::schema::{ObjectId, ObjectKind, Schema};
use crate::operation::failure;
use crate::operation::lab::{Builder, Work};
use crate::sql;

/// How often what is left after a plan is planned anew, and how often it is begun again with more replaced.
const ROUNDS: usize = 5;

/// A stretch of the way: one migration's statements, the structure after them, and a database that has it.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) group: Group,
    pub(super) after: Schema,
    pub(super) at: Target,
}

/// Why the way was not gone to its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// There is no plan.
    NoWay(Refusal),
    /// The plan was carried out and something still differs.
    Astray {
        /// What was carried out.
        plan: Plan,
        /// What differs.
        remaining: Box<Drift>,
    },
    /// Nothing differs, and yet there is something to do.
    Restless {
        /// What was carried out.
        plan: Plan,
        /// What would be done next.
        next: Plan,
    },
    /// The server refused a statement, or failed.
    Broken {
        /// What was to be carried out.
        plan: Plan,
        /// What the server said.
        failure: Box<Failure>,
    },
    /// The structure that is led away from could not be made anew, so that nothing was tried.
    NoCopy(Box<Stop>),
}

impl Stop {
    /// The same as told of another plan.
    pub(super) fn of(self, plan: Plan) -> Self {
        match self {
            Self::Astray { remaining, .. } => Self::Astray { plan, remaining },
            Self::Restless { next, .. } => Self::Restless { plan, next },
            Self::Broken { failure, .. } => Self::Broken { plan, failure },
            Self::NoWay(_) | Self::NoCopy(_) => self,
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Broken { plan: Plan::default(), failure: Box::new(failure) }
    }
}

/// What ended one attempt.
enum Ended {
    /// For good.
    Stopped(Stop),
    /// A change in place was refused: the object may be replaced instead.
    Replace(ObjectId, Stop),
}

impl From<Stop> for Ended {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Stopped(failure.into())
    }
}

/// Goes ways in databases of one server.
pub(super) struct Walker<'a, 'b> {
    builder: &'a mut Builder<'b>,
    online: bool,
    /// What its databases are for: part of their names.
    purpose: &'static str,
    made: usize,
}

impl<'a, 'b> Walker<'a, 'b> {
    pub(super) fn new(builder: &'a mut Builder<'b>, online: bool, purpose: &'static str) -> Self {
        Self { builder, online, purpose, made: 0 }
    }

    /// A new database with what it has by itself.
    pub(super) async fn fresh(&mut self) -> Result<(Target, Schema), Failure> {
        let name = self.name();
        let target = self.builder.bare_database(&name).await?;
        let schema = self.builder.read(&target).await?;
        Ok((target, schema))
    }

    /// Goes from a structure to another in copies of a database that has the first.
    ///
    /// Where a change in place is refused, it begins again and replaces that object: which changes a server takes
    /// is known to the server best.
    pub(super) async fn walk(
        &mut self,
        base: &Target,
        from: &Schema,
        to: &Schema,
    ) -> Result<Vec<Stage>, Stop> {
        let mut options = Options { online: self.online, replaced: BTreeSet::new() };
        loop {
            match self.attempt(base, from, to, &options).await {
                Ok(stages) => return Ok(stages),
                Err(Ended::Replace(object, stop)) => {
                    if options.replaced.len() >= ROUNDS || !options.replaced.insert(object) {
                        return Err(stop);
                    }
                }
                Err(Ended::Stopped(stop)) => return Err(stop),
            }
        }
    }

    async fn attempt(
        &mut self,
        base: &Target,
        from: &Schema,
        to: &Schema,
        options: &Options,
    ) -> Result<Vec<Stage>, Ended> {
        let mut stages: Vec<Stage> = Vec::new();
        let (mut at, mut state) = (base.clone(), from.clone());
        for _ in 0..ROUNDS {
            let plan = planned(&state, to, options)?;
            if plan.steps.is_empty() {
                break;
            }
            for group in groups(plan.steps) {
                at = self.copy(&at).await?;
                self.run(&at, &group, &stages, from, to).await?;
                state = self.builder.read(&at).await?;
                append(&mut stages, group, &state, &at);
            }
        }
        arrived(&stages, &state, to, options)?;
        Ok(stages)
    }

    fn name(&mut self) -> String {
        self.made += 1;
        format!("confiture_{}_{}", self.purpose, self.made)
    }

    pub(super) async fn copy(&mut self, of: &Target) -> Result<Target, Failure> {
        let name = self.name();
        self.builder.copy(&name, of).await
    }

    /// Runs statements in a database and reads what is there then.
    pub(super) async fn run_all(&mut self, at: &Target, steps: &[Step]) -> Result<Schema, Failure> {
        let work = self.builder.work(at).await?;
        for step in steps {
            let done = work.session.run(&step.sql).await;
            done.map_err(|error| failure::planned(&step.sql, &error))?;
        }
        work.session.close().await;
        self.builder.read(at).await
    }

    /// Carries statements out on a copy of a database, grouped as migrations will be, and returns the copy: it has
    /// to have the wanted structure.
    pub(super) async fn carry_out(
        &mut self,
        base: &Target,
        steps: &[Step],
        from: &Schema,
        to: &Schema,
    ) -> Result<Target, Stop> {
        let at = self.copy(base).await?;
        for group in groups(steps.to_vec()) {
            match self.run(&at, &group, &[], from, to).await {
                Ok(()) => {}
                Err(Ended::Stopped(stop) | Ended::Replace(_, stop)) => return Err(stop),
            }
        }
        let remaining = diff::diff(&self.builder.read(&at).await?, to);
        if remaining.equal {
            return Ok(at);
        }
        Err(Stop::Astray { plan: Plan { steps: steps.to_vec() }, remaining: Box::new(remaining) })
    }

    /// Runs the statements of one migration as that migration will run them.
    async fn run(
        &mut self,
        at: &Target,
        group: &Group,
        before: &[Stage],
        from: &Schema,
        to: &Schema,
    ) -> Result<(), Ended> {
        self.builder.lab()?.ensure_roles(roles(&group.steps).iter().map(String::as_str)).await?;
        let work = self.builder.work(at).await?;
        let outcome = self.run_steps(&work, at, group).await?;
        work.session.close().await;
        let Err((step, error)) = outcome else { return Ok(()) };
        let mut plan = so_far(before);
        plan.steps.extend(group.steps.iter().cloned());
        let refused = Box::new(failure::planned(&step.sql, &error));
        let broken = Stop::Broken { plan, failure: refused };
        let is_change = from.objects.contains_key(&step.object) && to.objects.contains_key(&step.object);
        // A connection that broke says nothing about the statement.
        if is_change && !plan::holds_data(step.object.kind) && !error.is_connection() {
            return Err(Ended::Replace(step.object.clone(), broken));
        }
        Err(Ended::Stopped(broken))
    }

    /// The outer error is ours, the inner one is what the server has against a statement.
    async fn run_steps<'g>(
        &mut self,
        work: &Work,
        at: &Target,
        group: &'g Group,
    ) -> Result<Result<(), (&'g Step, DatabaseError)>, Failure> {
        let in_transaction = group.transaction != StepTransaction::Outside;
        let ours = |error| failure::database(crate::model::report::Stage::Proof, &error);
        // A body may name what a later statement makes.
        let begin = if in_transaction { "begin;" } else { "" };
        work.session.run(&format!("set check_function_bodies = off;{begin}")).await.map_err(ours)?;
        for step in &group.steps {
            if let Err(error) = self.run_step(work, at, step).await? {
                return Ok(Err((step, error)));
            }
        }
        if in_transaction && let Err(error) = work.session.run("commit").await {
            // What was deferred is refused here; the last statement stands for all.
            if let Some(last) = group.steps.last() {
                return Ok(Err((last, error)));
            }
        }
        Ok(Ok(()))
    }

    /// Runs a statement, as a superuser where an extension is allowed by the settings.
    async fn run_step(
        &mut self,
        work: &Work,
        at: &Target,
        step: &Step,
    ) -> Result<Result<(), DatabaseError>, Failure> {
        let allowed = step.object.kind == ObjectKind::Extension
            && self.builder.skips.prepared_extensions.contains(&step.object.name);
        if !allowed {
            return Ok(work.session.run(&step.sql).await);
        }
        let admin: Session = self.builder.lab()?.reader(at).await?;
        let done = admin.run(&step.sql).await;
        admin.close().await;
        Ok(done)
    }
}

fn planned(from: &Schema, to: &Schema, options: &Options) -> Result<Plan, Stop> {
    plan::plan(from, to, options).map_err(Stop::NoWay)
}

/// Adds a stretch; what one transaction may hold stays one migration, though it was planned in two rounds.
fn append(stages: &mut Vec<Stage>, group: Group, after: &Schema, at: &Target) {
    match stages.last_mut().filter(|last| last.group.takes(group.transaction)) {
        Some(last) => {
            last.group.steps.extend(group.steps);
            (last.after, last.at) = (after.clone(), at.clone());
        }
        None => stages.push(Stage { group, after: after.clone(), at: at.clone() }),
    }
}

/// The end is reached when nothing differs and there is nothing left to do.
fn arrived(stages: &[Stage], state: &Schema, to: &Schema, options: &Options) -> Result<(), Stop> {
    let remaining = diff::diff(state, to);
    if !remaining.equal {
        return Err(Stop::Astray { plan: so_far(stages), remaining: Box::new(remaining) });
    }
    let next = planned(state, to, options)?;
    if !next.steps.is_empty() {
        return Err(Stop::Restless { plan: so_far(stages), next });
    }
    Ok(())
}

fn so_far(stages: &[Stage]) -> Plan {
    Plan { steps: stages.iter().flat_map(|stage| stage.group.steps.clone()).collect() }
}

/// The roles that statements name.
fn roles(steps: &[Step]) -> Vec<String> {
    let statements = steps.iter().flat_map(|step| sql::statements(&step.sql).unwrap_or_default());
    statements.flat_map(|statement| statement.roles).collect()
}
