//! Options of foreign objects: `name 'value', …` as the catalog lists them.

use super::This;
use crate::model::ident::split_outside_quotes;

/// What stands for the value of a secret.
const HASH: &str = "sha256 ";

/// The `options (…)` clause with a blank before it, empty without options.
pub(super) fn clause(this: This<'_>) -> String {
    this.get("options").map(|list| format!(" options ({list})")).unwrap_or_default()
}

/// The `options (…)` clause that leads from some options to others, with a blank before it.
pub(super) fn change(from: Option<&str>, to: Option<&str>) -> Option<String> {
    let (old, new) = (read(from), read(to));
    let mut words = Vec::new();
    for (name, _) in old.iter().filter(|(name, _)| !new.iter().any(|(other, _)| other == name)) {
        words.push(format!("drop {name}"));
    }
    for (name, value) in &new {
        match old.iter().find(|(other, _)| other == name) {
            Some((_, before)) if before == value => {}
            Some(_) => words.push(format!("set {name} {value}")),
            None => words.push(format!("add {name} {value}")),
        }
    }
    (!words.is_empty()).then(|| format!(" options ({})", words.join(", ")))
}

/// The names of the options that are secrets and have another value than before.
pub(super) fn unknown<'a>(from: Option<&'a str>, to: Option<&'a str>) -> Vec<&'a str> {
    let old = read(from);
    let new = read(to).into_iter();
    new.filter(|option| option.1.starts_with(HASH) && !old.contains(option)).map(|(name, _)| name).collect()
}

fn read(list: Option<&str>) -> Vec<(&str, &str)> {
    let entries = list.map(|list| split_outside_quotes(list, ", ")).unwrap_or_default();
    let cut = |entry| {
        let name = split_outside_quotes(entry, " ").first().map_or(0, |name| name.len());
        (&entry[..name], entry.get(name + 1..).unwrap_or_default())
    };
    entries.into_iter().map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::{change, unknown};

    #[test]
    fn options_are_added_set_and_dropped() {
        let from = Some("a '1', \"b b\" 'x, y', c 'it''s'");
        let to = Some("\"b b\" 'z', c 'it''s', d ''");
        assert_eq!(change(from, to).unwrap(), " options (drop a, set \"b b\" 'z', add d '')");
        assert_eq!(change(from, from), None);
        assert_eq!(change(None, Some("a '1'")).unwrap(), " options (add a '1')");
    }

    #[test]
    fn a_secret_that_changes_is_unknown() {
        let from = Some("password sha256 12, \"user\" 'me'");
        assert_eq!(unknown(from, Some("password sha256 12")), Vec::<&str>::new());
        assert_eq!(unknown(from, Some("password sha256 13")), ["password"]);
        assert_eq!(unknown(None, Some("passfile sha256 1, password sha256 2")), ["passfile", "password"]);
    }
}
