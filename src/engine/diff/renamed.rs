//! Renames in what a comparison found.

use crate::model::report::{Change, ChangeKind, Drift};
use crate::model::schema::Schema;

impl Drift {
    /// The same with renames that were done before the rest was compared with `to`: each stands before what else
    /// differs in its object.
    #[must_use]
    pub fn with_renames(mut self, renames: Vec<Change>, to: &Schema) -> Self {
        let renames = renames.into_iter().map(|change| super::with_parent_kind(change, to, to));
        self.changes.extend(renames);
        self.changes.sort_by(|one, other| {
            let key = |change: &Change| change.change != ChangeKind::Renamed;
            (&one.object, key(one)).cmp(&(&other.object, key(other)))
        });
        self.equal = self.changes.is_empty();
        self.object_count = super::count_wholes(&self.changes);
        self
    }
}
