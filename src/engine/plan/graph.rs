//! The order in which things are done: actions, what has to come before what, and how circles are opened.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::fate::{Fate, Fates};
use super::kinds::{self, This};
use super::side::Side;
use crate::model::plan::StepTransaction;
use crate::model::schema::{ObjectId, ObjectKind};

/// Something done to an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    /// Taken away, or put aside.
    Drop(ObjectId),
    /// A view lets go of what it reads, and keeps its columns.
    Hollow(ObjectId),
    /// Changed in place.
    Change(ObjectId),
    /// A view is made with its columns alone.
    Outline(ObjectId),
    /// Made.
    Make(ObjectId),
    /// What was put aside is taken away.
    DropAside(ObjectId),
}

impl Action {
    fn id(&self) -> &ObjectId {
        match self {
            Self::Drop(id)
            | Self::Hollow(id)
            | Self::Change(id)
            | Self::Outline(id)
            | Self::Make(id)
            | Self::DropAside(id) => id,
        }
    }
}

/// The actions in an order in which they can be done.
pub(super) struct Order {
    pub(super) actions: Vec<Action>,
    /// What opens a circle: parts whose statement stands by itself although their whole is made or dropped, and views
    /// that are there before they read anything.
    pub(super) apart: BTreeSet<ObjectId>,
}

/// Orders what has to be done. On a circle that cannot be opened, the objects on it are returned.
pub(super) fn order(from: &Side, to: &Side, fates: &Fates) -> Result<Order, Vec<ObjectId>> {
    let mut apart = BTreeSet::new();
    loop {
        let graph = Graph::build(from, to, fates, &apart);
        match graph.sort() {
            Ok(actions) => return Ok(Order { actions, apart }),
            Err(circle) => {
                let opened = graph.openings(&circle, &apart);
                if opened.is_empty() {
                    return Err(circle.into_iter().map(|action| action.id().clone()).collect());
                }
                apart.extend(opened);
            }
        }
    }
}

struct Graph {
    /// What has to come before each action.
    before: BTreeMap<Action, BTreeSet<Action>>,
    /// Actions that are done by another one: a part made or dropped with its whole.
    folded: BTreeMap<Action, Action>,
    /// Actions that must be committed first stand first.
    committed_first: BTreeSet<Action>,
}

impl Graph {
    fn build(from: &Side, to: &Side, fates: &Fates, apart: &BTreeSet<ObjectId>) -> Self {
        let mut graph =
            Self { before: BTreeMap::new(), folded: BTreeMap::new(), committed_first: BTreeSet::new() };
        graph.add_actions(fates, apart);
        graph.fold_drops(from, fates, apart);
        graph.fold_makes(to, fates, apart);
        for id in fates.of.keys() {
            graph.relate_old(id, from, fates, apart);
            graph.relate_detached(id, from, fates);
            graph.relate_new(id, from, to, fates, apart);
        }
        graph.relate_names(from, to, fates);
        graph
    }

    /// What opens a circle: parts that are no columns if there are any, else columns, else a view.
    fn openings(&self, circle: &BTreeSet<Action>, apart: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
        let parts =
            self.folded.iter().filter(|(part, into)| circle.contains(into) && !apart.contains(part.id()));
        let (columns, others): (Vec<ObjectId>, Vec<ObjectId>) =
            parts.map(|(part, _)| part.id().clone()).partition(|id| id.kind == ObjectKind::Column);
        let parts = if others.is_empty() { columns } else { others };
        if !parts.is_empty() {
            return parts;
        }
        let views = circle.iter().map(Action::id).filter(|id| id.kind == ObjectKind::View);
        views.filter(|id| !apart.contains(*id)).take(1).cloned().collect()
    }

    fn add_actions(&mut self, fates: &Fates, apart: &BTreeSet<ObjectId>) {
        for id in fates.of.keys().filter(|id| id.kind == ObjectKind::View && apart.contains(*id)) {
            if fates.is_made(id) {
                self.before.entry(Action::Outline(id.clone())).or_default();
            }
            if fates.is_dropped(id) {
                self.before.entry(Action::Hollow(id.clone())).or_default();
            }
        }
        for (id, fate) in &fates.of {
            let actions = match fate {
                Fate::Made => vec![Action::Make(id.clone())],
                Fate::Dropped => vec![Action::Drop(id.clone())],
                Fate::Replaced => vec![Action::Drop(id.clone()), Action::Make(id.clone())],
                Fate::Changed(steps) => {
                    let action = Action::Change(id.clone());
                    if steps.iter().any(|step| step.transaction == StepTransaction::CommittedFirst) {
                        self.committed_first.insert(action.clone());
                    }
                    vec![action]
                }
            };
            for action in actions {
                self.before.entry(action).or_default();
            }
            if fates.aside.contains_key(id) {
                self.before.entry(Action::DropAside(id.clone())).or_default();
            }
        }
    }

    /// Parts go with their whole, a default with its column, a sequence with the column that owns it.
    fn fold_drops(&mut self, from: &Side, fates: &Fates, apart: &BTreeSet<ObjectId>) {
        for id in fates.of.keys().filter(|id| fates.is_dropped(id) && !apart.contains(*id)) {
            let whole = from.whole(&id.parent).filter(|_| !id.parent.is_empty());
            let column = ObjectId { kind: ObjectKind::Column, ..id.clone() };
            let owner = ObjectId { kind: ObjectKind::SequenceOwner, ..id.clone() };
            let into = match id.kind {
                ObjectKind::Default if from.get(&column, "type").is_some() => Some(&column),
                ObjectKind::DefaultPrivileges => from.needs(id).find(|one| one.kind == ObjectKind::Schema),
                ObjectKind::RowType => from.whole(&id.name),
                ObjectKind::SequenceOwner if fates.is_dropped(&as_kind(id, ObjectKind::Sequence)) => None,
                ObjectKind::Sequence => from.needs(&owner).find(|one| one.kind == ObjectKind::Column),
                _ => whole,
            };
            // The checks of a domain that is only put out of the way need functions still.
            if let Some(into) = into.filter(|into| fates.is_dropped(into) && !fates.aside.contains_key(*into))
            {
                self.folded.insert(Action::Drop(id.clone()), Action::Drop(into.clone()));
            }
            if id.kind == ObjectKind::SequenceOwner {
                let sequence = as_kind(id, ObjectKind::Sequence);
                if fates.is_dropped(&sequence) {
                    self.folded.insert(Action::Drop(id.clone()), Action::Drop(sequence));
                }
            }
            if id.kind == ObjectKind::Attachment {
                let table =
                    [ObjectKind::Table, ObjectKind::ForeignTable, ObjectKind::Index, ObjectKind::Constraint]
                        .map(|kind| as_kind(id, kind));
                if let Some(table) = table.into_iter().find(|one| fates.is_dropped(one)) {
                    self.folded.insert(Action::Drop(id.clone()), Action::Drop(table));
                }
            }
        }
    }

    /// The columns of a new table stand in its `create table`.
    fn fold_makes(&mut self, to: &Side, fates: &Fates, apart: &BTreeSet<ObjectId>) {
        // A domain's checks, too: once something holds its values, not every check can be added.
        let checks = fates.of.keys().filter(|id| id.kind == ObjectKind::Constraint && fates.is_made(id));
        for id in checks {
            let domain = to.whole(&id.parent).filter(|one| one.kind == ObjectKind::Domain);
            let domain = domain.filter(|one| fates.is_made(one) && !apart.contains(id));
            if let Some(domain) = domain.filter(|_| !kinds::is_not_valid(id, to)) {
                self.folded.insert(Action::Make(id.clone()), Action::Make(domain.clone()));
            }
        }
        let columns = fates.of.keys().filter(|id| id.kind == ObjectKind::Column && fates.is_made(id));
        for id in columns {
            let table = to.whole(&id.parent).filter(|table| fates.is_made(table));
            if let Some(table) = table.filter(|_| !apart.contains(id)) {
                self.folded.insert(Action::Make(id.clone()), Action::Make(table.clone()));
            }
            let default = as_kind(id, ObjectKind::Default);
            if fates.is_made(&default) && !apart.contains(&default) && to.get(id, "type").is_some() {
                self.folded.insert(Action::Make(default), Action::Make(id.clone()));
            }
        }
    }

    fn folded(&self, mut action: Action) -> Action {
        while let Some(into) = self.folded.get(&action) {
            action = into.clone();
        }
        action
    }

    fn edge(&mut self, first: Action, then: Action) {
        let (first, then) = (self.folded(first), self.folded(then));
        if first != then
            && self.before.contains_key(&first)
            && let Some(before) = self.before.get_mut(&then)
        {
            before.insert(first);
        }
    }

    /// In the old structure: what needs something goes, or lets go of it, before it goes or changes.
    fn relate_old(&mut self, id: &ObjectId, from: &Side, fates: &Fates, apart: &BTreeSet<ObjectId>) {
        self.edge(Action::Hollow(id.clone()), Action::Drop(id.clone()));
        for needed in from.needs(id) {
            if apart.contains(id) && fates.is_dropped(id) && is_read(id, needed) {
                self.edge(Action::Hollow(id.clone()), Action::Drop(needed.clone()));
                self.edge(Action::Hollow(id.clone()), Action::Change(needed.clone()));
                continue;
            }
            let goes = if fates.aside.contains_key(needed) {
                Action::DropAside(needed.clone())
            } else {
                Action::Drop(needed.clone())
            };
            // The functions of a type that is put out of the way are so, too, and it takes its declaration along.
            let goes_along = needed.kind == ObjectKind::Shell || kinds::goes_with_type(needed, from);
            if fates.aside.contains_key(id) && !goes_along {
                self.edge(Action::DropAside(id.clone()), goes.clone());
            }
            if fates.is_dropped(id) {
                self.edge(Action::Drop(id.clone()), Action::Drop(needed.clone()));
                // What is committed first lets everything stand that uses it.
                let change = Action::Change(needed.clone());
                let lets_go = needed.kind == ObjectKind::View && apart.contains(needed);
                if matches!(fates.of.get(needed), Some(Fate::Changed(_)))
                    && !self.committed_first.contains(&change)
                    && !lets_go
                {
                    self.edge(Action::Drop(id.clone()), change);
                }
            } else {
                self.edge(Action::Change(id.clone()), goes);
            }
        }
        if fates.aside.contains_key(id) {
            self.edge(Action::Drop(id.clone()), Action::DropAside(id.clone()));
            self.edge(Action::Make(id.clone()), Action::DropAside(id.clone()));
        }
    }

    /// What a partition was handed down is its own, to drop or to change, only once it is detached.
    fn relate_detached(&mut self, id: &ObjectId, from: &Side, fates: &Fates) {
        let attachment =
            ObjectId { parent: String::new(), kind: ObjectKind::Attachment, name: id.parent.clone() };
        if from.get(id, "inherited").is_some() && fates.is_dropped(&attachment) {
            let own = if fates.is_dropped(id) { Action::Drop } else { Action::Change };
            self.edge(Action::Drop(attachment), own(id.clone()));
        }
    }

    /// In the new structure: what something needs is made, or changed, before it.
    fn relate_new(
        &mut self,
        id: &ObjectId,
        from: &Side,
        to: &Side,
        fates: &Fates,
        apart: &BTreeSet<ObjectId>,
    ) {
        let own = if fates.is_made(id) { Action::Make(id.clone()) } else { Action::Change(id.clone()) };
        self.relate_outline(id, to);
        for needed in to.first(id) {
            let changed = Action::Change(needed.clone());
            // Nothing is read through a view for what only names it, or looks at its columns.
            let is_named_only = id.kind != ObjectKind::MaterializedView && id.parent != needed.name;
            if apart.contains(needed) && needed.kind == ObjectKind::View && is_named_only {
                self.edge(Action::Outline(needed.clone()), own.clone());
                continue;
            }
            if fates.begins_to_inherit(needed, from, to) && needed.name == id.parent {
                // A child has the columns and checks of its parent before it inherits.
                self.edge(own.clone(), changed);
                continue;
            }
            self.edge(Action::Make(needed.clone()), own.clone());
            self.edge(changed, own.clone());
        }
        self.edge(Action::Drop(id.clone()), own.clone());
        self.relate_check(id, &own, to, fates);
    }

    /// The columns of a view alone need their types.
    fn relate_outline(&mut self, id: &ObjectId, to: &Side) {
        let outline = Action::Outline(id.clone());
        if self.before.contains_key(&outline) {
            for needed in to.first(id).filter(|needed| !is_read(id, needed)) {
                self.edge(Action::Make(needed.clone()), outline.clone());
                self.edge(Action::Change(needed.clone()), outline.clone());
            }
            self.edge(Action::Drop(id.clone()), outline.clone());
            self.edge(outline, Action::Make(id.clone()));
        }
    }

    /// A domain that is there takes no check any more once an array or a composite type holds its values.
    fn relate_check(&mut self, id: &ObjectId, own: &Action, to: &Side, fates: &Fates) {
        let domain = to.whole(&id.parent).filter(|one| one.kind == ObjectKind::Domain && !fates.is_made(one));
        if id.kind == ObjectKind::Constraint
            && let Some(domain) = domain
        {
            for column in to.needed_by(domain).filter(|one| one.kind == ObjectKind::Column) {
                self.edge(own.clone(), Action::Make(column.clone()));
            }
        }
    }

    /// A name is free before it is taken again.
    fn relate_names(&mut self, from: &Side, to: &Side, fates: &Fates) {
        let mut taken: BTreeMap<(&'static str, String), Vec<Action>> = BTreeMap::new();
        let names = |side: &Side, id: &ObjectId| {
            let object = side.objects.get(id);
            object.map(|object| kinds::of(id.kind).names(This { id, object })).unwrap_or_default()
        };
        for (id, fate) in &fates.of {
            let kept = if matches!(fate, Fate::Changed(_)) { names(to, id) } else { Vec::new() };
            for name in names(from, id).into_iter().filter(|name| !kept.contains(name)) {
                let action =
                    if fates.is_dropped(id) { Action::Drop(id.clone()) } else { Action::Change(id.clone()) };
                taken.entry(name).or_default().push(action);
            }
        }
        for (id, fate) in &fates.of {
            let had = if matches!(fate, Fate::Changed(_)) { names(from, id) } else { Vec::new() };
            for name in names(to, id).into_iter().filter(|name| !had.contains(name)) {
                let own =
                    if fates.is_made(id) { Action::Make(id.clone()) } else { Action::Change(id.clone()) };
                for holder in taken.get(&name).cloned().unwrap_or_default() {
                    self.edge(holder.clone(), Action::Outline(id.clone()));
                    self.edge(holder, own.clone());
                }
            }
        }
    }

    /// Kahn's algorithm; among what can be done, drops first, then by kind and name.
    fn sort(&self) -> Result<Vec<Action>, BTreeSet<Action>> {
        let live: BTreeSet<&Action> =
            self.before.keys().filter(|action| !self.folded.contains_key(*action)).collect();
        let mut waiting: BTreeMap<&Action, usize> = BTreeMap::new();
        let mut after: BTreeMap<&Action, Vec<&Action>> = BTreeMap::new();
        for action in &live {
            let before = self.before.get(*action).into_iter().flatten().filter(|one| live.contains(one));
            let mut number = 0;
            for one in before {
                after.entry(one).or_default().push(action);
                number += 1;
            }
            waiting.insert(action, number);
        }
        let mut ready: BinaryHeap<Reverse<(u8, ObjectKind, &Action)>> = BinaryHeap::new();
        let push = |ready: &mut BinaryHeap<_>, action| ready.push(Reverse(self.rank(action)));
        for (action, _) in waiting.iter().filter(|(_, number)| **number == 0) {
            push(&mut ready, action);
        }
        let mut sorted = Vec::with_capacity(live.len());
        while let Some(Reverse((_, _, action))) = ready.pop() {
            waiting.remove(action);
            sorted.push(action.clone());
            for next in after.get(action).into_iter().flatten() {
                if let Some(number) = waiting.get_mut(*next) {
                    *number -= 1;
                    if *number == 0 {
                        push(&mut ready, next);
                    }
                }
            }
        }
        if waiting.is_empty() { Ok(sorted) } else { Err(self.on_circles(&waiting)) }
    }

    /// Of what could not be sorted, what stands on a circle: what waits only for a circle is peeled off.
    fn on_circles(&self, waiting: &BTreeMap<&Action, usize>) -> BTreeSet<Action> {
        let mut left: BTreeSet<&Action> = waiting.keys().copied().collect();
        loop {
            let waited_for: BTreeSet<&Action> =
                left.iter().filter_map(|action| self.before.get(*action)).flatten().collect();
            let ends: Vec<&Action> = left.iter().copied().filter(|one| !waited_for.contains(one)).collect();
            if ends.is_empty() {
                return left.into_iter().cloned().collect();
            }
            for end in ends {
                left.remove(end);
            }
        }
    }

    fn rank<'a>(&self, action: &'a Action) -> (u8, ObjectKind, &'a Action) {
        let group = match action {
            _ if self.committed_first.contains(action) => 0,
            // An event trigger watches no plan at work.
            Action::Drop(id) if id.kind == ObjectKind::EventTrigger => 0,
            _ if action.id().kind == ObjectKind::EventTrigger => 5,
            // To the end those are in force that were: what they give to what is new is known.
            _ if action.id().kind == ObjectKind::DefaultPrivileges => 4,
            Action::Drop(_) | Action::Hollow(_) => 1,
            Action::Change(_) | Action::Make(_) | Action::Outline(_) => 2,
            Action::DropAside(_) => 3,
        };
        (group, action.id().kind, action)
    }
}

/// Whether a view needs something for what it reads, and not for the types of its columns.
fn is_read(view: &ObjectId, needed: &ObjectId) -> bool {
    let is_of_columns = needed.kind.is_type()
        || matches!(needed.kind, ObjectKind::Schema | ObjectKind::Extension | ObjectKind::Collation);
    view.kind == ObjectKind::View && !is_of_columns
}

fn as_kind(id: &ObjectId, kind: ObjectKind) -> ObjectId {
    ObjectId { kind, ..id.clone() }
}
