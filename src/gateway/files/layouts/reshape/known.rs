//! What the actions so far have made, as far as it is lost where Reshape puts a new column in the place of an old one.

use std::collections::{BTreeMap, BTreeSet};

use super::super::steps::sql;
use super::actions::{Column, CreateTable};

#[derive(Debug, Default)]
pub(super) struct Known {
    tables: BTreeMap<String, Table>,
    enums: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Table {
    primary_key: Vec<String>,
    /// Columns that make their values themselves, and how.
    generated: BTreeMap<String, String>,
    commented: BTreeSet<String>,
    foreign_keys: Vec<(String, Vec<String>)>,
}

impl Known {
    pub(super) fn create(&mut self, made: &CreateTable) {
        let mut table = Table { primary_key: made.primary_key.clone(), ..Table::default() };
        made.columns.iter().for_each(|column| table.add(column));
        let named = |columns: &Vec<String>| (foreign_key(&made.name, columns), columns.clone());
        table.foreign_keys = made.foreign_keys.iter().map(|key| named(&key.columns)).collect();
        self.tables.insert(made.name.clone(), table);
    }

    pub(super) fn add_column(&mut self, table: &str, column: &Column) {
        self.tables.entry(table.to_owned()).or_default().add(column);
    }

    pub(super) fn add_foreign_key(&mut self, table: &str, name: String, columns: Vec<String>) {
        self.tables.entry(table.to_owned()).or_default().foreign_keys.push((name, columns));
    }

    pub(super) fn remove_foreign_key(&mut self, table: &str, name: &str) {
        if let Some(table) = self.tables.get_mut(table) {
            table.foreign_keys.retain(|(known, _)| known != name);
        }
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some(table) = self.tables.remove(from) {
            self.tables.insert(to.to_owned(), table);
        }
    }

    pub(super) fn remove(&mut self, table: &str) {
        self.tables.remove(table);
    }

    /// Whether an enum is new: Reshape lets one be that is there.
    pub(super) fn create_enum(&mut self, name: &str) -> bool {
        self.enums.insert(name.to_owned())
    }

    pub(super) fn remove_enum(&mut self, name: &str) {
        self.enums.remove(name);
    }

    pub(super) fn rename_column(&mut self, table: &str, from: &str, to: &str) {
        let Some(table) = self.tables.get_mut(table) else { return };
        let renamed = |name: &String| if name == from { to.to_owned() } else { name.clone() };
        table.primary_key = table.primary_key.iter().map(renamed).collect();
        table.generated = table.generated.iter().map(|(name, how)| (renamed(name), how.clone())).collect();
        table.commented = table.commented.iter().map(renamed).collect();
        for (_, columns) in &mut table.foreign_keys {
            *columns = columns.iter().map(renamed).collect();
        }
    }

    /// A column goes. Reshape removes the indexes on it first, which those of a primary key do not stand.
    pub(super) fn remove_column(&mut self, table: &str, column: &str) -> Result<(), String> {
        let Some(table) = self.tables.get_mut(table) else { return Ok(()) };
        if table.primary_key.iter().any(|own| own == column) {
            return Err(format!("Reshape cannot remove `{column}`, which is of the primary key"));
        }
        table.forget(column);
        Ok(())
    }

    /// A new column comes in the place of an old one: the statements by which it loses what the old one had.
    pub(super) fn replace_column(&mut self, table: &str, column: &str) -> Result<Vec<String>, String> {
        let Some(known) = self.tables.get_mut(table) else { return Ok(Vec::new()) };
        if known.primary_key.iter().any(|own| own == column) {
            return Err(format!(
                "Reshape cannot alter `{column}`, which is of the primary key, but for its name"
            ));
        }
        if known.generated.contains_key(column) {
            let message = "makes its values itself: Reshape puts a column in its place that does not";
            return Err(format!("`{column}` {message}"));
        }
        if let Some((other, _)) = known.generated.iter().find(|(_, how)| how.contains(column)) {
            return Err(format!("`{other}` is made of `{column}`: Reshape removes both, and puts back one"));
        }
        let lost = known.foreign_keys.iter().filter(|(_, columns)| columns.iter().any(|own| own == column));
        let mut statements: Vec<String> =
            lost.map(|(name, _)| sql::drop(table, "constraint", name)).collect();
        if known.commented.contains(column) {
            statements.push(sql::comment_on_column(table, column, None));
        }
        known.forget(column);
        Ok(statements)
    }
}

impl Table {
    fn add(&mut self, column: &Column) {
        let kind = column.kind.to_ascii_lowercase();
        if column.generated.is_some() || kind.contains("serial") {
            self.generated.insert(column.name.clone(), column.generated.clone().unwrap_or_default());
        }
        if column.comment.is_some() {
            self.commented.insert(column.name.clone());
        }
    }

    fn forget(&mut self, column: &str) {
        self.generated.remove(column);
        self.commented.remove(column);
        self.foreign_keys.retain(|(_, columns)| columns.iter().all(|own| own != column));
    }
}

/// What a foreign key is called that nobody has named.
pub(super) fn foreign_key(table: &str, columns: &[String]) -> String {
    format!("{table}_{}_fkey", columns.join("_"))
}
