//! What GitHub takes of a check: texts that are longer are cut, each where it does the least harm.

/// Annotations in one request.
pub(super) const ANNOTATIONS: usize = 50;
/// Buttons on one check.
pub(super) const ACTIONS: usize = 3;
/// Characters of a button's label and of its identifier.
pub(super) const LABEL: usize = 20;
/// Characters of a button's description.
pub(super) const DESCRIPTION: usize = 40;
/// Characters of a title.
pub(super) const TITLE: usize = 255;
/// Bytes of an annotation's message.
pub(super) const MESSAGE_BYTES: usize = 64 * 1024;
/// Characters of a summary or a text.
const MARKDOWN: usize = 65_535;
/// Characters of a comment, less the line that marks it as ours.
const COMMENT: usize = 65_536 - 512;

const LONGEST_FENCE: usize = 200;
const CUT: &str = "\n\n*The rest is left out: GitHub takes no more than 65,535 characters.*\n";

/// At most so many characters of a line.
pub(super) fn line(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// At most so many bytes, in whole characters.
pub(super) fn bytes(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(most - '…'.len_utf8())])
}

/// Markdown as long as GitHub takes it in a check.
pub(super) fn markdown(text: &str) -> String {
    within(text, MARKDOWN)
}

/// The same in a comment.
pub(in crate::gateway::github) fn comment(text: &str) -> String {
    within(text, COMMENT)
}

/// At most so many characters of Markdown. What is longer ends where a section does, or else after a line, and what
/// is open there is closed.
fn within(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    // What closes a text is at most this long: so many levels nobody nests, and so long a fence nobody writes.
    let room = most - CUT.chars().count() - 1_024;
    let mut open = Open::default();
    let (mut kept, mut length) = (0, 0);
    let (mut section, mut heading) = (None, false);
    for line in text.split_inclusive('\n') {
        length += line.chars().count();
        let before = open.clone();
        open.read(line.trim());
        if length > room || open.fence.as_ref().is_some_and(|fence| fence.len() > LONGEST_FENCE) {
            open = before;
            break;
        }
        kept += line.len();
        let blank = line.trim().is_empty();
        if open.nothing() && blank && !heading {
            section = Some(kept);
        }
        // A headline belongs to what comes after it.
        heading = line.starts_with('#') || (blank && heading);
    }
    match section.filter(|section| section * 2 > kept) {
        Some(section) => format!("{}{CUT}", text[..section].trim_end()),
        None if kept == 0 => format!("{}{CUT}", text.chars().take(room).collect::<String>()),
        None => format!("{}{}{CUT}", text[..kept].trim_end(), open.closed()),
    }
}

/// What is open at a place in a text.
#[derive(Default, Clone)]
struct Open {
    fence: Option<String>,
    details: usize,
}

impl Open {
    fn read(&mut self, line: &str) {
        let mark = line.chars().next().filter(|first| matches!(first, '`' | '~'));
        let run: String =
            mark.map_or_else(String::new, |mark| line.chars().take_while(|c| *c == mark).collect());
        match &self.fence {
            Some(fence) if run.len() >= fence.len() && run == line && line.starts_with(fence.as_str()) => {
                self.fence = None;
            }
            Some(_) => {}
            None if run.len() >= 3 => self.fence = Some(run),
            None => {
                self.details += line.matches("<details").count();
                self.details = self.details.saturating_sub(line.matches("</details>").count());
            }
        }
    }

    const fn nothing(&self) -> bool {
        self.fence.is_none() && self.details == 0
    }

    fn closed(&self) -> String {
        let fence = self.fence.as_ref().map_or_else(String::new, |fence| format!("\n{fence}"));
        format!("{fence}{}", "\n\n</details>".repeat(self.details.min(64)))
    }
}

#[cfg(test)]
mod tests {
    use super::{CUT, MARKDOWN, bytes, line, markdown};

    #[test]
    fn what_fits_is_left_as_it_is() {
        let text = "ä".repeat(MARKDOWN);
        assert_eq!(markdown(&text), text);
        assert_eq!(line("zwanzig Zeichen hier", 20), "zwanzig Zeichen hier");
        assert_eq!(bytes("äöü", 6), "äöü");
    }

    #[test]
    fn what_is_cut_is_cut_between_characters_and_says_so() {
        let cut = markdown(&"\u{1F4A5}".repeat(MARKDOWN + 1));
        assert!(cut.chars().count() <= MARKDOWN && cut.ends_with(CUT));
        assert_eq!(line("äöüäöü", 4), "äöü…");
        assert_eq!(bytes("äöüäöü", 8), "äö…");
    }

    #[test]
    fn a_long_text_ends_where_a_section_does() {
        let section = |n: u32| format!("## {n}\n\n```sql\n{}```\n\n", "select 1;\n".repeat(300));
        let text: String = (0..40).map(section).collect();
        let cut = markdown(&text);
        assert!(cut.chars().count() <= MARKDOWN && cut.len() > MARKDOWN / 2);
        assert!(cut.ends_with(&format!("select 1;\n```{CUT}")), "{}", &cut[cut.len() - 200..]);
    }

    #[test]
    fn what_is_open_at_the_cut_is_closed() {
        let text = format!("<details><summary>all</summary>\n\n````sql\n{}", "select '```';\n".repeat(9_000));
        let cut = markdown(&text);
        assert!(cut.chars().count() <= MARKDOWN);
        let end = format!("select '```';\n````\n\n</details>{CUT}");
        assert!(cut.ends_with(&end), "{}", &cut[cut.len() - 200..]);
    }
}
