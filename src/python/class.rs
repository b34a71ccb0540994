//! The class of a migration.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::value::{self, Names};
use super::{Source, Sql, Way, body, name_of, parts, position, said, unread};
use crate::model::python::{Declared, Unread};

/// Methods that decide what running means.
const OWN: [&str; 4] = ["__init__", "execute", "execute_file", "__getattribute__"];

/// A file of which nothing is read.
pub(super) fn unreadable(fault: &Unread) -> Source {
    let way = || Way { sql: Vec::new(), unread: Some(fault.clone()) };
    Source { up: way(), down: Some(way()), ..Source::default() }
}

/// Reads a module.
pub(super) fn read(root: Node<'_>, text: &str) -> Source {
    let mut module =
        Module { text, names: Names::default(), bases: BTreeSet::new(), classes: Vec::new(), strange: None };
    for statement in parts(root) {
        module.statement(statement);
    }
    let mut found = match module.classes.as_slice() {
        [class] => Class::read(*class, &module),
        [] => {
            let what = "no class that derives from Migration".to_owned();
            return unreadable(&Unread { line: 1, column: 1, what });
        }
        [_, second, ..] => return unreadable(&unread(*second, text, "a second migration")),
    };
    // What runs when the file is loaded decides what everything after it means.
    if let Some(strange) = module.strange {
        for way in std::iter::once(&mut found.up).chain(&mut found.down) {
            way.unread = Some(strange.clone());
        }
    }
    found
}

struct Module<'a, 't> {
    text: &'a str,
    names: Names,
    /// What the bases of migrations are called here.
    bases: BTreeSet<&'a str>,
    classes: Vec<Node<'t>>,
    /// The first statement that does something when the file is loaded.
    strange: Option<Unread>,
}

impl<'t> Module<'_, 't> {
    fn statement(&mut self, node: Node<'t>) {
        match node.kind() {
            "import_from_statement" => self.import(node),
            "import_statement" | "future_import_statement" => {}
            // A class may stand on another of the file, and so may what it sends.
            "class_definition" if self.is_migration(node) => self.classes.push(node),
            "class_definition" | "function_definition" => {
                if let Some(name) = node.child_by_field_name("name") {
                    self.names.bind_once(said(name, self.text), None);
                }
            }
            "if_statement" if is_for_types(node, self.text) => {}
            "expression_statement" if self.is_harmless(node) => {}
            _ => {
                let strange = unread(node, self.text, name_of(node, self.text));
                self.strange.get_or_insert(strange);
            }
        }
    }

    fn import(&mut self, node: Node<'t>) {
        let from = node.child_by_field_name("module_name").map(|name| said(name, self.text));
        if !matches!(from, Some("confiture.models.migration" | "confiture.models")) {
            return;
        }
        let mut cursor = node.walk();
        for name in node.children_by_field_name("name", &mut cursor) {
            let (what, called) = match name.kind() {
                "aliased_import" => (name.child_by_field_name("name"), name.child_by_field_name("alias")),
                _ => (Some(name), Some(name)),
            };
            let what = what.map(|what| said(what, self.text));
            if let (Some("Migration" | "SQLMigration"), Some(called)) = (what, called) {
                self.bases.insert(said(called, self.text));
            }
        }
    }

    fn is_migration(&self, node: Node<'t>) -> bool {
        let bases = node.child_by_field_name("superclasses").map(parts).unwrap_or_default();
        bases.iter().any(|base| {
            let name = said(*base, self.text);
            let written_out = name.starts_with("confiture.") && name.ends_with("Migration");
            self.bases.contains(name) || written_out
        })
    }

    /// A docstring, or a name that is given a meaning.
    fn is_harmless(&mut self, node: Node<'t>) -> bool {
        let Some(inner) = node.named_child(0) else { return false };
        match inner.kind() {
            "string" | "concatenated_string" => true,
            "assignment" => bind(inner, self.text, &mut self.names),
            _ => false,
        }
    }
}

/// Gives the name on the left the meaning of what stands on the right; says whether it is a plain name.
fn bind(node: Node<'_>, text: &str, names: &mut Names) -> bool {
    let Some(left) = node.child_by_field_name("left") else { return false };
    let right = node.child_by_field_name("right");
    let value = right.and_then(|right| value::of(right, text, names)).map(|value| value.text);
    // A call may do anything; the usual ones give a log or a path.
    let harmless = |call: Node<'_>| {
        let function = call.child_by_field_name("function").map(|function| said(function, text));
        matches!(function, Some("logging.getLogger" | "Path"))
    };
    let calls = right.map(super::all).unwrap_or_default();
    let calls = calls.into_iter().filter(|node| node.kind() == "call").all(harmless);
    let plain = left.kind() == "identifier" && calls;
    if plain {
        names.bind_once(said(left, text), value);
    }
    plain
}

/// `if TYPE_CHECKING:`, which is never so where a program runs.
fn is_for_types(node: Node<'_>, text: &str) -> bool {
    let asked = node.child_by_field_name("condition").map(|condition| said(condition, text));
    let alone = node.child_by_field_name("alternative").is_none();
    alone && matches!(asked, Some("TYPE_CHECKING" | "typing.TYPE_CHECKING"))
}

/// The class while it is read.
struct Class<'a> {
    text: &'a str,
    names: Names,
    found: Source,
    has_up: bool,
    /// The first thing that changes what a method means.
    strange: Option<Unread>,
}

impl<'a> Class<'a> {
    fn read(node: Node<'_>, module: &Module<'a, '_>) -> Source {
        let (text, names) = (module.text, module.names.clone());
        let mut class = Self { text, names, found: Source::default(), has_up: false, strange: None };
        let methods: Vec<Node<'_>> = node.child_by_field_name("body").map(parts).unwrap_or_default();
        for statement in &methods {
            class.statement(*statement, &module.names);
        }
        if !class.has_up {
            class.found.up.unread = Some(unread(node, text, "a class without `up`"));
        }
        for way in std::iter::once(&mut class.found.up).chain(&mut class.found.down) {
            if let Some(strange) = &class.strange {
                way.unread = Some(strange.clone());
            }
        }
        class.found
    }

    fn statement(&mut self, node: Node<'_>, names: &Names) {
        match node.kind() {
            "function_definition" => self.method(node, names),
            "pass_statement" => {}
            "expression_statement" => self.attribute(node),
            _ => self.is_strange(node),
        }
    }

    fn is_strange(&mut self, node: Node<'_>) {
        let strange = unread(node, self.text, name_of(node, self.text));
        self.strange.get_or_insert(strange);
    }

    fn method(&mut self, node: Node<'_>, names: &Names) {
        let name = node.child_by_field_name("name").map(|name| said(name, self.text)).unwrap_or_default();
        match name {
            "up" => {
                self.found.up = body::method(node, self.text, names);
                self.has_up = true;
            }
            "down" => self.found.down = Some(body::method(node, self.text, names)),
            _ if OWN.contains(&name) => self.is_strange(node),
            _ => {}
        }
    }

    fn attribute(&mut self, node: Node<'_>) {
        let inner = node.named_child(0).filter(|inner| inner.kind() != "string");
        let Some(inner) = inner else { return };
        let (left, right) = (inner.child_by_field_name("left"), inner.child_by_field_name("right"));
        let (Some(left), true) = (left, inner.kind() == "assignment") else { return self.is_strange(node) };
        let name = said(left, self.text);
        let value = right.and_then(|right| value::of(right, self.text, &self.names));
        let plain = right.map(|right| said(right, self.text)).unwrap_or_default();
        match name {
            "version" => self.found.version = value.map(|value| value.text),
            "transactional" if !matches!(plain, "True" | "False") => self.is_strange(node),
            "transactional" => self.found.no_transaction = plain == "False",
            "up_sql" | "down_sql" => self.sql(name, node, value),
            _ if name.ends_with("_hooks") || name.ends_with("_preconditions") => {
                if !matches!(plain, "" | "[]") {
                    let (line, _) = super::position(self.text, node.start_byte());
                    self.found.declares.push(Declared { name: name.to_owned(), line });
                }
            }
            _ => self.names.bind_once(name, value.map(|value| value.text)),
        }
    }

    /// What an `SQLMigration` sends.
    fn sql(&mut self, name: &str, node: Node<'_>, value: Option<value::Value>) {
        let way = if let Some(value) = value {
            let at = position(self.text, value.at);
            let sql = Sql { text: value.text, at, verbatim: value.verbatim };
            Way { sql: vec![sql], unread: None }
        } else {
            let what = format!("the SQL that `{name}` stands for");
            Way { sql: Vec::new(), unread: Some(unread(node, self.text, what)) }
        };
        if name == "up_sql" {
            (self.found.up, self.has_up) = (way, true);
        } else {
            self.found.down = Some(way);
        }
    }
}
