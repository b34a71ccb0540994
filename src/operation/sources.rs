//! Where the objects of a structure are written down.

use std::collections::BTreeMap;

use crate::model::place::Place;
use crate::model::report::{Change, Drift};
use crate::model::statement::Touch;
use crate::operation::script::Script;

/// The last statement that speaks of each object, by the object's names.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    places: BTreeMap<(String, String), Place>,
}

impl Sources {
    /// Reads what the statements of scripts touch, later ones over earlier ones.
    pub(crate) fn of<'a>(scripts: impl Iterator<Item = &'a Script<'a>>) -> Self {
        let mut sources = Self::default();
        for script in scripts {
            for touch in script.statements.iter().flat_map(|statement| &statement.touches) {
                let (line, column) = script.position(touch.offset);
                let place = Place { path: script.file.path.clone(), line, column };
                sources.places.insert(key(touch), place);
            }
        }
        sources
    }

    /// Where something that stands alone is written down.
    pub(crate) fn of_whole(&self, name: &str) -> Option<&Place> {
        self.places.get(&(String::new(), unqualified(name).to_owned()))
    }

    fn find(&self, change: &Change) -> Option<&Place> {
        let object = &change.object;
        let whole = unqualified(&object.parent);
        let name = unqualified(object.name.split('(').next().unwrap_or_default());
        let own = self.places.get(&(whole.to_owned(), name.to_owned()));
        // A part that no statement names by itself belongs to the statement of its whole.
        own.or_else(|| self.of_whole(whole))
    }
}

/// Puts the places of both sides into a drift.
pub(crate) fn locate(drift: &mut Drift, from: &Sources, to: &Sources) {
    for change in &mut drift.changes {
        change.from_source = from.find(change).cloned();
        change.to_source = to.find(change).cloned();
    }
}

fn key(touch: &Touch) -> (String, String) {
    let whole = touch.parent.as_ref().map(|(_, table)| shown(table)).unwrap_or_default();
    (whole, shown(&touch.name))
}

/// The last part of a name as SQL writes it. Places are a help; a schema's worth of them is not worth a resolver.
fn unqualified(name: &str) -> &str {
    match name.rfind('"') {
        Some(end) if name.ends_with('"') => &name[name[..end].rfind('"').unwrap_or(0)..],
        _ => name.rsplit('.').next().unwrap_or(name),
    }
}

/// A name as the server's `quote_ident` shows it, key words aside.
fn shown(name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let starts_well = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if plain && starts_well { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}
