//! Flyway: `V1_2__name.sql`, `R__name.sql`, `U1_2__name.sql`, `B1_2__name.sql`, in directories below as well; its ledger
//! has CRC-32 of the lines. <https://documentation.red-gate.com/flyway/flyway-concepts/migrations>

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::sight::{Sight, Sign, USUAL, certain, likely};
use super::{Content, Layout, LayoutOptions, is_sql, migration};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;
use crate::model::migration::{Down, Migration, SqlFile};

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Flyway, depth: 8, is_file, sign, read };

fn is_file(name: &str) -> bool {
    is_sql(name) || name.ends_with(".sql.conf")
}

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let mut directories = vec!["src/main/resources/db/migration", "flyway/sql", "flyway/migrations"];
    directories.extend(USUAL);
    let settings = sight.any(&["flyway.toml", "flyway.conf", "conf/flyway.conf", "conf/flyway.toml"]);
    let (directory, name) = sight.named(&directories, |name| kind(name).is_some())?;
    match settings {
        Some(settings) => Some(certain(directory, format!("{settings} is there"))),
        None if directory.starts_with("src/main/resources") || directory.starts_with("flyway") => {
            Some(certain(&*directory, format!("{directory}/{name} is there")))
        }
        None => Some(likely(&*directory, format!("{directory}/{name} is called as Flyway calls files"))),
    }
}

/// What a file is, by its name.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Versioned(String),
    Undo(String),
    Baseline(String),
    Repeatable,
}

/// What a file is, and its description as it is written.
fn kind(file: &str) -> Option<(Kind, &str)> {
    let (prefix, description) = file.strip_suffix(".sql")?.split_once("__")?;
    if prefix == "R" {
        return Some((Kind::Repeatable, description));
    }
    let letter = prefix.chars().next()?;
    let version = prefix.strip_prefix(letter)?.replace('_', ".");
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !version.split('.').all(is_number) {
        return None;
    }
    let kind = match letter {
        'V' => Kind::Versioned(version),
        'U' => Kind::Undo(version),
        'B' => Kind::Baseline(version),
        _ => return None,
    };
    Some((kind, description))
}

fn read(files: Vec<Content>, options: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = MigrationFiles::default();
    let (mut undos, mut outside) = (BTreeMap::new(), BTreeSet::new());
    let (mut forward, mut baselines): (Vec<Migration>, Vec<Migration>) = Default::default();
    for file in files {
        let name = file.name().to_owned();
        if let Some(script) = file.path.as_str().strip_suffix(".conf") {
            if asks_for_none(&file.bytes) {
                outside.insert(script.to_owned());
            }
            continue;
        }
        let Some((kind, description)) = kind(&name) else {
            found.unversioned.push(file.path);
            continue;
        };
        let sql = put_in(file.sql()?, options)?;
        match kind {
            Kind::Undo(version) => drop(undos.insert(version, Down::Section(sql.1))),
            Kind::Versioned(version) => forward.push(known(&version, description, sql)),
            Kind::Baseline(version) => baselines.push(known(&version, description, sql)),
            Kind::Repeatable => {
                let repeatable = known(&format!("R__{description}"), "", sql);
                forward.push(Migration { repeatable: true, ..repeatable });
            }
        }
    }
    // A baseline stands for what is gone; where that is there, it is for nobody who has a ledger.
    baselines.sort_by(|left, right| left.version.cmp(&right.version));
    if let Some(newest) = baselines.pop() {
        let older = |one: &Migration| !one.repeatable && one.version <= newest.version;
        if !forward.iter().any(older) {
            forward.push(newest);
        }
    }
    for migration in &mut forward {
        migration.up.no_transaction = outside.contains(migration.up.path.as_str());
        migration.down = undos.remove(migration.version.as_str());
        if let Some(Down::Section(down)) = &mut migration.down {
            down.no_transaction = outside.contains(down.path.as_str());
        }
    }
    found.orphan_downs = undos.into_values().map(|down| down.path().to_owned()).collect();
    found.migrations = forward;
    Ok(found)
}

fn known(version: &str, description: &str, (checksum, sql): (i32, SqlFile)) -> Migration {
    Migration { recorded: Some(checksum.to_string()), ..migration(version, description, sql, None) }
}

/// Puts values in for `${name}`. The checksum is that of the file before.
fn put_in(file: SqlFile, options: &LayoutOptions) -> Result<(i32, SqlFile), FileError> {
    let checksum = checksum(&file.text);
    let mut text = String::with_capacity(file.text.len());
    let mut rest = file.text.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let Some((name, left)) = after.split_once('}') else {
            rest = &rest[before.len()..];
            break;
        };
        let value = options.placeholders.get(name).cloned().or_else(|| own(name, &file.path));
        let Some(value) = value else {
            let line = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
            let message = format!("there is no value for ${{{name}}}");
            return Err(FileError::Layout { tool: Tool::Flyway, path: file.path, line, message });
        };
        text.push_str(&value);
        rest = left;
    }
    text.push_str(rest);
    Ok((checksum, SqlFile { text, ..file }))
}

/// What Flyway puts in by itself and is the same everywhere.
fn own(name: &str, path: &Utf8Path) -> Option<String> {
    match name {
        "flyway:defaultSchema" => Some("public".to_owned()),
        "flyway:filename" => path.file_name().map(str::to_owned),
        "flyway:table" => Some("flyway_schema_history".to_owned()),
        _ => None,
    }
}

/// CRC-32 over the lines without their ends, as a signed number.
fn checksum(text: &str) -> i32 {
    let mut hash = crc32fast::Hasher::new();
    text.lines().for_each(|line| hash.update(line.as_bytes()));
    hash.finalize().cast_signed()
}

/// Whether a script's settings ask for no transaction.
fn asks_for_none(settings: &[u8]) -> bool {
    let text = String::from_utf8_lossy(settings);
    text.lines().any(|line| {
        line.split_once('=')
            .is_some_and(|(key, value)| key.trim() == "executeInTransaction" && value.trim() == "false")
    })
}
