//! Reshape's actions, as its version 0.11 reads them. What it would pass over in silence is refused: another version of
//! it may mean something by it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::steps::sql;

/// One action.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Action {
    CreateTable(CreateTable),
    RenameTable(RenameTable),
    RemoveTable(RemoveTable),
    AddColumn(AddColumn),
    AlterColumn(AlterColumn),
    RemoveColumn(RemoveColumn),
    AddIndex(AddIndex),
    RemoveIndex(RemoveIndex),
    AddForeignKey(AddForeignKey),
    RemoveForeignKey(RemoveForeignKey),
    AddCheck(AddCheck),
    RemoveCheck(RemoveCheck),
    CreateEnum(CreateEnum),
    RemoveEnum(RemoveEnum),
    Custom(Custom),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateTable {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) primary_key: Vec<String>,
    #[serde(default)]
    pub(super) foreign_keys: Vec<ForeignKey>,
    #[serde(default)]
    pub(super) checks: Vec<Check>,
    pub(super) comment: Option<String>,
    pub(super) up: Option<Copied>,
}

/// Rows that a new table gets from another one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Copied {
    pub(super) table: String,
    pub(super) values: BTreeMap<String, String>,
    pub(super) upsert_constraint: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default = "yes")]
    pub(super) nullable: bool,
    pub(super) default: Option<String>,
    pub(super) generated: Option<String>,
    pub(super) comment: Option<String>,
}

fn yes() -> bool {
    true
}

impl Column {
    pub(super) fn as_sql(&self) -> sql::Column<'_> {
        let Self { name, kind, nullable, default, generated, .. } = self;
        let (default, generated) = (default.as_deref(), generated.as_deref());
        sql::Column { name, kind, default, nullable: *nullable, generated }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForeignKey {
    pub(super) columns: Vec<String>,
    pub(super) referenced_table: String,
    pub(super) referenced_columns: Vec<String>,
    pub(super) on_delete: Option<Reaction>,
    pub(super) on_update: Option<Reaction>,
}

impl ForeignKey {
    pub(super) fn definition(&self) -> String {
        let said = |event: &str, reaction: Option<Reaction>| {
            reaction.map_or(String::new(), |reaction| format!(" on {event} {}", reaction.sql()))
        };
        let actions = said("delete", self.on_delete) + &said("update", self.on_update);
        let Self { columns, referenced_table: table, referenced_columns: referenced, .. } = self;
        sql::ForeignKey { columns, table, referenced, actions }.definition()
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) enum Reaction {
    #[serde(rename = "NO ACTION", alias = "no action")]
    NoAction,
    #[serde(rename = "RESTRICT", alias = "restrict")]
    Restrict,
    #[serde(rename = "CASCADE", alias = "cascade")]
    Cascade,
    #[serde(rename = "SET NULL", alias = "set null")]
    SetNull,
    #[serde(rename = "SET DEFAULT", alias = "set default")]
    SetDefault,
}

impl Reaction {
    const fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "no action",
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
            Self::SetNull => "set null",
            Self::SetDefault => "set default",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    pub(super) name: Option<String>,
    pub(super) expression: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RenameTable {
    pub(super) table: String,
    pub(super) new_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveTable {
    pub(super) table: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddColumn {
    pub(super) table: String,
    pub(super) column: Column,
    pub(super) up: Option<Value>,
}

/// Where a column's values come from: its own row, or another table's.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    Own(String),
    Other(Other),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Other {
    pub(super) table: String,
    pub(super) value: String,
    pub(super) r#where: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlterColumn {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) up: Option<String>,
    /// Lives until the migration is completed.
    #[serde(rename = "down")]
    _down: Option<String>,
    #[serde(default)]
    pub(super) changes: Changes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    pub(super) name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) nullable: Option<bool>,
    pub(super) default: Option<String>,
}

impl AlterColumn {
    /// Whether the column stays what it is under another name.
    pub(super) fn only_renames(&self) -> bool {
        let Changes { name, kind, nullable, default } = &self.changes;
        name.is_some() && kind.is_none() && nullable.is_none() && default.is_none()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveColumn {
    pub(super) table: String,
    pub(super) column: String,
    /// Lives until the migration is completed.
    #[serde(rename = "down")]
    _down: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddIndex {
    pub(super) table: String,
    pub(super) index: Index,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) columns: Vec<IndexColumn>,
    #[serde(default)]
    pub(super) unique: bool,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) r#where: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum IndexColumn {
    Name(String),
    Column(OfColumn),
    Expression(OfExpression),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfColumn {
    column: String,
    direction: Option<Direction>,
    nulls: Option<Nulls>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfExpression {
    expression: String,
    direction: Option<Direction>,
    nulls: Option<Nulls>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Direction {
    #[serde(rename = "ASC", alias = "asc")]
    Asc,
    #[serde(rename = "DESC", alias = "desc")]
    Desc,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Nulls {
    #[serde(rename = "FIRST", alias = "first")]
    First,
    #[serde(rename = "LAST", alias = "last")]
    Last,
}

impl IndexColumn {
    fn sql(&self) -> String {
        let (of, direction, nulls) = match self {
            Self::Name(column) => (sql::name(column).to_string(), None, None),
            Self::Column(of) => (sql::name(&of.column).to_string(), of.direction, of.nulls),
            Self::Expression(of) => (format!("({})", of.expression), of.direction, of.nulls),
        };
        let direction = match direction {
            None => "",
            Some(Direction::Asc) => " asc",
            Some(Direction::Desc) => " desc",
        };
        let nulls = match nulls {
            None => "",
            Some(Nulls::First) => " nulls first",
            Some(Nulls::Last) => " nulls last",
        };
        format!("{of}{direction}{nulls}")
    }
}

impl AddIndex {
    pub(super) fn sql(&self) -> String {
        let Index { name, columns, unique, kind, r#where } = &self.index;
        let unique = if *unique { "unique " } else { "" };
        let kind = kind.as_ref().map_or(String::new(), |kind| format!(" using {kind}"));
        let columns = columns.iter().map(IndexColumn::sql).collect::<Vec<_>>().join(", ");
        let only = r#where.as_ref().map_or(String::new(), |condition| format!(" where {condition}"));
        let (name, table) = (sql::name(name), sql::name(&self.table));
        format!("create {unique}index concurrently {name} on {table}{kind} ({columns}){only}")
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveIndex {
    pub(super) index: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddForeignKey {
    pub(super) table: String,
    pub(super) foreign_key: ForeignKey,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveForeignKey {
    pub(super) table: String,
    pub(super) foreign_key: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddCheck {
    pub(super) table: String,
    pub(super) check: NamedCheck,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedCheck {
    pub(super) name: String,
    pub(super) expression: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveCheck {
    pub(super) table: String,
    pub(super) check: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateEnum {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveEnum {
    #[serde(rename = "enum")]
    pub(super) name: String,
}

/// SQL for each of the two steps, and what takes the first one back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Custom {
    pub(super) start: Option<String>,
    pub(super) complete: Option<String>,
    pub(super) abort: Option<String>,
}
