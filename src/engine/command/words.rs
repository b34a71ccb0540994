//! The words of a line, each with its column.

use super::CommandError;
use crate::model::likeness::nearest;

/// What is left of a line.
#[derive(Debug)]
pub(super) struct Words<'a> {
    line: &'a str,
    at: usize,
}

/// A word, or the rest of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    /// Column in characters, counted from 1.
    pub column: usize,
    pub text: &'a str,
}

/// What is wrong in a line.
#[derive(Debug)]
pub(super) struct Fault {
    pub column: usize,
    pub reason: String,
}

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        Self { line: line.trim_end(), at: 0 }
    }

    /// The next word.
    pub(super) fn next(&mut self) -> Option<Word<'a>> {
        let word = self.peek()?;
        self.at += word.text.len();
        Some(word)
    }

    /// The next word, left where it is.
    pub(super) fn peek(&mut self) -> Option<Word<'a>> {
        let rest = self.ahead();
        let text = rest.text.split_whitespace().next()?;
        Some(Word { text, ..rest })
    }

    /// The next word, and where there is none, why it is missed.
    pub(super) fn wanted(&mut self, reason: &str) -> Result<Word<'a>, Fault> {
        let end = self.line.chars().count() + 1;
        self.next().ok_or_else(|| Fault { column: end, reason: reason.to_owned() })
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> Word<'a> {
        let rest = self.ahead();
        self.at = self.line.len();
        rest
    }

    fn ahead(&mut self) -> Word<'a> {
        let rest = &self.line[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        Word { column: self.line[..self.at].chars().count() + 1, text: &self.line[self.at..] }
    }
}

impl Word<'_> {
    pub(super) fn fault(&self, reason: String) -> Fault {
        Fault { column: self.column, reason }
    }

    /// A word that is none of those that are known: the nearest one is offered, else `otherwise`.
    pub(super) fn unknown(&self, what: &str, known: &[&str], otherwise: &str) -> Fault {
        let near = nearest(&self.text.to_lowercase(), known);
        let meant = near.map_or_else(|| otherwise.to_owned(), |known| format!("did you mean `{known}`?"));
        self.fault(format!("`{}` is {what}: {meant}", shown(self.text)))
    }
}

impl Fault {
    pub(super) fn in_line(self, line: usize) -> CommandError {
        CommandError { line, column: self.column, reason: self.reason }
    }
}

/// The beginning of a word of the comment's, so that it stays inside a code span, where it calls nobody.
pub(super) fn shown(word: &str) -> String {
    word.chars().take(40).map(|one| if one == '`' || one.is_control() { '\u{fffd}' } else { one }).collect()
}
