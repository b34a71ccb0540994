//! The list of what a table has, as it stands in the text: where each element begins and ends, and how one is put in or
//! taken out without a trace in the lines around it.

use std::ops::Range;

use pg_query::protobuf::{ScanToken, Token};

use super::Edit;
use crate::sql::tokens::is_comment;

/// The list between the parentheses.
pub(super) struct Elements<'a> {
    text: &'a str,
    tokens: &'a [ScanToken],
    pub(super) all: Vec<Element>,
    /// The byte after the parenthesis that opens it.
    open: usize,
}

/// A column or a constraint.
pub(super) struct Element {
    pub(super) span: Range<usize>,
    /// The comma after it.
    comma: Option<usize>,
}

impl<'a> Elements<'a> {
    /// The list that begins behind a byte of a statement.
    pub(super) fn of(text: &'a str, tokens: &'a [ScanToken], behind: usize) -> Option<Self> {
        let first =
            tokens.iter().position(|token| start(token) >= behind && token.token() == Token::Ascii40)?;
        let open = end(&tokens[first]);
        let mut list = Self { text, tokens, all: Vec::new(), open };
        let (mut depth, mut span): (usize, Option<Range<usize>>) = (1, None);
        for token in tokens[first + 1..].iter().filter(|token| !is_comment(token)) {
            match token.token() {
                Token::Ascii40 | Token::Ascii91 => depth += 1,
                Token::Ascii41 | Token::Ascii93 => depth -= 1,
                _ => {}
            }
            if depth == 0 || depth == 1 && token.token() == Token::Ascii44 {
                let comma = (depth == 1).then(|| start(token));
                list.all.extend(span.take().map(|span| Element { span, comma }));
            } else {
                let from = span.as_ref().map_or_else(|| start(token), |span| span.start);
                span = Some(from..end(token));
            }
            if depth == 0 {
                return Some(list);
            }
        }
        None
    }

    /// Puts an element behind another one, or into an empty list.
    pub(super) fn put(&self, behind: Option<usize>, new: &str) -> Vec<Edit> {
        let Some(place) = behind else {
            let gap = if self.all.is_empty() { "" } else { ", " };
            return vec![Edit::insert(self.open, format!("{new}{gap}"))];
        };
        let one = &self.all[place];
        let begin = self.line(one.span.start);
        if let Some(lead) = self.all.iter().find_map(|one| self.lead(one)) {
            return vec![Edit::insert(self.trailing(one.span.end), format!("\n{lead}{new}"))];
        }
        let end = self.trailing(one.comma.map_or(one.span.end, |comma| comma + 1));
        let has_remark = end > one.comma.map_or(one.span.end, |comma| comma + 1);
        let goes_on = one.comma.is_some() && !self.text[end..].starts_with('\n');
        if begin.trim().is_empty() && !goes_on || has_remark {
            let indent =
                if begin.trim().is_empty() { begin.to_owned() } else { format!("{}  ", space(begin)) };
            return match one.comma {
                Some(_) => vec![Edit::insert(end, format!("\n{indent}{new},"))],
                None if has_remark => {
                    vec![Edit::insert(one.span.end, ","), Edit::insert(end, format!("\n{indent}{new}"))]
                }
                None => vec![Edit::insert(end, format!(",\n{indent}{new}"))],
            };
        }
        vec![Edit::insert(one.span.end, format!(", {new}"))]
    }

    /// Takes elements out, each with what remarks upon it in its line.
    pub(super) fn without(&self, gone: &[usize]) -> Vec<Edit> {
        let mut edits: Vec<Edit> = gone.iter().map(|place| Edit::remove(self.whole(*place))).collect();
        // The last one that stays is followed by nothing.
        let last = (0..self.all.len()).rev().find(|place| !gone.contains(place));
        let comma = last.filter(|last| *last + 1 < self.all.len()).and_then(|last| self.all[last].comma);
        let covered = |at: usize| edits.iter().any(|edit| edit.range.contains(&at));
        if let Some(comma) = comma.filter(|comma| !covered(*comma)) {
            edits.push(Edit::remove(comma..comma + 1));
        }
        edits
    }

    /// An element with its comma, and with its line where that is its own.
    fn whole(&self, place: usize) -> Range<usize> {
        let one = &self.all[place];
        let begin = self.line(one.span.start);
        if let (Some(_), Some(previous)) = (self.lead(one), place.checked_sub(1)) {
            // The comma before it is its own.
            let from = self.all[previous].comma.map_or(one.span.start, |comma| self.line_start(comma));
            return from.saturating_sub(1)..self.trailing(one.span.end);
        }
        let end = one.comma.map_or(one.span.end, |comma| comma + 1);
        let remark = self.trailing(end);
        let closes = self.text[remark..].starts_with('\n');
        match (begin.trim().is_empty(), closes) {
            (true, true) => self.line_start(one.span.start).saturating_sub(1)..remark,
            (true, false) if one.comma.is_none() => {
                self.line_start(one.span.start).saturating_sub(1)..one.span.end
            }
            _ if one.comma.is_some() => {
                let rest = &self.text[end..];
                one.span.start..end + (rest.len() - rest.trim_start_matches([' ', '\t']).len())
            }
            _ => {
                let before = self.text[..one.span.start].trim_end_matches([' ', '\t']).len();
                before..one.span.end
            }
        }
    }

    /// What stands before something in its line.
    fn line(&self, at: usize) -> &'a str {
        &self.text[self.line_start(at)..at]
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// What a line begins with that has its comma in front.
    fn lead(&self, one: &Element) -> Option<&'a str> {
        let begin = self.line(one.span.start);
        (begin.trim() == ",").then_some(begin)
    }

    /// The end of the remarks that follow something in its line.
    fn trailing(&self, at: usize) -> usize {
        let mut end_of = at;
        for token in self.tokens.iter().filter(|token| start(token) >= at) {
            if !is_comment(token) || self.text[end_of..start(token)].contains('\n') {
                break;
            }
            end_of = end(token);
        }
        end_of
    }
}

/// What a line begins with.
fn space(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

pub(super) fn start(token: &ScanToken) -> usize {
    usize::try_from(token.start).unwrap_or_default()
}

pub(super) fn end(token: &ScanToken) -> usize {
    usize::try_from(token.end).unwrap_or_default()
}
