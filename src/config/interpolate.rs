//! `${VAR}` and `${VAR:-default}` in settings.

use std::collections::BTreeMap;

/// The environment variables that settings may name.
pub type Variables = BTreeMap<String, String>;

/// Why variables cannot be put into a text. Nothing of the text is in it but a name: it may be a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// No variable of this name is set.
    Unset(String),
    /// A `${` that no `}` closes.
    Open,
    /// A `${…}` in which no name stands.
    NoName,
}

/// Puts variables into a text.
///
/// `$$` stands for one dollar sign; a dollar sign before anything else than `{` stands for itself.
/// What is put in is not read again, so a value cannot bring variables of its own.
pub fn resolve(text: &str, variables: &Variables) -> Result<String, Unresolved> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some(body) = after.strip_prefix('{') {
            let (inside, tail) = body.split_once('}').ok_or(Unresolved::Open)?;
            out.push_str(value(inside, variables)?);
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// An empty variable takes the default, as in a shell.
fn value<'a>(inside: &'a str, variables: &'a Variables) -> Result<&'a str, Unresolved> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(is_part) {
        return Err(Unresolved::NoName);
    }
    let set = variables.get(name).map(String::as_str);
    match (set.filter(|value| !value.is_empty()), default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default),
        (None, None) => set.ok_or_else(|| Unresolved::Unset(name.to_owned())),
    }
}
