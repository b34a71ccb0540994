//! Liquibase, its changelogs of formatted SQL: a root names files, and each of them has change sets.
//! <https://docs.liquibase.com/concepts/changelogs/sql-format.html>

mod changelog;
mod formatted;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use camino::{Utf8Path, Utf8PathBuf};

use self::changelog::{List, is_list, tidied};
use self::formatted::{Found, refused};
use super::sight::{Sight, Sign, certain};
use super::{Chosen, Content, Layout, LayoutOptions, is_sql, migration, sql_file};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::entry::Entry;
use crate::model::layout::Tool;
use crate::model::migration::{Down, Migration};

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Liquibase, depth: 16, is_file, sign, read };

/// The tool's settings.
const SETTINGS: &str = "liquibase.properties";
/// Where a root usually lies, and what it is called.
const DIRECTORIES: [&str; 4] = ["src/main/resources/db/changelog", "db/changelog", "changelog", ""];
const NAMES: [&str; 4] = ["db.changelog-master", "changelog-master", "db.changelog", "changelog"];
const ENDINGS: [&str; 5] = ["xml", "yaml", "yml", "json", "sql"];
/// Below it a Java program finds what it names.
const RESOURCES: &str = "src/main/resources";
/// What is wanted of the settings.
const ROOT: &str = "root";

fn is_file(name: &str) -> bool {
    is_sql(name) || is_list(Utf8Path::new(name))
}

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    if let Some(text) = sight.text(Utf8Path::new(SETTINGS)) {
        let root = said(&text, "changeLogFile").unwrap_or_default();
        let directory = Utf8Path::new(&root).parent().unwrap_or(Utf8Path::new(""));
        return Some(certain(directory, format!("{SETTINGS} is there")));
    }
    let root = roots().find(|path| {
        let text = sight.text(path).unwrap_or_default().to_ascii_lowercase();
        text.contains("databasechangelog") || text.trim_start().starts_with("--liquibase formatted sql")
    })?;
    Some(certain(root.parent().unwrap_or(Utf8Path::new("")), format!("{root} is there")))
}

/// Where a root may lie that nothing names.
fn roots() -> impl Iterator<Item = Utf8PathBuf> {
    DIRECTORIES.into_iter().flat_map(roots_in)
}

fn roots_in(directory: &str) -> impl Iterator<Item = Utf8PathBuf> {
    let names = NAMES.into_iter().flat_map(|name| ENDINGS.map(|ending| format!("{name}.{ending}")));
    names.map(move |name| Utf8Path::new(directory).join(name))
}

/// What a line `key=value` of the settings says; the key may be written with dashes.
fn said(settings: &str, key: &str) -> Option<String> {
    let plain = |key: &str| key.trim().replace(['-', '.', '_'], "").to_ascii_lowercase();
    let lines = settings.lines().filter(|line| !line.trim_start().starts_with(['#', '!']));
    let mut pairs = lines.filter_map(|line| line.split_once(['=', ':']));
    let wanted = [plain(key), format!("liquibase{}", plain(key)), format!("liquibasecommand{}", plain(key))];
    let (_, value) = pairs.find(|(found, _)| wanted.contains(&plain(found)))?;
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Finds the root, and every file and directory that it leads to.
pub(super) fn settle(
    chosen: Chosen,
    read: &dyn Fn(&Utf8Path) -> Result<Option<String>, FileError>,
) -> Result<Chosen, FileError> {
    let settings = read(Utf8Path::new(SETTINGS))?.unwrap_or_default();
    for key in ["contexts", "contextFilter", "labels", "labelFilter"] {
        if said(&settings, key).is_some() {
            let message = format!("`{key}` chooses among the change sets, which only Liquibase can do");
            return Err(refused(Utf8Path::new(SETTINGS), 1, &message));
        }
    }
    let mut root = said(&settings, "changeLogFile").and_then(|path| tidied(Utf8Path::new(""), &path));
    if root.is_none() {
        for path in roots_in(chosen.directory.as_str()) {
            root = if read(&path)?.is_some() { Some(path) } else { continue };
            break;
        }
    }
    let Some(root) = root else {
        return Err(FileError::NoMigrations { tool: Tool::Liquibase });
    };
    let mut walk = Walk { search: search(&root), read, seen: BTreeSet::new() };
    walk.go(&root)?;
    let mut places: BTreeMap<String, Utf8PathBuf> =
        walk.seen.into_iter().filter(|path| *path != root).map(|path| (path.to_string(), path)).collect();
    places.insert(ROOT.to_owned(), root);
    let table = said(&settings, "databaseChangelogTableName").map(|name| name.to_ascii_lowercase());
    let options = LayoutOptions { places, table, ..chosen.options };
    Ok(Chosen { options, ..chosen })
}

/// Where paths begin that are not relative to their file.
fn search(root: &Utf8Path) -> &'static Utf8Path {
    Utf8Path::new(if root.starts_with(RESOURCES) { RESOURCES } else { "" })
}

/// The way from the root through all that it names.
struct Walk<'a> {
    search: &'a Utf8Path,
    read: &'a dyn Fn(&Utf8Path) -> Result<Option<String>, FileError>,
    seen: BTreeSet<Utf8PathBuf>,
}

impl Walk<'_> {
    fn go(&mut self, path: &Utf8Path) -> Result<(), FileError> {
        if !self.seen.insert(path.to_owned()) || !is_list(path) {
            return Ok(());
        }
        let Some(text) = (self.read)(path)? else { return Ok(()) };
        for include in (List { path, text: &text, search: self.search }).includes()? {
            if include.all {
                self.seen.insert(include.path);
            } else {
                self.go(&include.path)?;
            }
        }
        Ok(())
    }
}

fn read(files: Vec<Content>, options: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let files: BTreeMap<Utf8PathBuf, Content> =
        files.into_iter().map(|file| (file.path.clone(), file)).collect();
    let root = options.place(ROOT);
    let (found, seen, open) = (Vec::new(), BTreeSet::new(), Vec::new());
    let mut reader = Reader { files: &files, search: search(root), found, seen, open };
    // At a revision before the first change there may be none.
    if let Some(file) = files.get(root) {
        reader.go(file)?;
    }
    let unversioned = files.keys().filter(|path| !reader.seen.contains(*path)).cloned().collect();
    Ok(MigrationFiles { migrations: migrations(reader.found), unversioned, ..MigrationFiles::default() })
}

/// Reads change sets in the order in which the files are named.
struct Reader<'a> {
    files: &'a BTreeMap<Utf8PathBuf, Content>,
    search: &'a Utf8Path,
    found: Vec<Found>,
    seen: BTreeSet<Utf8PathBuf>,
    /// The files that are being read, each named by the one before.
    open: Vec<Utf8PathBuf>,
}

impl Reader<'_> {
    fn go(&mut self, file: &Content) -> Result<(), FileError> {
        // A file that is named twice has its change sets once.
        if !self.seen.insert(file.path.clone()) {
            return Ok(());
        }
        let whole = sql_file(file.path.clone(), file.bytes.clone())?;
        if !is_list(&file.path) {
            let known = file.path.strip_prefix(self.search).unwrap_or(&file.path);
            self.found.extend(formatted::read(&whole, known.as_str())?);
            return Ok(());
        }
        self.open.push(file.path.clone());
        for include in (List { path: &file.path, text: &whole.text, search: self.search }).includes()? {
            let named = |path: &&Utf8PathBuf| {
                if include.all { path.starts_with(&include.path) } else { **path == include.path }
            };
            let meant: Vec<&Utf8PathBuf> = self.files.keys().filter(named).collect();
            if meant.is_empty() {
                let message = format!("it names {}, which is not there", include.path);
                return Err(refused(&file.path, include.line, &message));
            }
            for path in meant {
                if !include.all && self.open.contains(path) {
                    let message = format!("it names {path}, which leads to it: a circle has no order");
                    return Err(refused(&file.path, include.line, &message));
                }
                self.go(&self.files[path])?;
            }
        }
        self.open.pop();
        Ok(())
    }
}

/// Change sets as migrations: `AUTHOR:ID`, with the file before it where several have that name.
fn migrations(found: Vec<Found>) -> Vec<Migration> {
    let mut times: HashMap<(String, String), usize> = HashMap::new();
    let name = |found: &Found| (found.set.author.clone(), found.set.id.clone());
    for found in &found {
        *times.entry(name(found)).or_default() += 1;
    }
    let made = found.into_iter().enumerate().map(|(place, found)| {
        let (author, id) = name(&found);
        let alone = format!("{author}:{id}");
        let is_alone = times.get(&(author, id)).is_none_or(|times| *times == 1);
        let version = if is_alone { alone } else { format!("{}::{alone}", found.set.filename) };
        let plain = migration(&version, "", found.up, found.down.map(Down::Section));
        Migration {
            version: plain.version.planned(place),
            recorded: Some(found.sum),
            repeatable: found.again,
            entry: Some(Box::new(Entry::Liquibase(found.set))),
            ..plain
        }
    });
    made.collect()
}
