//! One structure as planning sees it: facets taken out of their objects, and dependencies in both directions.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

/// One structure.
pub(super) struct Side {
    pub(super) objects: BTreeMap<ObjectId, Object>,
    pub(super) server_version: u32,
    pub(super) needs: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
    /// What has to be made before something although it does not need it.
    pub(super) first: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
    needed_by: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
    parts: BTreeMap<String, Vec<ObjectId>>,
}

/// What each object needs: its whole, and what the server says.
fn needs(schema: &Schema) -> BTreeMap<ObjectId, BTreeSet<ObjectId>> {
    let wholes = schema.objects.keys().filter(|id| id.kind.has_parts());
    let wholes: BTreeMap<&str, &ObjectId> = wholes.map(|id| (id.name.as_str(), id)).collect();
    let parts = schema.objects.keys().filter(|id| !id.parent.is_empty());
    let of_whole = parts.filter_map(|id| Some((id, *wholes.get(id.parent.as_str())?)));
    let said = schema.dependencies.iter().flat_map(|(id, needs)| needs.iter().map(move |one| (id, one)));
    let mut needs: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
    for (id, one) in of_whole.chain(said) {
        needs.entry(id.clone()).or_default().insert(one.clone());
    }
    needs
}

/// The property of an object that is a facet, and the facet's kind.
fn facets_of(kind: ObjectKind) -> &'static [(&'static [&'static str], ObjectKind)] {
    match kind {
        ObjectKind::Column => &[(&["default"], ObjectKind::Default)],
        ObjectKind::Sequence => &[(&["owned_by"], ObjectKind::SequenceOwner)],
        ObjectKind::Table | ObjectKind::ForeignTable => &[
            (&["partition_of", "partition_bound"], ObjectKind::Attachment),
            (&["of_type"], ObjectKind::RowType),
        ],
        ObjectKind::Index | ObjectKind::Constraint => &[(&["attached_to"], ObjectKind::Attachment)],
        _ => &[],
    }
}

impl Side {
    /// The structure without the kinds that are hidden on either side.
    pub(super) fn new(schema: &Schema, hidden: &BTreeSet<ObjectKind>) -> Self {
        let mut side = Self {
            objects: schema.objects.clone(),
            server_version: schema.server_version,
            needs: needs(schema),
            first: BTreeMap::new(),
            needed_by: BTreeMap::new(),
            parts: BTreeMap::new(),
        };
        side.objects.retain(|id, _| !hidden.contains(&id.kind));
        for id in schema.objects.keys().filter(|id| !hidden.contains(&id.kind)) {
            for (names, kind) in facets_of(id.kind) {
                side.take_facet_out(id, names, *kind);
            }
            if !id.parent.is_empty() {
                side.parts.entry(id.parent.clone()).or_default().push(id.clone());
            }
        }
        side.declare_types();
        side.relate_row_types();
        side.order_companions();
        side.order_attachments();
        side.relate_to_wholes();
        let objects = &side.objects;
        side.needs.retain(|id, needed| {
            needed.retain(|id| objects.contains_key(id));
            objects.contains_key(id)
        });
        for (id, needed) in &side.needs {
            for one in needed {
                side.needed_by.entry(one.clone()).or_default().insert(id.clone());
            }
        }
        side
    }

    fn take_facet_out(&mut self, id: &ObjectId, names: &[&str], kind: ObjectKind) {
        let Some(object) = self.objects.get_mut(id) else { return };
        let mut facet = Object::default();
        for name in names {
            if let Some(value) = object.properties.remove(*name) {
                facet.properties.insert((*name).to_owned(), value);
            }
        }
        if !facet.properties.is_empty() {
            let facet_id = ObjectId { kind, ..id.clone() };
            self.needs.entry(facet_id.clone()).or_default().insert(id.clone());
            self.objects.insert(facet_id, facet);
        }
    }

    /// A partition has its indexes and checks before it is attached, and is attached before they are; who needs
    /// the index of a whole needs those of its partitions.
    fn order_attachments(&mut self) {
        let attachments: Vec<ObjectId> =
            self.objects.keys().filter(|id| id.kind == ObjectKind::Attachment).cloned().collect();
        let mut of_whole: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
        for id in &attachments {
            if id.parent.is_empty() {
                let parts = self.parts.get(&id.name).into_iter().flatten();
                let first: BTreeSet<ObjectId> =
                    parts.filter(|part| self.precedes_attachment(part)).cloned().collect();
                self.first.entry(id.clone()).or_default().extend(first);
            } else {
                let table =
                    attachments.iter().find(|table| table.parent.is_empty() && table.name == id.parent);
                self.first.entry(id.clone()).or_default().extend(table.cloned());
                let wholes = self.needs.get(id).into_iter().flatten();
                let wholes =
                    wholes.filter(|one| one.parent != id.parent && one.kind != ObjectKind::Attachment);
                for whole in wholes.cloned().collect::<Vec<_>>() {
                    of_whole.entry(whole).or_default().push(id.clone());
                }
            }
        }
        for (id, needed) in self.needs.iter().filter(|(id, _)| id.kind == ObjectKind::Constraint) {
            let more = needed.iter().filter_map(|one| of_whole.get(one)).flatten();
            let more: Vec<ObjectId> = more.filter(|one| one.parent != id.parent).cloned().collect();
            self.first.entry(id.clone()).or_default().extend(more);
        }
    }

    /// A sequence is given to a column after the table has its owner; a partition has the triggers of its whole when
    /// it is attached; on what is an extension's, something is granted when it is there.
    fn relate_to_wholes(&mut self) {
        let mut more: Vec<(ObjectId, ObjectId)> = Vec::new();
        for (id, object) in &self.objects {
            if id.kind == ObjectKind::SequenceOwner {
                let columns = self.needs(id).filter(|one| one.kind == ObjectKind::Column);
                let tables = columns.filter_map(|column| self.whole(&column.parent));
                more.extend(tables.map(|table| (id.clone(), table.clone())));
            }
            if let (ObjectKind::Privileges, Some(name)) = (id.kind, object.properties.get("extension")) {
                let extension =
                    ObjectId { parent: String::new(), kind: ObjectKind::Extension, name: name.clone() };
                more.push((id.clone(), extension));
            }
            if id.kind == ObjectKind::Trigger && object.properties.contains_key("enabled_of_whole") {
                let attachment =
                    ObjectId { parent: String::new(), kind: ObjectKind::Attachment, name: id.parent.clone() };
                more.push((id.clone(), attachment));
            }
        }
        for (id, needed) in more {
            self.needs.entry(id).or_default().insert(needed);
        }
    }

    fn precedes_attachment(&self, part: &ObjectId) -> bool {
        let is_check = self.get(part, "definition").is_some_and(|definition| definition.starts_with("CHECK"));
        let attached = ObjectId { kind: ObjectKind::Attachment, ..part.clone() };
        part.kind == ObjectKind::Column
            || (part.kind == ObjectKind::Constraint && is_check)
            || self.objects.contains_key(&attached)
    }

    /// A property.
    pub(super) fn get(&self, id: &ObjectId, property: &str) -> Option<&str> {
        self.objects.get(id)?.properties.get(property).map(String::as_str)
    }

    /// What an object needs directly.
    pub(super) fn needs(&self, id: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        self.needs.get(id).into_iter().flatten()
    }

    /// What has to be made before an object.
    pub(super) fn first(&self, id: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        self.needs(id).chain(self.first.get(id).into_iter().flatten())
    }

    /// What needs an object directly.
    pub(super) fn needed_by(&self, id: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        self.needed_by.get(id).into_iter().flatten()
    }

    /// The parts of a whole, facets left out.
    pub(super) fn parts(&self, whole: &str) -> impl Iterator<Item = &ObjectId> {
        self.parts.get(whole).into_iter().flatten()
    }

    /// The parts of an object.
    pub(super) fn parts_of(&self, id: &ObjectId) -> Vec<ObjectId> {
        if id.kind.has_parts() { self.parts(&id.name).cloned().collect() } else { Vec::new() }
    }

    /// The columns of a table in their order.
    pub(super) fn columns(&self, table: &str) -> Vec<(&ObjectId, &Object)> {
        let columns = self.parts(table).filter(|id| id.kind == ObjectKind::Column);
        let mut columns: Vec<_> =
            columns.filter_map(|id| self.objects.get(id).map(|object| (id, object))).collect();
        columns.sort_by_key(|(_, object)| object.position);
        columns
    }

    /// The object of that name and one of those kinds that others are parts of.
    pub(super) fn whole(&self, name: &str) -> Option<&ObjectId> {
        let kinds = [
            ObjectKind::Table,
            ObjectKind::ForeignTable,
            ObjectKind::View,
            ObjectKind::MaterializedView,
            ObjectKind::Domain,
            ObjectKind::Publication,
        ];
        kinds.into_iter().find_map(|kind| {
            let id = ObjectId { parent: String::new(), kind, name: name.to_owned() };
            self.objects.get_key_value(&id).map(|(id, _)| id)
        })
    }

    /// The partitions and children of a table.
    pub(super) fn children(&self, table: &str) -> impl Iterator<Item = &ObjectId> {
        let whole = self.whole(table);
        whole
            .into_iter()
            .flat_map(|id| self.needed_by(id))
            .filter(|id| {
                matches!(id.kind, ObjectKind::Table | ObjectKind::Attachment) && id.parent.is_empty()
            })
            .filter_map(|id| self.whole(&id.name))
    }

    /// The tables that a table inherits from or is a partition of.
    pub(super) fn ancestors(&self, table: &str) -> Vec<ObjectId> {
        let Some(id) = self.whole(table) else { return Vec::new() };
        let attachment = ObjectId { kind: ObjectKind::Attachment, ..id.clone() };
        self.needs(id)
            .chain(self.needs(&attachment))
            .filter(|needed| needed.kind == ObjectKind::Table && *needed != id)
            .cloned()
            .collect()
    }
}
