//! Names and values as SQL text. The only place that quotes.

use std::fmt;

/// One SQL identifier, always quoted when shown, so that any text is a valid name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ident(String);

impl Ident {
    /// Takes the name as it is stored in the catalog: case kept, quotes not yet doubled.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as the catalog stores it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

/// A name with an optional schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// The schema, when one is said.
    pub schema: Option<Ident>,
    /// The object's own name.
    pub name: Ident,
}

impl QualifiedName {
    /// Reads `name` or `schema.name`, as configuration writes it.
    #[must_use]
    pub fn from_dotted(text: &str) -> Self {
        match text.split_once('.') {
            Some((schema, name)) => Self { schema: Some(Ident::new(schema)), name: Ident::new(name) },
            None => Self { schema: None, name: Ident::new(text) },
        }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

/// Cuts a name that SQL wrote (`s.t`, `"a.b"."c""d"`) into its schema and its own part, quotes kept.
#[must_use]
pub fn split_qualified(name: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in name.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => return (&name[..at], &name[at + 1..]),
            '(' if !quoted => break,
            _ => {}
        }
    }
    ("", name)
}

/// The name as the catalog stores it, from how SQL writes it.
#[must_use]
pub fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inside) => inside.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// Cuts SQL text after the identifier that it starts with, quotes kept.
#[must_use]
pub fn split_identifier(text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted || c == '_' || c == '$' || c.is_alphanumeric() => {}
            _ => return text.split_at(at),
        }
    }
    (text, "")
}

/// Cuts SQL text at a separator wherever it stands outside double quotes, single quotes and parentheses.
#[must_use]
pub fn split_outside_quotes<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut pieces, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_u32, None);
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && text[at..].starts_with(separator) => {
                pieces.push(&text[start..at]);
                at += separator.len();
                start = at;
                continue;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    pieces.push(&text[start..]);
    pieces
}

/// A string value as an SQL literal, safe whatever `standard_conforming_strings` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal(String);

impl Literal {
    /// Takes the plain value.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The plain value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a literal as the server's `quote_literal` writes it.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let inside = |text: &str| Some(text.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"));
        match text.trim_start().strip_prefix('E') {
            Some(escaped) => inside(escaped).map(|text| Self(text.replace("\\\\", "\\"))),
            None => inside(text).map(Self),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doubled = self.0.replace('\'', "''");
        if doubled.contains('\\') {
            write!(f, "E'{}'", doubled.replace('\\', "\\\\"))
        } else {
            write!(f, "'{doubled}'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ident, Literal, QualifiedName, split_identifier, split_outside_quotes, split_qualified};

    #[test]
    fn names_and_lists_are_cut_outside_quotes_only() {
        assert_eq!(split_qualified("s.t"), ("s", "t"));
        assert_eq!(split_qualified("\"a.b\".\"c\"\"d.e\""), ("\"a.b\"", "\"c\"\"d.e\""));
        assert_eq!(split_qualified("plain"), ("", "plain"));
        assert_eq!(split_identifier("\"a \"\"b\" int"), ("\"a \"\"b\"", " int"));
        assert_eq!(split_qualified("s.f(a.b, c)"), ("s", "f(a.b, c)"));
        let list = "a numeric(4,2), \"b, c\" text, d 'x, y'";
        assert_eq!(split_outside_quotes(list, ", "), ["a numeric(4,2)", "\"b, c\" text", "d 'x, y'"]);
        assert_eq!(split_outside_quotes("", ", "), [""]);
    }

    #[test]
    fn hostile_names_and_values_stay_names_and_values() {
        assert_eq!(Ident::new("a\"; drop table x; --").to_string(), "\"a\"\"; drop table x; --\"");
        assert_eq!(Literal::new("it's").to_string(), "'it''s'");
        assert_eq!(Literal::new("a\\'b").to_string(), "E'a\\\\''b'");
        for value in ["it's", "a\\'b", "", "'", "E'"] {
            assert_eq!(Literal::read(&Literal::new(value).to_string()).unwrap().as_str(), value);
        }
        assert_eq!(Literal::read("plain"), None);
        assert_eq!(QualifiedName::from_dotted("audit.log").to_string(), "\"audit\".\"log\"");
    }
}
