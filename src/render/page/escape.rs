//! Other people's text inside HTML: it stays text, in its place, and is shown as what it is.

use std::fmt::{self, Write};

use askama::filters::Escaper;

use crate::render::style::is_invisible;

/// Escapes text for an element or a quoted attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '<' => dest.write_str("&lt;")?,
                '>' => dest.write_str("&gt;")?,
                '&' => dest.write_str("&amp;")?,
                '"' => dest.write_str("&quot;")?,
                '\'' => dest.write_str("&#39;")?,
                '\n' | '\t' => dest.write_char(character)?,
                character if is_invisible(character) => dest.write_char('\u{fffd}')?,
                _ => dest.write_char(character)?,
            }
        }
        Ok(())
    }
}
