//! What a method sends.

use tree_sitter::Node;

use super::value::{self, Names};
use super::{Sql, Way, name_of, parts, position, said, unread};
use crate::model::python::Unread;

/// Reads a method; `names` are those of the module and the class around it.
pub(super) fn method(node: Node<'_>, text: &str, names: &Names) -> Way {
    let mut way = Way::default();
    let this = node.child_by_field_name("parameters").and_then(|all| all.named_child(0));
    let Some(this) = this.filter(|this| this.kind() == "identifier").map(|this| said(this, text)) else {
        way.unread = Some(unread(node, text, "a method without `self`"));
        return way;
    };
    let mut method = Method { this, text, names: names.clone(), sent: Vec::new() };
    let body = node.child_by_field_name("body");
    for statement in body.map(parts).unwrap_or_default() {
        match method.statement(statement) {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => {
                way.unread = Some(fault);
                break;
            }
        }
    }
    way.sql = method.sent;
    way
}

struct Method<'a> {
    /// What the method calls its object.
    this: &'a str,
    text: &'a str,
    names: Names,
    sent: Vec<Sql>,
}

impl Method<'_> {
    /// Takes a statement; says whether there may be another after it.
    fn statement(&mut self, node: Node<'_>) -> Result<bool, Unread> {
        let strange = || unread(node, self.text, name_of(node, self.text));
        match node.kind() {
            "pass_statement" => Ok(true),
            "return_statement" if node.named_child_count() == 0 => Ok(false),
            "expression_statement" => {
                let inner = node.named_child(0).ok_or_else(strange)?;
                match inner.kind() {
                    "string" | "concatenated_string" | "ellipsis" => Ok(true),
                    "call" => self.call(inner).map(|()| true),
                    "assignment" => self.assignment(inner).map(|()| true),
                    _ => Err(strange()),
                }
            }
            _ => Err(strange()),
        }
    }

    /// A name of the method's own, which may be given a meaning more than once: nothing branches here.
    fn assignment(&mut self, node: Node<'_>) -> Result<(), Unread> {
        let strange = || unread(node, self.text, format!("`{}`", said(node, self.text)));
        let (left, right) = (node.child_by_field_name("left"), node.child_by_field_name("right"));
        let left = left.filter(|left| left.kind() == "identifier").ok_or_else(strange)?;
        let value = right
            .and_then(|right| value::of(right, self.text, &self.names))
            .ok_or_else(|| unread(node, self.text, format!("what `{}` stands for", said(left, self.text))))?;
        self.names.bind(said(left, self.text), Some(value.text));
        Ok(())
    }

    /// `self.execute("…")`, without parameters.
    fn call(&mut self, node: Node<'_>) -> Result<(), Unread> {
        let strange = || unread(node, self.text, name_of(node, self.text));
        let function = node.child_by_field_name("function").filter(|one| one.kind() == "attribute");
        let function = function.ok_or_else(strange)?;
        let is = |field, wanted: &str| {
            function.child_by_field_name(field).is_some_and(|one| said(one, self.text) == wanted)
        };
        if !is("object", self.this) || !is("attribute", "execute") {
            return Err(strange());
        }
        let given = node.child_by_field_name("arguments").map(parts).unwrap_or_default();
        let [query] = given.as_slice() else {
            return Err(unread(node, self.text, "a statement with parameters"));
        };
        let query = match query.child_by_field_name("name") {
            Some(name) if query.kind() == "keyword_argument" && said(name, self.text) == "sql" => {
                query.child_by_field_name("value").unwrap_or(*query)
            }
            _ => *query,
        };
        let value = value::of(query, self.text, &self.names).ok_or_else(|| {
            let what = said(query, self.text).lines().next().unwrap_or_default();
            unread(query, self.text, format!("the SQL that `{what}` stands for"))
        })?;
        // What stands elsewhere, or in parts, is told where it is sent.
        let at = if value.verbatim { value.at } else { node.start_byte() };
        self.sent.push(Sql { text: value.text, at: position(self.text, at), verbatim: value.verbatim });
        Ok(())
    }
}
