//! Migrations that are programs in Python, as far as their text tells.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::migration::Version;

/// Whether the programs of a project may run on this machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// Whoever wrote them may have them run here.
    #[default]
    Run,
    /// They come from a fork: they are read.
    Fork,
    /// It is the bot's machine: they are read, whoever wrote them.
    Bot,
}

/// How a migration in Python was carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PythonOutcome {
    /// Why it was read and not run: its SQL stands there plainly, and ran as it is; absent, Python ran it.
    pub read_because: Option<String>,
    /// The end of what it wrote on standard output and standard error.
    pub output: Option<String>,
}

/// What is known of a program before it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Python {
    /// What of the way forward only Python can tell; absent, its SQL is read.
    pub up: Option<Unread>,
    /// The same of the way back.
    pub down: Option<Unread>,
    /// The version that the class says, when it says one plainly.
    pub version: Option<Version>,
    /// Roles that the text names, wherever it does.
    pub roles: Vec<String>,
    /// What the class declares beside its SQL: preconditions and hooks, by the names of the attributes.
    pub declares: Vec<Declared>,
}

/// A list that the class of a migration declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// The attribute.
    pub name: String,
    /// Line, counted from 1.
    pub line: usize,
}

/// A place that only Python can make something of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What stands there, in a few words.
    pub what: String,
}

/// The file that a text of SQL was taken out of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    /// The whole of it.
    pub text: String,
    /// Where the parts of the SQL stand in it, in order.
    pub parts: Vec<Part>,
}

/// A part of a text that was taken out of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its first line in the text.
    pub line: usize,
    /// Line and column where it stands.
    pub at: (usize, usize),
    /// Whether it stands there as it is, line by line.
    pub verbatim: bool,
}

impl Within {
    /// Where a position of the SQL stands.
    #[must_use]
    pub fn position(&self, (line, column): (usize, usize)) -> (usize, usize) {
        let Some(part) = self.parts.iter().rev().find(|part| part.line <= line) else { return (1, 1) };
        match line - part.line {
            _ if !part.verbatim => part.at,
            0 => (part.at.0, part.at.1 + column - 1),
            further => (part.at.0 + further, column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Within};

    #[test]
    fn a_position_is_that_of_the_file_which_the_text_was_taken_out_of() {
        let part = |line, at, verbatim| Part { line, at, verbatim };
        let parts = vec![part(1, (10, 25), true), part(3, (20, 9), false)];
        let within = Within { text: String::new(), parts };
        let positions = [(1, 3), (2, 5), (3, 7), (9, 9)].map(|position| within.position(position));
        assert_eq!(positions, [(10, 27), (11, 5), (20, 9), (20, 9)]);
    }
}
