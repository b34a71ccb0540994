//! What a change of a structure needs to know, and the statements that it is. A change is a line.

mod contract;
mod question;
mod statements;

use std::collections::BTreeMap;

pub use contract::{Piece, contract};
pub use question::{Asked, CHANGE, CONTRACT, Kind, NAME, Question, WRITE};

use self::question::{
    COLUMN, COLUMNS, DEFAULT, DEFINITIONS, KEPT_IN, NEW_COLUMN, NEW_NAME, NEW_TABLE, NOT_NULL, ON_DELETE,
    REFERENCES, SQL, TABLE, TYPE, UNIQUE,
};
use self::statements::{
    add_column, add_foreign_key, add_index, add_table, after_rename, after_retype, beside_renamed,
    beside_retyped, change_type, drop_column, own_sql, rename_column, renamed_column, set_not_null,
};
use crate::model::schema::Schema;

/// What was answered, by the question's key.
pub type Answers = BTreeMap<&'static str, String>;

/// A change that can be asked for.
#[derive(Debug)]
pub struct Change {
    /// What it is called in answers.
    pub key: &'static str,
    /// What it does, in words.
    pub title: &'static str,
    /// What has to be known, in order.
    pub questions: &'static [Question],
    /// The statements.
    pub statements: fn(&Answers, &Schema) -> String,
    /// What is called otherwise afterwards, as `--rename` reads it.
    pub rename: Option<fn(&Answers) -> String>,
    /// The statements that only add, after which old and new code work side by side, and what has to follow.
    pub expand: Option<Expand>,
    /// What has to hold just before, as SQL that fails where it does not.
    pub guard: Option<fn(&Answers) -> Option<String>>,
}

/// A change in two deploys: what is added first, and what follows.
#[derive(Debug)]
pub struct Expand {
    /// The statements that add.
    pub statements: fn(&Answers, &Schema) -> String,
    /// What follows until nobody needs what is old, a step each.
    pub then: fn(&Answers) -> Vec<String>,
    /// The changes that take away what is old then, by their keys.
    pub contract: fn(&Answers) -> Vec<(&'static str, Answers)>,
}

/// Every change.
pub static CHANGES: [Change; 9] = [
    Change {
        key: "add-column",
        title: "add a column to a table",
        questions: &[TABLE, NEW_COLUMN, TYPE, DEFAULT, NOT_NULL],
        statements: add_column,
        rename: None,
        expand: None,
        guard: None,
    },
    Change {
        key: "add-table",
        title: "add a table",
        questions: &[NEW_TABLE, DEFINITIONS],
        statements: add_table,
        rename: None,
        expand: None,
        guard: None,
    },
    Change {
        key: "add-index",
        title: "add an index",
        questions: &[TABLE, COLUMNS, UNIQUE],
        statements: add_index,
        rename: None,
        expand: None,
        guard: None,
    },
    Change {
        key: "rename-column",
        title: "rename a column",
        questions: &[TABLE, COLUMN, NEW_NAME],
        statements: rename_column,
        rename: Some(renamed_column),
        expand: Some(Expand {
            statements: beside_renamed,
            then: after_rename,
            contract: contract::of_rename,
        }),
        guard: None,
    },
    Change {
        key: "change-type",
        title: "change the type of a column",
        questions: &[TABLE, COLUMN, TYPE],
        statements: change_type,
        rename: None,
        expand: Some(Expand {
            statements: beside_retyped,
            then: after_retype,
            contract: contract::of_retype,
        }),
        guard: None,
    },
    Change {
        key: "set-not-null",
        title: "allow no NULL in a column",
        questions: &[TABLE, COLUMN],
        statements: set_not_null,
        rename: None,
        expand: None,
        guard: None,
    },
    Change {
        key: "drop-column",
        title: "drop a column",
        questions: &[TABLE, COLUMN, KEPT_IN],
        statements: drop_column,
        rename: None,
        expand: None,
        guard: Some(contract::guard),
    },
    Change {
        key: "add-foreign-key",
        title: "let a column refer to another table",
        questions: &[TABLE, COLUMN, REFERENCES, ON_DELETE],
        statements: add_foreign_key,
        rename: None,
        expand: None,
        guard: None,
    },
    Change {
        key: "sql",
        title: "something else, in your own SQL",
        questions: &[SQL],
        statements: own_sql,
        rename: None,
        expand: None,
        guard: None,
    },
];

/// The change of a key.
#[must_use]
pub fn of(key: &str) -> Option<&'static Change> {
    CHANGES.iter().find(|change| change.key == key)
}

/// What the migration may be called.
#[must_use]
pub fn name(change: &Change, answers: &Answers) -> String {
    let known =
        ["new_table", "table", "column", "new_column", "to"].iter().filter_map(|key| answers.get(key));
    let words = std::iter::once(change.key).chain(known.map(|text| bare(text)));
    let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = words.collect::<Vec<_>>().join("_").chars().map(fits).collect();
    name.trim_matches('_').chars().take(60).collect()
}

/// The last part of a name as SQL writes it.
fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests;
