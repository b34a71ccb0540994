//! What in a file of a tool's is said to the tool alone, and means nothing in a file of ours.

use super::{dbmate, goose, node_pg_migrate, sections};
use crate::model::layout::Tool;

/// Whether a line says something to the tool that the file does not need once it holds one way only.
fn is_mark(tool: Tool, line: &str) -> bool {
    match tool {
        Tool::Dbmate => dbmate::mark(line).is_some(),
        Tool::Goose => goose::words(line).is_some(),
        Tool::NodePgMigrate => node_pg_migrate::mark(line).is_some(),
        Tool::SqlMigrate => sections::comment(line).is_some_and(|words| words.first() == Some(&"+migrate")),
        _ => false,
    }
}

/// A text without its tool's marks, and without the blank lines that stand where the other way was; as it is where there
/// are no marks.
pub(in crate::gateway::files) fn without_marks(tool: Tool, text: &str) -> String {
    if !text.lines().any(|line| is_mark(tool, line)) {
        return text.to_owned();
    }
    let lines: Vec<&str> = text.lines().filter(|line| !is_mark(tool, line)).collect();
    let is_blank = |line: &&&str| line.trim().is_empty();
    let (first, last) =
        (lines.iter().take_while(is_blank).count(), lines.iter().rev().take_while(is_blank).count());
    let kept = lines.get(first..lines.len() - last).unwrap_or_default();
    kept.join("\n") + "\n"
}

/// Whether a file that leads back asks for no transaction by itself, which only some tools heed.
pub(in crate::gateway::files) fn asks_for_none(tool: Tool, text: &str) -> bool {
    tool == Tool::Sqlx && text.starts_with("-- no-transaction")
}
