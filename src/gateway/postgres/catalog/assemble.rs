//! What the queries returned put together: each object with its comment, owner, grants and what it depends on.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::left_out::LeftOut;
use crate::gateway::postgres::session::Row;
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

/// Where an object stands in the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    class: Class,
    oid: u32,
    subid: i32,
}

impl Key {
    fn whole(self) -> Self {
        Self { subid: 0, ..self }
    }
}

/// A system catalog, by the place of its name among those met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Class(usize);

/// The system catalogs met so far. Keys are compared tens of thousands of times, names are not.
#[derive(Default)]
struct Classes(FxHashMap<String, Class>);

impl Classes {
    fn named(&mut self, name: &str) -> Class {
        if let Some(class) = self.0.get(name) {
            return *class;
        }
        let class = Class(self.0.len());
        self.0.insert(name.to_owned(), class);
        class
    }

    /// The key that a row's columns `class`, `oid` and `subid` make, which stand in this order from a place on.
    fn key(&mut self, row: &Row, first: usize) -> Option<Key> {
        let class = self.named(row.at(first)?);
        Some(Key { class, oid: row.at(first + 1)?.parse().ok()?, subid: row.at(first + 2)?.parse().ok()? })
    }
}

/// What has been read so far.
#[derive(Default)]
pub(super) struct Parts {
    classes: Classes,
    objects: Vec<Found>,
    /// Properties by the key of the object that they are to be given.
    attached: Vec<(Key, Vec<(String, String)>)>,
    /// The names of catalogs by their oid.
    catalogs: Vec<(u32, Class)>,
    /// Rows of `pg_depend`, which name catalogs by their oid.
    related: Vec<([u32; 6], u8)>,
    dependencies: Vec<Dependency>,
}

/// An object as it was found.
type Found = (Key, ObjectId, Object);

fn by_name((_, one, _): &Found, (_, other, _): &Found) -> Ordering {
    one.cmp(other)
}

/// That an object, or a facet of it, needs another, by their places.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    object: usize,
    kind: ObjectKind,
    needs: usize,
}

/// One row of `pg_depend`.
struct Dependency {
    object: Key,
    needs: Key,
    kind: u8,
}

impl Parts {
    /// Takes the objects of a kind, which stand in a catalog where the rows do not name another.
    pub(super) fn add(&mut self, kind: ObjectKind, class: &str, rows: &[Row]) {
        let class = self.classes.named(class);
        let begin = self.objects.len();
        for row in rows {
            let mut key = Key { class, oid: 0, subid: 0 };
            let mut id = ObjectId { parent: String::new(), kind, name: String::new() };
            let mut object = Object::default();
            for (column, value) in row.columns() {
                let Some(value) = value else { continue };
                match column {
                    "class" => key.class = self.classes.named(value),
                    "oid" => key.oid = value.parse().unwrap_or(0),
                    "subid" => key.subid = value.parse().unwrap_or(0),
                    "parent" => value.clone_into(&mut id.parent),
                    "name" => value.clone_into(&mut id.name),
                    "position" => object.position = value.parse().ok(),
                    _ => {
                        object.properties.insert(column.to_owned(), value.to_owned());
                    }
                }
            }
            self.objects.push((key, id, object));
        }
        // While the server works on others. To put runs together afterwards is quick.
        if let Some(added) = self.objects.get_mut(begin..) {
            added.sort_unstable_by(by_name);
        }
    }

    /// Takes rows that begin with an object's key: their other columns are properties of that object.
    pub(super) fn attach(&mut self, rows: &[Row]) {
        for row in rows {
            let Some(key) = self.classes.key(row, 0) else { continue };
            let properties = row.columns().skip(3).filter_map(|(name, value)| Some((name, value?)));
            let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned()));
            self.attached.push((key, properties.collect()));
        }
    }

    /// Takes the oids and names of catalogs.
    pub(super) fn know_catalogs(&mut self, rows: &[Row]) {
        let known =
            rows.iter().filter_map(|row| Some((row.at(0)?.parse().ok()?, self.classes.named(row.at(1)?))));
        self.catalogs = known.collect();
    }

    /// Takes rows of catalog, oid and column number of an object, the same of what it needs, and how.
    pub(super) fn relate(&mut self, rows: &[Row]) {
        for row in rows {
            let numbers =
                std::array::from_fn(|place| row.at(place).and_then(|text| text.parse().ok()).unwrap_or(0));
            let kind = row.at(6).and_then(|kind| kind.bytes().next());
            self.related.push((numbers, kind.unwrap_or(0)));
        }
    }

    /// Gives the rows of `pg_depend` the names of their catalogs.
    fn name_catalogs(&mut self) {
        let catalogs: FxHashMap<u32, Class> = self.catalogs.iter().copied().collect();
        let key = |class, oid, subid: u32| {
            Some(Key { class: *catalogs.get(&class)?, oid, subid: i32::try_from(subid).ok()? })
        };
        let named =
            self.related.iter().filter_map(|([class, oid, subid, of_class, of_oid, of_subid], kind)| {
                let (object, needs) = (key(*class, *oid, *subid)?, key(*of_class, *of_oid, *of_subid)?);
                Some(Dependency { object, needs, kind: *kind })
            });
        self.dependencies = named.collect();
    }

    /// Finishes: leaves out what belongs to extensions and to the tool, gives objects what was attached, and says what
    /// depends on what.
    pub(super) fn finish(mut self, left_out: LeftOut) -> Schema {
        self.name_catalogs();
        self.leave_out_members();
        let tables = self.objects.iter().filter(|(_, id, _)| id.kind == ObjectKind::Table);
        let left_out = left_out.and_ledgers_among(tables.map(|(_, id, _)| id.name.as_str()));
        self.objects.retain(|(_, id, object)| !left_out.contains(id, object));
        // From here on an object's place tells its order, so that what depends on what is sorted by numbers.
        self.objects.sort_by(by_name);
        let places: FxHashMap<Key, usize> =
            self.objects.iter().enumerate().map(|(place, (key, ..))| (*key, place)).collect();
        for (key, properties) in std::mem::take(&mut self.attached) {
            if let Some((.., object)) = places.get(&key).and_then(|place| self.objects.get_mut(*place)) {
                object.properties.extend(properties);
            }
        }
        self.name_extensions(&places);
        let dependencies = self.needs(&places);
        let objects = self.objects.into_iter().map(|(_, id, object)| (id, object)).collect();
        Schema { objects, dependencies, ..Schema::default() }
    }

    /// What the server says that each object needs.
    fn needs(&mut self, places: &FxHashMap<Key, usize>) -> BTreeMap<ObjectId, Vec<ObjectId>> {
        let resolver = Resolver::new(&mut self.classes, places, &self.objects, &self.dependencies);
        let said = self.dependencies.iter().filter_map(|dependency| resolver.edge(dependency));
        let mut edges: Vec<Edge> = said.collect();
        edges.sort_unstable();
        edges.dedup();
        let id = |place: usize| self.objects.get(place).map(|(_, id, _)| id.clone());
        let of_one = edges.chunk_by(|one, next| (one.object, one.kind) == (next.object, next.kind));
        let needs = of_one.filter_map(|edges| {
            let first = edges.first()?;
            let object = ObjectId { kind: first.kind, ..id(first.object)? };
            Some((object, edges.iter().filter_map(|edge| id(edge.needs)).collect()))
        });
        needs.collect()
    }

    /// What was told to go with an extension names it.
    fn name_extensions(&mut self, places: &FxHashMap<Key, usize>) {
        let mut named: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for found in self.dependencies.iter().filter(|found| found.kind == b'x') {
            let (Some(place), Some(extension)) = (places.get(&found.object), places.get(&found.needs)) else {
                continue;
            };
            let extension = self.objects.get(*extension).map(|(_, id, _)| id.name.clone());
            named.entry(*place).or_default().extend(extension);
        }
        for (place, extensions) in named {
            let list = extensions.into_iter().collect::<Vec<_>>().join(", ");
            if let Some((.., object)) = self.objects.get_mut(place) {
                object.properties.insert("depends_on_extension".to_owned(), list);
            }
        }
    }

    /// What an extension brought is the extension, and so are its parts.
    fn leave_out_members(&mut self) {
        let members: FxHashSet<Key> =
            self.dependencies.iter().filter(|found| found.kind == b'e').map(|found| found.object).collect();
        if members.is_empty() {
            return;
        }
        let is_member = |key: &Key| members.contains(&key.whole());
        let names: FxHashSet<String> = self
            .objects
            .iter()
            .filter(|(key, id, _)| is_member(key) && id.kind.has_parts())
            .map(|(_, id, _)| id.name.clone())
            .collect();
        self.objects.retain(|(key, id, _)| !is_member(key) && !names.contains(&id.parent));
    }
}

/// Finds the object that a row of the catalog is a piece of.
struct Resolver<'a> {
    places: &'a FxHashMap<Key, usize>,
    objects: &'a [Found],
    views: FxHashMap<&'a str, usize>,
    /// What a row that is no object itself belongs to: the array type to its element, a default to its column.
    belongs: FxHashMap<Key, Key>,
    defaults: Class,
}

/// Catalogs of which a row is a piece of what it depends on automatically.
struct Pieces {
    /// Of a column or a table.
    of_tables: [Class; 2],
    /// Members of an operator family. They go with their operator or function as well, and are no piece of those.
    members: [Class; 2],
    /// What members are pieces of.
    families: [Class; 2],
}

impl Pieces {
    fn new(classes: &mut Classes) -> Self {
        Self {
            of_tables: ["pg_attrdef", "pg_constraint"].map(|name| classes.named(name)),
            members: ["pg_amop", "pg_amproc"].map(|name| classes.named(name)),
            families: ["pg_opfamily", "pg_opclass"].map(|name| classes.named(name)),
        }
    }

    fn hold(&self, found: &Dependency) -> bool {
        self.of_tables.contains(&found.object.class)
            || (self.members.contains(&found.object.class) && self.families.contains(&found.needs.class))
    }
}

/// How many rows of the catalog may stand between a piece and its object.
const LONGEST_CHAIN: usize = 8;

impl<'a> Resolver<'a> {
    fn new(
        classes: &mut Classes,
        places: &'a FxHashMap<Key, usize>,
        objects: &'a [Found],
        dependencies: &[Dependency],
    ) -> Self {
        let pieces = Pieces::new(classes);
        let mut belongs = FxHashMap::default();
        // The closest bond wins: what a partition inherits is that of the whole, a member is its extension.
        for wanted in [b'a', b'P', b'i', b'e'] {
            // By an automatic one alone only these are pieces; whatever else has one is an object of its own.
            let is_piece = |found: &&Dependency| wanted != b'a' || pieces.hold(found);
            let found = dependencies.iter().filter(|found| found.kind == wanted).filter(is_piece);
            belongs.extend(found.map(|found| (found.object, found.needs)));
        }
        let is_view = |kind: ObjectKind| matches!(kind, ObjectKind::View | ObjectKind::MaterializedView);
        let views = objects.iter().enumerate().filter(|(_, (_, id, _))| is_view(id.kind));
        let views = views.map(|(place, (_, id, _))| (id.name.as_str(), place)).collect();
        Self { places, objects, views, belongs, defaults: classes.named("pg_attrdef") }
    }

    fn edge(&self, dependency: &Dependency) -> Option<Edge> {
        let (needs, object) = (self.object(dependency.needs)?, self.object(dependency.object)?);
        let (_, needed, _) = self.objects.get(needs)?;
        let (_, id, properties) = self.objects.get(object)?;
        let kind = self.facet(dependency, id, properties, needed);
        let is_part = kind.has_parts() && needed.parent == id.name;
        let is_itself = object == needs && kind == needed.kind;
        (!is_itself && !is_part).then_some(Edge { object, kind, needs })
    }

    /// The kind of the object, or of the facet of it, that has the need.
    fn facet(
        &self,
        dependency: &Dependency,
        id: &ObjectId,
        object: &Object,
        needed: &ObjectId,
    ) -> ObjectKind {
        let has = |property: &str| object.properties.contains_key(property);
        if dependency.object.class == self.defaults && id.kind == ObjectKind::Column && !has("generated") {
            ObjectKind::Default
        } else if id.kind == ObjectKind::Sequence
            && dependency.kind == b'a'
            && needed.kind == ObjectKind::Column
        {
            ObjectKind::SequenceOwner
        } else if (needed.kind == id.kind
            || (needed.kind == ObjectKind::Index && id.kind == ObjectKind::Constraint))
            && matches!(dependency.kind, b'a' | b'P')
            && (has("partition_of") || has("attached_to"))
        {
            ObjectKind::Attachment
        } else {
            id.kind
        }
    }

    /// The place of the object that a row of the catalog is a piece of.
    fn object(&self, mut key: Key) -> Option<usize> {
        for _ in 0..LONGEST_CHAIN {
            if let Some(place) = self.places.get(&key) {
                return Some(self.of_view(*place));
            }
            let belongs = self.belongs.get(&key);
            if belongs.is_none() && key.subid != 0 {
                key = key.whole();
                continue;
            }
            key = *belongs?;
        }
        None
    }

    /// Columns of views are listed only for their comments: what needs one needs the view.
    fn of_view(&self, place: usize) -> usize {
        let column = self.objects.get(place).filter(|(_, id, _)| id.kind == ObjectKind::Column);
        let view = column.and_then(|(_, id, _)| self.views.get(id.parent.as_str()));
        view.copied().unwrap_or(place)
    }
}
