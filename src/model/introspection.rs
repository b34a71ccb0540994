//! What `introspect` tells of a live database. The keys are the Python tool's, with more beside them.

use serde::Serialize;

use super::answer::Head;
use super::estimate::TableSize;

/// What `introspect` read.
#[derive(Debug, Clone, Serialize)]
pub struct IntrospectAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// The schema.
    pub schema: String,
    /// When it was read, RFC 3339 in UTC, by the server's clock.
    pub introspected_at: Option<String>,
    /// The tables by name.
    pub tables: Vec<TableFacts>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableFacts {
    /// Its name without the schema.
    pub name: String,
    /// Its comment.
    pub comment: Option<String>,
    /// Its columns in their order.
    pub columns: Vec<ColumnFacts>,
    /// Its foreign keys, a line for each pair of columns.
    pub outbound_fks: Vec<ForeignKey>,
    /// Foreign keys of other tables that point at it.
    pub inbound_fks: Vec<ForeignKey>,
    /// What its names hint at; absent, nothing or not asked for.
    pub hints: Option<Hints>,
    /// Its constraints.
    pub constraints: Vec<Definition>,
    /// Its indexes, but for those that belong to a constraint.
    pub indexes: Vec<Definition>,
    /// Its size.
    pub size: TableSize,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// Its type as the server writes it.
    pub pg_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether it is a part of the primary key.
    pub is_primary_key: bool,
    /// Its default, as SQL.
    pub default: Option<String>,
    /// What it is generated from.
    pub generated: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A foreign key between two columns. One of the tables is the one that it is told of, and not named again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForeignKey {
    /// The table that has the key, when it is another.
    pub from_table: Option<String>,
    /// The table that it points at, when it is another.
    pub to_table: Option<String>,
    /// The column of the table that has the key.
    pub via_column: String,
    /// The column that it points at.
    pub on_column: String,
}

/// What names hint at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hints {
    /// The first column of the primary key whose name begins with `pk_`.
    pub surrogate_pk: Option<String>,
    /// `id`, when there is such a column.
    pub natural_id: Option<String>,
}

/// A constraint or an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// How SQL makes it.
    pub definition: String,
}
