//! `${VAR}` and `${VAR:-default}` in settings.

use std::collections::BTreeMap;

/// The environment variables that settings may name.
pub type Variables = BTreeMap<String, String>;

/// Puts variables into a text. The error is the name of the first one that is not set.
///
/// `$$` stands for one dollar sign; a dollar sign before anything else than `{` stands for itself.
/// What is put in is not read again, so a value cannot bring variables of its own.
pub fn resolve(text: &str, variables: &Variables) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((inside, tail)) = after.strip_prefix('{').and_then(|body| body.split_once('}')) {
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
fn value<'a>(inside: &'a str, variables: &'a Variables) -> Result<&'a str, String> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let set = variables.get(name).map(String::as_str);
    match (set.filter(|value| !value.is_empty()), default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default),
        (None, None) => set.ok_or_else(|| name.to_owned()),
    }
}
