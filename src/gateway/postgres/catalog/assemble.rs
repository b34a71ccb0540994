//! What the queries returned put together: each object with its comment, owner, grants and what it depends on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::gateway::postgres::session::Row;
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

/// Where an object stands in the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) class: String,
    pub(super) oid: u32,
    pub(super) subid: i32,
}

impl Key {
    fn read(row: &Row, prefix: &str) -> Option<Self> {
        let value = |name: &str| row.get(&format!("{prefix}{name}"));
        Some(Self {
            class: value("class")?.to_owned(),
            oid: value("oid")?.parse().ok()?,
            subid: value("subid")?.parse().ok()?,
        })
    }

    fn whole(&self) -> Self {
        Self { subid: 0, ..self.clone() }
    }
}

/// What has been read so far.
#[derive(Default)]
pub(super) struct Parts {
    ids: HashMap<Key, ObjectId>,
    objects: BTreeMap<ObjectId, Object>,
}

/// One row of `pg_depend`.
struct Dependency {
    object: Key,
    needs: Key,
    kind: String,
}

impl Parts {
    pub(super) fn add(&mut self, key: Key, id: ObjectId, object: Object) {
        self.ids.insert(key, id.clone());
        self.objects.insert(id, object);
    }

    /// Gives the objects that the rows name by their key the rows' other columns as properties.
    pub(super) fn attach(&mut self, rows: &[Row]) {
        for row in rows {
            let object = Key::read(row, "").and_then(|key| self.ids.get(&key));
            let Some(object) = object.and_then(|id| self.objects.get_mut(id)) else { continue };
            let properties = row.columns().filter(|(name, _)| !matches!(*name, "class" | "oid" | "subid"));
            for (name, value) in properties {
                if let Some(value) = value {
                    object.properties.insert(name.to_owned(), value.to_owned());
                }
            }
        }
    }

    /// Finishes: says what depends on what, and leaves out what belongs to extensions.
    pub(super) fn relate(mut self, rows: &[Row]) -> Schema {
        let dependencies: Vec<Dependency> = rows.iter().filter_map(Dependency::read).collect();
        self.leave_out_members(&dependencies);
        self.name_extensions(&dependencies);
        let wholes: HashMap<&str, &ObjectId> =
            self.objects.keys().filter(|id| id.kind.has_parts()).map(|id| (id.name.as_str(), id)).collect();
        let mut needs: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
        for id in self.objects.keys().filter(|id| !id.parent.is_empty()) {
            if let Some(whole) = wholes.get(id.parent.as_str()) {
                needs.entry(id.clone()).or_default().insert((*whole).clone());
            }
        }
        let resolver = Resolver::new(&self.ids, &self.objects, &dependencies);
        for (object, needed) in dependencies.iter().filter_map(|dependency| resolver.edge(dependency)) {
            needs.entry(object).or_default().insert(needed);
        }
        Schema { objects: self.objects, dependencies: needs, ..Schema::default() }
    }

    /// What was told to go with an extension names it.
    fn name_extensions(&mut self, dependencies: &[Dependency]) {
        let mut named: BTreeMap<&ObjectId, BTreeSet<&str>> = BTreeMap::new();
        for found in dependencies.iter().filter(|found| found.kind == "x") {
            if let (Some(id), Some(extension)) = (self.ids.get(&found.object), self.ids.get(&found.needs)) {
                named.entry(id).or_default().insert(&extension.name);
            }
        }
        for (id, extensions) in named {
            let list = extensions.into_iter().collect::<Vec<_>>().join(", ");
            if let Some(object) = self.objects.get_mut(id) {
                object.properties.insert("depends_on_extension".to_owned(), list);
            }
        }
    }

    /// What an extension brought is the extension, and so are its parts.
    fn leave_out_members(&mut self, dependencies: &[Dependency]) {
        let members: HashSet<&Key> =
            dependencies.iter().filter(|found| found.kind == "e").map(|found| &found.object).collect();
        let names: HashSet<String> = members
            .iter()
            .filter_map(|key| self.ids.get(*key))
            .filter(|id| id.kind.has_parts())
            .map(|id| id.name.clone())
            .collect();
        let is_member =
            |key: &Key, id: &ObjectId| members.contains(&key.whole()) || names.contains(&id.parent);
        self.ids.retain(|key, id| {
            let member = is_member(key, id);
            if member {
                self.objects.remove(id);
            }
            !member
        });
    }
}

impl Dependency {
    fn read(row: &Row) -> Option<Self> {
        let (object, needs) = (Key::read(row, "")?, Key::read(row, "of_")?);
        Some(Self { object, needs, kind: row.get("type")?.to_owned() })
    }
}

impl Dependency {
    /// Whether an automatic dependency says what a row of the catalog is a piece of. A member of an operator family
    /// goes with its operator or function as well, and is no piece of those.
    fn is_of_piece(&self) -> bool {
        let is_member = matches!(self.object.class.as_str(), "pg_amop" | "pg_amproc");
        PIECES.contains(&self.object.class.as_str())
            && (!is_member || matches!(self.needs.class.as_str(), "pg_opfamily" | "pg_opclass"))
    }
}

/// Finds the object that a row of the catalog is a piece of.
struct Resolver<'a> {
    ids: &'a HashMap<Key, ObjectId>,
    objects: &'a BTreeMap<ObjectId, Object>,
    /// What a row that is no object itself belongs to: the array type to its element, a default to its column.
    belongs: HashMap<&'a Key, &'a Key>,
}

/// Catalogs of which a row is a piece of what it depends on automatically: of a column, a table or a family.
const PIECES: [&str; 4] = ["pg_attrdef", "pg_constraint", "pg_amop", "pg_amproc"];

/// How many rows of the catalog may stand between a piece and its object.
const LONGEST_CHAIN: usize = 8;

impl<'a> Resolver<'a> {
    fn new(
        ids: &'a HashMap<Key, ObjectId>,
        objects: &'a BTreeMap<ObjectId, Object>,
        dependencies: &'a [Dependency],
    ) -> Self {
        let mut belongs = HashMap::new();
        // The closest bond wins: what a partition inherits is that of the whole, a member is its extension.
        for wanted in ["a", "P", "i", "e"] {
            // By an automatic one alone only these are pieces; whatever else has one is an object of its own.
            let is_piece = |found: &&Dependency| wanted != "a" || found.is_of_piece();
            let found = dependencies.iter().filter(|found| found.kind == wanted).filter(is_piece);
            belongs.extend(found.map(|found| (&found.object, &found.needs)));
        }
        Self { ids, objects, belongs }
    }

    fn edge(&self, dependency: &Dependency) -> Option<(ObjectId, ObjectId)> {
        let needed = self.object(&dependency.needs)?;
        let object = self.dependent(dependency, &needed)?;
        let is_part = object.kind.has_parts() && needed.parent == object.name;
        (object != needed && !is_part).then_some((object, needed))
    }

    /// The object, or the facet of it, that has the need.
    fn dependent(&self, dependency: &Dependency, needed: &ObjectId) -> Option<ObjectId> {
        let key = &dependency.object;
        let id = self.object(key)?;
        let facet = |kind: ObjectKind| ObjectId { kind, ..id.clone() };
        let is_default = key.class == "pg_attrdef" && id.kind == ObjectKind::Column;
        if is_default && !self.is_generated(&id) {
            return Some(facet(ObjectKind::Default));
        }
        if id.kind == ObjectKind::Sequence && dependency.kind == "a" && needed.kind == ObjectKind::Column {
            return Some(facet(ObjectKind::SequenceOwner));
        }
        let is_partition = |id: &ObjectId| {
            let properties = self.objects.get(id).map(|object| &object.properties);
            properties
                .is_some_and(|found| found.contains_key("partition_of") || found.contains_key("attached_to"))
        };
        let to_whole =
            needed.kind == id.kind || (needed.kind == ObjectKind::Index && id.kind == ObjectKind::Constraint);
        if to_whole && matches!(dependency.kind.as_str(), "a" | "P") && is_partition(&id) {
            return Some(facet(ObjectKind::Attachment));
        }
        Some(id)
    }

    fn is_generated(&self, id: &ObjectId) -> bool {
        self.objects.get(id).is_some_and(|object| object.properties.contains_key("generated"))
    }

    fn object(&self, key: &Key) -> Option<ObjectId> {
        let mut key = key.clone();
        for _ in 0..LONGEST_CHAIN {
            if let Some(id) = self.ids.get(&key) {
                return Some(self.of_view(id));
            }
            let belongs = self.belongs.get(&key);
            if belongs.is_none() && key.subid != 0 {
                key = key.whole();
                continue;
            }
            key = (*belongs?).clone();
        }
        None
    }

    /// Columns of views are listed only for their comments: what needs one needs the view.
    fn of_view(&self, id: &ObjectId) -> ObjectId {
        let kinds = [ObjectKind::View, ObjectKind::MaterializedView];
        let view = |kind: ObjectKind| ObjectId { parent: String::new(), kind, name: id.parent.clone() };
        let whole = kinds
            .into_iter()
            .map(view)
            .find(|view| id.kind == ObjectKind::Column && self.objects.contains_key(view));
        whole.unwrap_or_else(|| id.clone())
    }
}
