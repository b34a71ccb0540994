//! Commands in comments: `/confiture …` as the first word of a line, outside quotes and code.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

/// The word that a command begins with.
const PREFIX: &str = "/confiture";
/// What may follow it.
const WORDS: [&str; 2] = ["preflight", "help"];

/// How commands are written, for people.
pub(super) const USAGE: &str = "\
**Commands**, each on a line of its own:

- `/confiture preflight` checks the pull request's migrations as they are now
- `/confiture preflight COMMIT` does so only if `COMMIT` is still the pull request's newest commit
- `/confiture help` shows this";

/// What a comment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// Check the pull request.
    Preflight {
        /// The commit that must still be the newest, or the beginning of its id.
        commit: Option<String>,
    },
    /// Say which commands there are.
    Help,
}

/// A line that begins like a command and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub(super) struct CommandError {
    /// Line in the comment, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, and what may have been meant.
    pub reason: String,
}

/// The first command in a comment; `None` when there is none.
#[must_use]
pub(super) fn find(comment: &str) -> Option<Result<Command, CommandError>> {
    let hidden = hidden(comment);
    let mut start = 0;
    for (number, line) in (1..).zip(comment.split_inclusive('\n')) {
        let at = start + (line.len() - line.trim_start().len());
        start += line.len();
        let is_command = line.split_whitespace().next() == Some(PREFIX);
        if is_command && !hidden.iter().any(|range| range.contains(&at)) {
            return Some(parse(line, number));
        }
    }
    None
}

/// The parts of a comment that are not its author's own plain words: quotes, code, hidden text.
fn hidden(comment: &str) -> Vec<Range<usize>> {
    Parser::new(comment)
        .into_offset_iter()
        .filter(|(event, _)| {
            matches!(
                event,
                Event::Start(Tag::BlockQuote(_) | Tag::CodeBlock(_) | Tag::HtmlBlock)
                    | Event::Code(_)
                    | Event::InlineHtml(_)
            )
        })
        .map(|(_, range)| range)
        .collect()
}

fn parse(line: &str, number: usize) -> Result<Command, CommandError> {
    let mut words = words(line).skip(1);
    let error = |column, reason| Err(CommandError { line: number, column, reason });
    let Some((column, word)) = words.next() else {
        return error(line.trim_end().chars().count() + 1, format!("what to do is missing: {}", choices()));
    };
    let command = match (word, words.next()) {
        ("help", None) => Command::Help,
        ("preflight", None) => Command::Preflight { commit: None },
        ("preflight", Some((_, commit))) if is_commit(commit) => {
            Command::Preflight { commit: Some(commit.to_ascii_lowercase()) }
        }
        ("preflight", Some((column, other))) => {
            return error(column, format!("`{other}` is not a commit id of at least seven digits"));
        }
        ("help", Some((column, other))) => return error(column, format!("`{other}` is one word too many")),
        _ => return error(column, unknown(word)),
    };
    match words.next() {
        Some((column, other)) => error(column, format!("`{other}` is one word too many")),
        None => Ok(command),
    }
}

/// The words of a line with their columns.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split_whitespace().map(move |word| {
        let at = word.as_ptr().addr() - line.as_ptr().addr();
        (line[..at].chars().count() + 1, word)
    })
}

fn is_commit(word: &str) -> bool {
    (7..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn unknown(word: &str) -> String {
    let near = WORDS.into_iter().find(|known| strsim::damerau_levenshtein(known, &word.to_lowercase()) <= 2);
    let meant = near.map_or_else(choices, |known| format!("did you mean `{known}`?"));
    format!("`{}` is no command: {meant}", word.chars().take(40).collect::<String>())
}

fn choices() -> String {
    format!("`{}` is wanted", WORDS.join("` or `"))
}

#[cfg(test)]
mod tests {
    use super::{Command, find};

    const PREFLIGHT: Command = Command::Preflight { commit: None };

    #[test]
    fn a_command_is_the_first_word_of_a_line() {
        for comment in [
            "/confiture preflight",
            "Thanks!\r\n\r\n  /confiture preflight \r\nbye",
            "a\n/confiture preflight",
        ] {
            assert_eq!(find(comment), Some(Ok(PREFLIGHT)), "{comment}");
        }
        for comment in ["please /confiture preflight", "/confiture-preflight", "- /confiture preflight", ""] {
            assert_eq!(find(comment), None, "{comment}");
        }
        let commit = Some("abcdef1".to_owned());
        assert_eq!(find("/confiture preflight ABCDEF1"), Some(Ok(Command::Preflight { commit })));
    }

    #[test]
    fn quotes_code_and_hidden_text_are_not_commands() {
        for comment in [
            "> /confiture preflight",
            "> he said\n> /confiture preflight\n\nno",
            "```\n/confiture preflight\n```",
            "~~~\n/confiture preflight",
            "    /confiture preflight",
            "`a\n/confiture preflight\nb`",
            "<!--\n/confiture preflight\n-->",
            "> > deep\n/confiture preflight",
        ] {
            assert_eq!(find(comment), None, "{comment}");
        }
        assert_eq!(find("> /confiture help\n\n/confiture preflight"), Some(Ok(PREFLIGHT)));
    }

    #[test]
    fn a_mistake_is_placed_and_the_nearest_word_offered() {
        for (comment, said) in [
            (
                "hi\n/confiture prefligth",
                "line 2, column 12: `prefligth` is no command: did you mean `preflight`?",
            ),
            (
                "/confiture deploy",
                "line 1, column 12: `deploy` is no command: `preflight` or `help` is wanted",
            ),
            ("/confiture", "line 1, column 11: what to do is missing: `preflight` or `help` is wanted"),
            (
                "/confiture preflight now",
                "line 1, column 22: `now` is not a commit id of at least seven digits",
            ),
            ("/confiture help me", "line 1, column 17: `me` is one word too many"),
        ] {
            assert_eq!(find(comment).unwrap().unwrap_err().to_string(), said);
        }
    }
}
