//! Where one statement ends and the next begins, by the rules of psql's own scanner.

use std::ops::Range;

/// One statement's place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) span: Range<usize>,
    pub(super) copy_data: Option<Range<usize>>,
}

/// A line for psql itself, which a server cannot run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{command}` is a command of psql, not SQL")]
pub struct PsqlCommand {
    /// The command with its backslash.
    pub command: String,
    /// Byte of the backslash in the text.
    pub offset: usize,
}

/// Splits a text into statements.
pub(super) fn split(text: &str) -> Result<Vec<Piece>, PsqlCommand> {
    let mut scanner = Scanner::new(text);
    scanner.run()?;
    Ok(scanner.pieces)
}

/// The comments of a text that reach to the end of their line, as far as the text can be read.
pub(super) fn comments(text: &str) -> Vec<Range<usize>> {
    let mut scanner = Scanner::new(text);
    // Whoever runs the text says what is wrong with it.
    let _ = scanner.run();
    scanner.comments
}

/// What is known of the statement under the scanner.
#[derive(Default)]
struct Now {
    start: Option<usize>,
    /// End of its last token.
    end: usize,
    parentheses: usize,
    /// Depth of `BEGIN ATOMIC … END` and of `CASE … END` inside it.
    blocks: usize,
    words: Words,
}

/// The words that decide about blocks and about `COPY`.
#[derive(Default)]
struct Words {
    count: usize,
    copy: bool,
    /// `create [or replace] function|procedure`, as far as it was read.
    routine: RoutineHead,
    last_was_from: bool,
    from_stdin: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum RoutineHead {
    #[default]
    Nothing,
    Create,
    CreateOr,
    CreateOrReplace,
    Routine,
    Other,
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    pieces: Vec<Piece>,
    comments: Vec<Range<usize>>,
    now: Now,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        let (pieces, comments) = (Vec::new(), Vec::new());
        Self { text, bytes: text.as_bytes(), at: 0, pieces, comments, now: Now::default() }
    }

    fn run(&mut self) -> Result<(), PsqlCommand> {
        while self.at < self.bytes.len() {
            let byte = self.bytes[self.at];
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'-' if self.looking_at(b"--") => {
                    let start = self.at;
                    self.skip_line();
                    self.comments.push(start..self.at);
                }
                b'/' if self.looking_at(b"/*") => self.skip_comment(),
                b'\\' => self.psql_line()?,
                b';' if self.now.parentheses == 0 && self.now.blocks == 0 => self.end_statement(),
                _ => self.token(byte),
            }
        }
        self.push_piece(None);
        Ok(())
    }

    fn token(&mut self, byte: u8) {
        self.now.start.get_or_insert(self.at);
        match byte {
            b'\'' => self.skip_quoted(b'\'', false),
            b'"' => self.skip_quoted(b'"', false),
            b'$' => self.skip_dollar(),
            b'(' => {
                self.now.parentheses += 1;
                self.at += 1;
            }
            b')' => {
                self.now.parentheses = self.now.parentheses.saturating_sub(1);
                self.at += 1;
            }
            _ if is_word(byte) => self.word(),
            _ => self.at += 1,
        }
        self.now.end = self.at;
    }

    fn looking_at(&self, wanted: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(wanted)
    }

    fn skip_line(&mut self) {
        self.at = find(self.bytes, self.at, b'\n').unwrap_or(self.bytes.len());
    }

    /// Comments nest, as in the standard.
    fn skip_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            if self.looking_at(b"/*") {
                depth += 1;
                self.at += 2;
            } else if self.looking_at(b"*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                self.at += 1;
            }
        }
    }

    fn skip_quoted(&mut self, quote: u8, backslash_escapes: bool) {
        self.at += 1;
        while self.at < self.bytes.len() {
            let byte = self.bytes[self.at];
            self.at += 1;
            if backslash_escapes && byte == b'\\' {
                self.at = (self.at + 1).min(self.bytes.len());
            } else if byte == quote {
                // A doubled quote closes and opens again, which comes to the same here.
                return;
            }
        }
    }

    fn skip_dollar(&mut self) {
        let tag_end = self.bytes[self.at + 1..]
            .iter()
            .position(|byte| !is_word(*byte) || *byte == b'$')
            .map(|length| self.at + 1 + length);
        let first = self.bytes.get(self.at + 1).copied().unwrap_or(b' ');
        match tag_end {
            Some(end) if self.bytes[end] == b'$' && !first.is_ascii_digit() => {
                let tag = &self.text[self.at..=end];
                let body = end + 1;
                self.at = self.text[body..].find(tag).map_or(self.bytes.len(), |at| body + at + tag.len());
            }
            _ => self.at += 1,
        }
    }

    fn word(&mut self) {
        let start = self.at;
        while self.at < self.bytes.len() && is_word(self.bytes[self.at]) {
            self.at += 1;
        }
        let word = &self.text[start..self.at];
        if word.eq_ignore_ascii_case("e") && self.bytes.get(self.at) == Some(&b'\'') {
            self.skip_quoted(b'\'', true);
            return;
        }
        let depth = self.now.parentheses;
        self.now.words.read(word, depth);
        if self.now.words.routine == RoutineHead::Routine && depth == 0 {
            self.count_block(word);
        }
    }

    fn count_block(&mut self, word: &str) {
        let inside = self.now.blocks > 0;
        if word.eq_ignore_ascii_case("begin") || (inside && word.eq_ignore_ascii_case("case")) {
            self.now.blocks += 1;
        } else if inside && word.eq_ignore_ascii_case("end") {
            self.now.blocks -= 1;
        }
    }

    fn end_statement(&mut self) {
        self.at += 1;
        let data = self.now.words.from_stdin.then(|| self.copy_data());
        self.push_piece(data);
    }

    /// The lines after a `COPY … FROM stdin;`, up to `\.` on a line of its own or the end of the file.
    fn copy_data(&mut self) -> Range<usize> {
        let start = find(self.bytes, self.at, b'\n').map_or(self.bytes.len(), |at| at + 1);
        let mut line = start;
        while line < self.bytes.len() {
            let end = find(self.bytes, line, b'\n').unwrap_or(self.bytes.len());
            if &self.bytes[line..end] == b"\\." {
                self.at = (end + 1).min(self.bytes.len());
                return start..line;
            }
            line = end + 1;
        }
        self.at = self.bytes.len();
        start..self.bytes.len()
    }

    fn push_piece(&mut self, copy_data: Option<Range<usize>>) {
        let now = std::mem::take(&mut self.now);
        if let Some(start) = now.start {
            self.pieces.push(Piece { span: start..now.end, copy_data });
        }
    }

    /// `\restrict` and `\unrestrict` guard a dump against itself and mean nothing here.
    fn psql_line(&mut self) -> Result<(), PsqlCommand> {
        let offset = self.at;
        self.skip_line();
        let line = &self.text[offset..self.at];
        let command = line.split_whitespace().next().unwrap_or("\\");
        match command {
            "\\restrict" | "\\unrestrict" => Ok(()),
            _ => Err(PsqlCommand { command: command.to_owned(), offset }),
        }
    }
}

impl Words {
    fn read(&mut self, word: &str, parentheses: usize) {
        let is = |wanted: &str| word.eq_ignore_ascii_case(wanted);
        if self.count == 0 {
            self.copy = is("copy");
        }
        self.routine = match self.routine {
            RoutineHead::Nothing if is("create") => RoutineHead::Create,
            RoutineHead::Create if is("or") => RoutineHead::CreateOr,
            RoutineHead::CreateOr if is("replace") => RoutineHead::CreateOrReplace,
            RoutineHead::Create | RoutineHead::CreateOrReplace if is("function") || is("procedure") => {
                RoutineHead::Routine
            }
            RoutineHead::Routine => RoutineHead::Routine,
            _ => RoutineHead::Other,
        };
        if self.copy && parentheses == 0 {
            self.from_stdin |= self.last_was_from && is("stdin");
            self.last_was_from = is("from");
        }
        self.count += 1;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn find(bytes: &[u8], from: usize, wanted: u8) -> Option<usize> {
    bytes[from..].iter().position(|byte| *byte == wanted).map(|at| from + at)
}
