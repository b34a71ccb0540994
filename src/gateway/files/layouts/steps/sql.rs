//! The statements that steps of several tools are expanded to.

use crate::model::ident::{Ident, Literal};

/// A name as SQL.
pub(in super::super) fn name(name: &str) -> Ident {
    Ident::new(name)
}

/// Names with commas between.
pub(in super::super) fn names<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|one| name(one).to_string()).collect::<Vec<_>>().join(", ")
}

/// `alter table TABLE WHAT`.
pub(in super::super) fn alter(table: &str, what: &str) -> String {
    format!("alter table {} {what}", name(table))
}

/// `alter table TABLE alter column COLUMN WHAT`.
pub(in super::super) fn alter_column(table: &str, column: &str, what: &str) -> String {
    alter(table, &format!("alter column {} {what}", name(column)))
}

/// The statement that gives a table another name.
pub(in super::super) fn rename_table(from: &str, to: &str) -> String {
    alter(from, &format!("rename to {}", name(to)))
}

/// The statement that gives a column or a constraint of a table another name.
pub(in super::super) fn rename(table: &str, what: &str, from: &str, to: &str) -> String {
    alter(table, &format!("rename {what} {} to {}", name(from), name(to)))
}

/// The statement that takes a column or a constraint from a table.
pub(in super::super) fn drop(table: &str, what: &str, named: &str) -> String {
    alter(table, &format!("drop {what} {}", name(named)))
}

/// The statement that takes an index away while its table is in use.
pub(in super::super) fn drop_index(index: &str) -> String {
    format!("drop index concurrently {}", name(index))
}

/// What a column is called, of which type it is, and what else is said of it.
pub(in super::super) struct Column<'a> {
    pub(in super::super) name: &'a str,
    pub(in super::super) kind: &'a str,
    pub(in super::super) default: Option<&'a str>,
    pub(in super::super) nullable: bool,
    /// What comes after `generated`.
    pub(in super::super) generated: Option<&'a str>,
}

impl Column<'_> {
    pub(in super::super) fn definition(&self) -> String {
        let default = self.default.map_or(String::new(), |default| format!(" default {default}"));
        let not_null = if self.nullable { "" } else { " not null" };
        let generated = self.generated.map_or(String::new(), |generated| format!(" generated {generated}"));
        format!("{} {}{default}{not_null}{generated}", name(self.name), self.kind)
    }
}

/// A foreign key.
pub(in super::super) struct ForeignKey<'a> {
    pub(in super::super) columns: &'a [String],
    pub(in super::super) table: &'a str,
    pub(in super::super) referenced: &'a [String],
    /// What is done when what it leads to is deleted or gets another key, and what else is said of it.
    pub(in super::super) actions: String,
}

impl ForeignKey<'_> {
    pub(in super::super) fn definition(&self) -> String {
        let (columns, referenced) = (names(self.columns), names(self.referenced));
        let leads_to = format!("references {} ({referenced}){}", name(self.table), self.actions);
        format!("foreign key ({columns}) {leads_to}")
    }
}

/// The statements that add a constraint to a table that is in use: it is checked after it is there.
pub(in super::super) fn add_checked(table: &str, constraint: &str, definition: &str) -> [String; 2] {
    let constraint = name(constraint);
    [
        alter(table, &format!("add constraint {constraint} {definition} not valid")),
        alter(table, &format!("validate constraint {constraint}")),
    ]
}

/// The statement that says something of a table.
pub(in super::super) fn comment_on_table(table: &str, comment: &str) -> String {
    format!("comment on table {} is {}", name(table), Literal::new(comment))
}

/// The statement that says something of a column, or nothing any more.
pub(in super::super) fn comment_on_column(table: &str, column: &str, comment: Option<&str>) -> String {
    let comment = comment.map_or_else(|| "null".to_owned(), |comment| Literal::new(comment).to_string());
    format!("comment on column {}.{} is {comment}", name(table), name(column))
}

/// The statement that gives a column of all rows a value.
pub(in super::super) fn fill(table: &str, column: &str, value: &str) -> String {
    format!("update {} set {} = ({value})", name(table), name(column))
}

/// What a column is called that is there for a moment.
const BETWEEN: &str = "as it is to be";

/// The statements that give a column another type, with its values made of an expression where there is one. An
/// expression of `alter table` may ask no other table, so one that does fills a column of its own first.
pub(in super::super) fn change_type(
    table: &str,
    column: &str,
    kind: &str,
    value: Option<&str>,
) -> Vec<String> {
    let Some(value) = value else { return vec![alter_column(table, column, &format!("type {kind}"))] };
    if !value.to_ascii_lowercase().contains("select") {
        return vec![alter_column(table, column, &format!("type {kind} using ({value})"))];
    }
    vec![
        alter(table, &format!("add column {} {kind}", name(BETWEEN))),
        fill(table, BETWEEN, value),
        alter_column(table, column, &format!("type {kind} using {}", name(BETWEEN))),
        drop(table, "column", BETWEEN),
    ]
}
