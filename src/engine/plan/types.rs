//! What types ask of the order besides what the catalog says.

use std::collections::{BTreeMap, BTreeSet};

use super::common;
use super::side::Side;
use crate::model::schema::{Object, ObjectId, ObjectKind};

impl Side {
    /// A type that is named by the functions which its own definition names is declared before both.
    pub(super) fn declare_types(&mut self) {
        let is_candidate = |id: &&ObjectId| matches!(id.kind, ObjectKind::BaseType | ObjectKind::RangeType);
        let types: Vec<ObjectId> = self.objects.keys().filter(is_candidate).cloned().collect();
        for id in types {
            let shell = ObjectId { kind: ObjectKind::Shell, ..id.clone() };
            if self.get(&id, "only_declared").is_some() {
                self.leave_declared(&id, shell);
                continue;
            }
            let names_it = |one: &&ObjectId| self.needs(one).any(|needed| *needed == id);
            let own: Vec<ObjectId> = self.needs(&id).filter(names_it).cloned().collect();
            for function in &own {
                let needed = self.needs.entry(function.clone()).or_default();
                needed.remove(&id);
                needed.insert(shell.clone());
            }
            if !own.is_empty() {
                let schema: Vec<ObjectId> =
                    self.needs(&id).filter(|one| one.kind == ObjectKind::Schema).cloned().collect();
                self.needs.entry(shell.clone()).or_default().extend(schema);
                self.needs.entry(id).or_default().insert(shell.clone());
                self.objects.insert(shell, Object::default());
            }
        }
    }

    fn leave_declared(&mut self, id: &ObjectId, shell: ObjectId) {
        let mut declared = self.objects.remove(id).unwrap_or_default();
        declared.properties.retain(|name, _| common::PROPERTIES.contains(&name.as_str()));
        for needed in self.needs.values_mut() {
            if needed.remove(id) {
                needed.insert(shell.clone());
            }
        }
        if let Some(needed) = self.needs.remove(id) {
            self.needs.insert(shell.clone(), needed);
        }
        self.objects.insert(shell, declared);
    }

    /// A table is of a type once it has the columns of that, and not while those change.
    pub(super) fn relate_row_types(&mut self) {
        let row_types: Vec<ObjectId> =
            self.objects.keys().filter(|id| id.kind == ObjectKind::RowType).cloned().collect();
        for id in row_types {
            let name = self.get(&id, "of_type").unwrap_or_default().to_owned();
            let composite = ObjectId { kind: ObjectKind::CompositeType, name, ..id.clone() };
            let columns: Vec<ObjectId> =
                self.parts(&id.name).filter(|part| part.kind == ObjectKind::Column).cloned().collect();
            if let Some(needed) = self.needs.get_mut(&ObjectId { kind: ObjectKind::Table, ..id.clone() }) {
                needed.remove(&composite);
            }
            self.needs.entry(id).or_default().extend(columns.into_iter().chain([composite]));
        }
    }

    /// What is written with expressions can use casts and operator classes, of which the catalog says only which
    /// functions, operators and types it uses.
    pub(super) fn order_companions(&mut self) {
        let is_companion = |id: &ObjectId| matches!(id.kind, ObjectKind::Cast | ObjectKind::OperatorClass);
        let mut companions: BTreeMap<&ObjectId, BTreeSet<&ObjectId>> = BTreeMap::new();
        for (id, needed) in self.needs.iter().filter(|(id, _)| is_companion(id)) {
            for one in needed.iter().filter(|one| one.kind != ObjectKind::Schema) {
                companions.entry(one).or_default().insert(id);
            }
        }
        let mut first: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
        for (id, needed) in self.needs.iter().filter(|(id, _)| has_expressions(id.kind)) {
            let found: BTreeSet<ObjectId> =
                needed.iter().filter_map(|one| companions.get(one)).flatten().copied().cloned().collect();
            if !found.is_empty() {
                first.insert(id.clone(), found);
            }
        }
        for (id, found) in first {
            self.first.entry(id).or_default().extend(found);
        }
    }
}

/// What is written with expressions and is not itself what casts and operator classes are made of.
fn has_expressions(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Default
            | ObjectKind::Constraint
            | ObjectKind::Index
            | ObjectKind::Policy
            | ObjectKind::Trigger
            | ObjectKind::Rule
    )
}
