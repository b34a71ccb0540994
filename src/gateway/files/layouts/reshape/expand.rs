//! What Reshape's actions leave in the database when the migration is completed, and what takes that back.

use super::super::steps::sql;
use super::actions::{
    Action, AddColumn, AddForeignKey, AlterColumn, Copied, CreateEnum, CreateTable, RemoveColumn, RemoveEnum,
    RemoveForeignKey, Value,
};
use super::known::{Known, foreign_key};

impl Action {
    /// The tables that it is about.
    pub(super) fn tables(&self) -> Vec<&str> {
        match self {
            Self::CreateTable(made) => {
                let keys = made.foreign_keys.iter().map(|key| key.referenced_table.as_str());
                let copied = made.up.iter().map(|up| up.table.as_str());
                [made.name.as_str()].into_iter().chain(keys).chain(copied).collect()
            }
            Self::RenameTable(one) => vec![&one.table, &one.new_name],
            Self::RemoveTable(one) => vec![&one.table],
            Self::AddColumn(one) => vec![&one.table],
            Self::AlterColumn(one) => vec![&one.table],
            Self::RemoveColumn(one) => vec![&one.table],
            Self::AddIndex(one) => vec![&one.table],
            Self::AddForeignKey(one) => vec![&one.table, &one.foreign_key.referenced_table],
            Self::RemoveForeignKey(one) => vec![&one.table],
            Self::AddCheck(one) => vec![&one.table],
            Self::RemoveCheck(one) => vec![&one.table],
            Self::RemoveIndex(_) | Self::CreateEnum(_) | Self::RemoveEnum(_) | Self::Custom(_) => Vec::new(),
        }
    }

    /// Whether what it does is there only when the migration is completed.
    pub(super) const fn waits(&self) -> bool {
        matches!(
            self,
            Self::RenameTable(_)
                | Self::RemoveTable(_)
                | Self::AddColumn(_)
                | Self::AlterColumn(_)
                | Self::RemoveColumn(_)
                | Self::RemoveIndex(_)
                | Self::RemoveForeignKey(_)
                | Self::RemoveCheck(_)
                | Self::RemoveEnum(_)
        )
    }

    /// The statements that it comes to; SQL of its author's is none of them.
    pub(super) fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        Ok(match self {
            Self::CreateTable(one) => one.forward(known),
            Self::RenameTable(one) => {
                known.rename(&one.table, &one.new_name);
                vec![sql::rename_table(&one.table, &one.new_name)]
            }
            Self::RemoveTable(one) => {
                known.remove(&one.table);
                vec![format!("drop table {}", sql::name(&one.table))]
            }
            Self::AddColumn(one) => one.forward(known),
            Self::AlterColumn(one) => return one.forward(known),
            Self::RemoveColumn(one) => return one.forward(known),
            Self::AddIndex(one) => vec![one.sql()],
            Self::RemoveIndex(one) => vec![sql::drop_index(&one.index)],
            Self::AddForeignKey(one) => return one.forward(known),
            Self::RemoveForeignKey(one) => return one.forward(known),
            Self::AddCheck(one) => {
                let definition = format!("check ({})", one.check.expression);
                sql::add_checked(&one.table, &one.check.name, &definition).into()
            }
            Self::RemoveCheck(one) => vec![sql::drop(&one.table, "constraint", &one.check)],
            Self::CreateEnum(one) => return one.forward(known),
            Self::RemoveEnum(one) => return one.forward(known),
            Self::Custom(_) => Vec::new(),
        })
    }

    /// The statements that take it back; absent, it takes away what nobody knows any more.
    pub(super) fn backward(&self) -> Option<Vec<String>> {
        Some(vec![match self {
            Self::CreateTable(one) => format!("drop table {}", sql::name(&one.name)),
            Self::RenameTable(one) => sql::rename_table(&one.new_name, &one.table),
            Self::AddColumn(one) => sql::drop(&one.table, "column", &one.column.name),
            Self::AlterColumn(one) if one.only_renames() => {
                sql::rename(&one.table, "column", one.changes.name.as_deref()?, &one.column)
            }
            Self::AddIndex(one) => sql::drop_index(&one.index.name),
            Self::AddForeignKey(one) => sql::drop(&one.table, "constraint", &one.constraint().ok()?),
            Self::AddCheck(one) => sql::drop(&one.table, "constraint", &one.check.name),
            Self::CreateEnum(one) => format!("drop type {}", sql::name(&one.name)),
            Self::Custom(one) if one.complete.is_none() => return one.abort.is_some().then(Vec::new),
            _ => return None,
        }])
    }
}

/// Reshape writes some names as they are, without quotes: what PostgreSQL makes of one there.
fn unquoted(name: &str, statement: &str) -> Result<String, String> {
    match crate::sql::fault(statement) {
        None if name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$') => {
            Ok(name.to_ascii_lowercase())
        }
        _ => Err(format!("Reshape writes `{name}` without quotes here, so that it is no name")),
    }
}

/// A name that has to be the same with and without quotes.
fn plain(name: &str, statement: &str) -> Result<(), String> {
    if unquoted(name, statement)? == name {
        return Ok(());
    }
    Err(format!("Reshape writes `{name}` without quotes here, so that another one is meant"))
}

impl CreateTable {
    fn forward(&self, known: &mut Known) -> Vec<String> {
        known.create(self);
        let columns = self.columns.iter().map(|column| column.as_sql().definition());
        let key = format!("primary key ({})", sql::names(&self.primary_key));
        let keys = self.foreign_keys.iter().map(super::actions::ForeignKey::definition);
        let checks = self.checks.iter().map(|check| {
            let called =
                check.name.as_ref().map_or(String::new(), |name| format!("constraint {} ", sql::name(name)));
            format!("{called}check ({})", check.expression)
        });
        let parts: Vec<String> = columns.chain([key]).chain(keys).chain(checks).collect();
        let mut statements =
            vec![format!("create table {} (\n  {}\n)", sql::name(&self.name), parts.join(",\n  "))];
        statements.extend(self.comment.as_ref().map(|comment| sql::comment_on_table(&self.name, comment)));
        for column in &self.columns {
            let comment = column.comment.as_deref();
            statements.extend(comment.map(|_| sql::comment_on_column(&self.name, &column.name, comment)));
        }
        statements.extend(self.up.as_ref().map(|up| up.sql(&self.name)));
        statements
    }
}

impl Copied {
    /// The rows that Reshape's trigger writes for each that is there.
    fn sql(&self, table: &str) -> String {
        let values = self.values.values().map(|value| format!("({value})")).collect::<Vec<_>>().join(", ");
        let set = self.values.keys().map(|column| format!("{0} = excluded.{0}", sql::name(column)));
        let set = set.collect::<Vec<_>>().join(", ");
        let constraint = self.upsert_constraint.clone().unwrap_or_else(|| format!("{table}_pkey"));
        format!(
            "insert into {} ({}) select {values} from {} on conflict on constraint {} do update set {set}",
            sql::name(table),
            sql::names(self.values.keys()),
            sql::name(&self.table),
            sql::name(&constraint)
        )
    }
}

impl AddColumn {
    fn forward(&self, known: &mut Known) -> Vec<String> {
        known.add_column(&self.table, &self.column);
        let (table, column) = (self.table.as_str(), self.column.name.as_str());
        let late = self.up.is_some() && !self.column.nullable;
        let definition =
            sql::Column { nullable: late || self.column.nullable, ..self.column.as_sql() }.definition();
        let mut statements = vec![sql::alter(table, &format!("add column {definition}"))];
        let comment = self.column.comment.as_deref();
        statements.extend(comment.map(|_| sql::comment_on_column(table, column, comment)));
        statements.extend(self.up.as_ref().map(|up| match up {
            Value::Own(value) => sql::fill(table, column, value),
            Value::Other(from) => {
                let (value, other, condition) = (&from.value, sql::name(&from.table), &from.r#where);
                let (table, column) = (sql::name(table), sql::name(column));
                format!("update {table} set {column} = ({value}) from {other} where {condition}")
            }
        }));
        if late {
            statements.push(sql::alter_column(table, column, "set not null"));
        }
        statements
    }
}

impl AlterColumn {
    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        let (table, column) = (self.table.as_str(), self.column.as_str());
        let mut statements = if self.only_renames() { Vec::new() } else { self.replaced(known)? };
        if let Some(to) = &self.changes.name {
            known.rename_column(table, column, to);
            statements.push(sql::rename(table, "column", column, to));
        }
        Ok(statements)
    }

    /// What is so of the column that comes in the old one's place.
    fn replaced(&self, known: &mut Known) -> Result<Vec<String>, String> {
        let (table, column) = (self.table.as_str(), self.column.as_str());
        plain(column, &sql::alter(table, &format!("drop column {column}")))?;
        let mut statements = known.replace_column(table, column)?;
        let alter = |what: &str| sql::alter_column(table, column, what);
        if self.changes.default.is_some() {
            statements.push(alter("drop default"));
        }
        match (&self.changes.kind, self.up.as_deref()) {
            (Some(kind), up) => statements.extend(sql::change_type(table, column, kind, up)),
            (None, Some(up)) => statements.push(sql::fill(table, column, up)),
            (None, None) => {}
        }
        statements
            .extend(self.changes.default.as_ref().map(|default| alter(&format!("set default {default}"))));
        let null = |nullable| if nullable { alter("drop not null") } else { alter("set not null") };
        statements.extend(self.changes.nullable.map(null));
        Ok(statements)
    }
}

impl RemoveColumn {
    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        known.remove_column(&self.table, &self.column)?;
        Ok(vec![sql::drop(&self.table, "column", &self.column)])
    }
}

impl AddForeignKey {
    /// What it is called when the migration is completed.
    fn constraint(&self) -> Result<String, String> {
        let constraint = foreign_key(&self.table, &self.foreign_key.columns);
        let statement = format!("alter table {} drop constraint {constraint}", self.table);
        plain(&self.table, &statement)?;
        unquoted(&constraint, &statement)
    }

    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        let constraint = self.constraint()?;
        known.add_foreign_key(&self.table, constraint.clone(), self.foreign_key.columns.clone());
        Ok(sql::add_checked(&self.table, &constraint, &self.foreign_key.definition()).into())
    }
}

impl RemoveForeignKey {
    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        let Self { table, foreign_key } = self;
        let statement = format!("alter table {table} drop constraint {foreign_key}");
        plain(table, &statement)?;
        plain(foreign_key, &statement)?;
        known.remove_foreign_key(table, foreign_key);
        Ok(vec![sql::drop(table, "constraint", foreign_key)])
    }
}

impl CreateEnum {
    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        if let Some(value) = self.values.iter().find(|value| value.contains('\'')) {
            return Err(format!("Reshape writes the value `{value}` as it is, so that it ends at its quote"));
        }
        if !known.create_enum(&self.name) {
            return Ok(Vec::new());
        }
        let values = self.values.iter().map(|value| crate::model::ident::Literal::new(value).to_string());
        let values = values.collect::<Vec<_>>().join(", ");
        Ok(vec![format!("create type {} as enum ({values})", sql::name(&self.name))])
    }
}

impl RemoveEnum {
    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        plain(&self.name, &format!("drop type {}", self.name))?;
        known.remove_enum(&self.name);
        Ok(vec![format!("drop type if exists {}", sql::name(&self.name))])
    }
}
