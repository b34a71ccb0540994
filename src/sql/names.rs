//! The names that stand in a text of SQL.

/// Every identifier of a text as the catalog would store it, each once, in the order in which they stand.
///
/// Key words are among them, and what stands in string constants, for a body of code is one.
#[must_use]
pub fn names(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (name, after) = match first {
            '-' if rest.starts_with("--") => (None, rest.find('\n').map_or("", |end| &rest[end..])),
            '/' if rest.starts_with("/*") => (None, rest.find("*/").map_or("", |end| &rest[end + 2..])),
            '"' => quoted(&rest[1..]),
            _ if first == '_' || first.is_alphabetic() => word(rest),
            // The rest of a number is no name, however it goes on.
            _ if first.is_ascii_digit() => (None, word(rest).1),
            _ => (None, &rest[first.len_utf8()..]),
        };
        found.extend(name.filter(|name| !found.contains(name)));
        rest = after;
    }
    found
}

fn word(text: &str) -> (Option<String>, &str) {
    let end = text.find(|c: char| c != '_' && c != '$' && !c.is_alphanumeric()).unwrap_or(text.len());
    (Some(text[..end].to_ascii_lowercase()), &text[end..])
}

/// A quoted name without its first quote.
fn quoted(text: &str) -> (Option<String>, &str) {
    let mut name = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return (Some(name), after),
        }
    }
    (None, "")
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_read_as_the_catalog_stores_them() {
        let text = "select A.\"b\"\"C\", 1e5 -- not this\n from /* nor this */ é$1 where a = 'in_text'";
        assert_eq!(names(text), ["select", "a", "b\"C", "from", "é$1", "where", "in_text"]);
    }
}
