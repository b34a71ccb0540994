//! Files of steps: TOML, JSON and YAML with a list in it, and where each of the list's items stands.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use crate::config::plain_yaml;
use crate::gateway::files::FileError;
use crate::model::layout::Tool;
use crate::model::migration::SqlFile;
use crate::model::place::line_and_column;

/// A file of steps that is read.
pub(in super::super) struct Source<'a> {
    pub(in super::super) tool: Tool,
    pub(in super::super) file: &'a SqlFile,
    /// What the list of its steps is called.
    pub(in super::super) list: &'static str,
}

/// What a file holds.
pub(in super::super) struct Document {
    /// All but its steps.
    pub(in super::super) head: Map<String, Value>,
    pub(in super::super) steps: Vec<Step>,
}

/// One step.
pub(in super::super) struct Step {
    pub(in super::super) value: Value,
    /// Where it stands in the file, as far as that is known.
    span: Range<usize>,
}

impl Source<'_> {
    /// Reads the file, which may have no keys but its list and these.
    pub(in super::super) fn read(&self, known: &[&str]) -> Result<Document, FileError> {
        let document = if self.file.path.extension() == Some("toml") { self.toml()? } else { self.yaml()? };
        match document.head.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(document),
            Some(key) => {
                let at = self.file.text.find(key.as_str()).unwrap_or(0);
                let known = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
                Err(self.refused(at, &format!("unknown field `{key}`, expected `{}`, {known}", self.list)))
            }
        }
    }

    fn toml(&self) -> Result<Document, FileError> {
        let wrong = |error: toml::de::Error| {
            self.refused(
                error.span().map_or(0, |span| span.start),
                &format!("it is no TOML: {}", error.message()),
            )
        };
        let mut document = Document { head: Map::new(), steps: Vec::new() };
        for (key, value) in DeTable::parse(&self.file.text).map_err(wrong)?.into_inner() {
            match value.into_inner() {
                DeValue::Array(items) if *key.get_ref() == self.list => {
                    let spans: Vec<usize> = items.iter().map(|item| item.span().start).collect();
                    let values = items.into_iter().map(|item| plain(item.into_inner()));
                    document.steps = self.steps(values.collect(), &spans);
                }
                other => drop(document.head.insert(key.get_ref().to_string(), plain(other))),
            }
        }
        self.listed(document)
    }

    /// JSON is YAML as well, but for tabs.
    fn yaml(&self) -> Result<Document, FileError> {
        let text = &self.file.text;
        let value = if self.file.path.extension() == Some("json") {
            serde_json::from_str(text).map_err(|error| {
                let at = offset(text, error.line(), error.column());
                self.refused(at, &format!("it is no JSON: {error}"))
            })?
        } else {
            plain_yaml(text).map_err(|(line, error)| {
                self.refused(offset(text, line, 1), &format!("it is no YAML: {error}"))
            })?
        };
        let Value::Object(mut head) = value else {
            return Err(self.refused(0, &format!("it has no list `{}`", self.list)));
        };
        let steps = match head.remove(self.list) {
            Some(Value::Array(values)) => self.steps(values, &items(text, self.list)),
            Some(other) => {
                head.insert(self.list.to_owned(), other);
                Vec::new()
            }
            None => return Err(self.refused(0, &format!("it has no list `{}`", self.list))),
        };
        self.listed(Document { head, steps })
    }

    /// What is called as the list has to be one.
    fn listed(&self, document: Document) -> Result<Document, FileError> {
        if document.head.contains_key(self.list) {
            let at = self.file.text.find(self.list).unwrap_or(0);
            return Err(self.refused(at, &format!("`{}` is no list", self.list)));
        }
        Ok(document)
    }

    /// Each item with the place where it begins; all in one place where it is not known of each.
    fn steps(&self, values: Vec<Value>, begins: &[usize]) -> Vec<Step> {
        let whole = self.file.text.find(self.list).unwrap_or(0);
        let is_known = begins.len() == values.len();
        let begin = |at: usize| if is_known { begins[at] } else { whole };
        let end = |at: usize| match begins.get(at + 1) {
            Some(next) if is_known => *next,
            _ => self.file.text.len(),
        };
        let spans = (0..values.len()).map(|at| begin(at)..end(at));
        spans.zip(values).map(|(span, value)| Step { value, span }).collect()
    }

    /// A step, or a part of it, as what it is to be.
    pub(in super::super) fn typed<T: DeserializeOwned>(
        &self,
        step: &Step,
        value: Value,
    ) -> Result<T, FileError> {
        serde_json::from_value(value).map_err(|error| {
            let message = error.to_string();
            // What is not understood is named between such signs.
            let named = message.split('`').nth(1).filter(|_| message.starts_with("unknown"));
            let found = named.and_then(|name| self.file.text[step.span.clone()].find(name));
            self.refused(step.span.start + found.unwrap_or(0), &message)
        })
    }

    /// Line and column of a step.
    pub(in super::super) fn at(&self, step: &Step) -> (usize, usize) {
        line_and_column(&self.file.text, step.span.start)
    }

    /// A step cannot be expanded.
    pub(in super::super) fn refuse(&self, step: &Step, message: &str) -> FileError {
        self.refused(step.span.start, message)
    }

    fn refused(&self, at: usize, message: &str) -> FileError {
        let (line, column) = line_and_column(&self.file.text, at);
        FileError::Step {
            tool: self.tool,
            path: self.file.path.clone(),
            line,
            column,
            message: message.to_owned(),
        }
    }
}

/// TOML's values as JSON's.
fn plain(value: DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => text.into_owned().into(),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Into::into)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Into::into),
        DeValue::Boolean(is_so) => is_so.into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(items) => items.into_iter().map(|item| plain(item.into_inner())).collect(),
        DeValue::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, value)| (key.into_inner().into_owned(), plain(value.into_inner())))
                .collect(),
        ),
    }
}

/// Where a line and a column, both counted from 1, are in a text.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let at = (before + column.saturating_sub(1)).min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Where the items of a list begin that stands at the top of a text: behind brackets and commas, or behind dashes.
fn items(text: &str, list: &str) -> Vec<usize> {
    let Some(key) = text.find(list) else { return Vec::new() };
    let after = key + list.len();
    let rest =
        text[after..].trim_start_matches(['"', '\'']).trim_start().trim_start_matches(':').trim_start();
    let begin = text.len() - rest.len();
    if rest.starts_with('[') { in_brackets(text, begin) } else { behind_dashes(text, begin) }
}

fn in_brackets(text: &str, begin: usize) -> Vec<usize> {
    let (mut depth, mut quote, mut escaped, mut waits) = (0_u32, None, false, false);
    let mut found = Vec::new();
    for (at, c) in text[begin..].char_indices().map(|(at, c)| (begin + at, c)) {
        if waits && !c.is_whitespace() && c != ']' {
            found.push(at);
            waits = false;
        }
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) => quote = quote.filter(|_| open != c),
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => {
                depth += 1;
                waits |= depth == 1;
            }
            (None, ']' | '}') if depth == 1 => break,
            (None, ']' | '}') => depth -= 1,
            (None, ',') => waits = depth == 1,
            (None, _) => {}
        }
    }
    found
}

fn behind_dashes(text: &str, begin: usize) -> Vec<usize> {
    let indent = begin - text[..begin].rfind('\n').map_or(0, |at| at + 1);
    let mut at = begin - indent;
    let mut found = Vec::new();
    for line in text[at..].split_inclusive('\n') {
        let own = line.len() - line.trim_start_matches(' ').len();
        let rest = &line[own..];
        if own == indent && (rest.starts_with("- ") || rest.trim_end() == "-") {
            found.push(at + own + 1 + (rest[1..].len() - rest[1..].trim_start_matches(' ').len()));
        } else if own < indent && !rest.trim().is_empty() && !rest.starts_with('#') {
            break;
        }
        at += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{items, offset};

    #[test]
    fn every_item_is_found_where_it_begins() {
        let begins = |text: &'static str| -> Vec<&str> {
            items(text, "steps")
                .into_iter()
                .map(|at| text[at..].split(['\n', ',', '}', ' ']).next().unwrap())
                .collect()
        };
        assert_eq!(begins(r#"{"steps": [ {"a":[1,2]}, {"b]":"x,\"y"} ]}"#), [r#"{"a":[1"#, r#"{"b]":"x"#]);
        assert_eq!(
            begins("name: x\nsteps:\n  - a:\n      - no\n  # -\n  - b: |\n      - no\nother:\n  - no\n"),
            ["a:", "b:"]
        );
        assert_eq!(begins("steps:\n- a\n- b\n"), ["a", "b"]);
        assert_eq!(begins("steps: [{a: 1}, {b: 2}]"), ["{a:", "{b:"]);
        assert_eq!(begins("steps: []"), [""; 0]);
    }

    #[test]
    fn a_place_lies_in_the_text() {
        assert_eq!(["ö\nab", "", "a"].map(|text| offset(text, 2, 2)), [4, 0, 1]);
    }
}
