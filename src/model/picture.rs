//! Tables in outline, for a picture of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::report::ChangeKind;

/// A table that changes, or that one which changes points at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableOutline {
    /// The table, as `schema.name`.
    pub name: String,
    /// How it changes; absent, it is there because another one points at it.
    pub change: Option<ChangeKind>,
    /// Its columns in their order; of a table that does not change, none.
    pub columns: Vec<ColumnOutline>,
    /// The tables that it points at.
    pub references: Vec<Reference>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnOutline {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// How it changes; absent, it stays as it is.
    pub change: Option<ChangeKind>,
    /// Whether it belongs to the primary key.
    pub is_primary: bool,
    /// Whether it belongs to a foreign key.
    pub is_foreign: bool,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// The constraint's name.
    pub name: String,
    /// The table that it points at, as `schema.name`.
    pub to: String,
}
