//! Migrations in Python as text: what they send to the database, as far as that stands there plainly. Nothing is run.
//!
//! A file is read when all that its ways do is to call `self.execute` with text. Whatever else stands there, only
//! Python can tell.

mod body;
mod class;
mod value;

use tree_sitter::{Node, Parser, Tree};

use crate::model::python::{Declared, Unread};

/// What a file holds.
#[derive(Debug, Default)]
pub struct Source {
    /// The version that its class says.
    pub version: Option<String>,
    /// Whether its class asks for no transaction.
    pub no_transaction: bool,
    /// What the way forward sends.
    pub up: Way,
    /// What the way back sends; absent, there is none.
    pub down: Option<Way>,
    /// Lists of preconditions and hooks that are not empty.
    pub declares: Vec<Declared>,
    /// Every text in the file.
    pub texts: Vec<String>,
}

/// What one of the two ways sends.
#[derive(Debug, Default)]
pub struct Way {
    /// The pieces of SQL in order, as far as they are read.
    pub sql: Vec<Sql>,
    /// The first place that is not; absent, all is read.
    pub unread: Option<Unread>,
}

/// A piece of SQL that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql {
    /// What is sent.
    pub text: String,
    /// Line and column where it stands, or where it is sent.
    pub at: (usize, usize),
    /// Whether it stands there as it is, line by line.
    pub verbatim: bool,
}

/// Reads a file.
///
/// ```
/// let text = "from confiture.models.migration import Migration\n\nclass A(Migration):\n    \
///             def up(self):\n        self.execute('create table a ()')\n";
/// let source = confiture::python::read(text);
/// assert_eq!(source.up.sql[0].text, "create table a ()");
/// assert!(source.up.unread.is_none() && source.down.is_none());
/// ```
#[must_use]
pub fn read(text: &str) -> Source {
    let Some(tree) = parse(text) else {
        return class::unreadable(&Unread { line: 1, column: 1, what: "no Python".to_owned() });
    };
    let root = tree.root_node();
    let mut source = match fault(root) {
        Some(fault) => class::unreadable(&unread(fault, text, "a syntax error")),
        None => class::read(root, text),
    };
    source.texts = texts(root, text);
    source
}

fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    parser.parse(text, None)
}

/// The first place that is no Python.
fn fault(root: Node<'_>) -> Option<Node<'_>> {
    if root.has_error() {
        all(root).into_iter().find(|node| node.is_error() || node.is_missing())
    } else {
        None
    }
}

fn texts(root: Node<'_>, text: &str) -> Vec<String> {
    let none = value::Names::default();
    let strings = all(root).into_iter().filter(|node| node.kind() == "string");
    strings.filter_map(|node| value::of(node, text, &none)).map(|value| value.text).collect()
}

/// Every node of a tree, in the order of the text. Not by recursion: how deep a text goes, its author decides.
fn all(root: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = root.walk();
    let mut found = vec![root];
    'next: loop {
        let mut moved = cursor.goto_first_child();
        while !moved {
            moved = cursor.goto_next_sibling();
            if !moved && !cursor.goto_parent() {
                break 'next;
            }
        }
        found.push(cursor.node());
    }
    found
}

/// The children that mean something, without comments.
fn parts(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}

fn said<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// Line and column of a byte, both counted from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    crate::model::place::line_and_column(text, offset)
}

fn unread(node: Node<'_>, text: &str, what: impl Into<String>) -> Unread {
    let (line, column) = position(text, node.start_byte());
    Unread { line, column, what: what.into() }
}

/// What a node is, for whoever wrote it.
fn name_of(node: Node<'_>, text: &str) -> String {
    let kind = node.kind();
    let call = if kind == "expression_statement" { node.named_child(0) } else { Some(node) };
    match call.filter(|call| call.kind() == "call").and_then(|call| call.child_by_field_name("function")) {
        Some(function) => format!("a call of `{}`", said(function, text).lines().next().unwrap_or_default()),
        None => format!("`{}`", said(node, text).split([' ', ':', '\n', '(']).next().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests;
