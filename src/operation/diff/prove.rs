//! A plan proved: carried out on a throwaway copy, compared by catalog, and led back.
//!
//! A plan is thought out from two structures, and a server does more than it is told: a column added to a parent
//! appears in its children, default privileges add grants. So the catalog is read back after each round and what is
//! left is planned from there. What is written in the end is what was run.

use super::group::{Group, groups};
use super::renames::Renamed;
use super::walk::{Stage, Stop, Walker};
use crate::engine::diff;
use crate::gateway::postgres::Target;
use crate::model::plan::{Plan, Refusal, Step, StepTransaction};
use crate::model::schema::Schema;
use crate::operation::lab::Builder;
use crate::operation::structure::Taken;

/// A plan that leads from one structure to another and back, as far as it can be led back.
#[derive(Debug)]
pub(super) struct Proved {
    /// What makes one migration each, in order.
    pub(super) parts: Vec<Part>,
}

/// One migration of a proved plan.
#[derive(Debug)]
pub(super) struct Part {
    /// The statements that lead forward.
    pub(super) up: Group,
    /// The statements that lead back over this part alone, or why there are none.
    pub(super) down: Result<Vec<Step>, Refusal>,
}

impl Proved {
    /// A plan that nobody has tried, with a way back over each part where that can be thought out.
    pub(super) fn untried(up: Plan, down: Result<Plan, Refusal>) -> Self {
        let mut ups = groups(up.steps);
        // Back is thought out as a whole: it is the last migration's that is undone first.
        let last = ups.pop();
        let first = ups.into_iter().map(|up| Part { up, down: Ok(Vec::new()) });
        let last = last.map(|up| Part { up, down: down.map(|plan| plan.steps) });
        Self { parts: first.chain(last).collect() }
    }

    /// The same with renames before everything else, which are taken back after everything else.
    pub(super) fn after(mut self, renamed: &Renamed) -> Self {
        let (steps, back) = (renamed.up.clone(), renamed.back.clone());
        let transaction = StepTransaction::Shared;
        match self.parts.first_mut().filter(|first| first.up.takes(transaction)) {
            _ if steps.is_empty() => {}
            Some(first) => {
                first.up.steps.splice(0..0, steps);
                if let Ok(down) = &mut first.down {
                    down.extend(back);
                }
            }
            None => self.parts.insert(0, Part { up: Group { transaction, steps }, down: Ok(back) }),
        }
        self
    }

    /// All statements that lead forward.
    pub(super) fn up(&self) -> Plan {
        Plan { steps: self.parts.iter().flat_map(|part| part.up.steps.clone()).collect() }
    }

    /// All statements that lead back, or why there are none.
    pub(super) fn down(&self) -> Result<Plan, Refusal> {
        let mut steps = Vec::new();
        for part in self.parts.iter().rev() {
            steps.extend(part.down.clone()?);
        }
        Ok(Plan { steps })
    }
}

/// Proves the way between two structures on a server of ours.
pub(super) async fn prove(
    builder: &mut Builder<'_>,
    from: &Taken,
    renamed: &Renamed,
    to: &Schema,
    online: bool,
) -> Result<Proved, Stop> {
    let mut walker = Walker::new(builder, online, "proof");
    let start = start(&mut walker, from).await?;
    let stages = walker.walk(&start, &from.schema, to).await?;
    let mut before = from.schema.clone();
    let mut parts = Vec::new();
    let mut first = None;
    for Stage { group, after, at } in stages {
        let down = match walker.walk(&at, &after, &before).await {
            Ok(back) => Ok(back.into_iter().flat_map(|stage| stage.group.steps).collect()),
            Err(Stop::NoWay(refusal)) => Err(refusal),
            Err(stop) => return Err(stop),
        };
        parts.push(Part { up: group, down });
        first.get_or_insert_with(|| after.clone());
        before = after;
    }
    let planned = Proved { parts };
    let (plain, up) = (planned.parts.len(), planned.up());
    let proved = planned.after(renamed);
    // Renames that are a migration of their own lead to where the rest begins.
    let after = first.filter(|_| proved.parts.len() == plain).unwrap_or_else(|| from.schema.clone());
    if let (Some((base, before)), Some(part)) = (&renamed.before, proved.parts.first()) {
        let tried = there_and_back(&mut walker, base, part, before, &after).await;
        tried.map_err(|stop| stop.of(up))?;
    }
    Ok(proved)
}

/// Tries a migration as it will be run, and what takes it back.
async fn there_and_back(
    walker: &mut Walker<'_, '_>,
    base: &Target,
    part: &Part,
    before: &Schema,
    after: &Schema,
) -> Result<(), Stop> {
    let there = walker.carry_out(base, &part.up.steps, before, after).await?;
    if let Ok(down) = &part.down {
        walker.carry_out(&there, down, after, before).await?;
    }
    Ok(())
}

/// A database with the structure that is led away from: the one it was built in, else one made by a plan.
pub(super) async fn start(walker: &mut Walker<'_, '_>, from: &Taken) -> Result<Target, Stop> {
    if let Some(database) = &from.database {
        return Ok(database.clone());
    }
    let (empty, fresh) = walker.fresh().await?;
    if diff::diff(&fresh, &from.schema).equal {
        return Ok(empty);
    }
    let stages = walker.walk(&empty, &fresh, &from.schema).await;
    let stages = stages.map_err(|stop| Stop::NoCopy(Box::new(stop)))?;
    Ok(stages.into_iter().last().map_or(empty, |stage| stage.at))
}
