//! A column as a table's list has it: name, type, and what holds of it, each with its place.

use std::ops::Range;

use pg_query::NodeEnum;
use pg_query::protobuf::{ColumnDef, ConstrType, Constraint, ScanToken};

use super::Edit;
use super::elements::{end, start};
use crate::sql::tokens::is_comment;

/// A column within the text of its statement.
pub(super) struct Column<'a> {
    text: &'a str,
    span: Range<usize>,
    pub(super) kind: Range<usize>,
    held: Vec<(ConstrType, Range<usize>)>,
}

impl<'a> Column<'a> {
    pub(super) fn of(
        text: &'a str,
        tokens: &[ScanToken],
        span: Range<usize>,
        column: &ColumnDef,
    ) -> Option<Self> {
        let place = |location: i32| usize::try_from(location).ok().filter(|at| span.contains(at));
        let own = constraints(column).filter_map(|one| Some((one.contype(), place(one.location)?)));
        let own: Vec<(ConstrType, usize)> = own.collect();
        let within = |from: usize, to: usize| {
            let words = tokens.iter().filter(|token| !is_comment(token));
            let last = words.filter(|token| start(token) >= from && end(token) <= to).map(end).max();
            last.map(|last| from..last)
        };
        let collation = column.coll_clause.as_ref().and_then(|one| place(one.location));
        let first = own.iter().map(|(_, at)| *at).chain(collation).min().unwrap_or(span.end);
        let kind = within(place(column.type_name.as_ref()?.location)?, first)?;
        let ends = own.iter().skip(1).map(|(_, at)| *at).chain([span.end]);
        let held = own.iter().zip(ends).filter_map(|((kind, at), end)| Some((*kind, within(*at, end)?)));
        let held = held.collect();
        Some(Self { text, span, kind, held })
    }

    fn find(&self, wanted: &[ConstrType]) -> Option<&Range<usize>> {
        self.held.iter().find(|(kind, _)| wanted.contains(kind)).map(|(_, span)| span)
    }

    /// The same of another type.
    pub(super) fn of_type(&self, kind: &str) -> Vec<Edit> {
        vec![Edit { range: self.kind.clone(), text: kind.to_owned() }]
    }

    /// The same without NULL.
    pub(super) fn not_null(&self) -> Vec<Edit> {
        use ConstrType::{ConstrIdentity, ConstrNotnull, ConstrNull, ConstrPrimary};
        if self.find(&[ConstrNotnull, ConstrPrimary, ConstrIdentity]).is_some() {
            return Vec::new();
        }
        match self.find(&[ConstrNull]) {
            Some(null) => vec![Edit { range: null.clone(), text: "not null".to_owned() }],
            None => vec![Edit::insert(self.bare_end(), " not null")],
        }
    }

    /// The same where NULL may be.
    pub(super) fn nullable(&self) -> Vec<Edit> {
        self.without(ConstrType::ConstrNotnull)
    }

    /// The same with a default; without one, when there is none to have.
    pub(super) fn with_default(&self, default: Option<&str>) -> Vec<Edit> {
        let Some(default) = default else { return self.without(ConstrType::ConstrDefault) };
        match self.find(&[ConstrType::ConstrDefault]) {
            Some(old) => vec![Edit { range: old.clone(), text: format!("default {default}") }],
            None => vec![Edit::insert(self.bare_end(), format!(" default {default}"))],
        }
    }

    /// Where what holds of it begins.
    fn bare_end(&self) -> usize {
        let first = self.held.first().map_or(self.span.end, |(_, span)| span.start);
        self.text[..first].trim_end().len()
    }

    fn without(&self, kind: ConstrType) -> Vec<Edit> {
        let found = self.find(&[kind]).map(|span| self.text[..span.start].trim_end().len()..span.end);
        found.map(Edit::remove).into_iter().collect()
    }
}

fn constraints(column: &ColumnDef) -> impl Iterator<Item = &Constraint> {
    column.constraints.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::Constraint(one)) => Some(one.as_ref()),
        _ => None,
    })
}
