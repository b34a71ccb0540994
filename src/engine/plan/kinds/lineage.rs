//! Whether a column is a table's own or only inherited.

use super::{Change, Context, This};
use crate::engine::plan::side::Side;
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::split_outside_quotes;
use crate::model::plan::{LockMode, Step};
use crate::model::schema::{ObjectId, ObjectKind};

/// What making a column inherited, or the table's own, takes beyond what its table does for it. `Err` when it cannot
/// be done in place.
pub(super) fn change(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Result<Vec<Step>, Change> {
    let attachment =
        ObjectId { parent: String::new(), kind: ObjectKind::Attachment, name: to.id.parent.clone() };
    let is_partition = |side: &Side| side.objects.contains_key(&attachment);
    if !to.differs(&from, "inherited") || is_partition(context.from) || is_partition(context.to) {
        return Ok(Vec::new());
    }
    if to.is("inherited") {
        return Err(if has_above(to, context.from) {
            let reason = "a column that its table declares cannot become one that is only inherited";
            Change::Refused(reason.to_owned())
        } else {
            Change::Replace
        });
    }
    if has_above(to, context.to) { become_own(to, context) } else { Ok(Vec::new()) }
}

fn has_above(this: This<'_>, side: &Side) -> bool {
    side.ancestors(&this.id.parent).into_iter().any(|ancestor| {
        side.objects.contains_key(&ObjectId { parent: ancestor.name, ..this.id.clone() })
    })
}

/// A table that leaves its parents keeps their columns as its own, and has them when it is back.
fn become_own(to: This<'_>, context: &Context<'_>) -> Result<Vec<Step>, Change> {
    let table = &to.id.parent;
    let columns = context.to.columns(table);
    if columns.iter().any(|(_, column)| column.properties.contains_key("inherited")) {
        let reason = "no statement makes one inherited column the table's own and leaves another inherited";
        return Err(Change::Refused(reason.to_owned()));
    }
    let is_first = columns
        .iter()
        .find(|(id, _)| context.from.get(id, "inherited").is_some())
        .is_some_and(|(id, _)| *id == to.id);
    let parents = context.to.whole(table).and_then(|id| context.to.get(id, "inherits")).unwrap_or_default();
    let steps = split_outside_quotes(parents, ", ").into_iter().flat_map(|parent| {
        ["no inherit", "inherit"].map(|verb| {
            step(to.id, format!("alter table {table} {verb} {parent}")).lock(LockMode::AccessExclusive, table)
        })
    });
    Ok(if is_first { steps.collect() } else { Vec::new() })
}
