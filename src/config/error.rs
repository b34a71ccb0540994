//! A setting that cannot be used.

use camino::{Utf8Path, Utf8PathBuf};

use super::Unresolved;
use crate::model::likeness::nearest;

/// The reader's own wording for what aliases make too long: the only way it tells.
const REPEATED: &str = "repetition limit exceeded";

/// A setting that cannot be used: where, what was found, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// The file.
    pub path: Utf8PathBuf,
    /// Line and column, counted from 1, when known.
    pub position: Option<(usize, usize)>,
    /// What is wrong, one sentence that names the key.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl ConfigError {
    /// The variables that a setting names cannot be put in.
    #[must_use]
    pub fn unresolved(path: &Utf8Path, key: &str, why: &Unresolved) -> Self {
        let (message, help) = match why {
            Unresolved::Unset(name) => (
                format!("{key} names the environment variable {name}, which is not set"),
                format!("set {name}, or give it a default: ${{{name}:-value}}"),
            ),
            Unresolved::Open => (
                format!("{key} has a `${{` that no `}}` closes"),
                "write ${NAME} for a variable, and $$ for a dollar sign".to_owned(),
            ),
            Unresolved::NoName => (
                format!("{key} has a `${{…}}` in which no name of a variable stands"),
                "write ${NAME} or ${NAME:-value}, the name of letters, digits and underscores, and $$ for a dollar sign"
                    .to_owned(),
            ),
        };
        Self { path: path.to_owned(), position: None, message, help: Some(help) }
    }

    /// What the YAML reader refused.
    pub(super) fn from_yaml(path: &Utf8Path, error: &serde_path_to_error::Error<serde_yaml::Error>) -> Self {
        let inner = error.inner();
        let mut position = inner.location().map(|location| (location.line(), location.column()));
        let key = error.path().to_string();
        let parent = if key == "." { String::new() } else { key };
        let text = inner.to_string();
        let (message, help) = match unknown_field(&text) {
            Some((field, known)) => unknown_key(&parent, field, &known),
            None if text.contains(REPEATED) => {
                // The reader gives the beginning of the file as the place.
                position = None;
                let key = parent.split(['[', '.']).next().unwrap_or_default();
                let message = format!("{key} has aliases of aliases, which stand for more than is read");
                (message, Some("write the values out".to_owned()))
            }
            None if parent.is_empty() => (format!("the file cannot be read: {text}"), None),
            None => (format!("{parent}: {}", words(&text, &parent)), None),
        };
        Self { path: path.to_owned(), position, message, help }
    }
}

/// What the reader says without the part of the key that it names, and without the place: both are said beside it.
fn words<'a>(text: &'a str, key: &str) -> &'a str {
    let text = text.rsplit_once(" at line ").map_or(text, |(before, _)| before);
    let above = text.split_once(": ").filter(|(above, _)| key.starts_with(above));
    above.map_or(text, |(_, rest)| rest)
}

fn unknown_key(parent: &str, field: &str, known: &[&str]) -> (String, Option<String>) {
    let parent = parent.strip_suffix(field).unwrap_or(parent).trim_end_matches('.');
    let full = if parent.is_empty() { field.to_owned() } else { format!("{parent}.{field}") };
    (format!("unknown key {full}"), nearest(field, known).map(|name| format!("did you mean {name}?")))
}

/// Reads serde's own wording for an unknown field: the only way it tells the names.
fn unknown_field(text: &str) -> Option<(&str, Vec<&str>)> {
    let (_, rest) = text.split_once("unknown field `")?;
    let (field, rest) = rest.split_once('`')?;
    Some((field, rest.split('`').skip(1).step_by(2).collect()))
}
