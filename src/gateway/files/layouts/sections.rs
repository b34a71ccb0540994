//! Files that hold the way forward and the way back, with a tool's marks between.

use super::{Content, sql_file};
use crate::gateway::files::FileError;
use crate::model::layout::Tool;
use crate::model::migration::{Down, SqlFile};

/// What a line of a file is to its tool.
pub(super) enum Mark {
    /// The way forward begins; perhaps outside a transaction.
    Up { no_transaction: bool },
    /// The way back begins; perhaps outside a transaction.
    Down { no_transaction: bool },
}

/// The two ways of a file.
pub(super) struct Ways {
    pub(super) up: SqlFile,
    pub(super) down: Option<Down>,
}

/// Cuts a file at its tool's marks. In each way all else is blank, so that places stay as they are.
pub(super) fn cut(
    file: Content,
    tool: Tool,
    wanted: &str,
    mark: impl Fn(&str) -> Option<Mark>,
) -> Result<Ways, FileError> {
    let whole = sql_file(file.path, file.bytes)?;
    let marks: Vec<(usize, Mark)> =
        whole.text.lines().enumerate().filter_map(|(line, text)| Some((line, mark(text)?))).collect();
    let lines = whole.text.lines().count();
    let mut up = None;
    let mut down = None;
    for (place, (line, mark)) in marks.iter().enumerate() {
        let end = marks.get(place + 1).map_or(lines, |(next, _)| *next);
        let (slot, no_transaction) = match mark {
            Mark::Up { no_transaction } => (&mut up, *no_transaction),
            Mark::Down { no_transaction } => (&mut down, *no_transaction),
        };
        if slot.is_some() {
            let message = "the same way is marked twice".to_owned();
            return Err(FileError::Layout { tool, path: whole.path, line: line + 1, message });
        }
        // The marks are comments, and say where one is.
        let keep = |at: usize| (line + 1..end).contains(&at) || marks.iter().any(|(mark, _)| *mark == at);
        *slot = Some(part(&whole, keep, no_transaction));
    }
    let Some(up) = up else {
        let message = format!("no line says `{wanted}`");
        return Err(FileError::Layout { tool, path: whole.path, line: 1, message });
    };
    Ok(Ways { up, down: down.map(Down::Section) })
}

/// A file with all lines blank but some.
pub(super) fn part(whole: &SqlFile, keep: impl Fn(usize) -> bool, no_transaction: bool) -> SqlFile {
    let blank = |line: &str| line.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect::<String>();
    let lines = whole.text.split_inclusive('\n').enumerate();
    let text = lines.map(|(at, line)| if keep(at) { line.to_owned() } else { blank(line) }).collect();
    SqlFile { text, no_transaction, ..whole.clone() }
}

/// The words of a comment that begins a line.
pub(super) fn comment(line: &str) -> Option<Vec<&str>> {
    Some(line.trim_start().strip_prefix("--")?.split_whitespace().collect())
}
