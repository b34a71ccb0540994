//! What a migration in Python and we say to each other.

use serde::{Deserialize, Serialize};

use crate::gateway::postgres::{Answer, DatabaseError};
use crate::model::ident::{Ident, Literal};

/// What a program says.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Said {
    /// It wants to be told what it is.
    Source,
    /// What its class is.
    Facts(Facts),
    /// SQL to be run.
    Execute(Execute),
    /// SQL to be written down, which is not run.
    Quote { parts: Vec<Part> },
    /// Preconditions that do not hold.
    Unmet { failures: Vec<String> },
    /// It failed.
    Raised(Raised),
    /// It came to its end.
    Done,
}

/// What a class says of itself when it is loaded.
#[derive(Debug, Deserialize)]
pub(super) struct Facts {
    pub(super) version: String,
    pub(super) transactional: bool,
    /// The lists of hooks that are not empty.
    pub(super) hooks: Vec<String>,
}

/// SQL to be run.
#[derive(Debug, Deserialize)]
pub(super) struct Execute {
    pub(super) parts: Vec<Part>,
    /// The line of the file that sends it; absent, none does.
    pub(super) line: Option<usize>,
    /// The file that it was read from.
    pub(super) origin: Option<String>,
    /// Whether it is the stand-in's own, such as a savepoint.
    pub(super) quiet: bool,
    /// What a `COPY … FROM stdin` is given, a character for each byte.
    #[serde(default)]
    pub(super) data: Option<String>,
    /// Whether it is a `COPY … TO stdout` whose rows are wanted.
    #[serde(default)]
    pub(super) reads: bool,
}

impl Execute {
    /// The bytes of its data.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        let byte = |character: char| u8::try_from(u32::from(character)).unwrap_or(b'?');
        self.data.as_ref().map(|data| data.chars().map(byte).collect())
    }
}

/// A piece of SQL.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Part {
    /// As it is.
    Text(String),
    /// A name, perhaps with what it is in before it.
    Name { name: Vec<String> },
    /// A value, perhaps with its type.
    Value {
        value: Option<String>,
        #[serde(rename = "type")]
        kind: Option<String>,
    },
}

/// An exception that nobody caught.
#[derive(Debug, Deserialize)]
pub(super) struct Raised {
    /// Its class; empty, it is ours.
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) line: Option<usize>,
    pub(super) column: Option<usize>,
    /// What the database refused, when it is that.
    pub(super) refused: Option<DatabaseError>,
    pub(super) help: Option<String>,
}

/// What we say.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Reply {
    /// What its file holds.
    Source { text: String },
    /// It may go on, in a transaction or without.
    Go { transactional: bool },
    /// SQL was run.
    Ran { results: Vec<Answer> },
    /// It was refused.
    Refused { refused: DatabaseError },
    /// It is written down.
    Quoted { quoted: String },
}

/// Puts pieces of SQL together.
pub(super) fn composed(parts: &[Part]) -> String {
    parts.iter().map(written).collect()
}

fn written(part: &Part) -> String {
    match part {
        Part::Text(text) => text.clone(),
        Part::Name { name } => {
            let names: Vec<String> = name.iter().map(|one| Ident::new(one.as_str()).to_string()).collect();
            names.join(".")
        }
        Part::Value { value: None, .. } => "NULL".to_owned(),
        Part::Value { value: Some(value), kind } => {
            let plain = |kind: &&String| {
                kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"[]".contains(&byte))
            };
            let cast = kind.as_ref().filter(plain).map(|kind| format!("::pg_catalog.{kind}"));
            format!("{}{}", Literal::new(value.as_str()), cast.unwrap_or_default())
        }
    }
}
