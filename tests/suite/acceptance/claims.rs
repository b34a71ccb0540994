//! What is claimed of every pair of structures: the plan is well formed, costs what is expected, leads there,
//! leaves nothing to do, and its inverse leads back.

use std::collections::BTreeSet;

use confiture::engine::diff::diff;
use confiture::engine::plan::rename::{self, Renaming};
use confiture::engine::plan::{Options, holds_data, plan};
use confiture::model::plan::{Hazard, Plan, Refusal, Step};
use confiture::model::schema::Schema;

use super::dump::difference;
use super::lab::Lab;
use super::row::Row;

/// After so many plans one does not get nearer any more.
const ROUNDS: usize = 5;

/// A structure in all the ways in which it is looked at.
pub(super) struct Side {
    pub(super) database: String,
    pub(super) schema: Schema,
    dump: Option<Vec<String>>,
}

impl Side {
    /// Looks at what was built.
    pub(super) async fn of(lab: &Lab, which: &str, built: Result<String, String>) -> Result<Self, String> {
        let database = built.map_err(|error| format!("{which} does not build: {error}"))?;
        Self::look(lab, which, database).await
    }

    async fn look(lab: &Lab, which: &str, database: String) -> Result<Self, String> {
        let schema = lab.schema(&database).await;
        let schema = schema.map_err(|error| format!("{which} cannot be read: {error}"))?;
        let dump = lab.dump(&database).await;
        Ok(Self { database, schema, dump })
    }

    /// How another structure differs from this one.
    fn difference(&self, found: &Self) -> Option<String> {
        let mut faults = String::new();
        if let (Some(wanted), Some(found)) = (&self.dump, &found.dump)
            && wanted != found
        {
            faults += &difference(wanted, found);
        }
        let drift = diff(&self.schema, &found.schema);
        for change in &drift.changes {
            let kind = change.object.kind.label();
            faults += &format!("catalog: {kind} {}: {:?}", change.object.full_name(), change.change);
            for property in &change.properties {
                faults += &format!(" [{}: {:?} → {:?}]", property.name, property.from, property.to);
            }
            faults += "\n";
        }
        (!faults.is_empty()).then_some(faults)
    }
}

/// Asks every claim of a row; what does not hold is told.
pub(super) async fn hold(lab: &Lab, row: &Row, only_build: bool) -> Result<(), String> {
    let old = Side::of(lab, "old", lab.build(&row.old_ddl()).await).await?;
    let new = Side::of(lab, "new", lab.build(&row.new_ddl()).await).await?;
    let ended = if only_build { sides_differ(row, &old, &new) } else { pair(lab, row, &old, &new).await };
    lab.remove(&old.database).await;
    lab.remove(&new.database).await;
    ended
}

/// Two sides that are said to be the same are, and others are not. What `pg_dump` leaves out (the version of an
/// extension, a missing schema `public`) is seen in the catalog.
fn sides_differ(row: &Row, old: &Side, new: &Side) -> Result<(), String> {
    match (old.difference(new), row.same) {
        (Some(difference), true) => Err(format!("the sides differ:\n{difference}")),
        (None, false) if old.dump.is_some() => Err("there is no difference between the two sides".to_owned()),
        _ => Ok(()),
    }
}

async fn pair(lab: &Lab, row: &Row, old: &Side, new: &Side) -> Result<(), String> {
    if let Some(words) = &row.refusal {
        return match plan(&old.schema, &new.schema, &Options::default()) {
            Err(refusal) if refusal.to_string().contains(words) => Ok(()),
            Err(refusal) => Err(format!("refused, but without the words {words:?}: {refusal}")),
            Ok(plan) => Err(format!("not refused\n{}", listing(&plan.steps))),
        };
    }
    let mut wanted = row.hazards();
    let is_one_way = wanted.remove(&Hazard::NotReversible);
    let up = match (is_one_way, row.rename.is_empty()) {
        (true, _) => one_way(lab, old, new).await?,
        (false, true) => with_rows(lab, row, old, new).await?,
        (false, false) => renamed(lab, row, old, new).await?,
    };
    let mut found = Plan { steps: up.clone() }.hazards();
    if is_one_way {
        // Some statement may say so itself.
        found.remove(&Hazard::NotReversible);
    }
    if wanted != found {
        return Err(format!("hazards: wanted {wanted:?}, found {found:?}\n{}", listing(&up)));
    }
    let exact = row.up.as_ref().map(|sql| sql.trim().trim_end_matches(';').trim().to_owned());
    let exact = exact.or_else(|| row.same.then(String::new));
    let sql = up.iter().map(|step| step.sql.as_str()).collect::<Vec<_>>().join(";\n");
    match exact {
        Some(exact) if exact != sql => Err(format!("wanted exactly:\n{exact}\n{}", listing(&up))),
        _ => Ok(()),
    }
}

/// Goes there and back, and asks before, between and after what the rows are.
async fn with_rows(lab: &Lab, row: &Row, old: &Side, new: &Side) -> Result<Vec<Step>, String> {
    let Some(keeps) = &row.keeps else { return there_and_back(lab, old, new, row.online).await };
    let before = lab.rows(&old.database, keeps).await?;
    let up = leads_to(lab, "up", &old.database, new, row.online).await?;
    let between = lab.rows(&old.database, keeps).await?;
    leads_to(lab, "down", &old.database, old, false).await?;
    let after = lab.rows(&old.database, keeps).await?;
    if before.is_empty() || before != between || before != after {
        return Err(format!("rows: {before:?}, then {between:?}, then {after:?}\n{}", listing(&up)));
    }
    Ok(up)
}

/// Goes from one structure to another and back, on the database of the first one, and returns the steps of the
/// way there.
pub(super) async fn there_and_back(
    lab: &Lab,
    old: &Side,
    new: &Side,
    online: bool,
) -> Result<Vec<Step>, String> {
    let up = leads_to(lab, "up", &old.database, new, online).await?;
    match leads_to(lab, "down", &old.database, old, false).await {
        Ok(_) => Ok(up),
        Err(fault) => Err(format!("{fault}── after up\n{}", listing(&up))),
    }
}

/// Renames what is said to be renamed, goes there and back from what comes of it, and takes the renames back.
async fn renamed(lab: &Lab, row: &Row, old: &Side, new: &Side) -> Result<Vec<Step>, String> {
    let said: Vec<_> = row.rename.iter().map(|words| confiture::sql::rename(words).unwrap()).collect();
    let (mut done, mut renamings, mut up, mut back) = (BTreeSet::new(), Vec::new(), Vec::new(), Vec::new());
    let mut state = old.schema.clone();
    loop {
        let next = rename::next(&said, &done, &state, &new.schema).map_err(|(_, why)| why)?;
        let todo: Vec<Renaming> = match &next {
            Some((_, renaming)) => vec![renaming.clone()],
            None => rename::followers(&renamings, &state, &new.schema),
        };
        let steps: Vec<Step> = todo.iter().map(|one| one.step(&state)).collect();
        lab.apply(&old.database, &steps)
            .await
            .map_err(|stopped| format!("{}\n{}", stopped.error, listing(&steps)))?;
        state = lab.schema(&old.database).await?;
        back.splice(0..0, todo.iter().rev().map(|one| one.back().step(&state)).collect::<Vec<_>>());
        up.extend(steps);
        match next {
            Some((number, renaming)) => {
                done.insert(number);
                renamings.push(renaming);
            }
            None => break,
        }
    }
    if renamings.len() != said.len() {
        return Err(format!("not all of the renames are done\n{}", listing(&up)));
    }
    let between = Side::look(lab, "renamed", old.database.clone()).await?;
    up.extend(there_and_back(lab, &between, new, row.online).await?);
    lab.apply(&old.database, &back)
        .await
        .map_err(|stopped| format!("{}\n{}", stopped.error, listing(&back)))?;
    let found = Side::look(lab, "back", old.database.clone()).await?;
    let difference = old.difference(&found);
    difference.map_or(Ok(up), |difference| Err(format!("renamed back, it differs:\n{difference}")))
}

/// Goes from one structure to another from which no plan leads back.
async fn one_way(lab: &Lab, old: &Side, new: &Side) -> Result<Vec<Step>, String> {
    let up = leads_to(lab, "up", &old.database, new, false).await?;
    match plan(&new.schema, &old.schema, &Options::default()) {
        Err(_) => Ok(up),
        Ok(plan) => Err(format!("the way back is not refused\n{}", listing(&plan.steps))),
    }
}

async fn leads_to(
    lab: &Lab,
    way: &str,
    database: &str,
    wanted: &Side,
    online: bool,
) -> Result<Vec<Step>, String> {
    let reached = reach(lab, database, &wanted.schema, online).await;
    let steps = reached.map_err(|unreached| format!("{way}: {unreached}"))?;
    for step in &steps {
        well_formed(step).map_err(|fault| format!("{way}: {fault}: {:?}\n{}", step.sql, listing(&steps)))?;
    }
    let found = Side::look(lab, way, database.to_owned()).await?;
    if let Some(difference) = wanted.difference(&found) {
        return Err(format!("{way} lands elsewhere:\n{difference}{}", listing(&steps)));
    }
    let second = plan(&found.schema, &wanted.schema, &Options::default());
    let second = second.map_err(|refusal| format!("{way}, second plan: {refusal}\n{}", listing(&steps)))?;
    if !second.steps.is_empty() {
        return Err(format!(
            "{way}: a second plan is not empty:\n{}first plan:\n{}",
            listing(&second.steps),
            listing(&steps)
        ));
    }
    Ok(steps)
}

/// One statement that parses, and nothing around it.
fn well_formed(step: &Step) -> Result<(), String> {
    let sql = step.sql.as_str();
    if sql.trim() != sql || sql.is_empty() || sql.ends_with(';') {
        return Err("not a bare statement".to_owned());
    }
    let parsed =
        pg_query::parse(sql, pg_query::ParserOptions::default()).map_err(|error| error.to_string())?;
    match parsed.protobuf.stmts.len() {
        1 => Ok(()),
        number => Err(format!("{number} statements in one step")),
    }
}

/// Plans and applies until there is nothing left to plan: what could not be foreseen is read from the catalog.
/// Returns the steps that were committed.
async fn reach(lab: &Lab, database: &str, wanted: &Schema, online: bool) -> Result<Vec<Step>, String> {
    let fresh = Options { online, ..Options::default() };
    let mut options = fresh.clone();
    let mut committed: Vec<Step> = Vec::new();
    for _ in 0..ROUNDS {
        let schema = lab.schema(database).await?;
        let plan = plan(&schema, wanted, &options).map_err(|refusal| refused(&refusal, &committed))?;
        if plan.steps.is_empty() {
            return Ok(committed);
        }
        match lab.apply(database, &plan.steps).await {
            Ok(()) => {
                committed.extend(plan.steps);
                options = fresh.clone();
            }
            Err(stopped) => {
                let step = &plan.steps[stopped.step];
                let failed = || {
                    let detail = stopped.error.detail.as_deref().unwrap_or_default();
                    let all = listing(&plan.steps);
                    format!("the plan does not apply: {} {detail}\nat: {}\n{all}", stopped.error, step.sql)
                };
                if holds_data(step.object.kind) || !options.replaced.insert(step.object.clone()) {
                    return Err(failed());
                }
                committed.extend_from_slice(&plan.steps[..stopped.done]);
            }
        }
    }
    Err(format!("not there after {ROUNDS} plans\n{}", listing(&committed)))
}

fn refused(refusal: &Refusal, committed: &[Step]) -> String {
    format!("refused: {refusal}\n{}", listing(committed))
}

/// The statements with their hazards.
pub(super) fn listing(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "  (no statement)\n".to_owned();
    }
    let line = |step: &Step| {
        let hazards: Vec<String> = step.hazards.iter().map(ToString::to_string).collect();
        let hazards = if hazards.is_empty() { String::new() } else { format!("  -- {}", hazards.join(", ")) };
        format!("  {};{hazards}\n", step.sql.replace('\n', "\n  "))
    };
    steps.iter().map(line).collect()
}
