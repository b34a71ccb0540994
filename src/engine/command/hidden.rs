//! The parts of a comment that are not its author's own plain words.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

/// Elements of HTML whose text is quoted, code, or not shown.
const ELEMENTS: [&str; 6] = ["blockquote", "code", "kbd", "pre", "samp", "template"];

/// Where quotes, code and hidden text stand.
pub(super) fn ranges(comment: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut html = Html::default();
    for (event, range) in Parser::new(comment).into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::CodeBlock(_) | Tag::HtmlBlock) | Event::Code(_) => {
                ranges.push(range);
            }
            Event::Html(text) | Event::InlineHtml(text) => {
                html.read(&text, range.start);
                ranges.push(range);
            }
            _ => {}
        }
    }
    // What nothing closes goes on to the end.
    html.done.extend(html.open.map(|(_, from)| from..comment.len()));
    ranges.append(&mut html.done);
    ranges
}

/// What is between the tags of HTML: Markdown reads it as plain words again after an empty line.
#[derive(Default)]
struct Html {
    open: Option<(&'static str, usize)>,
    done: Vec<Range<usize>>,
}

impl Html {
    fn read(&mut self, text: &str, start: usize) {
        for (at, _) in text.match_indices('<') {
            let (closes, tag) =
                text[at + 1..].strip_prefix('/').map_or((false, &text[at + 1..]), |tag| (true, tag));
            let name = tag.split(|one: char| !one.is_ascii_alphanumeric()).next().unwrap_or_default();
            let Some(element) = ELEMENTS.into_iter().find(|known| name.eq_ignore_ascii_case(known)) else {
                continue;
            };
            match self.open {
                None if !closes => self.open = Some((element, start + at)),
                Some((opened, from)) if closes && opened == element => {
                    self.done.push(from..start + at);
                    self.open = None;
                }
                _ => {}
            }
        }
    }
}
