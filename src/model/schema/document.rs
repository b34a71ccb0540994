//! A structure as a file: what `schema dump --format json` writes, and what is read back as a saved snapshot.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Object, ObjectId, Schema};

/// The version of the file's shape. Within one version it only grows, so an older reader passes over what it
/// does not know.
pub const DOCUMENT_VERSION: u32 = 1;

/// A structure as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// The version of this document's shape.
    pub schema_version: u32,
    /// The version of Confiture that wrote it.
    pub tool_version: String,
    /// The version of the server that the structure was read on.
    #[serde(default)]
    pub server_version: Option<String>,
    /// The same as a number, `server_version_num`.
    #[serde(default)]
    pub server_version_num: u32,
    /// The objects, in order of their names within what they belong to.
    pub objects: Vec<Entry>,
    /// What objects, or facets of objects, need.
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
    /// How many objects there were of each kind that is not compared.
    #[serde(default)]
    pub not_compared: BTreeMap<String, u64>,
}

/// One object of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Which object.
    #[serde(flatten)]
    pub object: Name,
    /// Properties by name, in the server's own form.
    pub properties: BTreeMap<String, String>,
    /// Place among the parts of its parent, where they have an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

/// What one object, or a facet of one, needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dependency {
    /// The object.
    pub object: Name,
    /// What has to be there before it, and may go only after it.
    pub needs: Vec<Name>,
}

/// What tells one object from all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Name {
    /// The kind.
    pub kind: String,
    /// The object that it is a part of; absent when it stands alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parent: String,
    /// The name as SQL would write it.
    pub name: String,
}

impl Name {
    fn of(id: &ObjectId) -> Self {
        Self { kind: id.kind.to_string(), parent: id.parent.clone(), name: id.name.clone() }
    }

    fn into_id(self) -> Result<ObjectId, DocumentError> {
        match self.kind.parse() {
            Ok(kind) => Ok(ObjectId { parent: self.parent, kind, name: self.name }),
            Err(_) => Err(DocumentError::Kind { name: self.name, kind: self.kind }),
        }
    }
}

/// A file that holds no structure which this version could read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not a document of this shape.
    #[error("it is no snapshot of a structure: {0}")]
    Shape(String),
    /// Written by a newer version.
    #[error("its schema_version is {0}, and {DOCUMENT_VERSION} is the newest that is known here")]
    Version(u32),
    /// An object of a kind that is not known.
    #[error("it holds {name} of the kind {kind}, which is not known here")]
    Kind {
        /// The object.
        name: String,
        /// Its kind.
        kind: String,
    },
}

impl Document {
    /// Writes a structure down.
    #[must_use]
    pub fn of(schema: &Schema, server_version: Option<String>) -> Self {
        let entry = |(id, object): (&ObjectId, &Object)| Entry {
            object: Name::of(id),
            properties: object.properties.clone(),
            position: object.position,
        };
        let dependency = |(id, needs): (&ObjectId, &Vec<ObjectId>)| Dependency {
            object: Name::of(id),
            needs: needs.iter().map(Name::of).collect(),
        };
        Self {
            schema_version: DOCUMENT_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            server_version,
            server_version_num: schema.server_version,
            objects: schema.objects.iter().map(entry).collect(),
            dependencies: schema.dependencies.iter().map(dependency).collect(),
            not_compared: schema.not_compared.clone(),
        }
    }

    /// Reads a file's text.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let document: Self =
            serde_json::from_str(text).map_err(|error| DocumentError::Shape(error.to_string()))?;
        if document.schema_version > DOCUMENT_VERSION {
            return Err(DocumentError::Version(document.schema_version));
        }
        Ok(document)
    }

    /// The structure that was written down.
    pub fn into_schema(self) -> Result<Schema, DocumentError> {
        let mut schema = Schema {
            server_version: self.server_version_num,
            not_compared: self.not_compared,
            ..Schema::default()
        };
        for entry in self.objects {
            let object = Object { properties: entry.properties, position: entry.position };
            schema.objects.insert(entry.object.into_id()?, object);
        }
        for dependency in self.dependencies {
            let needs: Result<_, _> = dependency.needs.into_iter().map(Name::into_id).collect();
            schema.dependencies.insert(dependency.object.into_id()?, needs?);
        }
        Ok(schema)
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, DocumentError};
    use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

    fn schema() -> Schema {
        let mut schema = Schema::default();
        let column =
            ObjectId { parent: "public.t".to_owned(), kind: ObjectKind::Column, name: "a".to_owned() };
        let mut object = Object { position: Some(2), ..Object::default() };
        object.properties.insert("type".to_owned(), "integer".to_owned());
        schema.objects.insert(column, object);
        let table = ObjectId { parent: String::new(), kind: ObjectKind::Table, name: "public.t".to_owned() };
        let column = schema.objects.keys().next().cloned().unwrap();
        schema.dependencies.insert(column, [table].into());
        schema.server_version = 170_002;
        schema.not_compared.insert("casts".to_owned(), 1);
        schema
    }

    #[test]
    fn what_is_written_is_read_back_as_it_was() {
        let text = serde_json::to_string(&Document::of(&schema(), Some("17.2".to_owned()))).unwrap();
        let read = Document::parse(&text).unwrap();
        assert_eq!(read.server_version.as_deref(), Some("17.2"));
        assert_eq!(read.into_schema().unwrap(), schema());
    }

    #[test]
    fn what_is_not_known_is_named() {
        let mut document = Document::of(&schema(), None);
        document.objects[0].object.kind = "moon".to_owned();
        let error = document.clone().into_schema().unwrap_err();
        assert_eq!(error.to_string(), "it holds a of the kind moon, which is not known here");
        document.schema_version = 2;
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(Document::parse(&text), Err(DocumentError::Version(2)));
        assert!(matches!(Document::parse("{}"), Err(DocumentError::Shape(_))));
    }
}
