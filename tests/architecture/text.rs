//! Rust text without its comments, its strings and its tests, in words with their lines.

/// Whether a token is a name or a key word.
pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// A word or a sign, with its line.
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// Items under `#[cfg(test)]`: their bytes, and the module's name when it is in a file of its own.
pub(super) fn test_items(code: &str) -> Vec<(usize, usize, Option<String>)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = code[from..].find("#[cfg(test)]").map(|at| from + at) {
        let rest = &code[start..];
        let open = rest.find('{').unwrap_or(rest.len());
        let semicolon = rest.find(';').unwrap_or(rest.len());
        let end = if semicolon < open {
            let head: Vec<&str> = rest[..semicolon].split_whitespace().collect();
            let module = head.windows(2).find(|two| two[0] == "mod").map(|two| two[1].to_owned());
            found.push((start, start + semicolon + 1, module));
            start + semicolon + 1
        } else {
            let end = start + open + closing(&rest[open..]);
            found.push((start, end, None));
            end
        };
        from = end;
    }
    found
}

/// The byte after the brace that closes the first one.
fn closing(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// Makes comments blank, and the insides of strings too when asked to; every byte stays in its place.
pub(super) fn blank(text: &str, strings: bool) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (end, is_string) = piece(text.as_bytes(), at);
        let comment = end > at + 1 && !is_string;
        if comment || (is_string && strings) {
            // The quotes stay, so that a string is still seen to be one.
            let (from, to) = if is_string { (at + 1, end.saturating_sub(1)) } else { (at, end) };
            for byte in bytes.iter_mut().take(to).skip(from).filter(|byte| **byte != b'\n') {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8(bytes).expect("whole characters are made blank")
}

/// Where the comment or literal that begins here ends, and whether it is a literal; anything else is one byte.
fn piece(bytes: &[u8], at: usize) -> (usize, bool) {
    let rest = &bytes[at..];
    let is_inside_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    let find = |needle: &[u8], from: usize| {
        rest[from..]
            .windows(needle.len())
            .position(|found| found == needle)
            .map_or(bytes.len(), |found| at + from + found)
    };
    match rest {
        [b'/', b'/', ..] => (find(b"\n", 0), false),
        [b'/', b'*', ..] => ((find(b"*/", 2) + 2).min(bytes.len()), false),
        [b'"', ..] => (quoted(bytes, at, b'"'), true),
        [b'r', b'"' | b'#', ..] if !is_inside_word => {
            let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            if rest.get(1 + hashes) != Some(&b'"') {
                return (at + 1, false);
            }
            let end = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
            ((find(&end, 2 + hashes) + end.len()).min(bytes.len()), true)
        }
        // A character, not a lifetime: `'a'`, `'\n'`, `'…'`.
        [b'\'', b'\\', ..] => (quoted(bytes, at, b'\''), true),
        [b'\'', first, ..] => {
            let width = [(0xf0, 4), (0xe0, 3), (0xc0, 2), (0, 1)]
                .iter()
                .find(|(low, _)| first >= low)
                .map_or(1, |found| found.1);
            if rest.get(1 + width) == Some(&b'\'') { (at + 2 + width, true) } else { (at + 1, false) }
        }
        _ => (at + 1, false),
    }
}

fn quoted(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Words, `::`, and single signs, with their lines.
pub(super) fn tokens(code: &str) -> Vec<Token> {
    let mut found = Vec::new();
    for (text, line) in code.lines().zip(1..) {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if first.is_alphanumeric() || first == '_' {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            found.push(Token { text: rest[..length].to_owned(), line });
            rest = rest[length..].trim_start();
        }
    }
    found
}
