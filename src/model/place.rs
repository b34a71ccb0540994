//! Where something stands in a file.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A position in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Path relative to the project directory, with `/` between its parts.
    #[schemars(with = "String")]
    pub path: Utf8PathBuf,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl Place {
    /// The position of byte `offset` of `text`, which is what the file at `path` holds.
    #[must_use]
    pub fn of(path: impl Into<Utf8PathBuf>, text: &str, offset: usize) -> Self {
        let (line, column) = line_and_column(text, offset);
        Self { path: path.into(), line, column }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

/// Where the lines of a text begin, so that many positions in it cost one pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex(Vec<usize>);

impl LineIndex {
    /// Reads a text once.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(after).collect())
    }

    /// Line and column of byte `offset` of that text, both counted from 1, the column in characters.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.0.partition_point(|start| *start <= offset);
        let start = self.0[line - 1];
        (line, characters(&text.as_bytes()[start..offset.min(text.len())]) + 1)
    }
}

/// Line and column of byte `offset` in `text`, both counted from 1, the column in characters.
#[must_use]
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    (line, characters(&before[start..]) + 1)
}

/// How many characters begin in these bytes: a UTF-8 continuation byte begins none.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::{LineIndex, line_and_column};

    #[test]
    fn an_index_gives_the_same_positions() {
        let text = "é\nab\n\nx";
        let index = LineIndex::of(text);
        for offset in (0..=text.len()).filter(|offset| text.is_char_boundary(*offset)) {
            assert_eq!(index.position(text, offset), line_and_column(text, offset), "{offset}");
        }
    }

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        assert_eq!(line_and_column("é\nab", 0), (1, 1));
        assert_eq!(line_and_column("é\nab", 2), (1, 2));
        assert_eq!(line_and_column("é\nab", 4), (2, 2));
        assert_eq!(line_and_column("ab", 99), (1, 3));
    }
}
