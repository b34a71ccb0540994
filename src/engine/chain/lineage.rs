//! Which migrations a database has, of tools whose files say what comes before them.

use std::collections::BTreeSet;

use crate::model::layout::Revision;
use crate::model::migration::Version;

/// The versions that a database has whose ledger has these: with each, all that come before it by its file.
#[must_use]
pub fn applied<'a>(
    revisions: &[Revision],
    recorded: impl IntoIterator<Item = &'a Version>,
) -> BTreeSet<Version> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Version> = recorded.into_iter().collect();
    while let Some(version) = open.pop() {
        if found.insert(version.clone()) {
            let before = revisions.iter().filter(|revision| revision.version == *version);
            open.extend(before.flat_map(|revision| &revision.after));
        }
    }
    found
}

/// Migrations with those first that others come after; where nothing is said, in order of their files. What is left of
/// a circle comes last.
#[must_use]
pub fn in_order(revisions: &[Revision]) -> Vec<&Revision> {
    let mut left: Vec<&Revision> = revisions.iter().collect();
    left.sort_by(|one, other| one.path.cmp(&other.path));
    let mut ordered: Vec<&Revision> = Vec::new();
    while !left.is_empty() {
        let waits = |revision: &Revision| {
            revision.after.iter().any(|before| left.iter().any(|other| other.version == *before))
        };
        let next = left.iter().position(|revision| !waits(revision)).unwrap_or(0);
        ordered.push(left.remove(next));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::{applied, in_order};
    use crate::model::layout::Revision;
    use crate::model::migration::Version;

    fn revision(version: &str, path: &str, after: &[&str]) -> Revision {
        let after = after.iter().copied().map(Version::new).collect();
        Revision { version: Version::new(version), name: String::new(), path: path.into(), after }
    }

    #[test]
    fn a_head_stands_for_all_that_come_before_it_over_every_branch() {
        let files = [
            revision("d", "1", &["b", "c"]),
            revision("c", "2", &["a"]),
            revision("b", "3", &["a"]),
            revision("a", "4", &[]),
            revision("e", "5", &["d"]),
        ];
        let has = |heads: &[&str]| {
            let heads: Vec<Version> = heads.iter().copied().map(Version::new).collect();
            applied(&files, &heads).iter().map(ToString::to_string).collect::<String>()
        };
        assert_eq!((has(&["d"]).as_str(), has(&["b"]).as_str(), has(&["x"]).as_str()), ("abcd", "ab", "x"));
        let order: String = in_order(&files).iter().map(|one| one.version.to_string()).collect();
        assert_eq!(order, "acbde");
    }

    #[test]
    fn a_circle_ends() {
        let files = [revision("a", "1", &["b"]), revision("b", "2", &["a"])];
        assert_eq!(in_order(&files).len(), 2);
        assert_eq!(applied(&files, [&Version::new("a")]).len(), 2);
    }
}
