//! The text that an expression stands for, where that needs no running.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::said;

/// How deep expressions are looked into.
const DEPTH: usize = 64;

/// A text, and the byte where it stands: line and column are asked for where they are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    /// Its first byte.
    pub(super) at: usize,
    /// Whether the file has it as it is, line by line.
    pub(super) verbatim: bool,
}

/// What names stand for; one that has been given two meanings stands for none.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(BTreeMap<String, Option<String>>);

impl Names {
    /// The text that a name stands for from now on; absent, something that only Python can tell.
    pub(super) fn bind(&mut self, name: &str, value: Option<String>) {
        self.0.insert(name.to_owned(), value);
    }

    /// A name that is given a meaning somewhere in a file, so that the order of running decides when there are two.
    pub(super) fn bind_once(&mut self, name: &str, value: Option<String>) {
        let value = if self.0.contains_key(name) { None } else { value };
        self.bind(name, value);
    }

    fn get(&self, name: &str) -> Option<&String> {
        self.0.get(name)?.as_ref()
    }
}

/// The text that an expression stands for.
pub(super) fn of(node: Node<'_>, text: &str, names: &Names) -> Option<Value> {
    within(node, text, names, DEPTH)
}

fn within(node: Node<'_>, text: &str, names: &Names, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let at = node.start_byte();
    let joined = |text| Value { text, at, verbatim: false };
    match node.kind() {
        "string" => string(node, text, names),
        "concatenated_string" => {
            let parts = super::parts(node).into_iter().map(|part| within(part, text, names, depth));
            Some(joined(parts.map(|part| Some(part?.text)).collect::<Option<String>>()?))
        }
        "parenthesized_expression" => within(node.named_child(0)?, text, names, depth),
        "identifier" => names.get(said(node, text)).cloned().map(joined),
        "binary_operator" if said(node.child_by_field_name("operator")?, text) == "+" => {
            let side = |name| within(node.child_by_field_name(name)?, text, names, depth);
            Some(joined(side("left")?.text + &side("right")?.text))
        }
        _ => None,
    }
}

fn string(node: Node<'_>, text: &str, names: &Names) -> Option<Value> {
    let mut cursor = node.walk();
    let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
    let (start, end) = (children.first()?, children.last()?);
    let prefix = said(*start, text).trim_end_matches(['"', '\'']).to_ascii_lowercase();
    let inner = text.get(start.end_byte()..end.start_byte())?;
    let at = start.end_byte();
    if prefix.contains(['b', 't']) {
        return None;
    }
    if prefix.contains('f') {
        let formatted = formatted(&children[1..children.len() - 1], text, names, prefix.contains('r'))?;
        return Some(Value { text: formatted, at: node.start_byte(), verbatim: false });
    }
    if prefix.contains('r') || !inner.contains('\\') {
        return Some(Value { text: inner.to_owned(), at, verbatim: true });
    }
    Some(Value { text: unescaped(inner)?, at, verbatim: false })
}

/// An f-string that puts in nothing but names of texts.
fn formatted(children: &[Node<'_>], text: &str, names: &Names, raw: bool) -> Option<String> {
    let mut made = String::new();
    for child in children {
        if child.kind() == "interpolation" {
            let only = super::parts(*child);
            let [name] = only.as_slice() else { return None };
            if name.kind() != "identifier" || said(*child, text).contains('=') {
                return None;
            }
            made += names.get(said(*name, text))?;
        } else {
            let plain = said(*child, text).replace("{{", "{").replace("}}", "}");
            made += &if raw { plain } else { unescaped(&plain)? };
        }
    }
    Some(made)
}

/// A string's text as Python reads it. Characters that are called by name are Python's to know.
fn unescaped(inner: &str) -> Option<String> {
    let mut made = String::new();
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            made.push(character);
            continue;
        }
        match rest.next()? {
            '\n' => {}
            '\\' => made.push('\\'),
            quote @ ('\'' | '"') => made.push(quote),
            'n' => made.push('\n'),
            't' => made.push('\t'),
            'r' => made.push('\r'),
            'a' => made.push('\u{7}'),
            'b' => made.push('\u{8}'),
            'f' => made.push('\u{c}'),
            'v' => made.push('\u{b}'),
            'x' => made.push(coded(&mut rest, 2)?),
            'u' => made.push(coded(&mut rest, 4)?),
            'U' => made.push(coded(&mut rest, 8)?),
            'N' | '0'..='7' => return None,
            other => made.extend(['\\', other]),
        }
    }
    Some(made)
}

fn coded(rest: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let code: String = rest.by_ref().take(digits).collect();
    char::from_u32(u32::from_str_radix(&code, 16).ok().filter(|_| code.len() == digits)?)
}
