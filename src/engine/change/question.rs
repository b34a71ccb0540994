//! What is asked of a change, and which answers there are.

use super::{Answers, CHANGES, bare};
use crate::model::likeness::nearest;
use crate::model::schema::{ObjectKind, Schema};

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// What it is called in a file of answers.
    pub key: &'static str,
    /// The question.
    pub ask: &'static str,
    /// What `?` tells.
    pub help: &'static str,
    /// What an answer is.
    pub kind: Kind,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of the changes.
    Change,
    /// A table that is there.
    Table,
    /// A column of that table.
    Column,
    /// A column of that table, or nothing.
    OptionalColumn,
    /// Columns of that table, with commas between.
    Columns,
    /// A name that is not there yet.
    Name,
    /// Any text.
    Text,
    /// Any text, or nothing.
    Optional,
    /// Yes or no; what counts when nothing is said.
    YesNo(bool),
    /// One of these, the first when nothing is said.
    OneOf(&'static [&'static str]),
}

/// A question with what is known when it is asked.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The question.
    pub question: Question,
    /// What was answered before.
    pub answers: &'a Answers,
    /// The structure that is changed.
    pub schema: &'a Schema,
}

const fn question(key: &'static str, ask: &'static str, kind: Kind, help: &'static str) -> Question {
    Question { key, ask, help, kind }
}

/// What changes.
pub const CHANGE: Question = question(
    "change",
    "What changes?",
    Kind::Change,
    "Say the number or the word of a change. Nothing is written before the last question.",
);
pub(super) const TABLE: Question = question(
    "table",
    "Which table?",
    Kind::Table,
    "A table of the structure that the migrations build; its schema may be left out where one table has the name.",
);
pub(super) const COLUMN: Question =
    question("column", "Which column?", Kind::Column, "A column of that table.");
pub(super) const COLUMNS: Question = question(
    "columns",
    "Which columns?",
    Kind::Columns,
    "Columns of that table with commas between, the one that queries compare with = first.",
);
pub(super) const NEW_COLUMN: Question = question(
    "new_column",
    "What is the new column called?",
    Kind::Name,
    "A name as you would write it in SQL without quotes.",
);
pub(super) const NEW_NAME: Question = question(
    "to",
    "What is it called afterwards?",
    Kind::Name,
    "A name as you would write it in SQL without quotes. Code that uses the old name fails as soon as this is deployed, unless you choose expand.",
);
pub(super) const NEW_TABLE: Question = question(
    "new_table",
    "What is the new table called?",
    Kind::Name,
    "A name as you would write it in SQL without quotes, in the schema public.",
);
pub(super) const TYPE: Question = question(
    "type",
    "Which type?",
    Kind::Text,
    "A type as SQL writes it: text, bigint, numeric(10, 2), timestamptz, uuid, jsonb, …",
);
pub(super) const DEFAULT: Question = question(
    "default",
    "Which default, as SQL? (empty for none)",
    Kind::Optional,
    "An expression such as 0, 'new' or now(). A constant costs nothing, also on a large table; one that is computed for each row, such as gen_random_uuid(), rewrites the table.",
);
pub(super) const NOT_NULL: Question = question(
    "not_null",
    "May it never be NULL?",
    Kind::YesNo(false),
    "With yes and no default, the migration fails where the table has rows.",
);
pub(super) const DEFINITIONS: Question = question(
    "columns",
    "Which columns and constraints, as in create table (…)?",
    Kind::Text,
    "Such as: id bigint generated always as identity primary key, name text not null",
);
pub(super) const UNIQUE: Question = question(
    "unique",
    "May no two rows have the same?",
    Kind::YesNo(false),
    "A unique index fails where rows are there that have the same.",
);
pub(super) const REFERENCES: Question =
    question("references", "To which table?", Kind::Table, "Its primary key is what is referred to.");
pub(super) const ON_DELETE: Question = question(
    "on_delete",
    "What happens when the row that is referred to is deleted?",
    Kind::OneOf(&["no action", "restrict", "cascade", "set null"]),
    "no action and restrict refuse it, cascade deletes the rows that refer to it, set null forgets the reference.",
);
pub(super) const SQL: Question = question(
    "sql",
    "Which SQL?",
    Kind::Text,
    "Statements that change the structure. The migration that is written leads to what they build, and may do so in another way.",
);
pub(super) const KEPT_IN: Question = question(
    "kept_in",
    "Which column has its values by now? (empty for none)",
    Kind::OptionalColumn,
    "With an answer, the migration refuses to run where a row has a value in the old column and none in that one. It is looked for just before, in the same transaction.",
);
/// When what is old is taken away.
pub const CONTRACT: Question = question(
    "contract",
    "When is the step written that takes away what is old?",
    Kind::OneOf(&["later", "now"]),
    "later tells the command that writes it, for when no code uses what is old any more. now writes it behind the first step, as a migration of its own: `migrate up --target VERSION` stops before it, and it refuses to run where values would be lost.",
);
/// What the migration is called.
pub const NAME: Question = question(
    "name",
    "What is the migration called?",
    Kind::Text,
    "Letters, digits, _ and -; the version is put before it.",
);
/// Whether it is written.
pub const WRITE: Question = question(
    "write",
    "Write it?",
    Kind::YesNo(true),
    "What is shown is proved on a copy, there and back; with yes, all of it is written.",
);

impl Asked<'_> {
    /// What counts when nothing is said.
    #[must_use]
    pub fn default(&self) -> Option<String> {
        match self.question.kind {
            Kind::Optional | Kind::OptionalColumn => Some(String::new()),
            Kind::YesNo(yes) => Some(if yes { "yes" } else { "no" }.to_owned()),
            Kind::OneOf(all) => all.first().map(|one| (*one).to_owned()),
            Kind::Change => CHANGES.first().map(|one| one.key.to_owned()),
            // Where there is one only, it is meant.
            Kind::Table | Kind::Column | Kind::Columns => match self.choices().as_slice() {
                [one] => Some(one.clone()),
                _ => None,
            },
            Kind::Name | Kind::Text => None,
        }
    }

    /// The answers that there are, where they can be listed.
    #[must_use]
    pub fn choices(&self) -> Vec<String> {
        match self.question.kind {
            Kind::Change => CHANGES.iter().map(|one| one.key.to_owned()).collect(),
            Kind::OneOf(all) => all.iter().map(|one| (*one).to_owned()).collect(),
            Kind::Table => self.named(ObjectKind::Table, ""),
            Kind::Column | Kind::Columns | Kind::OptionalColumn => {
                self.named(ObjectKind::Column, self.answers.get("table").map_or("", String::as_str))
            }
            _ => Vec::new(),
        }
    }

    fn named(&self, kind: ObjectKind, parent: &str) -> Vec<String> {
        let objects = self.schema.objects.iter().filter(|(id, _)| id.kind == kind && id.parent == parent);
        let mut objects: Vec<_> = objects.collect();
        objects.sort_by_key(|(id, object)| (object.position, &id.name));
        objects.into_iter().map(|(id, _)| id.name.clone()).collect()
    }

    /// The answer that a text is.
    ///
    /// # Errors
    /// A sentence, when it is none.
    pub fn read(&self, text: &str) -> Result<String, String> {
        let text = text.trim();
        let text = if text.is_empty() { self.default().unwrap_or_default() } else { text.to_owned() };
        match self.question.kind {
            Kind::Optional => Ok(text),
            Kind::OptionalColumn if text.is_empty() => Ok(text),
            _ if text.is_empty() => Err("this needs an answer; ? tells more".to_owned()),
            Kind::Name | Kind::Text => Ok(text),
            Kind::YesNo(_) => yes_no(&text),
            Kind::Columns => {
                let all: Result<Vec<String>, String> =
                    text.split(',').map(|one| self.choose(one.trim())).collect();
                all.map(|all| all.join(", "))
            }
            Kind::Change | Kind::Table | Kind::Column | Kind::OptionalColumn | Kind::OneOf(_) => {
                self.choose(&text)
            }
        }
    }

    /// The choice that is meant: by its number, as it is, or without its schema where that is enough.
    fn choose(&self, text: &str) -> Result<String, String> {
        let choices = self.choices();
        let number = text.parse::<usize>().ok().and_then(|number| choices.get(number.checked_sub(1)?));
        let same = choices.iter().find(|one| *one == text || one.replace('"', "") == text);
        let ends = |one: &&String| one.rsplit_once('.').is_some_and(|(_, end)| end == text);
        let short: Vec<&String> = choices.iter().filter(ends).collect();
        let short = match short.as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        if let Some(found) = same.or(short).or(number) {
            return Ok(found.clone());
        }
        let known: Vec<&str> = choices.iter().map(String::as_str).collect();
        Err(match nearest(text, &known).or_else(|| nearest_bare(text, &known)) {
            Some(like) => format!("there is no `{text}`; did you mean {like}?"),
            None if known.is_empty() => format!("there is no `{text}`: there is nothing of the kind"),
            None => format!("there is no `{text}`; there are {}", known.join(", ")),
        })
    }
}

/// The one choice that the text is like when its schema is left out.
fn nearest_bare<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    let short: Vec<&str> = known.iter().map(|name| bare(name)).collect();
    let like = nearest(text, &short)?;
    let mut meant = known.iter().filter(|name| bare(name) == like);
    meant.next().filter(|_| meant.next().is_none()).copied()
}

fn yes_no(text: &str) -> Result<String, String> {
    match text.to_lowercase().as_str() {
        "y" | "yes" | "true" => Ok("yes".to_owned()),
        "n" | "no" | "false" => Ok("no".to_owned()),
        _ => Err(format!("`{text}` is neither yes nor no")),
    }
}
