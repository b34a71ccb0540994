//! SQL laid out anew: key words in lower case, indentation by parentheses, no spaces at the ends of lines.
//!
//! Only white space and the case of key words change. Whoever keeps what comes of it has a proof: the tokens are the
//! same, comments to the byte, and so are the parse trees.

use std::ops::Range;

use pg_query::protobuf::{KeywordKind, ScanToken, Token};

use super::tokens::is_comment;
use super::{split, tree};

/// Columns that an open parenthesis indents by.
const STEP: usize = 2;
/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// Types of the server's that are no key words.
const TYPES: [&str; 22] = [
    "bool",
    "bytea",
    "bigserial",
    "cidr",
    "citext",
    "date",
    "float4",
    "float8",
    "inet",
    "int2",
    "int4",
    "int8",
    "jsonb",
    "money",
    "oid",
    "serial",
    "smallserial",
    "timestamptz",
    "timetz",
    "tsquery",
    "tsvector",
    "uuid",
];

/// Why a text is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFormatted {
    /// The scanner or the parser refuses it.
    #[error("this is no SQL that can be parsed: {message}")]
    NoSql {
        /// The byte of the statement, as far as it is known.
        offset: usize,
        /// The parser's own words.
        message: String,
    },
    /// Lines that are no SQL.
    #[error("{what} is no SQL, and stays as it is written")]
    Mixed {
        /// The byte where it stands.
        offset: usize,
        /// What it is.
        what: &'static str,
    },
    /// What came of it is not proved to be the same.
    #[error("the text would not mean the same when it is laid out anew")]
    NotTheSame,
}

impl NotFormatted {
    /// The byte that it is about.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::NoSql { offset, .. } | Self::Mixed { offset, .. } => *offset,
            Self::NotTheSame => 0,
        }
    }
}

/// What is done with the words of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyWords {
    /// They are written in lower case.
    Lower,
    /// They stay as they are.
    Keep,
}

/// A text laid out anew.
///
/// ```
/// use confiture::sql::{KeyWords, format};
///
/// let text = "CREATE TABLE t (\n\tid INT, -- the key\n name TEXT\n)  ;\n\n\n\n";
/// assert_eq!(format(text, KeyWords::Lower)?, "create table t (\n  id int, -- the key\n  name text\n);\n");
/// # Ok::<(), confiture::sql::NotFormatted>(())
/// ```
pub fn format(text: &str, key_words: KeyWords) -> Result<String, NotFormatted> {
    let statements = statements(text)?;
    let scanned = scan(text)?;
    let formatted = Layout::new(text, statements, &scanned, key_words).run();
    if is_the_same(text, &scanned, &formatted) { Ok(formatted) } else { Err(NotFormatted::NotTheSame) }
}

/// The places of the statements of a text that is SQL from beginning to end.
fn statements(text: &str) -> Result<Vec<Range<usize>>, NotFormatted> {
    let pieces = split::split(text)
        .map_err(|error| NotFormatted::Mixed { offset: error.offset, what: "a command of psql" })?;
    for piece in &pieces {
        let offset = piece.span.start;
        if piece.copy_data.is_some() {
            return Err(NotFormatted::Mixed { offset, what: "the data of a COPY" });
        }
        if let Some(message) = tree::fault(&text[piece.span.clone()]) {
            return Err(NotFormatted::NoSql { offset, message });
        }
    }
    Ok(pieces.into_iter().map(|piece| piece.span).collect())
}

fn scan(text: &str) -> Result<Vec<ScanToken>, NotFormatted> {
    let scanned = pg_query::scan(text);
    let scanned = scanned.map_err(|error| NotFormatted::NoSql { offset: 0, message: error.to_string() })?;
    Ok(scanned.tokens)
}

/// Whether two texts are made of the same tokens and mean the same.
fn is_the_same(before: &str, tokens: &[ScanToken], after: &str) -> bool {
    let Ok(others) = scan(after) else { return false };
    let alike = |(one, other): (&ScanToken, &ScanToken)| {
        let (left, right) = (word(before, one), word(after, other));
        let folded = is_of_the_language(left, one) && left.eq_ignore_ascii_case(right);
        one.token == other.token && (left == right || folded)
    };
    tokens.len() == others.len()
        && tokens.iter().zip(&others).all(alike)
        && tree::normalised(before, &[]) == tree::normalised(after, &[])
        && fingerprint(before) == fingerprint(after)
}

fn fingerprint(text: &str) -> Option<u64> {
    pg_query::fingerprint(text, 0, 0).ok().map(|print| print.value)
}

/// Token positions are bytes of the text.
fn word<'a>(text: &'a str, token: &ScanToken) -> &'a str {
    &text[place(token.start)..place(token.end)]
}

fn place(position: i32) -> usize {
    usize::try_from(position).unwrap_or_default()
}

struct Layout<'a> {
    text: &'a str,
    tokens: &'a [ScanToken],
    key_words: KeyWords,
    out: String,
    /// The indentation of the line on which each open parenthesis stands, and the item that it belongs to.
    open: Vec<(usize, (usize, usize))>,
    /// The indentation of the line that is being written.
    indent: usize,
    /// How far lines that go on with an item were moved: what they have now, and had before.
    item: (usize, usize),
    /// The last token that is no comment.
    last: Token,
    statements: Vec<Range<usize>>,
}

impl<'a> Layout<'a> {
    fn new(text: &'a str, pieces: Vec<Range<usize>>, tokens: &'a [ScanToken], key_words: KeyWords) -> Self {
        Self {
            text,
            tokens,
            key_words,
            out: String::with_capacity(text.len()),
            open: Vec::new(),
            indent: 0,
            item: (0, 0),
            last: Token::Nul,
            statements: pieces,
        }
    }

    fn run(mut self) -> String {
        let mut end = 0;
        for token in self.tokens {
            self.space(&self.text[end..place(token.start)], token);
            self.token(token);
            end = place(token.end);
        }
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    /// What stands before a token: the rest of a line, or line ends with an indentation.
    fn space(&mut self, space: &str, token: &ScanToken) {
        let lines = space.matches('\n').count();
        if lines > 0 || self.out.is_empty() {
            // One blank line at the most, and none at the beginning.
            let lines = if self.out.is_empty() { 0 } else { lines.min(2) };
            self.out.extend(std::iter::repeat_n('\n', lines));
            let before = width(space.rsplit('\n').next().unwrap_or_default());
            self.indent = self.indentation(before, token);
            self.out.extend(std::iter::repeat_n(' ', self.indent));
        } else if token.token() != Token::Ascii59 {
            self.out.push_str(&space.replace('\t', " "));
        }
    }

    /// The indentation of a line that begins with a token.
    fn indentation(&mut self, before: usize, token: &ScanToken) -> usize {
        // The lines of a comment are its own, so that it is not moved where it has several.
        if token.token() == Token::CComment && word(self.text, token).contains('\n') {
            return before;
        }
        let at = place(token.start);
        let next = self.statements.partition_point(|span| span.end <= at);
        let inside = self.statements.get(next).is_some_and(|span| span.start < at);
        let indent = match (token.token(), self.open.last()) {
            _ if !inside => 0,
            (Token::Ascii41 | Token::Ascii93, Some((line, _))) => *line,
            (_, Some((line, _))) if matches!(self.last, Token::Ascii40 | Token::Ascii91 | Token::Ascii44) => {
                line + STEP
            }
            // It goes on with an item, and keeps its distance from where that begins.
            _ => return (self.item.0 + before).saturating_sub(self.item.1),
        };
        self.item = (indent, before);
        indent
    }

    fn token(&mut self, token: &ScanToken) {
        let text = word(self.text, token);
        if self.key_words == KeyWords::Lower && is_of_the_language(text, token) {
            self.out.push_str(&text.to_ascii_lowercase());
        } else {
            self.out.push_str(text);
        }
        match token.token() {
            Token::Ascii40 | Token::Ascii91 => self.open.push((self.indent, self.item)),
            Token::Ascii41 | Token::Ascii93 => {
                // What comes after goes on with what stood before.
                self.item = self.open.pop().map_or(self.item, |(_, item)| item);
            }
            _ => {}
        }
        if !is_comment(token) {
            self.last = token.token();
        }
    }
}

/// Whether a token is a key word, or a type of the server's that is called without quotes.
fn is_of_the_language(text: &str, token: &ScanToken) -> bool {
    token.keyword_kind() != KeywordKind::NoKeyword || TYPES.iter().any(|name| text.eq_ignore_ascii_case(name))
}

/// Columns of an indentation.
fn width(space: &str) -> usize {
    space.chars().fold(0, |at, c| if c == '\t' { (at / TAB + 1) * TAB } else { at + 1 })
}

#[cfg(test)]
mod tests {
    use super::{KeyWords, NotFormatted, format};

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let once = format(text, KeyWords::Lower).unwrap();
        assert_eq!(once, wanted);
        assert_eq!(format(&once, KeyWords::Lower).unwrap(), once);
    }

    #[test]
    fn lines_are_indented_by_parentheses_and_others_keep_their_distance() {
        check(
            "\n\nCREATE TABLE T (  \n\tid  INT\n\t  PRIMARY KEY,\n -- a comment  \n tags TEXT[] DEFAULT ARRAY[\n'a',\n'B' ]\n ) ;",
            "create table T (\n  id  int\n    primary key,\n  -- a comment  \n  tags text[] default array[\n    'a',\n    'B' ]\n);\n",
        );
        check(
            "SELECT *\n  FROM (\nSELECT 1\n) X\n  WHERE TRUE;\n\n\n\n   SELECT 2",
            "select *\n  from (\n    select 1\n  ) X\n  where true;\n\nselect 2\n",
        );
    }

    #[test]
    fn what_stands_in_quotes_bodies_and_comments_is_kept() {
        let body = "$$\n\tBEGIN\n  RETURN   1;   \nEND $$";
        check(
            &format!("CREATE FUNCTION F() RETURNS INT LANGUAGE PLPGSQL AS {body};"),
            &format!("create function F() returns int language PLPGSQL as {body};\n"),
        );
        check(
            "/* one\n     TWO */ SELECT 'A  B', \"C\" /* D */;-- e  ",
            "/* one\n     TWO */ select 'A  B', \"C\" /* D */;-- e  \n",
        );
        check(
            "create function f() returns int\nbegin atomic\n  select 1;\n  select 2;\nend;\n  -- between\nselect 1;\n",
            "create function f() returns int\nbegin atomic\n  select 1;\n  select 2;\nend;\n-- between\nselect 1;\n",
        );
        check("", "");
        check(" -- nothing else\n", "-- nothing else\n");
    }

    #[test]
    fn what_is_no_sql_throughout_is_refused_with_its_place() {
        let offset = |text: &str| format(text, KeyWords::Lower).unwrap_err().offset();
        assert_eq!(offset("select 1;\ncreate tabel x;"), 10);
        assert_eq!(offset("select 1;\n\\echo x"), 10);
        assert_eq!(offset("copy t from stdin;\n1\n\\.\n"), 0);
        assert!(matches!(format("selec", KeyWords::Keep), Err(NotFormatted::NoSql { .. })));
        assert_eq!(format("SELECT 1", KeyWords::Keep).unwrap(), "SELECT 1\n");
    }
}
