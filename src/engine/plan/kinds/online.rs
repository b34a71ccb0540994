//! The forms that do not block: a constraint is added without a look at the rows, committed, and validated under a
//! lock that lets reads and writes through; an index is built while they go on.

use super::{This, relation_beside};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::Ident;
use crate::model::plan::{Hazard, LockMode, Step, StepTransaction};

/// A check or foreign key, not valid at first.
pub(super) fn constraint(this: This<'_>) -> Vec<Step> {
    let table = &this.id.parent;
    let sql =
        format!("alter table {table} add constraint {} {} not valid", this.id.name, this.text("definition"));
    let add =
        step(this.id, sql).lock(LockMode::AccessExclusive, table).apart(StepTransaction::CommittedFirst);
    vec![add, validate(this, &this.id.name)]
}

fn validate(this: This<'_>, constraint: &str) -> Step {
    let table = &this.id.parent;
    step(this.id, format!("alter table {table} validate constraint {constraint}"))
        .lock(LockMode::ShareUpdateExclusive, table)
        .hazards(&[Hazard::MayFail])
}

/// A primary key or unique constraint over an index that was built before. `None` where the definition has more than
/// an index can take along.
pub(super) fn over_index(this: This<'_>) -> Option<Vec<Step>> {
    let definition = this.text("definition");
    let (word, rest) =
        ["PRIMARY KEY", "UNIQUE"].iter().find_map(|word| Some((*word, definition.strip_prefix(word)?)))?;
    let (rest, deferral) = match rest.find(" DEFERRABLE") {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (nulls, columns) = match rest.trim_start().strip_prefix("NULLS NOT DISTINCT ") {
        Some(columns) => (" nulls not distinct", columns),
        None => ("", rest.trim_start()),
    };
    if columns.contains(" WITHOUT OVERLAPS") {
        return None;
    }
    let (table, name) = (&this.id.parent, &this.id.name);
    let build = format!("create unique index concurrently {name} on {table} {columns}{nulls}");
    let build = step(this.id, build)
        .lock(LockMode::ShareUpdateExclusive, table)
        .apart(StepTransaction::Outside)
        .hazards(&[Hazard::MayFail]);
    let add = format!("alter table {table} add constraint {name} {word} using index {name}{deferral}");
    Some(vec![build, step(this.id, add).lock(LockMode::AccessExclusive, table)])
}

/// NOT NULL: a valid check says so first, and the server then looks at no row.
pub(super) fn not_null(column: This<'_>, set: Step) -> Vec<Step> {
    let (table, name) = (&column.id.parent, &column.id.name);
    let plain = name.trim_matches('"').replace("\"\"", "\"");
    let check = Ident::new(format!("{plain}_is_not_null")).to_string();
    let alter = |what: String| step(column.id, format!("alter table {table} {what}"));
    vec![
        alter(format!("add constraint {check} check ({name} is not null) not valid"))
            .lock(LockMode::AccessExclusive, table)
            .apart(StepTransaction::CommittedFirst),
        validate(column, &check),
        set,
        alter(format!("drop constraint {check}")).lock(LockMode::AccessExclusive, table),
    ]
}

/// An index dropped while reads and writes go on.
pub(super) fn drop_index(this: This<'_>) -> Step {
    step(this.id, format!("drop index concurrently {}", relation_beside(this.id)))
        .lock(LockMode::ShareUpdateExclusive, &this.id.parent)
        .apart(StepTransaction::Outside)
}
