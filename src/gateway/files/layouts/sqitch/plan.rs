//! `sqitch.plan`: which change comes after which. <https://sqitch.org/docs/manual/sqitchchanges/>

use std::collections::BTreeMap;

use camino::Utf8Path;
use sha1::{Digest as _, Sha1};

use crate::gateway::files::FileError;
use crate::model::entry::{Dependency, PlanLine, Required};
use crate::model::hex;
use crate::model::layout::Tool;

/// What a plan says.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) project: String,
    pub(super) uri: Option<String>,
    pub(super) changes: Vec<Planned>,
}

/// A change of a plan.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) line: PlanLine,
    pub(super) requires: Vec<Dependency>,
    pub(super) conflicts: Vec<String>,
    /// The tags that stand after it.
    pub(super) tags: Vec<PlanLine>,
    /// The tags of which one is a part of its scripts' names, because a later change has its name: the likeliest first.
    pub(super) reworked: Vec<String>,
    /// The line of the file, counted from 1.
    pub(super) at: usize,
}

/// A line that is no pragma, as it is written.
struct Written<'a> {
    is_tag: bool,
    name: &'a str,
    dependencies: Vec<&'a str>,
    planned_at: &'a str,
    planner: (String, String),
    note: String,
}

/// Reads a plan.
pub(super) fn read(path: &Utf8Path, text: &str) -> Result<Plan, FileError> {
    Reader::new(path).read(text)
}

struct Reader<'a> {
    path: &'a Utf8Path,
    pragmas: BTreeMap<String, String>,
    changes: Vec<Planned>,
    /// Where in the plan each tag stands: after how many changes.
    tags: BTreeMap<String, usize>,
    line: usize,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Utf8Path) -> Self {
        Self { path, pragmas: BTreeMap::new(), changes: Vec::new(), tags: BTreeMap::new(), line: 0 }
    }

    fn read(mut self, text: &str) -> Result<Plan, FileError> {
        for (index, line) in text.lines().enumerate() {
            self.line = index + 1;
            let (said, note) = line.split_once('#').unwrap_or((line, ""));
            let said = said.trim();
            if let Some(pragma) = said.strip_prefix('%') {
                let (key, value) = pragma.split_once('=').unwrap_or((pragma, "1"));
                self.pragmas.insert(key.trim().to_owned(), value.trim().to_owned());
            } else if !said.is_empty() {
                let written = self.written(said, note)?;
                if written.is_tag { self.tag(&written)? } else { self.change(&written)? }
            }
        }
        let Some(project) = self.pragmas.get("project").cloned() else {
            self.line = 1;
            return Err(self.refused("it has no line `%project=NAME`"));
        };
        Ok(Plan { project, uri: self.pragmas.get("uri").cloned(), changes: self.changes })
    }

    /// `+name [requires !conflicts] 2024-01-01T00:00:00Z Planner <address>`.
    fn written<'t>(&self, said: &'t str, note: &str) -> Result<Written<'t>, FileError> {
        let is_tag = said.starts_with('@');
        let rest = said.trim_start_matches('@').trim_start_matches('+').trim_start();
        if rest.starts_with('-') {
            return Err(self.refused("a line with `-` is nothing that sqitch runs forward"));
        }
        let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let rest = rest.trim_start();
        let (dependencies, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((inside, rest)) => (inside.split_whitespace().collect(), rest.trim_start()),
            None => (Vec::new(), rest),
        };
        let (planned_at, planner) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let planner = planner.trim().strip_suffix('>').and_then(|planner| planner.rsplit_once('<'));
        let (Some((who, address)), true) = (planner, is_time(planned_at)) else {
            return Err(self.refused(
                "after the name a time is wanted, such as 2024-01-31T12:00:00Z, and `Name <address>`",
            ));
        };
        self.is_name(name)?;
        let planner = (who.trim().to_owned(), address.to_owned());
        Ok(Written { is_tag, name, dependencies, planned_at, planner, note: meant(note) })
    }

    /// Names are parts of the paths of files: none may lead elsewhere.
    fn is_name(&self, name: &str) -> Result<(), FileError> {
        let ends = |at: Option<char>| at.is_none_or(|end| end.is_ascii_punctuation() && end != '_');
        let is_strange = |c: char| matches!(c, '@' | ':' | '#' | '\\') || c.is_control();
        let leads_away = name.split('/').any(|part| part.is_empty() || part.trim_matches('.').is_empty());
        if ends(name.chars().next()) || ends(name.chars().last()) || name.contains(is_strange) || leads_away {
            return Err(self.refused(&format!("`{name}` is no name of a change or a tag")));
        }
        Ok(())
    }

    fn tag(&mut self, written: &Written<'_>) -> Result<(), FileError> {
        let name = format!("@{}", written.name);
        let before = self.changes.len();
        let Some(change) = self.changes.last().map(|change| change.line.id.clone()) else {
            return Err(self.refused(&format!("the tag {name} stands after no change")));
        };
        if self.tags.insert(name.clone(), before).is_some() {
            return Err(self.refused(&format!("the tag {name} is there twice")));
        }
        let told = self.told(&[("tag", &name), ("change", &change)], written);
        let tag = line("tag", name, told, written);
        self.changes.last_mut().into_iter().for_each(|change| change.tags.push(tag.clone()));
        Ok(())
    }

    fn change(&mut self, written: &Written<'_>) -> Result<(), FileError> {
        let name = written.name.to_owned();
        self.rework(&name)?;
        let conflicts = written.dependencies.iter().filter_map(|text| text.strip_prefix('!'));
        let conflicts: Vec<String> = conflicts.map(|text| self.own(text).to_owned()).collect();
        if let Some(there) =
            conflicts.iter().find(|text| self.changes.iter().any(|one| one.line.name == **text))
        {
            return Err(self.refused(&format!("{name} may not come after {there}, and does")));
        }
        let requires = written.dependencies.iter().filter(|text| !text.starts_with('!'));
        let requires = requires.map(|text| self.dependency(&name, text)).collect::<Result<Vec<_>, _>>()?;
        let parent = self.changes.last().map(|change| change.line.id.clone());
        let mut keys = vec![("change", name.as_str())];
        keys.extend(parent.as_deref().map(|parent| ("parent", parent)));
        let mut told = self.told(&keys, written);
        for (index, one) in requires.iter().enumerate() {
            let head = if index == 0 { "\nrequires" } else { "" };
            told = format!("{told}{head}\n  + {}", one.text);
        }
        for (index, one) in conflicts.iter().enumerate() {
            let head = if index == 0 { "\nconflicts" } else { "" };
            told = format!("{told}{head}\n  - {one}");
        }
        let line = line("change", name, told, written);
        let (tags, reworked, at) = (Vec::new(), Vec::new(), self.line);
        self.changes.push(Planned { line, requires, conflicts, tags, reworked, at });
        Ok(())
    }

    /// A change that has the name of an earlier one takes its place: the earlier one's scripts are called by a tag
    /// between them.
    fn rework(&mut self, name: &str) -> Result<(), FileError> {
        let Some(earlier) = self.changes.iter().rposition(|change| change.line.name == name) else {
            return Ok(());
        };
        let between = self.changes[earlier + 1..].iter().rev().chain([&self.changes[earlier]]);
        let tags: Vec<String> =
            between.flat_map(|change| change.tags.iter().map(|tag| tag.name.clone())).collect();
        if tags.is_empty() {
            let line = self.changes[earlier].at;
            return Err(
                self.refused(&format!("{name} stands on line {line} already, and no tag is between them"))
            );
        }
        self.changes[earlier].reworked = tags;
        Ok(())
    }

    /// What is told of a change or a tag, up to the date.
    fn told(&self, keys: &[(&str, &str)], written: &Written<'_>) -> String {
        let mut told = format!("project {}", self.pragmas.get("project").map_or("", String::as_str));
        let planner = format!("{} <{}>", written.planner.0, written.planner.1);
        let uri = self.pragmas.get("uri").map(|uri| ("uri", uri.as_str()));
        let keys = uri.into_iter().chain(keys.iter().copied());
        for (key, value) in keys.chain([("planner", planner.as_str()), ("date", written.planned_at)]) {
            told = format!("{told}\n{key} {value}");
        }
        told
    }

    /// A dependency without the project's own name.
    fn own<'t>(&self, text: &'t str) -> &'t str {
        let project = self.pragmas.get("project");
        text.split_once(':')
            .filter(|(of, _)| project.is_some_and(|project| project == of))
            .map_or(text, |(_, rest)| rest)
    }

    fn dependency(&self, name: &str, text: &str) -> Result<Dependency, FileError> {
        let text = self.own(text);
        let (project, rest) =
            text.split_once(':').map_or((None, text), |(project, rest)| (Some(project), rest));
        let (change, tag) = rest.split_once('@').map_or((rest, None), |(change, tag)| (change, Some(tag)));
        let of = if is_id(rest) {
            Required::Id(rest.to_owned())
        } else if let Some(project) = project {
            let change = Some(change.to_owned()).filter(|change| !change.is_empty());
            Required::Elsewhere { project: project.to_owned(), change, tag: tag.map(str::to_owned) }
        } else {
            let found = self.named(change, tag);
            let unknown = || self.refused(&format!("{name} requires {text}, which does not come before it"));
            Required::Id(found.ok_or_else(unknown)?.line.id.clone())
        };
        Ok(Dependency { text: text.to_owned(), of })
    }

    /// The newest change of a name, up to a tag where one is named; without a name, the one that the tag stands after.
    fn named(&self, change: &str, tag: Option<&str>) -> Option<&Planned> {
        let end = match tag {
            Some(tag) => *self.tags.get(&format!("@{tag}"))?,
            None => self.changes.len(),
        };
        self.changes[..end].iter().rev().find(|one| change.is_empty() || one.line.name == change)
    }

    fn refused(&self, message: &str) -> FileError {
        FileError::Layout {
            tool: Tool::Sqitch,
            path: self.path.to_owned(),
            line: self.line,
            message: message.to_owned(),
        }
    }
}

/// A change or a tag with the id that git would give a text of its kind.
fn line(kind: &str, name: String, mut told: String, written: &Written<'_>) -> PlanLine {
    if !written.note.is_empty() {
        told = format!("{told}\n\n{}", written.note);
    }
    let id = hex(&Sha1::digest(format!("{kind} {}\0{told}", told.len())));
    let (note, planned_at) = (written.note.clone(), written.planned_at.to_owned());
    PlanLine { id, name, note, planned_at, planner: written.planner.clone() }
}

/// A note as it is meant: its line ends are written as two characters.
fn meant(note: &str) -> String {
    let mut meant = String::new();
    let mut rest = note.trim().chars();
    while let Some(c) = rest.next() {
        let escaped = match (c, rest.clone().next()) {
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some('r')) => Some('\r'),
            ('\\', Some('\\')) => Some('\\'),
            _ => None,
        };
        if escaped.is_some() {
            rest.next();
        }
        meant.push(escaped.unwrap_or(c));
    }
    meant
}

/// `2024-01-31T12:00:00Z`.
fn is_time(text: &str) -> bool {
    let shape = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    shape == "0000-00-00T00:00:00Z"
}

fn is_id(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
