//! Whether a column or a check is a table's own or only inherited.

use super::{Change, Context, This};
use crate::engine::plan::side::Side;
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::split_outside_quotes;
use crate::model::plan::{LockMode, Step};
use crate::model::schema::{ObjectId, ObjectKind};

/// Who hands something down, and whether it is so before and after.
pub(super) enum Lineage {
    /// The same as before, or the table's attachment sees to it.
    Kept,
    /// It was the table's own; its parent comes to have it now.
    Inherited,
    /// It was the table's own; its parent has it already.
    InheritedFromOld,
    /// It was inherited; no parent has it any more.
    Own,
    /// It was inherited, and is declared by the table as well now.
    OwnAsWell,
}

pub(super) fn between(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Lineage {
    let attachment =
        ObjectId { parent: String::new(), kind: ObjectKind::Attachment, name: to.id.parent.clone() };
    let is_partition = |side: &Side| side.objects.contains_key(&attachment);
    if !to.differs(&from, "inherited") || is_partition(context.from) || is_partition(context.to) {
        return Lineage::Kept;
    }
    let above = |side: &Side| {
        let handed_down = |ancestor: ObjectId| ObjectId { parent: ancestor.name, ..to.id.clone() };
        context
            .to
            .ancestors(&to.id.parent)
            .into_iter()
            .any(|one| side.objects.contains_key(&handed_down(one)))
    };
    match (to.is("inherited"), above(context.from), above(context.to)) {
        (true, false, _) => Lineage::Inherited,
        (true, true, _) => Lineage::InheritedFromOld,
        (false, _, false) => Lineage::Own,
        (false, _, true) => Lineage::OwnAsWell,
    }
}

/// What making a column inherited, or the table's own, takes beyond what its table does for it. `Err` when it cannot
/// be done in place.
pub(super) fn change(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Result<Vec<Step>, Change> {
    match between(from, to, context) {
        Lineage::Kept | Lineage::Own => Ok(Vec::new()),
        Lineage::Inherited => Err(Change::Replace),
        Lineage::InheritedFromOld => {
            let reason = "what its table declares cannot become something that is only inherited";
            Err(Change::Refused(reason.to_owned()))
        }
        Lineage::OwnAsWell => become_own(to, context),
    }
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
