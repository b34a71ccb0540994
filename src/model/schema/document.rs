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
    /// The objects, in order of their names within what they belong to.
    pub objects: Vec<Entry>,
    /// How many objects there were of each kind that is not compared.
    #[serde(default)]
    pub not_compared: BTreeMap<String, u64>,
}

/// One object of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// The kind.
    pub kind: String,
    /// The object that it is a part of, as `schema.name`; absent when it stands alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parent: String,
    /// The name as SQL would write it.
    pub name: String,
    /// Properties by name, in the server's own form.
    pub properties: BTreeMap<String, String>,
    /// Place among the parts of its parent, where they have an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
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
            kind: id.kind.to_string(),
            parent: id.parent.clone(),
            name: id.name.clone(),
            properties: object.properties.clone(),
            position: object.position,
        };
        Self {
            schema_version: DOCUMENT_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            server_version,
            objects: schema.objects.iter().map(entry).collect(),
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
        let mut schema = Schema { not_compared: self.not_compared, ..Schema::default() };
        for entry in self.objects {
            let Ok(kind) = entry.kind.parse() else {
                return Err(DocumentError::Kind { name: entry.name, kind: entry.kind });
            };
            let id = ObjectId { parent: entry.parent, kind, name: entry.name };
            let object = Object { properties: entry.properties, position: entry.position };
            schema.objects.insert(id, object);
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
        document.objects[0].kind = "moon".to_owned();
        let error = document.clone().into_schema().unwrap_err();
        assert_eq!(error.to_string(), "it holds a of the kind moon, which is not known here");
        document.schema_version = 2;
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(Document::parse(&text), Err(DocumentError::Version(2)));
        assert!(matches!(Document::parse("{}"), Err(DocumentError::Shape(_))));
    }
}
