//! What differs, as a tree: objects, their parts, and of each what the two sides say.

use super::RunPage;
use super::statements::PlaceView;
use crate::model::report::{Change, ChangeKind, Drift, PropertyChange};
use crate::model::schema::ObjectKind;
use crate::render::changes::{renamed, whole};
use crate::render::line_diff;
use crate::render::text::WORDING;
use crate::render::verdict::counted;

/// Unchanged lines that are shown around a change inside a definition.
const AROUND: usize = 3;

pub(super) struct Differences {
    pub count: String,
    pub wholes: Vec<Whole>,
}

/// An object with what differs in it.
pub(super) struct Whole {
    pub kind: String,
    pub name: String,
    pub changes: Vec<ChangeView>,
}

pub(super) struct ChangeView {
    /// Kind and name, when it is a part of the object.
    pub part: Option<(String, String)>,
    pub side: Option<String>,
    pub properties: Vec<PropertyView>,
    pub places: Vec<(&'static str, PlaceView)>,
}

pub(super) struct PropertyView {
    pub name: String,
    pub lines: Vec<(char, String)>,
}

pub(super) fn of(drift: &Drift, page: &RunPage) -> Option<Differences> {
    let mut changes: Vec<&Change> = drift.changes.iter().collect();
    changes.sort_by_key(|change| (whole(change), change.parent_kind.is_some()));
    let wholes = changes.chunk_by(|one, other| whole(one) == whole(other));
    let wholes = wholes.map(|changes| {
        let (kind, name) = whole(changes[0]);
        let changes = changes.iter().map(|change| of_change(change, page)).collect();
        Whole { kind: kind.label(), name: name.to_owned(), changes }
    });
    let differ = if drift.object_count == 1 { "differs" } else { "differ" };
    let count = format!("{} {differ}", counted(drift.object_count, "object"));
    (!drift.equal).then(|| Differences { count, wholes: wholes.collect() })
}

fn of_change(change: &Change, page: &RunPage) -> ChangeView {
    let side = match change.change {
        ChangeKind::Changed => None,
        ChangeKind::Added => Some(WORDING.added.to_owned()),
        ChangeKind::Dropped => Some(WORDING.dropped.to_owned()),
        ChangeKind::Renamed => Some(renamed(change)),
    };
    let properties = change.properties.iter().filter(|_| change.change != ChangeKind::Renamed);
    let places = [("built by", &change.from_source), ("declared in", &change.to_source)];
    ChangeView {
        part: change
            .parent_kind
            .map(|_: ObjectKind| (change.object.kind.label(), change.object.name.clone())),
        side,
        properties: properties.map(|one| property(one, change.change)).collect(),
        places: places
            .into_iter()
            .filter_map(|(whose, place)| Some((whose, PlaceView::of(place.as_ref()?, page))))
            .collect(),
    }
}

/// Old and new; where one side has none, it says so, unless it lacks the whole object.
fn property(one: &PropertyChange, change: ChangeKind) -> PropertyView {
    let told = |value: &Option<String>| {
        let missing = (change == ChangeKind::Changed).then(|| "none".to_owned());
        value.clone().or(missing)
    };
    let (from, to) = (told(&one.from), told(&one.to));
    let lines = match (&from, &to) {
        (Some(from), Some(to)) => line_diff::lines(from, to, AROUND),
        (from, to) => {
            let all = |sign: char, text: &Option<String>| -> Vec<(char, String)> {
                text.iter().flat_map(|text| text.lines()).map(|line| (sign, line.to_owned())).collect()
            };
            [all('-', from), all('+', to)].concat()
        }
    };
    PropertyView { name: one.name.replace('_', " "), lines }
}
