//! Renames that somebody says: what they mean for two structures, and their statements.
//!
//! Nothing that was said becomes SQL: it only finds objects, and those are written as their catalogs write them.

mod follow;
mod hint;
mod named;
mod resolve;
mod scope;

use std::collections::BTreeSet;

pub use self::follow::followers;
pub use self::hint::hints;
use self::named::Named;
pub use self::resolve::next;
use super::kinds::{self, Context, This};
use super::side::Side;
use super::step::{Said as _, step};
use crate::model::plan::{LockMode, Step};
use crate::model::rename::{RenameForm, Renameable};
use crate::model::report::{Change, ChangeKind, PropertyChange};
use crate::model::schema::{ObjectId, ObjectKind, Schema};

/// Something that has one name in one structure and another one in the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renaming {
    what: &'static Renameable,
    old: Named,
    new: Named,
}

impl Renaming {
    /// The same the other way round.
    #[must_use]
    pub fn back(&self) -> Self {
        Self { what: self.what, old: self.new.clone(), new: self.old.clone() }
    }

    /// The statement, in a structure that has the old name.
    #[must_use]
    pub fn step(&self, schema: &Schema) -> Step {
        let side = Side::new(schema, &schema.hidden_kinds());
        let (old, new) = (&self.old, &self.new.sql);
        let sql = match self.what.form {
            RenameForm::Itself => format!("alter {} rename to {new}", address(&old.id, &side)),
            RenameForm::Within => {
                let whole = whole(&old.id, &side);
                format!("alter {whole} rename {} {} to {new}", self.what.word, old.sql)
            }
        };
        let mut step = step(&old.id, sql);
        if let Some((mode, on)) = locked(&old.id) {
            step = step.lock(mode, &on);
        }
        step.set_timeouts();
        step
    }

    /// How a comparison tells it.
    #[must_use]
    pub fn change(&self) -> Change {
        let name = if self.new.id == self.old.id { self.what.word } else { "name" };
        let renamed = PropertyChange {
            name: name.to_owned(),
            from: Some(self.old.sql.clone()),
            to: Some(self.new.sql.clone()),
        };
        Change {
            object: self.new.id.clone(),
            parent_kind: None,
            change: ChangeKind::Renamed,
            properties: vec![renamed],
            from_source: None,
            to_source: None,
        }
    }
}

fn address(id: &ObjectId, side: &Side) -> String {
    let (nothing, object) = (BTreeSet::new(), side.objects.get(id).cloned().unwrap_or_default());
    let apart = BTreeSet::new();
    let context = Context { from: side, to: side, made: &nothing, apart: &apart, online: false };
    kinds::of(id.kind).address(This { id, object: &object }, &context)
}

/// What something is renamed within, as `ALTER` names it. It says `table` to views and foreign tables as well.
fn whole(id: &ObjectId, side: &Side) -> String {
    if id.parent.is_empty() {
        return address(id, side);
    }
    let is_domain = side.whole(&id.parent).is_some_and(|whole| whole.kind == ObjectKind::Domain);
    format!("{} {}", if is_domain { "domain" } else { "table" }, id.parent)
}

/// The relation that is locked meanwhile, and how.
fn locked(id: &ObjectId) -> Option<(LockMode, String)> {
    use ObjectKind::{ForeignTable, Index, MaterializedView, Sequence, Table, View};
    match id.kind {
        Index => Some((LockMode::ShareUpdateExclusive, kinds::relation_beside(id))),
        Table | ForeignTable | View | MaterializedView | Sequence => {
            Some((LockMode::AccessExclusive, id.name.clone()))
        }
        _ => (!id.parent.is_empty()).then(|| (LockMode::AccessExclusive, id.parent.clone())),
    }
}

#[cfg(test)]
mod tests;
