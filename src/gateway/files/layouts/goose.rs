//! goose: one file with both ways. <https://pressly.github.io/goose/documentation/annotations/>

use super::sections::{Mark, comment, cut};
use super::sight::{Sight, Sign, USUAL, certain};
use super::{Content, Layout, LayoutOptions, ends_as, is_sql, migration, numbered};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;
use crate::model::migration::Down;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Goose, depth: 0, is_file, sign, read };

fn is_file(name: &str) -> bool {
    // A test of a Go program is no migration.
    is_sql(name) || (ends_as(name, "go") && !name.ends_with("_test.go"))
}

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, path) = sight.marked(&USUAL, |line| mark(line).is_some())?;
    Some(certain(directory, format!("{path} says `-- +goose Up`")))
}

pub(super) fn words(line: &str) -> Option<String> {
    let words = comment(line)?;
    let (first, rest) = words.split_first()?;
    (*first == "+goose").then(|| rest.join(" ").to_lowercase())
}

fn mark(line: &str) -> Option<Mark> {
    match words(line)?.as_str() {
        "up" => Some(Mark::Up { no_transaction: false }),
        "down" => Some(Mark::Down { no_transaction: false }),
        _ => None,
    }
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = MigrationFiles::default();
    for file in files {
        let Some((version, name)) = numbered(file.name()).map(|(version, name)| (version.to_owned(), name))
        else {
            // What has no number is code of the program's around them.
            if is_sql(file.name()) {
                found.unversioned.push(file.path);
            }
            continue;
        };
        let Some(name) = name.strip_suffix(".sql").map(str::to_owned) else {
            let message = "it is a Go program, which only goose can run".to_owned();
            return Err(FileError::Layout { tool: Tool::Goose, path: file.path, line: 1, message });
        };
        let mut ways = cut(file.clone(), Tool::Goose, "-- +goose Up", mark)?;
        let whole = file.sql()?;
        if let Some(at) = whole.text.lines().position(|line| words(line).as_deref() == Some("envsub on")) {
            let message = "it puts variables of the environment in, which are not known here".to_owned();
            return Err(FileError::Layout { tool: Tool::Goose, path: whole.path, line: at + 1, message });
        }
        let no_transaction = whole.text.lines().any(|line| words(line).as_deref() == Some("no transaction"));
        ways.up.no_transaction = no_transaction;
        if let Some(Down::Section(down)) = &mut ways.down {
            down.no_transaction = no_transaction;
        }
        found.migrations.push(migration(&version, &name, ways.up, ways.down));
    }
    Ok(found)
}
