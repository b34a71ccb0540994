//! The kinds of objects that are compared.

use schemars::JsonSchema;
use serde::Serialize;
use strum::{Display, EnumIter, EnumString};

/// A kind of object. The order is the order of reports.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    JsonSchema,
    Display,
    EnumIter,
    EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ObjectKind {
    /// A schema.
    Schema,
    /// An installed extension.
    Extension,
    /// An enumerated type.
    Enum,
    /// A domain.
    Domain,
    /// A stand-alone composite type.
    CompositeType,
    /// A sequence that is not part of an identity column.
    Sequence,
    /// A table, partitioned or not.
    Table,
    /// A column of a table or materialized view.
    Column,
    /// A primary key, unique, foreign key, check or exclusion constraint.
    Constraint,
    /// An index that no constraint owns.
    Index,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A function, procedure or window function.
    Function,
    /// A trigger.
    Trigger,
    /// A row-level security policy.
    Policy,
}

impl ObjectKind {
    /// The kind as PostgreSQL's manual writes it.
    #[must_use]
    pub fn label(self) -> String {
        self.to_string().replace('_', " ")
    }
}
