//! graphile-migrate: `committed/000001-name.sql`, whose header has its hash and that of the one before.
//! <https://github.com/graphile/migrate#readme>

use sha1::{Digest as _, Sha1};

use super::sight::{Sight, Sign, USUAL, certain};
use super::{Content, Layout, LayoutOptions, is_sql, migration, numbered};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::hex;
use crate::model::layout::Tool;
use crate::model::migration::{Migration, SqlFile};

pub(super) const LAYOUT: Layout =
    Layout { tool: Tool::GraphileMigrate, depth: 0, is_file: is_sql, sign, read };

/// What the tool puts in by itself, and only it knows.
const OWN: [&str; 2] = ["DATABASE_NAME", "DATABASE_OWNER"];

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let committed: Vec<String> = USUAL.iter().map(|directory| format!("{directory}/committed")).collect();
    let committed: Vec<&str> = committed.iter().map(String::as_str).collect();
    let found = sight.marked(&committed, |line| line.starts_with("--! Previous:"));
    if let Some((directory, path)) = found {
        return Some(certain(directory, format!("{path} says `--! Previous:`")));
    }
    let settings = sight.any(&[".gmrc", ".gmrc.js", ".gmrc.cjs"])?;
    Some(certain("migrations/committed", format!("{settings} is there")))
}

fn read(mut files: Vec<Content>, options: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = MigrationFiles::default();
    let mut previous: Option<String> = None;
    files.sort_by(|left, right| left.name().cmp(right.name()));
    for file in files {
        let stem = file.name().strip_suffix(".sql").unwrap_or_default().to_owned();
        let Some((version, name)) = numbered(&stem) else {
            found.unversioned.push(file.path);
            continue;
        };
        let file = file.sql()?;
        let hash = checked(&file, previous.as_deref())?;
        let up = put_in(file, options)?;
        previous = Some(hash.clone());
        found.migrations.push(Migration { recorded: Some(hash), ..migration(version, name, up, None) });
    }
    Ok(found)
}

/// The hash of a migration that comes after another one. The header says both, and has to be right.
fn checked(file: &SqlFile, previous: Option<&str>) -> Result<String, FileError> {
    let refused = |line: usize, message: String| {
        Err(FileError::Layout {
            tool: Tool::GraphileMigrate,
            path: file.path.clone(),
            line: line + 1,
            message,
        })
    };
    let Some((_, before)) = header(file, "Previous") else {
        return refused(0, "no line at its head says `--! Previous:`".to_owned());
    };
    let Some((at, hash)) = header(file, "Hash") else {
        return refused(0, "no line at its head says `--! Hash:`".to_owned());
    };
    let comes_after = previous.unwrap_or("-");
    if before != comes_after {
        let (line, _) = header(file, "Previous").unwrap_or_default();
        return refused(
            line,
            format!("it was committed after {before}, and what comes before it is {comes_after}"),
        );
    }
    let sum = format!("sha1:{}", hex(&Sha1::digest(hashed(file, previous))));
    if sum != hash && header(file, "AllowInvalidHash").is_none() {
        let message =
            format!("its hash is {sum}, and its head says {hash}: it was changed after it was committed");
        return refused(at, message);
    }
    Ok(hash.to_owned())
}

/// Where the head of a file says something, and what.
fn header<'a>(file: &'a SqlFile, key: &str) -> Option<(usize, &'a str)> {
    let said =
        head(&file.text).enumerate().map(|(at, line)| (at, line.split_once(':').unwrap_or((line, ""))));
    said.filter(|(_, (name, _))| *name == key).map(|(at, (_, value))| (at, value.trim())).next()
}

/// The lines at the head of a file that say something of it, without the mark.
fn head(text: &str) -> impl Iterator<Item = &str> {
    let said =
        |line: &str| line.starts_with("--! ") && line[4..].starts_with(|c: char| c.is_ascii_uppercase());
    text.lines().take_while(move |line| said(line)).map(|line| &line[4..])
}

/// What a file holds below its head.
fn body(text: &str) -> &str {
    let head: usize = text.split_inclusive('\n').take(head(text).count()).map(str::len).sum();
    text[head..].trim()
}

/// What a migration's hash is made of.
fn hashed(file: &SqlFile, previous: Option<&str>) -> String {
    format!("{}\n", format!("{}\n{}", previous.unwrap_or_default(), body(&file.text)).trim())
}

/// Puts values in for `:NAME`, and sees whether the file asks for no transaction.
fn put_in(file: SqlFile, options: &LayoutOptions) -> Result<SqlFile, FileError> {
    let first = body(&file.text).lines().next().unwrap_or_default();
    let no_transaction =
        first.strip_prefix("--!").is_some_and(|rest| rest.trim_start().starts_with("no-transaction"));
    let value = |name: &str| {
        let said = |(key, value): (&'_ String, &'_ String)| {
            (key.trim_start_matches(':') == name).then(|| value.clone())
        };
        options.placeholders.iter().find_map(said)
    };
    let mut text = String::with_capacity(file.text.len());
    let mut rest = file.text.as_str();
    while let Some((before, after)) = rest.split_once(':') {
        text.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, left) = after.split_at(end);
        match value(name) {
            None if OWN.contains(&name) => {
                let line = text.matches('\n').count() + 1;
                let message = format!("there is no value for :{name}");
                return Err(FileError::Layout {
                    tool: Tool::GraphileMigrate,
                    path: file.path,
                    line,
                    message,
                });
            }
            None => text.extend([":", name]),
            Some(value) => text.push_str(&value),
        }
        rest = left;
    }
    text.push_str(rest);
    Ok(SqlFile { text, no_transaction, ..file })
}
