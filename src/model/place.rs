//! Where something stands in a file.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::Serialize;

/// A position in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
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

/// Line and column of byte `offset` in `text`, both counted from 1, the column in characters.
#[must_use]
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    // A UTF-8 continuation byte starts no character.
    let column = before[start..].iter().filter(|byte| (**byte & 0xC0) != 0x80).count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::line_and_column;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        assert_eq!(line_and_column("é\nab", 0), (1, 1));
        assert_eq!(line_and_column("é\nab", 2), (1, 2));
        assert_eq!(line_and_column("é\nab", 4), (2, 2));
        assert_eq!(line_and_column("ab", 99), (1, 3));
    }
}
