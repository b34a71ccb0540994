//! Indexes that no constraint owns.

use super::{Change, Context, Kind, This, online, relation_beside};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::split_outside_quotes;
use crate::model::plan::{Hazard, LockMode, Step, StepTransaction};
use crate::model::schema::{ObjectId, ObjectKind};

pub(super) struct Indexes;

impl Kind for Indexes {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("index {}", relation_beside(this.id))
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let table = &this.id.parent;
        let definition = with_options(this);
        let is_part_of_whole = definition.contains(" ON ONLY ");
        let waits = !context.is_new(table) && !is_part_of_whole;
        let built = if waits && context.online {
            let definition = definition.replacen(" INDEX ", " INDEX CONCURRENTLY ", 1);
            step(this.id, definition)
                .lock(LockMode::ShareUpdateExclusive, table)
                .apart(StepTransaction::Outside)
        } else {
            step(this.id, definition).lock(LockMode::Share, table).hazard(Hazard::BlocksWrites, waits)
        };
        let built =
            built.hazard(Hazard::MayFail, waits && this.text("definition").starts_with("CREATE UNIQUE"));
        let mut steps = vec![built];
        steps.extend(settings(this, None, context));
        steps
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let attachment = ObjectId { kind: ObjectKind::Attachment, ..this.id.clone() };
        let is_of_partition = context.from.objects.contains_key(&attachment);
        if context.online && !is_of_partition && !this.text("definition").contains(" ON ONLY ") {
            return vec![online::drop_index(this)];
        }
        vec![
            step(this.id, format!("drop {}", self.address(this, context)))
                .lock(LockMode::AccessExclusive, &this.id.parent),
        ]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        if to.differs(&from, "definition") || to.differs(&from, "invalid") {
            return Change::Replace;
        }
        Change::InPlace(settings(to, Some(from), context))
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("relation", relation_beside(this.id))]
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}

/// The definition with its options, which stand before the condition.
fn with_options(this: This<'_>) -> String {
    let definition = this.text("definition");
    let options = super::options::with(this);
    match split_outside_quotes(definition, " WHERE ").as_slice() {
        [before, condition @ ..] if !condition.is_empty() => {
            format!("{before}{options} WHERE {}", condition.join(" WHERE "))
        }
        _ => format!("{definition}{options}"),
    }
}

/// What an index, its own or a constraint's, has besides its definition.
pub(super) fn settings(to: This<'_>, from: Option<This<'_>>, context: &Context<'_>) -> Vec<Step> {
    let table = &to.id.parent;
    let differs = |name: &str| from.map_or(to.is(name), |from| to.differs(&from, name));
    let mut steps = Vec::new();
    if differs("statistics_targets") {
        steps.extend(statistics(to, from));
    }
    if from.is_some() && differs("options") {
        steps.extend(options(to, from));
    }
    if differs("tablespace") {
        let tablespace = to.get("tablespace").unwrap_or("pg_default");
        let sql = format!("alter index {} set tablespace {tablespace}", relation_beside(to.id));
        steps.push(step(to.id, sql).hazards(&[Hazard::Rewrite]));
    }
    if differs("clustered") {
        let what = if to.is("clustered") {
            format!("cluster on {}", to.id.name)
        } else {
            "set without cluster".to_owned()
        };
        steps.push(step(to.id, format!("alter table {table} {what}")));
    }
    if differs("replica_identity") {
        let kept = context.to.whole(table).and_then(|id| context.to.get(id, "replica_identity"));
        let what = match kept {
            _ if to.is("replica_identity") => format!("using index {}", to.id.name),
            Some(kept @ ("full" | "nothing")) => kept.to_owned(),
            _ => "default".to_owned(),
        };
        steps.push(step(to.id, format!("alter table only {table} replica identity {what}")));
    }
    steps
}

/// Statements that bring the storage parameters from those of `from`, none without it, to those of `to`.
pub(super) fn options(to: This<'_>, from: Option<This<'_>>) -> Vec<Step> {
    let read = |this: This<'_>| super::options::list(this.text("options"), "");
    super::options::between(&from.map(read).unwrap_or_default(), &read(to))
        .into_iter()
        .map(|what| step(to.id, format!("alter index {} {what}", relation_beside(to.id))))
        .collect()
}

fn statistics(to: This<'_>, from: Option<This<'_>>) -> Vec<Step> {
    let read = |this: This<'_>| -> Vec<(String, String)> {
        let entries = this.text("statistics_targets").split(", ");
        entries.filter_map(|entry| entry.split_once(' ')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
    };
    let (old, new) = (from.map(read).unwrap_or_default(), read(to));
    let gone = old.iter().filter(|(column, _)| !new.iter().any(|(other, _)| other == column));
    let gone = gone.map(|(column, _)| (column.clone(), "-1".to_owned()));
    new.iter()
        .cloned()
        .chain(gone)
        .map(|(column, target)| {
            let index = relation_beside(to.id);
            step(to.id, format!("alter index {index} alter column {column} set statistics {target}"))
        })
        .collect()
}
