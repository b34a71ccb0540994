//! The statements of all files, and where something new has its place among them.

use std::ops::Range;

use pg_query::NodeEnum;
use pg_query::protobuf::{CreateStmt, KeywordKind, RangeVar, Token};

use super::{Edit, Edits, LIMIT, NotDeclared, alter, is_listed, is_meant, parsed};
use crate::model::statement::Touch;
use crate::sql::{split, touch};

/// The files with the statements that declare something.
pub(super) struct Shelf<'a> {
    pub(super) files: &'a [String],
    pub(super) statements: Vec<Declaration>,
}

/// A statement of a file.
pub(super) struct Declaration {
    pub(super) file: usize,
    pub(super) span: Range<usize>,
    pub(super) node: NodeEnum,
    touches: Vec<Touch>,
}

impl<'a> Shelf<'a> {
    pub(super) fn of(files: &'a [String]) -> Result<Self, NotDeclared> {
        let mut statements = Vec::new();
        for (file, text) in files.iter().enumerate() {
            let pieces = split::split(text).map_err(|error| NotDeclared::new(error.to_string()))?;
            for piece in pieces.into_iter().filter(|piece| piece.copy_data.is_none()) {
                let Some(node) = parsed(&text[piece.span.clone()]) else { continue };
                let touches = touch::touches(&node, piece.span.start);
                statements.push(Declaration { file, span: piece.span, node, touches });
            }
        }
        Ok(Self { files, statements })
    }

    pub(super) fn text(&self, one: &Declaration) -> &'a str {
        &self.files[one.file][one.span.clone()]
    }

    /// The statement that makes a table as a list.
    pub(super) fn table(&self, wanted: &RangeVar) -> Result<(&Declaration, &CreateStmt), NotDeclared> {
        let makes = |one: &'_ Declaration| match &one.node {
            NodeEnum::CreateStmt(create) if is_listed(create) => {
                create.relation.as_ref().is_some_and(|relation| is_meant(wanted, relation))
            }
            _ => false,
        };
        let mut found = self.statements.iter().filter(|one| makes(one));
        let missing = || NotDeclared::new(format!("no file makes the table {}", wanted.relname));
        let first = found.next().ok_or_else(missing)?;
        match (&first.node, found.next()) {
            (NodeEnum::CreateStmt(create), None) => Ok((first, create)),
            _ => Err(NotDeclared::new(format!("several statements make a table {}", wanted.relname))),
        }
    }

    /// The statements that speak of a table besides the one that makes it.
    pub(super) fn about<'b>(&'b self, table: &'b RangeVar) -> impl Iterator<Item = &'b Declaration> {
        self.statements.iter().filter(move |one| {
            let relation = match &one.node {
                NodeEnum::IndexStmt(index) => index.relation.as_ref(),
                NodeEnum::AlterTableStmt(alter) => alter.relation.as_ref(),
                NodeEnum::CreatePolicyStmt(policy) => policy.table.as_ref(),
                NodeEnum::CreateTrigStmt(trigger) => trigger.relation.as_ref(),
                NodeEnum::CommentStmt(_) => return one.is_about(&table.relname),
                _ => None,
            };
            relation.is_some_and(|relation| is_meant(table, relation))
        })
    }

    /// Where a new statement stands: after the last that speaks of its table, else after the last of its kind, else at
    /// the end of the last file.
    pub(super) fn put(&self, text: &str, node: &NodeEnum) -> Option<Edits> {
        if let Some(same) = self.replaced(node) {
            return Some(vec![(same.file, vec![Edit { range: same.span.clone(), text: text.to_owned() }])]);
        }
        let beside = belongs_to(node).into_iter().filter_map(|table| self.last_about(table)).max();
        let alike = std::mem::discriminant(node);
        let kind = || self.statements.iter().rposition(|one| std::mem::discriminant(&one.node) == alike);
        match beside.or_else(kind) {
            Some(place) => Some(vec![self.after(&self.statements[place], text)]),
            None => self.files.iter().enumerate().next_back().map(|(file, before)| {
                let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
                vec![(file, vec![Edit::insert(before.len(), format!("{gap}{text};\n"))])]
            }),
        }
    }

    /// What a `create or replace` stands for.
    fn replaced(&self, node: &NodeEnum) -> Option<&Declaration> {
        let replaces = match node {
            NodeEnum::ViewStmt(view) => view.replace,
            NodeEnum::CreateFunctionStmt(function) => function.replace,
            NodeEnum::CreateTrigStmt(trigger) => trigger.replace,
            _ => false,
        };
        let name = |touches: &[Touch]| touches.first().map(|one| (one.parent.clone(), one.name.clone()));
        let wanted = name(&touch::touches(node, 0)).filter(|_| replaces)?;
        let alike = std::mem::discriminant(node);
        let mut found = self.statements.iter().filter(|one| std::mem::discriminant(&one.node) == alike);
        found.find(|one| name(&one.touches).as_ref() == Some(&wanted))
    }

    fn last_about(&self, table: &RangeVar) -> Option<usize> {
        let makes = |one: &Declaration| {
            matches!(&one.node, NodeEnum::CreateStmt(create)
                if create.relation.as_ref().is_some_and(|relation| is_meant(table, relation)))
        };
        let about: Vec<Range<usize>> = self.about(table).map(|one| one.span.clone()).collect();
        let first = self.statements.iter().position(makes)?;
        let file = self.statements[first].file;
        let is_about =
            |one: &Declaration| one.file == file && (about.contains(&one.span) || one.touches_part(table));
        let last = self.statements.iter().rposition(is_about);
        Some(last.map_or(first, |last| last.max(first)))
    }

    /// A statement in a line of its own after another one.
    pub(super) fn after(&self, one: &Declaration, text: &str) -> (usize, Vec<Edit>) {
        let whole = &self.files[one.file];
        let (end, closed) = self.end(one);
        let gap = if whole[one.span.clone()].contains('\n') { "\n\n" } else { "\n" };
        let closing = if closed { "" } else { ";" };
        (one.file, vec![Edit::insert(end, format!("{closing}{gap}{text};"))])
    }

    /// The end of the line on which a statement ends, when nothing but a comment follows it there, and whether a
    /// semicolon ends it.
    fn end(&self, one: &Declaration) -> (usize, bool) {
        let rest = &self.files[one.file][one.span.end..];
        let blank = rest.len() - rest.trim_start().len();
        let closed = rest[blank..].starts_with(';');
        let end = if closed { blank + 1 } else { 0 };
        let line = rest[end..].split('\n').next().unwrap_or_default();
        let trailing = line.trim_start().starts_with("--") || line.trim().is_empty();
        let more = if closed && trailing { line.trim_end().len() } else { 0 };
        (one.span.end + end + more, closed)
    }

    /// The files without what makes something and what is said of it alone.
    pub(super) fn without(&self, name: &str) -> Edits {
        let gone = self.statements.iter().filter(|one| one.is_about(name));
        gone.map(|one| (one.file, vec![self.taken_out(one)])).collect()
    }

    /// A statement taken out with the rest of its line, and with one of the empty lines around it.
    pub(super) fn taken_out(&self, one: &Declaration) -> Edit {
        let whole = &self.files[one.file];
        let (end, _) = self.end(one);
        let start = whole[..one.span.start].trim_end_matches([' ', '\t']).len();
        let begins = start == 0 || whole[..start].ends_with('\n');
        let end = if begins && whole[end..].starts_with('\n') { end + 1 } else { end };
        let lonely = begins && (start == 0 || whole[..start].ends_with("\n\n"));
        let end = if lonely && whole[end..].starts_with('\n') { end + 1 } else { end };
        Edit::remove(start..end)
    }
}

impl Declaration {
    /// Whether it makes something of that name, or says something of it alone.
    fn is_about(&self, name: &str) -> bool {
        let is_it = |one: &Touch| match &one.parent {
            None => one.name == name,
            Some((_, table)) => table == name,
        };
        let own = self.touches.iter().any(|one| one.parent.is_none() && one.name == name);
        own || !self.touches.is_empty() && self.touches.iter().all(is_it)
    }

    fn touches_part(&self, table: &RangeVar) -> bool {
        let parent = |one: &Touch| one.parent.as_ref().is_some_and(|(_, name)| *name == table.relname);
        self.touches.iter().any(parent)
    }
}

/// The tables that have to be there before a statement.
fn belongs_to(node: &NodeEnum) -> Vec<&RangeVar> {
    let own = match node {
        NodeEnum::IndexStmt(index) => index.relation.as_ref(),
        NodeEnum::CreateTrigStmt(trigger) => trigger.relation.as_ref(),
        NodeEnum::CreatePolicyStmt(policy) => policy.table.as_ref(),
        NodeEnum::AlterTableStmt(alter) => {
            let others = alter::commands(alter).filter_map(alter::referenced);
            return alter.relation.iter().chain(others).collect();
        }
        _ => None,
    };
    own.into_iter().collect()
}

/// A statement whose names are quoted only where they have to be.
pub(super) fn plain(text: &str) -> String {
    let Ok(scanned) = pg_query::scan(text) else { return text.to_owned() };
    let mut plain = text.to_owned();
    for token in scanned.tokens.iter().rev().filter(|token| token.token() == Token::Ident) {
        let (Ok(start), Ok(end)) = (usize::try_from(token.start), usize::try_from(token.end)) else {
            continue;
        };
        let inside = text[start..end].strip_prefix('"').and_then(|name| name.strip_suffix('"'));
        if let Some(name) = inside.filter(|name| needs_no_quotes(name)) {
            plain.replace_range(start..end, name);
        }
    }
    plain
}

fn needs_no_quotes(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let begins_well = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    let scanned = if name.len() < LIMIT && begins_well && name.bytes().all(fits) {
        pg_query::scan(name).ok()
    } else {
        None
    };
    scanned.is_some_and(|scanned| match scanned.tokens.as_slice() {
        [one] => matches!(one.keyword_kind(), KeywordKind::NoKeyword | KeywordKind::UnreservedKeyword),
        _ => false,
    })
}
