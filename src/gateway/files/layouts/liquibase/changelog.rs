//! Changelogs in XML, YAML and JSON, as far as they name others.

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::formatted::refused;
use crate::config::plain_yaml;
use crate::gateway::files::FileError;

/// What to do about a change set that is no SQL.
const BY_COMMAND: &str = "only Liquibase can run it: `layout: {tool: command, command: liquibase update}`";

/// A file, or a directory of files, that a changelog names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Include {
    /// Its path in the project.
    pub(super) path: Utf8PathBuf,
    /// Whether all files below it are meant.
    pub(super) all: bool,
    /// The line that names it, counted from 1.
    pub(super) line: usize,
}

/// Whether a file names others, and holds no SQL itself.
pub(super) fn is_list(path: &Utf8Path) -> bool {
    matches!(path.extension(), Some("xml" | "yaml" | "yml" | "json"))
}

/// A changelog that is read.
pub(super) struct List<'a> {
    pub(super) path: &'a Utf8Path,
    pub(super) text: &'a str,
    /// Where paths begin that are not relative to the file.
    pub(super) search: &'a Utf8Path,
}

/// An element with its attributes, wherever it was written.
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    line: usize,
}

impl List<'_> {
    /// What it names, in order. What only Liquibase can do is refused.
    pub(super) fn includes(&self) -> Result<Vec<Include>, FileError> {
        let elements = if self.path.extension() == Some("xml") { self.xml()? } else { self.yaml()? };
        elements.iter().map(|element| self.include(element)).collect()
    }

    fn include(&self, element: &Element) -> Result<Include, FileError> {
        let all = match element.name.as_str() {
            "include" => false,
            "includeAll" => true,
            other => {
                return Err(refused(self.path, element.line, &format!("it has `{other}`, and {BY_COMMAND}")));
            }
        };
        let (mut path, mut relative) = (None, false);
        for (key, value) in &element.attributes {
            match key.as_str() {
                "file" | "path" => path = Some(value),
                "relativeToChangelogFile" => relative = value == "true",
                "errorIfMissingOrEmpty" => {}
                _ => {
                    let message =
                        format!("`{}` with `{key}` is a thing that only Liquibase can do", element.name);
                    return Err(refused(self.path, element.line, &message));
                }
            }
        }
        let missing = || refused(self.path, element.line, &format!("`{}` names no file", element.name));
        let path = path.ok_or_else(missing)?;
        let own = self.path.parent().unwrap_or(Utf8Path::new(""));
        let path = tidied(if relative { own } else { self.search }, path);
        let outside = || refused(self.path, element.line, "it names what is outside of the project");
        Ok(Include { path: path.ok_or_else(outside)?, all, line: element.line })
    }

    fn xml(&self) -> Result<Vec<Element>, FileError> {
        let wrong = |error: roxmltree::Error| {
            refused(self.path, error.pos().row as usize, &format!("it is no XML: {error}"))
        };
        let document = roxmltree::Document::parse(self.text).map_err(wrong)?;
        let children = document.root_element().children().filter(roxmltree::Node::is_element);
        Ok(children
            .map(|node| Element {
                name: node.tag_name().name().to_owned(),
                attributes: node
                    .attributes()
                    .map(|one| (one.name().to_owned(), one.value().to_owned()))
                    .collect(),
                line: document.text_pos_at(node.range().start).row as usize,
            })
            .collect())
    }

    fn yaml(&self) -> Result<Vec<Element>, FileError> {
        let wrong = |(line, message): (usize, String)| {
            refused(self.path, line, &format!("it cannot be read: {message}"))
        };
        let value = plain_yaml(self.text).map_err(wrong)?;
        let listed = value.get("databaseChangeLog").and_then(Value::as_array);
        let Some(listed) = listed else {
            return Err(refused(self.path, 1, "it has no list `databaseChangeLog`"));
        };
        let mut from = 0;
        let mut elements = Vec::new();
        for (name, value) in listed.iter().filter_map(Value::as_object).flatten() {
            let at = self.key(name, from..self.text.len());
            from = at + name.len();
            let attributes = value.as_object().into_iter().flatten();
            let attributes = attributes.map(|(key, value)| (key.clone(), scalar(value))).collect();
            let name = name.clone();
            let line = self.text[..at].bytes().filter(|byte| *byte == b'\n').count() + 1;
            elements.push(Element { name, attributes, line });
        }
        Ok(elements)
    }

    /// Where a key stands: YAML's values do not say it.
    fn key(&self, name: &str, within: Range<usize>) -> usize {
        let mut found = self.text[within.clone()].match_indices(name).map(|(at, _)| within.start + at);
        let is_key = |at: &usize| {
            let after = self.text[at + name.len()..].trim_start_matches(['"', '\'']).trim_start();
            after.starts_with(':')
        };
        found.find(is_key).unwrap_or(within.start)
    }
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A path as the ledger has it, without what only says where to look, and without steps back; none where it leads out.
pub(super) fn tidied(from: &Utf8Path, path: &str) -> Option<Utf8PathBuf> {
    let path = path.strip_prefix("classpath:").unwrap_or(path).trim_start_matches('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in from.as_str().split('/').chain(path.split(['/', '\\'])) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.iter().collect())
}
