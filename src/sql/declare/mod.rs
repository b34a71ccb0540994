//! What a change of a structure is in the files that declare it: the statement that makes a table says another column,
//! and what is new stands beside what it belongs to.
//!
//! Only a proposal, made from how the text stands there. Whoever writes it builds it first, and compares.

mod alter;
mod column;
mod elements;
mod shelf;

use std::collections::BTreeMap;
use std::ops::Range;

use pg_query::NodeEnum;
use pg_query::protobuf::{CreateStmt, DropStmt, RangeVar};

use self::shelf::Shelf;
use super::repeat::last_name;
use super::split;

/// Bytes of a statement that is looked at; what is longer is data or a body of code.
const LIMIT: usize = 1 << 20;

/// Why a change cannot be written into the files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotDeclared(String);

impl NotDeclared {
    fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// The texts of the files that declare a structure, in the order in which they are built, once statements have changed
/// what they declare. Text and comments around it stay.
///
/// ```
/// let files = ["create table t (\n  id int -- the key\n);\n".to_owned()];
/// let after = confiture::sql::declared(&files, "alter table t add column name text;")?;
/// assert_eq!(after, ["create table t (\n  id int, -- the key\n  name text\n);\n"]);
/// # Ok::<(), confiture::sql::NotDeclared>(())
/// ```
pub fn declared(files: &[String], change: &str) -> Result<Vec<String>, NotDeclared> {
    let pieces = split::split(change).map_err(|error| NotDeclared::new(error.to_string()))?;
    let mut files = files.to_vec();
    for piece in pieces {
        let text = shelf::plain(&change[piece.span]);
        let node = parsed(&text).ok_or_else(|| not_known(&text))?;
        let mut all: BTreeMap<usize, Vec<Edit>> = BTreeMap::new();
        for (file, own) in edits(&Shelf::of(&files)?, &text, &node)? {
            all.entry(file).or_default().extend(own);
        }
        for (file, mut own) in all {
            own.sort_by_key(|edit| std::cmp::Reverse((edit.range.start, edit.range.end)));
            for edit in own {
                files[file].replace_range(edit.range, &edit.text);
            }
        }
    }
    Ok(files)
}

/// What is to stand instead of a part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    range: Range<usize>,
    text: String,
}

impl Edit {
    fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { range: at..at, text: text.into() }
    }

    fn remove(range: Range<usize>) -> Self {
        Self { range, text: String::new() }
    }

    /// The same in the text that a part begins at this byte of.
    fn moved(self, by: usize) -> Self {
        Self { range: self.range.start + by..self.range.end + by, text: self.text }
    }
}

/// Edits of files, by the file's place.
type Edits = Vec<(usize, Vec<Edit>)>;

fn edits(shelf: &Shelf<'_>, text: &str, node: &NodeEnum) -> Result<Edits, NotDeclared> {
    match node {
        NodeEnum::AlterTableStmt(statement) => alter::altered(shelf, text, statement),
        NodeEnum::RenameStmt(statement) => alter::renamed(shelf, text, statement),
        NodeEnum::DropStmt(statement) => dropped(shelf, text, statement),
        NodeEnum::SelectStmt(_) | NodeEnum::TransactionStmt(_) | NodeEnum::VariableSetStmt(_) => {
            Err(not_known(text))
        }
        _ => shelf.put(text, node).ok_or_else(|| not_known(text)),
    }
}

/// What goes takes along what is said of it alone.
fn dropped(shelf: &Shelf<'_>, text: &str, drop: &DropStmt) -> Result<Edits, NotDeclared> {
    let names: Vec<String> = drop.objects.iter().filter_map(last_name).collect();
    let found: Edits = names.iter().flat_map(|name| shelf.without(name)).collect();
    if names.is_empty() || found.is_empty() { Err(not_known(text)) } else { Ok(found) }
}

fn not_known(text: &str) -> NotDeclared {
    let first: Vec<&str> = text.split_whitespace().take(4).collect();
    NotDeclared::new(format!("where the files say what `{} …` does cannot be told", first.join(" ")))
}

/// The tree of a text that is one statement.
fn parsed(text: &str) -> Option<NodeEnum> {
    let tree = if text.len() > LIMIT { None } else { pg_query::parse(text, 0).ok() };
    tree?.protobuf.stmts.into_iter().next()?.stmt?.node
}

/// Whether two names may be one table's: a schema that is not said is `public`, or one that `search_path` says.
fn is_meant(wanted: &RangeVar, found: &RangeVar) -> bool {
    let is_open = |name: &RangeVar| name.schemaname.is_empty();
    let alike = wanted.schemaname == found.schemaname || is_open(wanted) || is_open(found);
    wanted.relname == found.relname && alike
}

/// Whether a table is made as a list of what it has.
fn is_listed(create: &CreateStmt) -> bool {
    create.partbound.is_none() && create.of_typename.is_none()
}

#[cfg(test)]
mod tests;
