//! What comments tell us: `-- confiture: no-transaction`, `-- confiture: rename table users accounts`.

use super::split;
use crate::model::ident::{Ident, QualifiedName};
use crate::model::rename::{Occasion, RENAMEABLE, Rename, Renameable};

/// A rename that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadRename(String);

/// What follows `confiture:` in a comment that begins with it.
pub(super) fn of_comment(comment: &str) -> Option<&str> {
    comment.trim().trim_start_matches('-').trim().strip_prefix("confiture:").map(str::trim)
}

/// The renames that a text's comments say, each with its byte in the text.
pub fn renames(text: &str) -> Vec<(usize, Result<Rename, BadRename>)> {
    // Most texts have none, and some are long.
    if !text.contains("confiture:") {
        return Vec::new();
    }
    let comments = split::comments(text).into_iter();
    let said = comments.filter_map(|span| Some((span.start, of_comment(&text[span])?)));
    said.filter_map(|(offset, directive)| {
        let (word, rest) = directive.split_once(char::is_whitespace).unwrap_or((directive, ""));
        (word == "rename").then(|| (offset, rename(rest)))
    })
    .collect()
}

/// Reads a rename: `table users accounts`, `column users.name full_name`, `value mood.'sad' 'unhappy'`.
///
/// ```
/// let rename = confiture::sql::rename("column Users.\"Name\" full_name").unwrap();
/// assert_eq!((rename.path, rename.to.as_str()), (vec!["users".to_owned(), "Name".to_owned()], "full_name"));
/// ```
pub fn rename(text: &str) -> Result<Rename, BadRename> {
    let text = text.trim();
    let (what, names) = what(text).ok_or_else(|| unknown(text))?;
    read(what, names).ok_or_else(|| BadRename(format!("this is no rename, which is `{}`", what.usage())))
}

/// The longest word for what can be renamed that a text begins with, and what follows it.
fn what(text: &str) -> Option<(&'static Renameable, &str)> {
    let begins = |what: &&Renameable| {
        let rest = text.get(what.word.len()..);
        let head = text.get(..what.word.len()).is_some_and(|head| head.eq_ignore_ascii_case(what.word));
        head && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    let what = RENAMEABLE.iter().filter(begins).max_by_key(|what| what.word.len())?;
    Some((what, text[what.word.len()..].trim_start()))
}

fn unknown(text: &str) -> BadRename {
    let words: Vec<&str> = RENAMEABLE.iter().map(|what| what.word).collect();
    let word = text.split_whitespace().next().unwrap_or_default();
    BadRename(format!("`{word}` is nothing that a rename is said of: it is one of {}", words.join(", ")))
}

fn read(what: &'static Renameable, text: &str) -> Option<Rename> {
    let (path, rest) = path(text)?;
    let (arguments, rest) = arguments(rest)?;
    let (to, end) = element(rest.strip_prefix(char::is_whitespace)?.trim_start())?;
    let is_fitting = path.len() <= what.depth && (path.len() + 1 >= what.depth) && end.is_empty();
    let values = path.iter().map(|part| part.is_value).chain([to.is_value]);
    let wanted = (0..path.len()).map(|at| what.is_value() && at + 1 == path.len()).chain([what.is_value()]);
    let is_function =
        what.kinds.iter().all(|kind| matches!(kind.default_privileges_type(), Some("functions")));
    (is_fitting && values.eq(wanted) && (is_function || arguments.is_none())).then(|| Rename {
        what,
        path: path.into_iter().map(|part| part.text).collect(),
        arguments,
        to: to.text,
        occasion: Occasion::InText,
    })
}

/// The table and the column that two texts name.
pub(super) fn table_and_column(table: &str, column: &str) -> Option<(QualifiedName, Ident)> {
    let names = |text: &str| {
        let (path, rest) = path(text.trim())?;
        let is_name = rest.is_empty() && path.iter().all(|part| !part.is_value);
        is_name.then(|| path.into_iter().map(|part| Ident::new(part.text)).collect::<Vec<_>>())
    };
    let (mut table, mut column) = (names(table)?, names(column)?);
    let name = table.pop()?;
    let table_name = QualifiedName { schema: table.pop(), name };
    let column = column.pop().filter(|_| column.is_empty() && table.is_empty())?;
    Some((table_name, column))
}

/// The name, part after part, that a text begins with, and what follows it.
fn path(text: &str) -> Option<(Vec<Element>, &str)> {
    let mut path = Vec::new();
    let mut rest = text;
    loop {
        let (part, after) = element(rest)?;
        path.push(part);
        rest = after.strip_prefix('.').unwrap_or(after);
        if rest.len() == after.len() {
            return Some((path, rest));
        }
    }
}

/// A part of a name, or a value in single quotes.
struct Element {
    text: String,
    is_value: bool,
}

/// The part of a name that a text begins with, as the catalog stores it, and what follows.
fn element(text: &str) -> Option<(Element, &str)> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    let Some(quote) = quote else {
        let is_name = |c: char| c == '_' || c == '$' || c.is_alphanumeric();
        let (name, rest) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
        let text = name.to_lowercase();
        return (!name.is_empty()).then_some((Element { text, is_value: false }, rest));
    };
    let mut inside = String::new();
    let mut rest = &text[1..];
    loop {
        let (piece, after) = rest.split_once(quote)?;
        inside.push_str(piece);
        match after.strip_prefix(quote) {
            Some(after) => {
                inside.push(quote);
                rest = after;
            }
            None => return Some((Element { text: inside, is_value: quote == '\'' }, after)),
        }
    }
}

/// The arguments that a text begins with, in parentheses, without spaces, and what follows.
fn arguments(text: &str) -> Option<(Option<String>, &str)> {
    if !text.starts_with('(') {
        return Some((None, text));
    }
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (arguments, rest) = text.split_at(at + 1);
            return Some((Some(arguments.split_whitespace().collect()), rest));
        }
    }
    None
}
