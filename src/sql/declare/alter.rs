//! What `ALTER TABLE` is in the statement that makes the table.

use std::ops::Range;

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, CreateStmt, Node, ObjectType, RangeVar,
    RenameStmt, ScanToken, Token,
};

use super::column::Column;
use super::elements::{Elements, end, start};
use super::shelf::{Declaration, Shelf};
use super::{Edit, Edits, NotDeclared, not_known};
use crate::model::ident::unquoted;
use crate::sql::tokens::is_comment;

/// The commands of an `ALTER TABLE`.
pub(super) fn commands(alter: &AlterTableStmt) -> impl Iterator<Item = &AlterTableCmd> {
    super::super::repeat::commands(alter)
}

/// The table that the foreign key of a command points at.
pub(super) fn referenced(command: &AlterTableCmd) -> Option<&RangeVar> {
    match command.def.as_ref()?.node.as_ref()? {
        NodeEnum::Constraint(constraint) => constraint.pktable.as_ref(),
        _ => None,
    }
}

/// A table's own statement, taken apart.
struct Table<'a> {
    one: &'a Declaration,
    create: &'a CreateStmt,
    text: &'a str,
    tokens: Vec<ScanToken>,
}

pub(super) fn altered(shelf: &Shelf<'_>, text: &str, alter: &AlterTableStmt) -> Result<Edits, NotDeclared> {
    let relation = alter.relation.as_ref().ok_or_else(|| not_known(text))?;
    let table = Table::of(shelf, relation)?;
    let tokens = scanned(text)?;
    let ends = ends(text, &tokens);
    let mut edits = Edits::new();
    for (command, to) in commands(alter).zip(ends) {
        let said = Said { shelf, text, tokens: &tokens, end: to };
        match command.subtype() {
            AlterTableType::AtDropColumn => edits.extend(without(shelf, &table, relation, &command.name)?),
            AlterTableType::AtAddConstraint if alter.cmds.len() == 1 => {
                edits.extend(constrained(&said, &table, alter, command)?);
            }
            _ => edits.push((table.one.file, table.changed(&said, command)?)),
        }
    }
    Ok(edits)
}

/// A command as it was said.
struct Said<'a> {
    shelf: &'a Shelf<'a>,
    text: &'a str,
    tokens: &'a [ScanToken],
    /// The byte at which it ends.
    end: usize,
}

impl Said<'_> {
    /// The text of a command from a byte on, to its end or to a word that ends it.
    fn from(&self, at: i32, before: Option<Token>) -> Option<&str> {
        let at = usize::try_from(at).ok()?;
        let own = || self.tokens.iter().filter(|token| start(token) >= at && end(token) <= self.end);
        let stop = own().find(|token| Some(token.token()) == before).map_or(self.end, start);
        Some(self.text.get(at..stop)?.trim_end())
    }

    /// What stands after a word.
    fn after(&self, word: Token) -> Option<&str> {
        let found = self.tokens.iter().rfind(|token| token.token() == word && end(token) <= self.end)?;
        Some(self.text.get(end(found)..self.end)?.trim())
    }
}

impl<'a> Table<'a> {
    fn of(shelf: &'a Shelf<'a>, relation: &RangeVar) -> Result<Self, NotDeclared> {
        let (one, create) = shelf.table(relation)?;
        let text = shelf.text(one);
        Ok(Self { one, create, text, tokens: scanned(text)? })
    }

    /// The list, which has to have what the tree has.
    fn elements(&self) -> Result<Elements<'_>, NotDeclared> {
        let name = self.create.relation.as_ref();
        let behind = name.and_then(|name| usize::try_from(name.location).ok()).unwrap_or_default();
        let found = Elements::of(self.text, &self.tokens, behind);
        let found = found.filter(|found| found.all.len() == self.create.table_elts.len());
        found.ok_or_else(|| NotDeclared::new("the list of the table's columns cannot be read"))
    }

    fn columns(&self) -> impl DoubleEndedIterator<Item = (usize, &ColumnDef)> {
        self.create.table_elts.iter().enumerate().filter_map(|(place, node)| Some((place, column(node)?)))
    }

    fn column(&self, name: &str) -> Result<(usize, &ColumnDef), NotDeclared> {
        let missing = || NotDeclared::new(format!("the list of its table has no column {name}"));
        self.columns().find(|(_, column)| column.colname == name).ok_or_else(missing)
    }

    /// What a command that is about one column, or about the list, does to it.
    fn changed(&self, said: &Said<'_>, command: &AlterTableCmd) -> Result<Vec<Edit>, NotDeclared> {
        let unknown = || not_known(said.text);
        let elements = self.elements()?;
        let definition = command.def.as_ref().and_then(|node| node.node.as_ref());
        if command.subtype() == AlterTableType::AtAddColumn {
            let Some(NodeEnum::ColumnDef(new)) = definition else { return Err(unknown()) };
            let new = said.from(new.location, None).ok_or_else(unknown)?;
            let last = self.columns().next_back().map(|(place, _)| place);
            return Ok(self.moved(elements.put(last, new)));
        }
        let (place, found) = self.column(&command.name)?;
        let span = elements.all[place].span.clone();
        let column = Column::of(self.text, &self.tokens, span, found).ok_or_else(unknown)?;
        let edits = match (command.subtype(), definition) {
            (AlterTableType::AtAlterColumnType, Some(NodeEnum::ColumnDef(new))) => {
                let location = new.type_name.as_ref().map_or(-1, |name| name.location);
                column.of_type(said.from(location, Some(Token::Using)).ok_or_else(unknown)?)
            }
            (AlterTableType::AtSetNotNull, _) => column.not_null(),
            (AlterTableType::AtDropNotNull, _) => column.nullable(),
            (AlterTableType::AtColumnDefault, None) => column.with_default(None),
            (AlterTableType::AtColumnDefault, Some(_)) => {
                column.with_default(Some(said.after(Token::Default).ok_or_else(unknown)?))
            }
            _ => return Err(unknown()),
        };
        Ok(self.moved(edits))
    }

    /// Edits of the statement as edits of its file.
    fn moved(&self, edits: Vec<Edit>) -> Vec<Edit> {
        edits.into_iter().map(|edit| edit.moved(self.one.span.start)).collect()
    }

    /// The tokens of its list that are the name of a column, behind what names something else.
    fn mentions(&self, span: &Range<usize>, name: &str) -> Vec<Range<usize>> {
        mentions(self.text, &self.tokens, name).into_iter().filter(|one| span.contains(&one.start)).collect()
    }
}

/// A constraint stands in the list, unless it points at a table that is made later: then it stands behind that.
fn constrained(
    said: &Said<'_>,
    table: &Table<'_>,
    alter: &AlterTableStmt,
    command: &AlterTableCmd,
) -> Result<Edits, NotDeclared> {
    let Some(NodeEnum::Constraint(new)) = command.def.as_ref().and_then(|node| node.node.as_ref()) else {
        return Err(not_known(said.text));
    };
    let place = |one: &Declaration| (one.file, one.span.start);
    let own = place(table.one);
    let is_later = match &new.pktable {
        Some(other) => said.shelf.table(other).map_or(true, |(other, _)| place(other) > own),
        None => false,
    };
    if is_later || new.skip_validation {
        let node = NodeEnum::AlterTableStmt(alter.clone());
        return said.shelf.put(said.text, &node).ok_or_else(|| not_known(said.text));
    }
    let new = said.from(new.location, None).ok_or_else(|| not_known(said.text))?;
    let elements = table.elements()?;
    let edits = elements.put(elements.all.len().checked_sub(1), new);
    Ok(vec![(table.one.file, table.moved(edits))])
}

/// A column goes with the constraints and indexes that it is a part of, and with what is said of it.
fn without(
    shelf: &Shelf<'_>,
    table: &Table<'_>,
    relation: &RangeVar,
    name: &str,
) -> Result<Edits, NotDeclared> {
    let (own, _) = table.column(name)?;
    let elements = table.elements()?;
    let is_gone = |place: &usize| {
        let is_constraint = column(&table.create.table_elts[*place]).is_none();
        *place == own || is_constraint && !table.mentions(&elements.all[*place].span, name).is_empty()
    };
    let gone: Vec<usize> = (0..elements.all.len()).filter(is_gone).collect();
    let mut edits = vec![(table.one.file, table.moved(elements.without(&gone)))];
    for one in shelf.about(relation) {
        if is_of_column(shelf, one, name)? {
            edits.push((one.file, vec![shelf.taken_out(one)]));
        }
    }
    Ok(edits)
}

/// Whether a statement is about a column and goes with it.
fn is_of_column(shelf: &Shelf<'_>, one: &Declaration, name: &str) -> Result<bool, NotDeclared> {
    let text = shelf.text(one);
    let is_kind = match &one.node {
        NodeEnum::IndexStmt(_) => true,
        NodeEnum::CommentStmt(comment) => comment.objtype() == ObjectType::ObjectColumn,
        NodeEnum::AlterTableStmt(alter) => {
            let is_constraint =
                |one: &AlterTableCmd| one.subtype() == AlterTableType::AtAddConstraint || one.name == name;
            commands(alter).all(is_constraint)
        }
        _ => false,
    };
    Ok(is_kind && !mentions(text, &scanned(text)?, name).is_empty())
}

/// A column called otherwise: in its table's list, and in what is said of the table.
pub(super) fn renamed(shelf: &Shelf<'_>, text: &str, rename: &RenameStmt) -> Result<Edits, NotDeclared> {
    let relation = rename.relation.as_ref().filter(|_| rename.rename_type() == ObjectType::ObjectColumn);
    let relation = relation.ok_or_else(|| not_known(text))?;
    let table = Table::of(shelf, relation)?;
    let (old, new) = (&rename.subname, scanned(text)?);
    // The new name as it is written.
    let new = new.iter().rfind(|token| !is_comment(token)).ok_or_else(|| not_known(text))?;
    let new = &text[start(new)..end(new)];
    let instead = |range: Range<usize>| Edit { range, text: new.to_owned() };
    table.column(old)?;
    let elements = table.elements()?;
    let mut own = Vec::new();
    for (element, node) in elements.all.iter().zip(&table.create.table_elts) {
        let skipped = match column(node) {
            Some(found) => {
                Column::of(table.text, &table.tokens, element.span.clone(), found).map(|one| one.kind)
            }
            None => None,
        };
        let found = table.mentions(&element.span, old).into_iter();
        own.extend(found.filter(|at| !skipped.as_ref().is_some_and(|kind| kind.contains(&at.start))));
    }
    let own = own.into_iter().map(instead).collect();
    let mut edits = vec![(table.one.file, table.moved(own))];
    for one in shelf.about(relation) {
        let text = shelf.text(one);
        let found =
            mentions(text, &scanned(text)?, old).into_iter().map(|at| instead(at).moved(one.span.start));
        edits.push((one.file, found.collect()));
    }
    Ok(edits)
}

fn column(node: &Node) -> Option<&ColumnDef> {
    match node.node.as_ref()? {
        NodeEnum::ColumnDef(column) => Some(column.as_ref()),
        _ => None,
    }
}

fn scanned(text: &str) -> Result<Vec<ScanToken>, NotDeclared> {
    let scanned = pg_query::scan(text).map_err(|error| NotDeclared::new(error.to_string()))?;
    Ok(scanned.tokens)
}

/// Where each command of a statement ends.
fn ends(text: &str, tokens: &[ScanToken]) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for token in tokens {
        match token.token() {
            Token::Ascii40 | Token::Ascii91 => depth += 1,
            Token::Ascii41 | Token::Ascii93 => depth = depth.saturating_sub(1),
            Token::Ascii44 if depth == 0 => found.push(start(token)),
            _ => {}
        }
    }
    found.push(text.trim_end().trim_end_matches(';').trim_end().len());
    found
}

/// The places of a name: no name of a table, of a schema, or of a column of another table that is referred to.
fn mentions(text: &str, tokens: &[ScanToken], name: &str) -> Vec<Range<usize>> {
    let words: Vec<&ScanToken> = tokens.iter().filter(|token| !is_comment(token)).collect();
    let mut found = Vec::new();
    let (mut referred, mut depth) = (None, 0_usize);
    for (place, token) in words.iter().enumerate() {
        match token.token() {
            Token::Ascii40 => depth += 1,
            Token::Ascii41 => {
                depth = depth.saturating_sub(1);
                // The list of the other table's columns is over.
                referred = referred.filter(|open| *open != depth);
            }
            Token::References => referred = Some(depth),
            Token::Ascii44 => referred = referred.filter(|open| *open != depth),
            _ => {}
        }
        let own = &text[start(token)..end(token)];
        let next = words.get(place + 1).map(|next| next.token());
        let before = place.checked_sub(1).map(|before| words[before].token());
        let names_other = matches!(next, Some(Token::Ascii46))
            || matches!(
                before,
                Some(Token::On | Token::Table | Token::Only | Token::Constraint | Token::Index)
            );
        let folded = if own.starts_with('"') { unquoted(own) } else { own.to_lowercase() };
        let is_word = !own.starts_with('\'') && folded == name;
        if is_word && referred.is_none() && !names_other {
            found.push(start(token)..end(token));
        }
    }
    found
}
