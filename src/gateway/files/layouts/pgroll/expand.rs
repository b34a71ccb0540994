//! What pgroll's operations leave in the database when the migration is completed, and what takes that back.
//!
//! pgroll puts a copy of a column in its place, with all constraints, indexes and comments of it; so the column is changed
//! where it is.

use std::collections::{BTreeMap, BTreeSet};

use super::super::steps::sql;
use super::operations::{
    AddColumn, AlterColumn, Column, CreateConstraint, CreateTable, DropConstraint, Kind, Operation, Said,
    check, lacks,
};

/// What the operations so far have made, as far as others hang on it.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Tables and columns that make their values themselves.
    generated: BTreeSet<(String, String)>,
    /// The one column of a table's constraint.
    columns: BTreeMap<(String, String), String>,
}

impl Known {
    fn column(&mut self, table: &str, column: &Column) {
        if column.generated.is_some() {
            self.generated.insert((table.to_owned(), column.name.clone()));
        }
        let check = column.check.iter().map(|check| &check.name);
        for name in check.chain(column.references.iter().map(|reference| &reference.name)) {
            self.constraint(table, name, &column.name);
        }
    }

    fn constraint(&mut self, table: &str, name: &str, column: &str) {
        self.columns.insert((table.to_owned(), name.to_owned()), column.to_owned());
    }

    fn rename_table(&mut self, from: &str, to: &str) {
        let renamed = |table: &String| if table == from { to.to_owned() } else { table.clone() };
        self.generated =
            self.generated.iter().map(|(table, column)| (renamed(table), column.clone())).collect();
        let columns = std::mem::take(&mut self.columns).into_iter();
        self.columns = columns.map(|((table, name), column)| ((renamed(&table), name), column)).collect();
    }

    fn rename_column(&mut self, table: &str, from: &str, to: &str) {
        if self.generated.remove(&(table.to_owned(), from.to_owned())) {
            self.generated.insert((table.to_owned(), to.to_owned()));
        }
        for ((of, _), column) in &mut self.columns {
            if of == table && column == from {
                to.clone_into(column);
            }
        }
    }
}

impl Operation {
    /// The statements that it comes to; SQL of its author's is none of them.
    pub(super) fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        Ok(match self {
            Self::AddColumn(one) => return one.forward(known),
            Self::AlterColumn(one) => return one.forward(known),
            Self::RenameColumn(one) => {
                known.rename_column(&one.table, &one.from, &one.to);
                vec![sql::rename(&one.table, "column", &one.from, &one.to)]
            }
            Self::CreateIndex(one) => vec![one.sql()],
            Self::CreateTable(one) => return one.forward(known),
            Self::DropColumn(one) => vec![sql::drop(&one.table, "column", &one.column)],
            Self::DropConstraint(one) => return one.forward(known),
            Self::DropMulticolumnConstraint(one) => {
                let mut statements = vec![sql::drop(&one.table, "constraint", &one.name)];
                statements.extend(fill_all(&one.table, &one.up));
                statements
            }
            Self::RenameConstraint(one) => vec![sql::rename(&one.table, "constraint", &one.from, &one.to)],
            Self::DropIndex(one) => vec![sql::drop_index(&one.name)],
            Self::DropTable(one) => vec![format!("drop table {}", sql::name(&one.name))],
            Self::Sql(_) => Vec::new(),
            Self::RenameTable(one) => {
                known.rename_table(&one.from, &one.to);
                vec![sql::rename_table(&one.from, &one.to)]
            }
            Self::SetReplicaIdentity(one) => vec![one.sql()],
            Self::CreateConstraint(one) => return one.forward(known),
        })
    }

    /// The statements that take it back; absent, it takes away what nobody knows any more.
    pub(super) fn backward(&self) -> Option<Vec<String>> {
        Some(vec![match self {
            Self::AddColumn(one) => sql::drop(&one.table, "column", &one.column.name),
            Self::RenameColumn(one) => sql::rename(&one.table, "column", &one.to, &one.from),
            Self::CreateIndex(one) => sql::drop_index(&one.name),
            Self::CreateTable(one) => format!("drop table {}", sql::name(&one.name)),
            Self::RenameConstraint(one) => sql::rename(&one.table, "constraint", &one.to, &one.from),
            Self::RenameTable(one) => sql::rename_table(&one.to, &one.from),
            Self::CreateConstraint(one) if fill_all(&one.table, &one.up).is_none() => {
                sql::drop(&one.table, "constraint", &one.name)
            }
            Self::Sql(one) => return one.down.is_some().then(Vec::new),
            _ => return None,
        }])
    }
}

/// Whether an expression is the column itself.
fn is_itself(column: &str, value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || value == column || value == sql::name(column).to_string()
}

/// The statement that gives columns values, each made of what was there before; none where they keep theirs.
fn fill_all(table: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let changed = values.iter().filter(|(column, value)| !is_itself(column, value));
    let set: Vec<String> =
        changed.map(|(column, value)| format!("{} = ({value})", sql::name(column))).collect();
    (!set.is_empty()).then(|| format!("update {} set {}", sql::name(table), set.join(", ")))
}

/// The statements that make a constraint of an index that is made first, so that nobody waits for it.
fn of_index(table: &str, name: &str, what: &str, columns: &[String]) -> Vec<String> {
    let (called, columns) = (sql::name(name), sql::names(columns));
    vec![
        format!("create unique index concurrently {called} on {} ({columns})", sql::name(table)),
        sql::alter(table, &format!("add constraint {called} {what} using index {called}")),
    ]
}

impl CreateTable {
    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        let mut parts: Vec<String> = self.columns.iter().map(Column::definition).collect();
        let key: Vec<&String> =
            self.columns.iter().filter(|column| column.pk).map(|column| &column.name).collect();
        if !key.is_empty() {
            parts.push(format!("primary key ({})", sql::names(key)));
        }
        for constraint in &self.constraints {
            parts.push(constraint.definition()?);
            if let [column] = constraint.columns.as_slice() {
                known.constraint(&self.name, &constraint.name, column);
            }
        }
        let mut statements =
            vec![format!("create table {} (\n  {}\n)", sql::name(&self.name), parts.join(",\n  "))];
        for column in &self.columns {
            known.column(&self.name, column);
            let comment = column.comment.as_deref();
            statements.extend(comment.map(|_| sql::comment_on_column(&self.name, &column.name, comment)));
        }
        statements.extend(self.comment.as_ref().map(|comment| sql::comment_on_table(&self.name, comment)));
        Ok(statements)
    }
}

impl AddColumn {
    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        let (table, column) = (self.table.as_str(), &self.column);
        if column.generated.is_some() || column.pk {
            let what = if column.pk { "of the primary key" } else { "that is generated" };
            return Err(format!("pgroll adds no column {what} to a table that is there"));
        }
        known.column(table, column);
        let late = !self.up.is_empty() && !column.nullable;
        let first = sql::Column {
            name: &column.name,
            kind: &column.kind,
            default: column.default.as_deref(),
            nullable: late || column.nullable,
            generated: None,
        };
        let references = column.references.as_ref().map_or(String::new(), |one| {
            format!(
                " constraint {} references {} ({}){}",
                sql::name(&one.name),
                sql::name(&one.table),
                sql::name(&one.column),
                one.actions()
            )
        });
        let mut statements =
            vec![sql::alter(table, &format!("add column {}{references}", first.definition()))];
        let comment = column.comment.as_deref();
        statements.extend(comment.map(|_| sql::comment_on_column(table, &column.name, comment)));
        if !self.up.is_empty() {
            statements.push(sql::fill(table, &column.name, &self.up));
        }
        if late {
            statements.push(sql::alter_column(table, &column.name, "set not null"));
        }
        if let Some(check) = &column.check {
            statements.extend(sql::add_checked(table, &check.name, &check.definition()));
        }
        if column.unique {
            // pgroll calls the constraint as the column.
            statements.extend(of_index(table, &column.name, "unique", std::slice::from_ref(&column.name)));
        }
        Ok(statements)
    }
}

impl AlterColumn {
    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        let (table, column) = (self.table.as_str(), self.column.as_str());
        if known.generated.contains(&(table.to_owned(), column.to_owned())) {
            return Err(format!("`{column}` is generated, and what pgroll puts in its place is not"));
        }
        let alter = |what: &str| sql::alter_column(table, column, what);
        let mut statements = Vec::new();
        if self.kind.is_some() && !matches!(self.default, Said::Nothing) {
            statements.push(alter("drop default"));
        }
        let up = Some(self.up.as_str()).filter(|up| !up.trim().is_empty());
        match (&self.kind, up) {
            (Some(kind), up) => statements.extend(sql::change_type(table, column, kind, up)),
            (None, Some(up)) if !is_itself(column, up) => statements.push(sql::fill(table, column, up)),
            (None, _) => {}
        }
        if let Some(check) = &self.check {
            known.constraint(table, &check.name, column);
            statements.extend(sql::add_checked(table, &check.name, &check.definition()));
        }
        if let Some(one) = &self.references {
            known.constraint(table, &one.name, column);
            let (own, referenced) = ([column.to_owned()], [one.column.clone()]);
            let key = sql::ForeignKey {
                columns: &own,
                table: &one.table,
                referenced: &referenced,
                actions: one.actions(),
            };
            statements.extend(sql::add_checked(table, &one.name, &key.definition()));
        }
        statements.extend(
            self.nullable.map(|nullable| alter(if nullable { "drop not null" } else { "set not null" })),
        );
        if let Some(unique) = &self.unique {
            known.constraint(table, &unique.name, column);
            statements.extend(of_index(table, &unique.name, "unique", &[column.to_owned()]));
        }
        statements.extend(match &self.default {
            Said::Nothing => None,
            Said::Null => Some(alter("drop default")),
            Said::Text(default) => Some(alter(&format!("set default {default}"))),
        });
        statements.extend(match &self.comment {
            Said::Nothing => None,
            Said::Null => Some(sql::comment_on_column(table, column, None)),
            Said::Text(comment) => Some(sql::comment_on_column(table, column, Some(comment))),
        });
        Ok(statements)
    }
}

impl DropConstraint {
    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        let mut statements = vec![sql::drop(&self.table, "constraint", &self.name)];
        let column = known.columns.remove(&(self.table.clone(), self.name.clone()));
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '"';
        match column {
            Some(column) if !is_itself(&column, &self.up) => {
                statements.push(sql::fill(&self.table, &column, &self.up));
            }
            // A name alone is that of the constraint's column.
            None if !self.up.trim().chars().all(is_name) => {
                return Err(format!(
                    "which column `{}` is about is not known, so that `up` has no place",
                    self.name
                ));
            }
            _ => {}
        }
        Ok(statements)
    }
}

impl CreateConstraint {
    fn forward(&self, known: &mut Known) -> Result<Vec<String>, String> {
        if self.index_parameters.is_some() {
            return Err("what pgroll makes of `index_parameters` here is not known".to_owned());
        }
        if let [column] = self.columns.as_slice() {
            known.constraint(&self.table, &self.name, column);
        }
        let mut statements: Vec<String> = fill_all(&self.table, &self.up).into_iter().collect();
        let checked = |definition: &str| sql::add_checked(&self.table, &self.name, definition).to_vec();
        statements.extend(match self.kind {
            Kind::Unique => of_index(&self.table, &self.name, "unique", &self.columns),
            Kind::PrimaryKey => of_index(&self.table, &self.name, "primary key", &self.columns),
            Kind::Check => {
                checked(&check(self.check.as_ref().ok_or_else(|| lacks("check"))?, self.no_inherit))
            }
            Kind::ForeignKey => {
                let references = self.references.as_ref().ok_or_else(|| lacks("references"))?;
                checked(&references.definition(&self.columns))
            }
            Kind::Exclude => {
                return Err("pgroll adds no constraint of type `exclude` to a table that is there".to_owned());
            }
        });
        Ok(statements)
    }
}
