//! The kinds of objects that are compared.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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
    Deserialize,
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
    /// A language that functions are written in.
    Language,
    /// An access method for tables or indexes.
    AccessMethod,
    /// A collation.
    Collation,
    /// An enumerated type.
    Enum,
    /// A domain.
    Domain,
    /// A stand-alone composite type.
    CompositeType,
    /// A range type with its multirange type.
    RangeType,
    /// A base type, or a type that is only declared.
    BaseType,
    /// A sequence that is not part of an identity column.
    Sequence,
    /// A table, partitioned or not.
    Table,
    /// A foreign table.
    ForeignTable,
    /// A column of a table, and of a view where it has a property of its own.
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
    /// An aggregate.
    Aggregate,
    /// An operator.
    Operator,
    /// An operator family.
    OperatorFamily,
    /// An operator class.
    OperatorClass,
    /// A cast.
    Cast,
    /// A conversion between encodings.
    Conversion,
    /// A transform between a type and a language.
    Transform,
    /// A trigger.
    Trigger,
    /// A row-level security policy.
    Policy,
    /// A rewrite rule.
    Rule,
    /// An event trigger.
    EventTrigger,
    /// A foreign data wrapper.
    ForeignDataWrapper,
    /// A foreign server.
    ForeignServer,
    /// A user mapping: as whom a role is known to a foreign server.
    UserMapping,
    /// A publication.
    Publication,
    /// A table in a publication.
    PublicationTable,
    /// A schema whose tables are in a publication.
    PublicationSchema,
    /// A subscription.
    Subscription,
    /// Extended statistics.
    Statistics,
    /// A text search parser.
    TextSearchParser,
    /// A text search template.
    TextSearchTemplate,
    /// A text search dictionary.
    TextSearchDictionary,
    /// A text search configuration.
    TextSearchConfiguration,
    /// Privileges on what came with the server or with an extension.
    Privileges,
    /// What the objects that a role makes start with.
    DefaultPrivileges,
    /// A facet: the default of a column.
    Default,
    /// A facet: the column that a sequence belongs to.
    SequenceOwner,
    /// A facet: the place of a partition, or of its index, in the whole.
    Attachment,
    /// A facet: the composite type that a table is of.
    RowType,
    /// A facet: the declaration of a type, which the functions need that its definition names.
    Shell,
}

impl ObjectKind {
    /// The kinds that are types.
    pub const TYPES: [Self; 5] =
        [Self::Enum, Self::Domain, Self::CompositeType, Self::RangeType, Self::BaseType];

    /// Whether a column can have one of this kind as its type.
    #[must_use]
    pub fn is_type(self) -> bool {
        Self::TYPES.contains(&self)
    }

    /// A facet is a property that is given and taken by statements of its own, so that an order of statements and a
    /// dependency can name it. It is never an object of a structure.
    #[must_use]
    pub fn is_facet(self) -> bool {
        matches!(self, Self::Default | Self::SequenceOwner | Self::Attachment | Self::RowType | Self::Shell)
    }

    /// Whether other objects can be parts of one of this kind.
    #[must_use]
    pub fn has_parts(self) -> bool {
        matches!(
            self,
            Self::Table
                | Self::ForeignTable
                | Self::View
                | Self::MaterializedView
                | Self::Domain
                | Self::Publication
        )
    }

    /// Whether everybody may use a new object of the kind until that is revoked.
    #[must_use]
    pub fn is_open_to_all(self) -> bool {
        self.is_type() || matches!(self, Self::Function | Self::Aggregate | Self::Language)
    }

    /// What default privileges call objects of the kind.
    #[must_use]
    pub fn default_privileges_type(self) -> Option<&'static str> {
        match self {
            Self::Schema => Some("schemas"),
            Self::Table | Self::ForeignTable | Self::View | Self::MaterializedView => Some("tables"),
            Self::Sequence => Some("sequences"),
            Self::Function | Self::Aggregate => Some("functions"),
            kind if kind.is_type() => Some("types"),
            _ => None,
        }
    }

    /// The kind as PostgreSQL's manual writes it.
    #[must_use]
    pub fn label(self) -> String {
        self.to_string().replace('_', " ")
    }
}
