//! Formatted SQL: change sets between comments. <https://docs.liquibase.com/concepts/changelogs/sql-format.html>

use camino::Utf8Path;
use md5::{Digest as _, Md5};

use crate::gateway::files::FileError;
use crate::gateway::files::layouts::sections::part;
use crate::model::entry::{ChangeSet, Sums};
use crate::model::hex;
use crate::model::layout::Tool;
use crate::model::migration::SqlFile;

/// A change set as its file has it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) set: ChangeSet,
    pub(super) up: SqlFile,
    pub(super) down: Option<SqlFile>,
    pub(super) sum: String,
    /// Whether it is run again when it has changed.
    pub(super) again: bool,
}

/// What a line of a file says to Liquibase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said<'a> {
    Begin(&'a str),
    Rollback(&'a str),
    Comment(&'a str),
    Sums(&'a str),
    /// What only Liquibase itself can do.
    Strange(&'a str),
}

/// What lines say by the words that they begin with.
fn said(line: &str) -> Option<Said<'_>> {
    let text = line.trim_start().strip_prefix("--")?.trim_start();
    let after = |word: &str| {
        let head = text.get(..word.len())?;
        head.eq_ignore_ascii_case(word).then(|| text[word.len()..].trim_start_matches(':').trim())
    };
    let strange = ["preconditions", "precondition-", "property name:", "ignoreLines"];
    after("changeset ")
        .map(Said::Begin)
        .or_else(|| after("rollback").map(Said::Rollback))
        .or_else(|| after("comment:").map(Said::Comment))
        .or_else(|| after("comment ").map(Said::Comment))
        .or_else(|| after("validCheckSum").map(Said::Sums))
        .or_else(|| strange.iter().any(|word| after(word).is_some()).then_some(Said::Strange(text)))
}

/// What comes after the words that a file of formatted SQL begins with.
fn header(text: &str) -> Option<&str> {
    let first = text.lines().next()?.trim_start().strip_prefix("--")?.trim_start();
    let (head, rest) = first.split_at_checked("liquibase formatted sql".len())?;
    head.eq_ignore_ascii_case("liquibase formatted sql").then_some(rest)
}

/// The change sets of a file; `known` is what its ledger calls the file.
pub(super) fn read(whole: &SqlFile, known: &str) -> Result<Vec<Found>, FileError> {
    let Some(header) = header(&whole.text) else { return Ok(vec![plain(whole, known)]) };
    let logical = header.split_whitespace().find_map(|word| word.strip_prefix("logicalFilePath:"));
    let known = logical.unwrap_or(known);
    let lines: Vec<&str> = whole.text.lines().collect();
    let begins: Vec<usize> =
        (0..lines.len()).filter(|at| matches!(said(lines[*at]), Some(Said::Begin(_)))).collect();
    let Some(first) = begins.first() else {
        return Err(refused(&whole.path, 1, "no line says `--changeset AUTHOR:ID`"));
    };
    let is_outside = |line: &&str| {
        said(line).is_some() || !(line.trim().is_empty() || line.trim_start().starts_with("--"))
    };
    if let Some(at) = lines[1..*first].iter().position(is_outside) {
        return Err(refused(&whole.path, at + 2, "it stands before the first `--changeset AUTHOR:ID`"));
    }
    let mut found = Vec::new();
    for (index, begin) in begins.iter().enumerate() {
        let end = begins.get(index + 1).copied().unwrap_or(lines.len());
        let section = Section { whole, lines: &lines, begin: *begin, end };
        found.extend(section.read(known)?);
    }
    Ok(found)
}

/// SQL without any mark is one change set.
fn plain(whole: &SqlFile, known: &str) -> Found {
    let sum = checksum(&whole.text);
    let set = ChangeSet::new("raw", "includeAll", known);
    Found { set, up: whole.clone(), down: None, sum, again: false }
}

/// The checksum of Liquibase 4.22 and newer: that of its one change, whose SQL counts without white space.
fn checksum(sql: &str) -> String {
    let bare: String = sql.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let change = hex(&Md5::digest(bare));
    format!("9:{}", hex(&Md5::digest(format!("9:{change}:"))))
}

pub(super) fn refused(path: &Utf8Path, line: usize, message: &str) -> FileError {
    FileError::Layout { tool: Tool::Liquibase, path: path.to_owned(), line, message: message.to_owned() }
}

/// The lines of a change set.
struct Section<'a> {
    whole: &'a SqlFile,
    lines: &'a [&'a str],
    begin: usize,
    end: usize,
}

impl Section<'_> {
    fn read(&self, known: &str) -> Result<Option<Found>, FileError> {
        let Some(Said::Begin(head)) = said(self.lines[self.begin]) else { return Ok(None) };
        let Some(Named { author, id, attributes }) = named(head) else {
            return Err(self.refused(self.begin, "after `--changeset`, `AUTHOR:ID` is wanted"));
        };
        let asked = Asked::read(&attributes).map_err(|message| self.refused(self.begin, &message))?;
        let Some(asked) = asked else { return Ok(None) };
        let mut set = ChangeSet::new(id, author, asked.path.unwrap_or(known));
        (set.contexts, set.labels) = (asked.contexts.map(str::to_owned), asked.labels.map(str::to_owned));
        set.always = asked.always;
        let (mut own, mut back) = (Vec::new(), Vec::new());
        let mut in_rollback = false;
        for at in self.begin + 1..self.end {
            let line = self.lines[at];
            in_rollback |= is_rollback_block(line);
            match said(line) {
                _ if in_rollback => back.push(at),
                Some(Said::Strange(text)) => {
                    let word = text.split_whitespace().next().unwrap_or_default();
                    return Err(self.refused(at, &format!("`{word}` is a thing that only Liquibase can do")));
                }
                Some(Said::Rollback(_)) => back.push(at),
                Some(Said::Comment(text)) => text.clone_into(&mut set.comments),
                Some(Said::Sums(text)) => set.sums.accept(text),
                _ => own.push(at),
            }
            in_rollback &= !line.contains("*/");
        }
        let sql: Vec<&str> = own.iter().map(|at| self.lines[*at]).collect();
        let sum = checksum(&sql.join("\n"));
        let mut up = part(self.whole, |at| own.contains(&at), asked.outside);
        if let Some(delimiter) = asked.delimiter {
            up.text = with_semicolons(&up.text, delimiter);
        }
        let down = self.down(&back, asked.outside)?;
        Ok(Some(Found { set, up, down, sum, again: asked.again || asked.always }))
    }

    /// What its `--rollback` lines take back; absent where they say nothing of it.
    fn down(&self, back: &[usize], outside: bool) -> Result<Option<SqlFile>, FileError> {
        let says = |at: &usize| match said(self.lines[*at]) {
            Some(Said::Rollback(text)) => text.to_owned(),
            _ => String::new(),
        };
        if let Some(at) = back.iter().find(|at| says(at).starts_with("changesetId:")) {
            return Err(self.refused(
                *at,
                "a rollback that is another change set's is a thing that only Liquibase can do",
            ));
        }
        if back.is_empty() {
            return Ok(None);
        }
        let mut down = part(self.whole, |at| back.contains(&at), outside);
        let lines = down.text.split_inclusive('\n').map(uncovered);
        down.text = lines.collect();
        Ok(Some(down))
    }

    fn refused(&self, line: usize, message: &str) -> FileError {
        refused(&self.whole.path, line + 1, message)
    }
}

fn is_rollback_block(line: &str) -> bool {
    let text = line.trim_start().strip_prefix("/*").map(str::trim_start);
    text.and_then(|text| text.strip_prefix("liquibase"))
        .is_some_and(|rest| rest.trim_start().starts_with("rollback"))
}

/// A line of what goes back without what makes it a comment, each sign at its place.
fn uncovered(line: &str) -> String {
    let rest = match said(line) {
        Some(Said::Rollback(text)) if text.trim_end() == "empty" || text.starts_with("not required") => "",
        Some(Said::Rollback(text)) => text,
        _ if is_rollback_block(line) => line.split_once("rollback").map_or("", |(_, rest)| rest),
        _ => line,
    };
    let rest = rest.trim_end_matches(['\n', '\r']).replace("*/", "  ");
    let end = if line.ends_with('\n') { "\n" } else { "" };
    let before = line.trim_end().chars().count().saturating_sub(rest.trim_end().chars().count());
    format!("{}{}{end}", " ".repeat(before), rest.trim_end())
}

/// A text whose statements end with semicolons and not with something else at the end of a line.
fn with_semicolons(text: &str, delimiter: &str) -> String {
    let end = |line: &str| {
        let body = line.trim_end();
        let Some(before) = body.strip_suffix(delimiter) else { return line.to_owned() };
        format!("{before};{}{}", " ".repeat(delimiter.len() - 1), &line[body.len()..])
    };
    text.split_inclusive('\n').map(end).collect()
}

/// What stands behind `--changeset`.
struct Named<'a> {
    author: &'a str,
    id: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

/// Author and id, which may be quoted, and what comes after them.
fn named(head: &str) -> Option<Named<'_>> {
    let (author, rest) = word(head, |c| c == ':')?;
    let (id, mut rest) = word(rest.strip_prefix(':')?.trim_start(), char::is_whitespace)?;
    let mut attributes = Vec::new();
    while let Some((key, after)) = rest.trim_start().split_once(':') {
        let (value, left) = word(after.trim_start(), char::is_whitespace)?;
        attributes.push((key, value));
        rest = left;
    }
    let is_named = !author.is_empty() && !id.is_empty() && rest.trim().is_empty();
    is_named.then_some(Named { author, id, attributes })
}

/// What stands before a sign, or between quotes, and the rest.
fn word(text: &str, ends: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"');
    }
    let end = text.find(ends).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    Some((word.trim(), rest))
}

/// What a change set asks for.
#[derive(Default)]
struct Asked<'a> {
    again: bool,
    always: bool,
    outside: bool,
    delimiter: Option<&'a str>,
    contexts: Option<&'a str>,
    labels: Option<&'a str>,
    path: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// Nothing of one that is for another database, or ignored.
    fn read(attributes: &[(&'a str, &'a str)]) -> Result<Option<Self>, String> {
        let (mut asked, mut skipped) = (Self::default(), false);
        for (key, value) in attributes {
            let is = |wanted: &str| value.eq_ignore_ascii_case(wanted);
            match key.to_ascii_lowercase().as_str() {
                "runonchange" => asked.again = is("true"),
                "runalways" => asked.always = is("true"),
                "runintransaction" => asked.outside = is("false"),
                "ignore" => skipped |= is("true"),
                "dbms" => skipped |= !is_postgresql(value),
                "context" | "contextfilter" => asked.contexts = Some(value),
                "labels" => asked.labels = Some(value),
                "logicalfilepath" => asked.path = Some(value),
                "enddelimiter" if is(";") => {}
                "enddelimiter" if value.chars().all(|c| "/@#%!~&".contains(c)) || is("go") => {
                    asked.delimiter = Some(value);
                }
                // How statements are cut and comments are sent changes nothing of what they do.
                "failonerror" if is("true") => {}
                "splitstatements"
                | "stripcomments"
                | "objectquotingstrategy"
                | "created"
                | "rollbacksplitstatements"
                | "rollbackenddelimiter" => {}
                _ => return Err(format!("`{key}:{value}` is a thing that only Liquibase can do")),
            }
        }
        Ok((!skipped).then_some(asked))
    }
}

/// Whether a list of databases has ours: `postgresql`, `!oracle`, `all`, `none`.
fn is_postgresql(list: &str) -> bool {
    let mut named =
        list.split(',').map(|one| one.trim().to_ascii_lowercase()).collect::<Vec<_>>().into_iter();
    let excluded: Vec<String> =
        named.clone().filter_map(|one| one.strip_prefix('!').map(str::to_owned)).collect();
    if excluded.is_empty() {
        return named.any(|one| one == "postgresql" || one == "all");
    }
    !excluded.iter().any(|one| one == "postgresql")
}

impl Sums {
    /// Takes what `--validCheckSum` says.
    fn accept(&mut self, text: &str) {
        for sum in text.split([',', ' ']).map(str::trim).filter(|sum| !sum.is_empty()) {
            self.any |= sum.to_ascii_lowercase().ends_with("any");
            self.valid.push(sum.to_owned());
        }
    }
}
