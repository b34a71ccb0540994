//! The lines in which two texts differ.

use similar::{ChangeTag, TextDiff};

/// The lines that differ, with `around` others around them: `-` is in `from`, `+` is in `to`, ` ` in both.
pub(super) fn lines(from: &str, to: &str, around: usize) -> Vec<(char, String)> {
    let diff = TextDiff::from_lines(from, to);
    let groups = diff.grouped_ops(around);
    let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    changes
        .map(|change| {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            (sign, change.value().trim_end_matches(['\n', '\r']).to_owned())
        })
        .collect()
}
