//! What becomes of each object: kept, made, dropped, changed in place, or dropped and made again.

use std::collections::{BTreeMap, BTreeSet};

use super::Options;
use super::common;
use super::kinds::{self, Change, Context, This};
use super::side::Side;
use crate::model::ident::{split_identifier, split_outside_quotes};
use crate::model::plan::{Hazard, Refusal, Step};
use crate::model::schema::{Object, ObjectId, ObjectKind};

/// What becomes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// Only in the new structure.
    Made,
    /// Only in the old one.
    Dropped,
    /// Changed where it stands.
    Changed(Vec<Step>),
    /// Dropped and made again.
    Replaced,
}

/// The fates of all objects that do not simply stay.
pub(super) struct Fates {
    pub(super) of: BTreeMap<ObjectId, Fate>,
    /// Columns that change their type.
    pub(super) retyped: BTreeSet<ObjectId>,
    /// Types that step aside because columns use them, with the address to drop them by in the end.
    pub(super) aside: BTreeMap<ObjectId, (Vec<Step>, String)>,
}

impl Fates {
    pub(super) fn decide(from: &Side, to: &Side, options: &Options) -> Result<Self, Refusal> {
        let mut fates = Self { of: BTreeMap::new(), retyped: BTreeSet::new(), aside: BTreeMap::new() };
        let mut disturbed = Vec::new();
        fates.compare(from, to, options, &mut disturbed)?;
        fates.replace_domains(from, &mut disturbed);
        fates.spread(from, to, options, disturbed)?;
        fates.refuse_what_cannot_be_made(to)?;
        fates.step_aside_below(from, to, options)?;
        Ok(fates)
    }

    fn refuse_what_cannot_be_made(&self, to: &Side) -> Result<(), Refusal> {
        let made = to.objects.iter().filter(|(id, _)| self.is_made(id));
        let refused = made.filter_map(|(id, object)| {
            let reason = kinds::of(id.kind).cannot_be_made(This { id, object })?;
            Some(Refusal { object: id.clone(), reason })
        });
        refused.into_iter().next().map_or(Ok(()), Err)
    }

    /// An extension that moves to another schema takes its names along: everything else is planned after that, from
    /// what the server then says.
    pub(super) fn moves_first(&self, from: &Side, to: &Side) -> Option<Vec<Step>> {
        let moves = |id: &ObjectId| {
            id.kind == ObjectKind::Extension && from.get(id, "schema") != to.get(id, "schema")
        };
        let moving = self.of.iter().filter_map(|(id, fate)| match fate {
            Fate::Changed(steps) if moves(id) => Some(steps),
            _ => None,
        });
        let steps: Vec<Step> = moving.flatten().cloned().collect();
        (!steps.is_empty()).then_some(steps)
    }

    pub(super) fn is_made(&self, id: &ObjectId) -> bool {
        matches!(self.of.get(id), Some(Fate::Made | Fate::Replaced))
    }

    pub(super) fn is_dropped(&self, id: &ObjectId) -> bool {
        matches!(self.of.get(id), Some(Fate::Dropped | Fate::Replaced))
    }

    fn compare(
        &mut self,
        from: &Side,
        to: &Side,
        options: &Options,
        disturbed: &mut Vec<ObjectId>,
    ) -> Result<(), Refusal> {
        let nothing = BTreeSet::new();
        let context = Context { from, to, made: &nothing, apart: &nothing, online: options.online };
        let ids: BTreeSet<&ObjectId> = from.objects.keys().chain(to.objects.keys()).collect();
        for id in ids {
            let fate = match (from.objects.get(id), to.objects.get(id)) {
                (None, _) => Some(Fate::Made),
                (_, None) => Some(Fate::Dropped),
                (Some(_), Some(_)) if options.replaced.contains(id) => Some(Fate::Replaced),
                (Some(old), Some(new)) if old.properties == new.properties => None,
                (Some(old), Some(new)) => Some(self.change(id, old, new, &context, disturbed)?),
            };
            if let Some(fate) = fate {
                if matches!(fate, Fate::Dropped | Fate::Replaced) {
                    disturbed.push(id.clone());
                }
                self.of.insert(id.clone(), fate);
            }
        }
        Ok(())
    }

    fn change(
        &mut self,
        id: &ObjectId,
        old: &Object,
        new: &Object,
        context: &Context<'_>,
        disturbed: &mut Vec<ObjectId>,
    ) -> Result<Fate, Refusal> {
        let (old, new) = (This { id, object: old }, This { id, object: new });
        let mut steps = Vec::new();
        if new.differs_besides(&old, &common::PROPERTIES) {
            match kinds::of(id.kind).change(old, new, context) {
                Change::InPlace(own) => steps = own,
                Change::Disturbing(own) => {
                    steps = own;
                    self.retyped.insert(id.clone());
                    disturbed.push(id.clone());
                }
                Change::Replace => return Ok(Fate::Replaced),
                Change::Refused(reason) => return Err(Refusal { object: id.clone(), reason }),
            }
        }
        steps.extend(common::change(old, new, context));
        Ok(Fate::Changed(steps))
    }

    /// What needs a dropped or replaced object is dropped, or replaced as well; what needs a column that changes its
    /// type, too, where the server does not look after it.
    fn spread(
        &mut self,
        from: &Side,
        to: &Side,
        options: &Options,
        mut disturbed: Vec<ObjectId>,
    ) -> Result<(), Refusal> {
        disturbed.extend(self.open_references(from, to));
        disturbed.extend(self.open_partitioned(from));
        disturbed.extend(self.open_partitions(from, to));
        while let Some(id) = disturbed.pop() {
            disturbed.extend(self.open_declaration(&id, from));
            let wholes_parts = if self.is_dropped(&id) { from.parts_of(&id) } else { Vec::new() };
            let dependents: Vec<ObjectId> = from.needed_by(&id).cloned().chain(wholes_parts).collect();
            for dependent in dependents {
                if self.is_dropped(&dependent)
                    || self.stands(&id, &dependent, from, to)
                    || self.lets_go(&id, &dependent, to)
                {
                    continue;
                }
                if self.is_dropped(&id) && is_carried(id.kind) && is_plain_column(&dependent, from) {
                    self.retype(&id, &dependent, from, to, options, &mut disturbed)?;
                } else if dependent.parent != id.name && keeps_values(&dependent, from, to) {
                    let reason =
                        format!("it holds values and needs {}, which has to be dropped", id.full_name());
                    return Err(Refusal { object: dependent, reason });
                } else {
                    self.of.insert(dependent.clone(), Fate::Replaced);
                    disturbed.push(dependent);
                }
            }
            // A partition's index cannot go without that of the whole.
            if self.is_dropped(&id) && matches!(id.kind, ObjectKind::Index | ObjectKind::Constraint) {
                let attachment = ObjectId { kind: ObjectKind::Attachment, ..id.clone() };
                let table_stays = from.whole(&id.parent).is_some_and(|table| !self.is_dropped(table));
                let wholes: Vec<ObjectId> = from
                    .needs(&attachment)
                    .filter(|one| one.kind == id.kind && one.parent != id.parent)
                    .cloned()
                    .collect();
                for whole in wholes.into_iter().filter(|_| table_stays) {
                    if !self.is_dropped(&whole) {
                        self.of.insert(whole.clone(), Fate::Replaced);
                        disturbed.push(whole);
                    }
                }
            }
        }
        Ok(())
    }

    /// A type that goes takes its declaration along.
    fn open_declaration(&mut self, id: &ObjectId, from: &Side) -> Option<ObjectId> {
        let shell = ObjectId { kind: ObjectKind::Shell, ..id.clone() };
        let goes = self.is_dropped(id) && from.needs(id).any(|one| *one == shell) && !self.is_dropped(&shell);
        goes.then(|| {
            self.of.insert(shell.clone(), Fate::Replaced);
            shell
        })
    }

    /// Between logged and unlogged tables no foreign key may lead the wrong way, not even for a moment.
    fn open_references(&mut self, from: &Side, to: &Side) -> Vec<ObjectId> {
        let switched = |id: &ObjectId| {
            id.kind == ObjectKind::Table
                && from.get(id, "unlogged") != to.get(id, "unlogged")
                && self.keeps(id)
        };
        let tables = from.objects.keys().filter(|id| switched(id));
        let columns = tables.flat_map(|table| from.parts(&table.name));
        let is_reference = |id: &&ObjectId| {
            from.get(id, "definition").is_some_and(|text| text.starts_with("FOREIGN KEY")) && self.keeps(id)
        };
        let references: BTreeSet<ObjectId> =
            columns.flat_map(|column| from.needed_by(column)).filter(is_reference).cloned().collect();
        for id in &references {
            self.of.insert(id.clone(), Fate::Replaced);
        }
        references.into_iter().collect()
    }

    /// Whether an object is there before and after without being made again.
    fn keeps(&self, id: &ObjectId) -> bool {
        matches!(self.of.get(id), None | Some(Fate::Changed(_)))
    }

    /// Whether something stays as it is although what it needs is disturbed.
    fn stands(&self, disturbed: &ObjectId, dependent: &ObjectId, from: &Side, to: &Side) -> bool {
        if self.is_dropped(disturbed) {
            return false;
        }
        let Some(object) = from.objects.get(dependent) else { return false };
        let related = match (from.get(disturbed, "type"), to.get(disturbed, "type")) {
            // Under the same name it is another type now.
            (Some(old), Some(new)) => old != new && kinds::are_related(old, new),
            _ => false,
        };
        kinds::of(dependent.kind).survives_retyping(This { id: dependent, object }, related)
    }

    /// Whether something that changes in place does not need afterwards what is dropped: the change comes first.
    fn lets_go(&self, dropped: &ObjectId, dependent: &ObjectId, to: &Side) -> bool {
        // A function made anew in place still needs every transform of its types that is there.
        dropped.kind != ObjectKind::Transform
            && self.of.get(dropped) == Some(&Fate::Dropped)
            && matches!(self.of.get(dependent), Some(Fate::Changed(_)))
            && !to.needs(dependent).any(|needed| needed == dropped)
    }

    /// Whether a table that is there comes to have another parent.
    pub(super) fn begins_to_inherit(&self, id: &ObjectId, from: &Side, to: &Side) -> bool {
        let parents = |side: &Side| -> BTreeSet<String> {
            let list = side.get(id, "inherits").map(|list| split_outside_quotes(list, ", "));
            list.into_iter().flatten().map(str::to_owned).collect()
        };
        matches!(self.of.get(id), Some(Fate::Changed(_))) && !parents(to).is_subset(&parents(from))
    }

    /// A column that a table is partitioned by cannot change its type: the table, which has no rows itself, is made
    /// again between its partitions.
    fn open_partitioned(&mut self, from: &Side) -> Vec<ObjectId> {
        let tables: BTreeSet<ObjectId> = self
            .retyped
            .iter()
            .filter_map(|column| from.whole(&column.parent).filter(|_| is_key_of_partitions(column, from)))
            .filter(|table| self.keeps(table))
            .cloned()
            .collect();
        for table in &tables {
            self.of.insert(table.clone(), Fate::Replaced);
        }
        tables.into_iter().collect()
    }

    /// What a partition inherited cannot be renamed: it is detached for that.
    fn open_partitions(&mut self, from: &Side, to: &Side) -> Vec<ObjectId> {
        let renamed = self.of.keys().filter(|id| kinds::renames_inherited(id, from, to));
        let attachments: BTreeSet<ObjectId> = renamed.map(kinds::attachment_of_whole).collect();
        let attachments: Vec<ObjectId> = attachments.into_iter().filter(|id| self.keeps(id)).collect();
        for id in &attachments {
            self.of.insert(id.clone(), Fate::Replaced);
        }
        attachments
    }

    /// A column whose type is replaced changes over to the new one, which has the same name.
    fn retype(
        &mut self,
        kind: &ObjectId,
        column: &ObjectId,
        from: &Side,
        to: &Side,
        options: &Options,
        disturbed: &mut Vec<ObjectId>,
    ) -> Result<(), Refusal> {
        if !to.objects.contains_key(column) {
            return Ok(());
        }
        let nothing = BTreeSet::new();
        let context = Context { from, to, made: &nothing, apart: &nothing, online: options.online };
        if is_key_of_partitions(column, from) {
            // The server never changes its type.
            self.replace_whole(column, from, disturbed);
            return Ok(());
        }
        self.step_aside(kind, column, &context)?;
        if self.retyped.insert(column.clone()) {
            if goes_along(column, from) && goes_along(column, to) {
                // It goes along with the one that it is inherited from.
                self.of.entry(column.clone()).or_insert_with(|| Fate::Changed(Vec::new()));
                disturbed.push(column.clone());
                return Ok(());
            }
            let (Some(old), Some(new)) = (from.objects.get(column), to.objects.get(column)) else {
                return Ok(());
            };
            let mut steps = match self.of.remove(column) {
                Some(Fate::Changed(steps)) => steps,
                _ => Vec::new(),
            };
            steps.splice(
                0..0,
                kinds::retype(This { id: column, object: old }, This { id: column, object: new }, &context),
            );
            self.of.insert(column.clone(), Fate::Changed(steps));
            disturbed.push(column.clone());
        }
        Ok(())
    }

    /// What comes again under its name makes room while something still uses it.
    fn step_aside(&mut self, id: &ObjectId, user: &ObjectId, context: &Context<'_>) -> Result<(), Refusal> {
        let comes_again =
            self.of.get(id) == Some(&Fate::Replaced) || is_name_taken(id, context.from, context.to);
        if !comes_again || self.aside.contains_key(id) {
            return Ok(());
        }
        let object = context.from.objects.get(id).map(|object| This { id, object });
        let aside = object.and_then(|this| kinds::of(id.kind).step_aside(this, context));
        let Some(aside) = aside else {
            let reason = format!("{} uses it, and it cannot step aside for its successor", user.full_name());
            return Err(Refusal { object: id.clone(), reason });
        };
        self.aside.insert(id.clone(), aside);
        Ok(())
    }

    /// What stepped aside still needs what it needed: that steps aside, too, when it comes again.
    fn step_aside_below(&mut self, from: &Side, to: &Side, options: &Options) -> Result<(), Refusal> {
        let nothing = BTreeSet::new();
        let context = Context { from, to, made: &nothing, apart: &nothing, online: options.online };
        let mut above: Vec<ObjectId> = self.aside.keys().cloned().collect();
        while let Some(user) = above.pop() {
            let goes_along = |id: &ObjectId| id.kind == ObjectKind::Shell || kinds::goes_with_type(id, from);
            for id in from.needs(&user).filter(|id| !goes_along(id)) {
                if self.is_dropped(id) && !self.aside.contains_key(id) {
                    self.step_aside(id, &user, &context)?;
                    above.extend(self.aside.contains_key(id).then(|| id.clone()));
                }
            }
        }
        Ok(())
    }

    fn replace_whole(&mut self, part: &ObjectId, from: &Side, disturbed: &mut Vec<ObjectId>) {
        let whole = from.whole(&part.parent).filter(|whole| !self.is_dropped(whole)).cloned();
        if let Some(whole) = whole {
            self.of.insert(whole.clone(), Fate::Replaced);
            disturbed.push(whole);
        }
    }

    /// A domain that is within another type of which there are stored values takes no new check and no NOT NULL.
    fn replace_domains(&mut self, from: &Side, disturbed: &mut Vec<ObjectId>) {
        let is_checked = |fate: &Fate| match fate {
            Fate::Made | Fate::Replaced => true,
            Fate::Changed(steps) => steps.iter().any(|step| step.hazards.contains(&Hazard::FullScan)),
            Fate::Dropped => false,
        };
        let checked = self.of.iter().filter(|(_, fate)| is_checked(fate)).map(|(id, _)| id);
        let domains: BTreeSet<ObjectId> = checked
            .filter_map(|id| if id.kind == ObjectKind::Domain { Some(id) } else { from.whole(&id.parent) })
            .filter(|id| id.kind == ObjectKind::Domain && !self.is_dropped(id))
            .filter(|id| kinds::is_embedded(id, from))
            .cloned()
            .collect();
        for domain in domains {
            self.of.insert(domain.clone(), Fate::Replaced);
            disturbed.push(domain);
        }
    }
}

/// Whether a column changes with that of a table above. One above that is made again lets go of it for the time.
fn goes_along(column: &ObjectId, side: &Side) -> bool {
    let above = side.ancestors(&column.parent).into_iter();
    let mut above = above.map(|table| ObjectId { parent: table.name, ..column.clone() });
    side.get(column, "inherited").is_some()
        && above.any(|one| side.objects.contains_key(&one) && !is_key_of_partitions(&one, side))
}

/// Whether the new structure has a type of another kind with the name of one that goes.
fn is_name_taken(kind: &ObjectId, from: &Side, to: &Side) -> bool {
    let Some(object) = from.objects.get(kind) else { return false };
    let old = kinds::of(kind.kind).names(This { id: kind, object });
    to.objects.iter().filter(|(id, _)| id.name == kind.name).any(|(id, object)| {
        let names = kinds::of(id.kind).names(This { id, object });
        names.iter().any(|name| name.0 == "type" && old.contains(name))
    })
}

/// Whether rows are told into partitions by a column.
fn is_key_of_partitions(column: &ObjectId, side: &Side) -> bool {
    let table = side.whole(&column.parent);
    let key = table.and_then(|table| side.get(table, "partition_key")).unwrap_or_default();
    let mut rest = key;
    while let Some(start) = rest.find(|c: char| c == '"' || c == '_' || c.is_alphabetic()) {
        let (word, after) = split_identifier(&rest[start..]);
        if word == column.name {
            return true;
        }
        rest = after;
    }
    false
}

/// What a column goes over from to its successor.
fn is_carried(kind: ObjectKind) -> bool {
    kind.is_type() || kind == ObjectKind::Collation
}

/// A column whose values are to stay.
fn keeps_values(id: &ObjectId, from: &Side, to: &Side) -> bool {
    is_plain_column(id, from)
        && is_plain_column(id, to)
        && from.get(id, "type").is_some()
        && to.objects.contains_key(id)
}

/// A column that holds values of its own.
fn is_plain_column(id: &ObjectId, side: &Side) -> bool {
    id.kind == ObjectKind::Column && side.get(id, "generated").is_none()
}
