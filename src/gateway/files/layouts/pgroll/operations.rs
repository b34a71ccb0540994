//! pgroll's operations, as the JSON schema of its files has them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::super::steps::sql;

/// One operation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Operation {
    AddColumn(AddColumn),
    AlterColumn(Box<AlterColumn>),
    RenameColumn(RenameColumn),
    CreateIndex(CreateIndex),
    CreateTable(CreateTable),
    DropColumn(DropColumn),
    DropConstraint(DropConstraint),
    DropMulticolumnConstraint(DropMulticolumnConstraint),
    RenameConstraint(RenameConstraint),
    DropIndex(Named),
    DropTable(Named),
    Sql(RawSql),
    RenameTable(RenameTable),
    SetReplicaIdentity(SetReplicaIdentity),
    CreateConstraint(CreateConstraint),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) constraint: String,
    #[serde(default)]
    pub(super) no_inherit: bool,
}

impl Check {
    pub(super) fn definition(&self) -> String {
        check(&self.constraint, self.no_inherit)
    }
}

pub(super) fn check(expression: &str, no_inherit: bool) -> String {
    format!("check ({expression}){}", if no_inherit { " no inherit" } else { "" })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) nullable: bool,
    #[serde(default)]
    pub(super) pk: bool,
    #[serde(default)]
    pub(super) unique: bool,
    pub(super) default: Option<String>,
    pub(super) check: Option<Check>,
    pub(super) references: Option<Reference>,
    pub(super) generated: Option<Generated>,
    pub(super) comment: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generated {
    expression: Option<String>,
    identity: Option<Identity>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    sequence_options: Option<String>,
    user_specified_values: Option<String>,
}

impl Generated {
    fn sql(&self) -> String {
        match (&self.expression, &self.identity) {
            (Some(expression), _) => format!("always as ({expression}) stored"),
            (None, Some(identity)) => {
                let how = identity.user_specified_values.as_deref().unwrap_or("ALWAYS");
                let options = identity.sequence_options.as_ref().map(|options| format!(" ({options})"));
                format!("{how} as identity{}", options.unwrap_or_default())
            }
            (None, None) => "always as identity".to_owned(),
        }
    }
}

impl Column {
    /// The column with all that is said of it but its comment and that it is of the primary key.
    pub(super) fn definition(&self) -> String {
        let generated = self.generated.as_ref().map(Generated::sql);
        let (name, kind, default) = (self.name.as_str(), self.kind.as_str(), self.default.as_deref());
        let plain =
            sql::Column { name, kind, default, nullable: self.nullable, generated: generated.as_deref() };
        let unique = if self.unique { " unique" } else { "" };
        let references = self
            .references
            .as_ref()
            .map(|one| format!(" constraint {} {}", sql::name(&one.name), one.references()));
        let check = self
            .check
            .as_ref()
            .map(|one| format!(" constraint {} {}", sql::name(&one.name), one.definition()));
        format!(
            "{}{unique}{}{}",
            plain.definition(),
            references.unwrap_or_default(),
            check.unwrap_or_default()
        )
    }
}

/// A foreign key of one column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) table: String,
    pub(super) column: String,
    match_type: Option<Word>,
    on_delete: Option<Word>,
    on_update: Option<Word>,
    #[serde(default)]
    deferrable: bool,
    #[serde(default)]
    initially_deferred: bool,
}

impl Reference {
    fn references(&self) -> String {
        let (table, column) = (sql::name(&self.table), sql::name(&self.column));
        format!("references {table} ({column}){}", self.actions())
    }

    pub(super) fn actions(&self) -> String {
        let own = actions(self.match_type, self.on_delete, &[], self.on_update);
        own + deferred(self.deferrable, self.initially_deferred)
    }
}

/// Words that say what a foreign key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Word {
    #[serde(rename = "NO ACTION")]
    NoAction,
    Restrict,
    Cascade,
    #[serde(rename = "SET NULL")]
    SetNull,
    #[serde(rename = "SET DEFAULT")]
    SetDefault,
    Full,
    Partial,
    Simple,
}

impl Word {
    const fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "no action",
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
            Self::SetNull => "set null",
            Self::SetDefault => "set default",
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Simple => "simple",
        }
    }
}

fn actions(
    matching: Option<Word>,
    on_delete: Option<Word>,
    columns: &[String],
    on_update: Option<Word>,
) -> String {
    let said = |before: &str, word: Option<Word>| {
        word.map_or(String::new(), |word| format!(" {before} {}", word.sql()))
    };
    let only = if columns.is_empty() { String::new() } else { format!(" ({})", sql::names(columns)) };
    said("match", matching) + &said("on delete", on_delete) + &only + &said("on update", on_update)
}

const fn deferred(deferrable: bool, initially: bool) -> &'static str {
    match (deferrable, initially) {
        (_, true) => " deferrable initially deferred",
        (true, false) => " deferrable",
        (false, false) => "",
    }
}

/// A foreign key of several columns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct References {
    table: String,
    columns: Vec<String>,
    match_type: Option<Word>,
    on_delete: Option<Word>,
    #[serde(default)]
    on_delete_set_columns: Vec<String>,
    on_update: Option<Word>,
}

impl References {
    pub(super) fn definition(&self, columns: &[String]) -> String {
        let actions = actions(self.match_type, self.on_delete, &self.on_delete_set_columns, self.on_update);
        sql::ForeignKey { columns, table: &self.table, referenced: &self.columns, actions }.definition()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddColumn {
    pub(super) table: String,
    pub(super) column: Column,
    #[serde(default)]
    pub(super) up: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlterColumn {
    pub(super) table: String,
    pub(super) column: String,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) check: Option<Check>,
    pub(super) references: Option<Reference>,
    pub(super) nullable: Option<bool>,
    pub(super) unique: Option<Unique>,
    #[serde(default)]
    pub(super) default: Said,
    #[serde(default)]
    pub(super) comment: Said,
    #[serde(default)]
    pub(super) up: String,
    /// Lives until the migration is completed.
    #[serde(rename = "down")]
    _down: Option<String>,
}

/// What a key says that may be null.
#[derive(Debug, Default)]
pub(super) enum Said {
    /// It is not there.
    #[default]
    Nothing,
    Null,
    Text(String),
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Text))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unique {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RenameColumn {
    pub(super) table: String,
    pub(super) from: String,
    pub(super) to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateIndex {
    pub(super) name: String,
    table: String,
    columns: Vec<IndexColumn>,
    predicate: Option<String>,
    method: Option<String>,
    storage_parameters: Option<String>,
    #[serde(default)]
    unique: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum IndexColumn {
    /// As versions before 0.10 wrote it.
    Name(String),
    Field(IndexField),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexField {
    column: String,
    collate: Option<String>,
    sort: Option<String>,
    nulls: Option<String>,
    opclass: Option<Opclass>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opclass {
    name: String,
    #[serde(default)]
    params: Vec<String>,
}

impl IndexColumn {
    fn sql(&self) -> String {
        let field = match self {
            Self::Name(name) => return sql::name(name).to_string(),
            Self::Field(field) => field,
        };
        let said = |before: &str, what: &Option<String>| {
            what.as_ref().map_or(String::new(), |what| format!(" {before}{what}"))
        };
        let opclass = field.opclass.as_ref().map_or(String::new(), |class| {
            let params =
                if class.params.is_empty() { String::new() } else { format!(" {}", class.params.join(", ")) };
            format!(" {}{params}", class.name)
        });
        let (collate, sort, nulls) =
            (said("collate ", &field.collate), said("", &field.sort), said("nulls ", &field.nulls));
        format!("{}{collate}{opclass}{sort}{nulls}", sql::name(&field.column))
    }
}

impl CreateIndex {
    pub(super) fn sql(&self) -> String {
        let said = |before: &str, what: &Option<String>, after: &str| {
            what.as_ref().map_or(String::new(), |what| format!(" {before}{what}{after}"))
        };
        let unique = if self.unique { "unique " } else { "" };
        let columns = self.columns.iter().map(IndexColumn::sql).collect::<Vec<_>>().join(", ");
        let (name, table) = (sql::name(&self.name), sql::name(&self.table));
        format!(
            "create {unique}index concurrently {name} on {table}{} ({columns}){}{}",
            said("using ", &self.method, ""),
            said("with (", &self.storage_parameters, ")"),
            said("where ", &self.predicate, "")
        )
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateTable {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    #[serde(default)]
    pub(super) constraints: Vec<Constraint>,
    pub(super) comment: Option<String>,
}

/// What kind of constraint it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Unique,
    Check,
    PrimaryKey,
    ForeignKey,
    Exclude,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "that is how pgroll's files are")]
pub(super) struct Constraint {
    pub(super) name: String,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    pub(super) columns: Vec<String>,
    check: Option<String>,
    references: Option<References>,
    exclude: Option<Exclude>,
    index_parameters: Option<IndexParameters>,
    #[serde(default)]
    deferrable: bool,
    #[serde(default)]
    initially_deferred: bool,
    #[serde(default)]
    no_inherit: bool,
    #[serde(default)]
    nulls_not_distinct: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exclude {
    index_method: Option<String>,
    elements: Option<String>,
    predicate: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndexParameters {
    #[serde(default)]
    include_columns: Vec<String>,
    storage_parameters: Option<String>,
    tablespace: Option<String>,
}

impl IndexParameters {
    fn sql(&self) -> String {
        let Self { include_columns, storage_parameters, tablespace } = self;
        let include = if include_columns.is_empty() {
            String::new()
        } else {
            format!(" include ({})", sql::names(include_columns))
        };
        let with = storage_parameters.as_ref().map_or(String::new(), |with| format!(" with ({with})"));
        let place = tablespace
            .as_ref()
            .map_or(String::new(), |place| format!(" using index tablespace {}", sql::name(place)));
        include + &with + &place
    }
}

/// What a constraint of a kind needs and has not.
pub(super) fn lacks(field: &str) -> String {
    format!("missing field `{field}`")
}

impl Constraint {
    pub(super) fn definition(&self) -> Result<String, String> {
        let columns = sql::names(&self.columns);
        let parameters = self.index_parameters.as_ref().map_or(String::new(), IndexParameters::sql);
        let distinct = if self.nulls_not_distinct { " nulls not distinct" } else { "" };
        let what = match self.kind {
            Kind::Unique => format!("unique{distinct} ({columns}){parameters}"),
            Kind::PrimaryKey => format!("primary key ({columns}){parameters}"),
            Kind::Check => check(self.check.as_ref().ok_or_else(|| lacks("check"))?, self.no_inherit),
            Kind::ForeignKey => {
                self.references.as_ref().ok_or_else(|| lacks("references"))?.definition(&self.columns)
            }
            Kind::Exclude => self.exclude.as_ref().ok_or_else(|| lacks("exclude"))?.sql(&parameters)?,
        };
        let deferred = deferred(self.deferrable, self.initially_deferred);
        Ok(format!("constraint {} {what}{deferred}", sql::name(&self.name)))
    }
}

impl Exclude {
    fn sql(&self, parameters: &str) -> Result<String, String> {
        let method = self.index_method.as_ref().map_or(String::new(), |method| format!(" using {method}"));
        let elements = self.elements.as_ref().ok_or_else(|| lacks("elements"))?;
        let only = self.predicate.as_ref().map_or(String::new(), |only| format!(" where ({only})"));
        Ok(format!("exclude{method} ({elements}){parameters}{only}"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DropColumn {
    pub(super) table: String,
    pub(super) column: String,
    /// Lives until the migration is completed.
    #[serde(rename = "down")]
    _down: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DropConstraint {
    pub(super) table: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) up: String,
    /// Lives until the migration is completed.
    #[serde(rename = "down")]
    _down: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DropMulticolumnConstraint {
    pub(super) table: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) up: BTreeMap<String, String>,
    /// Lives until the migration is completed.
    #[serde(default, rename = "down")]
    _down: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RenameConstraint {
    pub(super) table: String,
    pub(super) from: String,
    pub(super) to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSql {
    pub(super) up: String,
    pub(super) down: Option<String>,
    #[serde(default, rename = "onComplete")]
    pub(super) on_complete: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RenameTable {
    pub(super) from: String,
    pub(super) to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetReplicaIdentity {
    pub(super) table: String,
    identity: Identified,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identified {
    #[serde(rename = "type")]
    by: By,
    #[serde(default)]
    index: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum By {
    #[serde(alias = "NOTHING")]
    Nothing,
    #[serde(alias = "DEFAULT")]
    Default,
    #[serde(alias = "INDEX")]
    Index,
    #[serde(alias = "FULL")]
    Full,
}

impl SetReplicaIdentity {
    pub(super) fn sql(&self) -> String {
        let identity = match self.identity.by {
            By::Nothing => "nothing".to_owned(),
            By::Default => "default".to_owned(),
            By::Full => "full".to_owned(),
            By::Index => format!("using index {}", sql::name(&self.identity.index)),
        };
        sql::alter(&self.table, &format!("replica identity {identity}"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateConstraint {
    pub(super) table: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) columns: Vec<String>,
    pub(super) check: Option<String>,
    pub(super) references: Option<References>,
    pub(super) index_parameters: Option<IndexParameters>,
    #[serde(default)]
    pub(super) no_inherit: bool,
    #[serde(default)]
    pub(super) up: BTreeMap<String, String>,
    /// Lives until the migration is completed.
    #[serde(default, rename = "down")]
    _down: BTreeMap<String, String>,
}
