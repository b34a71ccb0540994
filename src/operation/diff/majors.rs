//! Two sides from servers of different major versions.

use std::collections::BTreeMap;

use crate::gateway::postgres::properties_between;
use crate::model::difference::Side;
use crate::model::report::Note;
use crate::model::schema::{ObjectKind, Schema};
use crate::operation::lab;

/// Takes out of two structures what only the newer server can tell, and says what that was.
///
/// What the older side would say is unknown, and what is unknown is no difference.
pub(super) fn even_out(
    (from, from_schema): (&Side, &mut Schema),
    (to, to_schema): (&Side, &mut Schema),
) -> Option<Note> {
    let (from, to) = (from.server_version.clone()?, to.server_version.clone()?);
    let (old, new) = (lab::major(&from)?, lab::major(&to)?);
    if old == new {
        return None;
    }
    let unknown = properties_between(old.min(new), old.max(new));
    let mut counts: BTreeMap<(ObjectKind, &str), usize> = BTreeMap::new();
    for schema in [from_schema, to_schema] {
        for (id, object) in &mut schema.objects {
            let of_kind = unknown.iter().filter(|(kind, _)| *kind == id.kind);
            for (kind, name) in of_kind {
                if object.properties.remove(*name).is_some() {
                    *counts.entry((*kind, *name)).or_default() += 1;
                }
            }
        }
    }
    let not_compared = counts
        .into_iter()
        .map(|((kind, name), count)| format!("{} of {count} {}s", name.replace('_', " "), kind.label()))
        .collect();
    Some(Note::MajorsDiffer { from, to, not_compared })
}
