//! The structure of a database as its catalog states it.
//!
//! An object is its kind, its name and a map of properties in the server's own form.
//! What a kind's properties are is said by its catalog query alone, so comparing, reporting and
//! fingerprinting need no code per kind.

pub mod document;
mod kind;

use std::collections::{BTreeMap, BTreeSet};

pub use kind::ObjectKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What tells one object from all others of a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ObjectId {
    /// The table, view or domain that it is a part of, as `schema.name`; empty when it stands alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parent: String,
    /// The kind.
    pub kind: ObjectKind,
    /// The name as SQL would write it: with its schema when it stands alone, bare when it is a part.
    pub name: String,
}

impl ObjectId {
    /// The name with the object that it is a part of.
    #[must_use]
    pub fn full_name(&self) -> String {
        if self.parent.is_empty() { self.name.clone() } else { format!("{} of {}", self.name, self.parent) }
    }
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object {
    /// Properties by name, in the server's own form. An absent property has no value.
    pub properties: BTreeMap<String, String>,
    /// Place among the parts of its parent, where they have an order (columns).
    pub position: Option<u32>,
}

/// Everything that was read from one database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    /// `server_version_num` of the server that it was read from.
    pub server_version: u32,
    /// The objects.
    pub objects: BTreeMap<ObjectId, Object>,
    /// What each object, or facet of an object, needs: a view its tables. That a part needs its whole goes without
    /// saying.
    pub dependencies: BTreeMap<ObjectId, Vec<ObjectId>>,
    /// How many objects there are of each kind that is not compared, by the kind's name.
    pub not_compared: BTreeMap<String, u64>,
}

impl Schema {
    /// What a database has that was just made: the schema `public`, as it comes with the server.
    #[must_use]
    pub fn of_new_database(server_version: u32) -> Self {
        let public = ObjectId { parent: String::new(), kind: ObjectKind::Schema, name: "public".to_owned() };
        let objects = BTreeMap::from([(public, Object::default())]);
        Self { server_version, objects, ..Self::default() }
    }

    /// The same without owners and grants, which are counted instead: where roles are made for the occasion they
    /// cannot be compared. Nor can the names of NOT NULL constraints, which nobody gives.
    #[must_use]
    pub fn without_access(mut self) -> Self {
        let count =
            |name: &str| self.objects.values().filter(|one| one.properties.contains_key(name)).count();
        let kind = |kind: ObjectKind| self.objects.keys().filter(|id| id.kind == kind).count();
        let counts = [
            ("objects with an owner of their own", count("owner")),
            ("objects with grants", count("grants") + kind(ObjectKind::Privileges)),
            ("default privileges", kind(ObjectKind::DefaultPrivileges)),
        ];
        let counted = counts.into_iter().filter(|(_, number)| *number > 0);
        self.not_compared.extend(counted.map(|(name, number)| (name.to_owned(), number as u64)));
        self.objects.retain(|id, object| {
            object.properties.retain(|name, _| {
                !["owner", "grants", "sequence_grants", "not_null_name"].contains(&name.as_str())
            });
            !matches!(id.kind, ObjectKind::Privileges | ObjectKind::DefaultPrivileges)
        });
        self
    }

    /// Kinds of which there are objects that the reader was not allowed to see: they are not compared with another
    /// structure's.
    #[must_use]
    pub fn hidden_kinds(&self) -> BTreeSet<ObjectKind> {
        [ObjectKind::UserMapping, ObjectKind::Subscription]
            .into_iter()
            .filter(|kind| self.not_compared.contains_key(&format!("{}s", kind.label())))
            .collect()
    }

    /// SHA-256 over everything compared, in hexadecimal. Equal structures have equal fingerprints.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for (id, object) in &self.objects {
            for part in [id.kind.to_string().as_str(), &id.parent, &id.name] {
                feed(&mut hash, part);
            }
            for (name, value) in &object.properties {
                feed(&mut hash, name);
                feed(&mut hash, value);
            }
            hash.update([0xff]);
        }
        crate::model::hex(&hash.finalize())
    }
}

/// Adds a part so that no two lists of parts hash alike.
fn feed(hash: &mut Sha256, part: &str) {
    hash.update(part.as_bytes());
    hash.update([0]);
}
