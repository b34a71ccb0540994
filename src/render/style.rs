//! Colour, and the cleaning of text that is not ours.

use anstyle::{AnsiColor, Style};

/// Writes parts of text with or without colour. What comes from files and servers is cleaned of control
/// characters, so that no SQL can move a reader's cursor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) colour: bool,
}

impl Paint {
    pub(super) fn good(self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default().bold(), text)
    }

    pub(super) fn warning(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    fn with(self, style: Style, text: &str) -> String {
        let text = clean(text);
        if self.colour { format!("{style}{text}{style:#}") } else { text }
    }
}

/// Text without control characters; tabs become four spaces, so that marks stand under what they mark.
///
/// Further lines are indented: what begins a line of a build log may be an order to the machine that runs it.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => out.push_str("    "),
            '\n' => out.push_str("\n      "),
            character if is_invisible(character) => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
    out
}

/// Whether a character shows nothing and changes how others are shown: among the format characters are those
/// that turn the direction of writing.
pub(super) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
