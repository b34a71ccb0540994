//! Facts about a run in words, whatever the face: on what it was done, how long it took, where a file is.

use camino::Utf8Path;

use super::markdown::Context;
use crate::model::report::{Base, BaseKind, CopyMethod};

/// What the pending migrations were replayed on; `code` sets names of somebody else's apart.
pub(super) fn base(base: &Base, code: impl Fn(&str) -> String) -> String {
    let source = || code(base.source.as_deref().unwrap_or("a database"));
    let what = match (base.kind, base.copy) {
        (BaseKind::Empty, _) => "an empty database".to_owned(),
        (BaseKind::Against, Some(CopyMethod::InPlace)) => format!("{} itself", source()),
        (BaseKind::Against, _) => format!("a copy of {}", source()),
        (BaseKind::Snapshot, _) => format!("the snapshot {}", source()),
        (BaseKind::Ref, _) => of_ref(base, &code),
    };
    match &base.version {
        Some(version) => format!("{what} at {}", code(version.as_str())),
        None => what,
    }
}

fn of_ref(base: &Base, code: impl Fn(&str) -> String) -> String {
    match (base.git_ref.as_deref(), base.commit.as_deref()) {
        (Some(given), Some(id)) if id != given => format!("{} ({})", code(given), code(short(id))),
        (Some(_), Some(id)) => code(short(id)),
        (None, Some(id)) => format!("commit {}", code(short(id))),
        (given, None) => code(given.unwrap_or("HEAD")),
    }
}

/// The beginning of a commit's id, as people say it.
pub(super) fn short(id: &str) -> &str {
    id.char_indices().nth(7).map_or(id, |(at, _)| &id[..at])
}

/// A time with its unit: `24 ms`, `1.3 s`, `2 min 5 s`.
pub(super) fn duration(milliseconds: f64) -> String {
    match milliseconds {
        short if short < 1.0 => "< 1 ms".to_owned(),
        short if short < 1_000.0 => format!("{short:.0} ms"),
        middling if middling < 60_000.0 => format!("{:.1} s", middling / 1_000.0),
        long => format!("{:.0} min {:.0} s", (long / 60_000.0).floor(), (long % 60_000.0 / 1_000.0).floor()),
    }
}

/// Where a file of the checked commit is shown, when it is known.
pub(super) fn address(context: &Context, path: &Utf8Path, line: Option<usize>) -> Option<String> {
    let (repository, head) = (context.repository_url.as_ref()?, context.head.as_ref()?);
    let path = percent_encoded(context.prefix.join(path).as_str());
    let line = line.map_or_else(String::new, |line| format!("#L{line}"));
    Some(format!("{repository}/blob/{head}/{path}{line}"))
}

/// A path as it stands in an address, its `/` kept.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&crate::model::hex(&[byte]).to_uppercase());
        }
    }
    encoded
}
