//! Reshape: files of actions in TOML or JSON.
//! <https://github.com/fabianlindfors/reshape>

mod actions;
mod expand;
mod known;

use std::collections::BTreeSet;

use self::actions::Action;
use self::known::Known;
use super::sight::{Sight, Sign, USUAL, certain};
use super::steps::{Document, Notation, Script, Source, Ways, migrations};
use super::{Content, Layout, LayoutOptions, ends_as};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;
use crate::model::migration::SqlFile;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Reshape, depth: 0, is_file, sign, read };

fn is_file(name: &str) -> bool {
    ends_as(name, "toml") || ends_as(name, "json")
}

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let has_actions = |text: &str| {
        text.contains("[[actions]]") || (text.contains("\"actions\"") && text.contains("\"type\""))
    };
    let (directory, path) = sight.holding(&USUAL, is_file, has_actions)?;
    Some(certain(directory, format!("{path} has a list of actions")))
}

fn read(mut files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    files.sort_by_key(natural);
    let notation =
        Notation { tool: Tool::Reshape, list: "actions", head: &["name", "description"], expand: expanded };
    migrations(files, &notation)
}

/// What Reshape orders files by: where both names have digits, the longer run of them is the larger number.
fn natural(file: &Content) -> Vec<(char, usize, String)> {
    let mut parts: Vec<(char, usize, String)> = Vec::new();
    for c in file.path.file_stem().unwrap_or_default().chars() {
        match parts.last_mut() {
            Some((_, length, digits)) if *length > 0 && c.is_ascii_digit() => {
                digits.push(c);
                *length += 1;
            }
            _ if c.is_ascii_digit() => parts.push(('0', 1, c.to_string())),
            _ => parts.push((c, 0, String::new())),
        }
    }
    parts
}

/// The SQL of both ways. What is done at the start comes before what waits for the completion, so that SQL of the
/// author's finds what it finds with Reshape.
fn expanded(
    source: &Source<'_>,
    document: &Document,
    known: &mut Known,
) -> Result<(SqlFile, Option<SqlFile>), FileError> {
    let mut ways = Ways::new();
    let mut waiting: BTreeSet<String> = BTreeSet::new();
    for step in &document.steps {
        let (action, at): (Action, _) = (source.typed(step, step.value.clone())?, source.at(step));
        let statements = action.forward(known).map_err(|message| source.refuse(step, &message))?;
        let tables = action.tables();
        let waits = action.waits() || tables.iter().any(|table| waiting.contains(*table));
        if waits {
            waiting.extend(tables.iter().map(|table| (*table).to_owned()));
        }
        let way = if waits { &mut ways.complete } else { &mut ways.start };
        way.push_all(at, &statements);
        let mut back = Script::default();
        let undone = action.backward().map(|statements| back.push_all(at, &statements));
        if let Action::Custom(custom) = action {
            custom.start.iter().for_each(|sql| ways.start.push_raw(at, sql));
            custom.complete.iter().for_each(|sql| ways.complete.push_raw(at, sql));
            custom.abort.iter().for_each(|sql| back.push_raw(at, sql));
        }
        ways.undo(undone.map(|()| back));
    }
    Ok(ways.files(source.file))
}
