//! Other people's text inside Markdown: it stays text, whatever it holds.
//!
//! Code is set as a code span or a fence, all else is escaped character by character. GitHub looks for
//! `@names` and `#12` after Markdown is rendered, so backslashes do not stop it: an invisible space does.

use std::fmt::{self, Write};

use askama::filters::Escaper;

/// Escapes text for a paragraph, a list item, a heading or a table cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Markdown;

impl Escaper for Markdown {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\n' | '\r' | '\t' => dest.write_char(' ')?,
                '&' => dest.write_str("&amp;")?,
                '<' => dest.write_str("&lt;")?,
                '>' => dest.write_str("&gt;")?,
                '@' | '#' => write!(dest, "{character}&#8203;")?,
                // An address would be linked, and an issue's address would leave a trace there.
                ':' if characters.peek() == Some(&'/') => dest.write_str(":&#8203;")?,
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => write!(dest, "\\{character}")?,
                _ => dest.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// Text as escaped Markdown.
pub(crate) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // Writing to a String cannot fail.
    let _ = Markdown.write_escaped_str(&mut escaped, text);
    escaped
}

/// A code span on one line, fit for a table cell.
pub(crate) fn code(text: &str) -> String {
    let plain = !text.is_empty()
        && text.trim() == text
        && !text.contains(|c: char| c.is_control() || matches!(c, '`' | '|' | '\\'));
    if plain {
        return format!("`{text}`");
    }
    // Inside the HTML element nothing but `<`, `&` and Markdown's own marks has to be written otherwise.
    let mut span = "<code>".to_owned();
    for character in text.chars() {
        match character {
            character if character.is_control() => span.push(' '),
            character if character.is_ascii_punctuation() && !matches!(character, '.' | '-' | '/' | ',') => {
                let _ = write!(span, "&#{};", u32::from(character));
            }
            character => span.push(character),
        }
    }
    span + "</code>"
}

/// A fenced block that its text cannot close.
pub(crate) fn fence(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

/// The first `limit` characters, with `…` in place of the rest.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let kept = text.char_indices().nth(limit.saturating_sub(1)).map_or(0, |(at, _)| at);
    format!("{}…", &text[..kept])
}

#[cfg(test)]
mod tests {
    use super::{code, cut, fence, text};

    #[test]
    fn nothing_in_a_text_is_markup_or_calls_somebody() {
        let hostile = "@team #12 a|b `c` <!-- confiture:preflight --> <img src=x> [x](y)\n# big\\ https://github.com/o/r/issues/1";
        let escaped = text(hostile);
        assert_eq!(
            escaped,
            "@&#8203;team #&#8203;12 a\\|b \\`c\\` &lt;!-- confiture:preflight --&gt; &lt;img src=x&gt; \
             \\[x\\](y) #&#8203; big\\\\ https:&#8203;//github.com/o/r/issues/1"
        );
    }

    #[test]
    fn a_code_span_holds_pipes_backticks_and_line_ends() {
        assert_eq!(code("public.users"), "`public.users`");
        assert_eq!(code("@team <!-- x"), "`@team <!-- x`");
        assert_eq!(code("a|b"), "<code>a&#124;b</code>");
        assert_eq!(code("a|b`\n</code>\\"), "<code>a&#124;b&#96; &#60;/code&#62;&#92;</code>");
    }

    #[test]
    fn a_fence_is_longer_than_any_run_of_backticks_in_it() {
        assert_eq!(fence("sql", "select 1\n"), "```sql\nselect 1\n```");
        assert_eq!(fence("", "a ```` b"), "`````\na ```` b\n`````");
    }

    #[test]
    fn text_is_cut_by_characters() {
        assert_eq!(cut("ééééé", 5), "ééééé");
        assert_eq!(cut("éééééé", 5), "éééé…");
    }
}
