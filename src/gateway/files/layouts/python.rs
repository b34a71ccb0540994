//! What the files of Alembic and Django tell without being run.

use camino::Utf8Path;

use super::Content;
use super::by_command::revision;
use super::ends_as;
use crate::model::layout::Revision;
use crate::model::migration::Version;

/// A module of migrations, and not what makes a directory a package.
pub(super) fn is_module(path: &Utf8Path) -> bool {
    path.file_name().is_some_and(|name| ends_as(name, "py") && !name.starts_with("__"))
}

/// `APP/migrations/0001_initial.py`.
pub(super) fn is_django(path: &Utf8Path) -> bool {
    let in_migrations = path.parent().and_then(Utf8Path::file_name) == Some("migrations");
    in_migrations && is_module(path) && path.file_stem().is_some_and(|stem| super::numbered(stem).is_some())
}

/// Django's ledger has the app and the name; the app is called as its directory unless it says otherwise.
pub(super) fn django(file: &Content) -> Option<Revision> {
    let app = file.path.parent()?.parent()?.file_name()?;
    Some(revision(file, &format!("{app}.{}", file.path.file_stem()?), ""))
}

/// Alembic's files say which revision they are and which come before, as literals.
pub(super) fn alembic(file: &Content) -> Option<Revision> {
    let text = String::from_utf8_lossy(&file.bytes);
    let version = assigned(&text, "revision").into_iter().next()?;
    let stem = file.path.file_stem().unwrap_or_default();
    let name = stem.strip_prefix(&version).unwrap_or(stem).trim_start_matches(['_', '-']);
    let before = ["down_revision", "depends_on"].into_iter().flat_map(|name| assigned(&text, name));
    Some(Revision { after: before.map(Version::new).collect(), ..revision(file, &version, name) })
}

/// The texts in what is assigned to a name at the left margin: `name: Type = "text"`, or several in parentheses.
fn assigned(text: &str, name: &str) -> Vec<String> {
    let value = text.match_indices(name).find_map(|(at, _)| {
        let at_margin = at == 0 || text.as_bytes()[at - 1] == b'\n';
        let rest = &text[at + name.len()..];
        let is_whole = rest.starts_with([' ', ':', '=', '\t']);
        let line = rest.find('\n').unwrap_or(rest.len());
        (at_margin && is_whole).then(|| rest[..line].find('=').map(|equals| &rest[equals + 1..])).flatten()
    });
    let Some(value) = value.map(str::trim_start) else { return Vec::new() };
    let end = match value.chars().next() {
        Some('(') => value.find(')'),
        Some('[') => value.find(']'),
        _ => value.find('\n'),
    };
    literals(&value[..end.unwrap_or(value.len())])
}

/// The texts between quotes, comments left out.
fn literals(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in value.lines() {
        let mut rest = line;
        while let Some(begin) = rest.find(['"', '\'', '#']).filter(|at| rest.as_bytes()[*at] != b'#') {
            let quote = char::from(rest.as_bytes()[begin]);
            let Some((text, after)) = rest[begin + 1..].split_once(quote) else { break };
            found.push(text.to_owned());
            rest = after;
        }
    }
    found
}
