//! What each kind of object says for itself: how it is made, taken away and changed in place.

mod access_method;
mod aggregate;
mod base_type;
mod cast;
mod collation;
mod column;
mod composite;
mod constraint;
mod conversion;
mod data_type;
mod default_privileges;
mod domain;
mod encoding;
mod enumeration;
mod event_trigger;
mod extension;
mod facet;
mod foreign;
mod foreign_options;
mod foreign_table;
mod function;
mod index;
mod language;
mod lineage;
mod online;
mod operator;
mod operator_class;
mod options;
mod policy;
mod privileges;
mod publication;
mod range;
mod rule;
mod schema;
mod sequence;
mod statistics;
mod subscription;
mod table;
mod text_search;
mod transform;
mod trigger;
mod view;

use std::collections::BTreeSet;

use super::side::Side;
use super::step::step;
use crate::model::ident::{Ident, split_qualified, unquoted};
use crate::model::plan::Step;
use crate::model::schema::{Object, ObjectId, ObjectKind};

/// What a kind may look at besides the object itself.
pub(super) struct Context<'a> {
    pub(super) from: &'a Side,
    pub(super) to: &'a Side,
    /// Wholes that this plan makes: their tables are empty, nothing is scanned and nobody waits.
    pub(super) made: &'a BTreeSet<ObjectId>,
    /// What opens a circle: parts apart from the statement of their whole, views that are there already.
    pub(super) apart: &'a BTreeSet<ObjectId>,
    pub(super) online: bool,
}

impl Context<'_> {
    /// Whether the whole that a part belongs to is made by this plan.
    pub(super) fn is_new(&self, whole: &str) -> bool {
        // A materialized view that is made again is filled again.
        let is_filled =
            |id: &ObjectId| id.kind == ObjectKind::MaterializedView && self.from.objects.contains_key(id);
        self.to.whole(whole).is_some_and(|id| self.made.contains(id) && !is_filled(id))
    }

    /// Whether a table is partitioned: the server does nothing concurrently there.
    pub(super) fn is_partitioned(&self, table: &str) -> bool {
        self.to.whole(table).is_some_and(|id| self.to.get(id, "partition_key").is_some())
    }

    /// Whether a table is made as the child of another, without being a partition.
    pub(super) fn is_child(&self, table: &str) -> bool {
        self.to.whole(table).is_some_and(|id| self.to.get(id, "inherits").is_some())
    }

    /// Whether a column or check of a table goes while a child keeps it as its own.
    pub(super) fn stays_below(&self, id: &ObjectId) -> bool {
        self.from.children(&id.parent).any(|child| {
            let kept = ObjectId { parent: child.name.clone(), ..id.clone() };
            let is_own = self.to.objects.contains_key(&kept) && self.to.get(&kept, "inherited").is_none();
            is_own && self.from.objects.contains_key(&kept) && !self.made.contains(&kept)
        })
    }

    /// `only ` where the children keep what their parent loses.
    pub(super) fn only_above(&self, id: &ObjectId) -> &'static str {
        if self.stays_below(id) { "only " } else { "" }
    }

    /// The columns of a new table, and the checks of a new domain, that stand in its own statement.
    pub(super) fn within(&self, whole: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        let is_within = |kind: ObjectKind, part: &&ObjectId| {
            part.kind == kind && self.made.contains(*part) && !self.apart.contains(*part)
        };
        let is_domain = whole.kind == ObjectKind::Domain;
        let kind = if is_domain { ObjectKind::Constraint } else { ObjectKind::Column };
        let parts = self.to.parts(&whole.name).filter(move |part| is_within(kind, part));
        parts.filter(move |part| !is_domain || !is_not_valid(part, self.to))
    }
}

/// How an object gets from one definition to another.
pub(super) enum Change {
    /// By these statements, with nothing that needs it noticing.
    InPlace(Vec<Step>),
    /// By these statements, but what needs it has to go before and come back after.
    Disturbing(Vec<Step>),
    /// Only by being dropped and created again, with everything that needs it.
    Replace,
    /// Not at all, for this reason.
    Refused(String),
}

/// One object on the way: its identity and its definition.
#[derive(Clone, Copy)]
pub(super) struct This<'a> {
    pub(super) id: &'a ObjectId,
    pub(super) object: &'a Object,
}

impl<'a> This<'a> {
    /// A property.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.object.properties.get(name).map(String::as_str)
    }

    /// A property that every object of the kind has.
    pub(super) fn text(&self, name: &str) -> &'a str {
        self.get(name).unwrap_or_default()
    }

    /// Whether the property says yes.
    pub(super) fn is(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether a property is another than that of the same object before.
    pub(super) fn differs(&self, before: &This<'_>, name: &str) -> bool {
        self.get(name) != before.get(name)
    }

    /// Whether any property but these differs.
    pub(super) fn differs_besides(&self, before: &This<'_>, names: &[&str]) -> bool {
        let own = self.object.properties.keys().chain(before.object.properties.keys());
        own.filter(|name| !names.contains(&name.as_str())).any(|name| self.differs(before, name))
    }
}

/// What a kind says for itself. Comments, owners and grants are not its business.
pub(super) trait Kind {
    /// How `COMMENT ON`, `ALTER … OWNER TO` and `DROP` name an object: `table public.t`, `trigger g on public.t`.
    fn address(&self, this: This<'_>, context: &Context<'_>) -> String;
    /// How `GRANT … ON` names it, where that is another way.
    fn grant_address(&self, this: This<'_>, context: &Context<'_>) -> String {
        self.address(this, context)
    }
    /// How it is made.
    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step>;
    /// Why it cannot be made: not all that it consists of is known.
    fn cannot_be_made(&self, _this: This<'_>) -> Option<String> {
        None
    }
    /// How it is taken away.
    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        vec![step(this.id, format!("drop {}", self.address(this, context)))]
    }
    /// How it gets from one definition to another. Called only when a property differs that is not a comment, an
    /// owner or grants.
    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change;
    /// How it steps aside under another name while columns still use it, and the address to drop it by afterwards.
    fn step_aside(&self, _this: This<'_>, _context: &Context<'_>) -> Option<(Vec<Step>, String)> {
        None
    }
    /// The name spaces in which it takes a name, with the name: no other may be made there before it is gone.
    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)>;
    /// Whether it holds what no statement brings back.
    fn holds_data(&self) -> bool {
        false
    }
    /// Whether one whose column changes its type can stay as it is; `related` types compare with each other.
    fn survives_retyping(&self, _this: This<'_>, _related: bool) -> bool {
        false
    }
}

/// The full name of an index: it stands in the schema of its table.
pub(super) fn relation_beside(id: &ObjectId) -> String {
    format!("{}.{}", split_qualified(&id.parent).0, id.name)
}

/// Statements by which a column goes over to the successor of its type, which has the same name.
pub(super) fn retype(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Vec<Step> {
    column::retype(from, to, context)
}

/// The statement that makes a view with its columns alone.
pub(super) fn outline(view: &ObjectId, side: &Side, verb: &str) -> Vec<Step> {
    let object = side.objects.get(view).map(|object| This { id: view, object });
    object.map(|this| view::outline(this, verb)).into_iter().collect()
}

/// How `COMMENT ON CONSTRAINT` names what keeps a column or a domain from being NULL.
pub(super) fn not_null_address(this: This<'_>) -> String {
    let usual = match this.id.kind {
        ObjectKind::Domain => usual_not_null_name(&this.id.name, None),
        _ => usual_not_null_name(&this.id.parent, Some(&this.id.name)),
    };
    let name = this.get("not_null_name").unwrap_or(&usual);
    match this.id.kind {
        ObjectKind::Domain => format!("{name} on domain {}", this.id.name),
        _ => format!("{name} on {}", this.id.parent),
    }
}

/// How the server names a NOT NULL constraint that nobody names (18 and newer; of a domain, 17 and newer).
fn usual_not_null_name(whole: &str, column: Option<&str>) -> String {
    let own = unquoted(split_qualified(whole).1);
    let column = column.map(|name| format!("_{}", unquoted(name))).unwrap_or_default();
    Ident::new(format!("{own}{column}_not_null")).to_string()
}

/// Whether a partition's column gets another name for its NOT NULL, and not from above.
pub(super) fn renames_inherited(id: &ObjectId, from: &Side, to: &Side) -> bool {
    column::renames_not_null(id, from, to)
        && from.get(id, "inherited").is_some()
        && from.objects.contains_key(&attachment_of_whole(id))
        && to.objects.contains_key(&attachment_of_whole(id))
        && !column::is_renamed_above(id, from, to)
}

/// The place in the whole of the partition that something is a part of.
pub(super) fn attachment_of_whole(part: &ObjectId) -> ObjectId {
    ObjectId { parent: String::new(), kind: ObjectKind::Attachment, name: part.parent.clone() }
}

/// Whether there are stored values of a domain within those of another type: of an array, or of a composite type.
pub(super) fn is_embedded(domain: &ObjectId, side: &Side) -> bool {
    side.needed_by(domain).any(|user| match user.kind {
        ObjectKind::Column => side.get(user, "type").is_some_and(|kind| kind != domain.name),
        ObjectKind::MaterializedView => true,
        ObjectKind::Domain => {
            let is_array = side.get(user, "type") != Some(&domain.name);
            if is_array { data_type::is_stored(user, side) } else { is_embedded(user, side) }
        }
        kind => kind.is_type() && data_type::is_stored(user, side),
    })
}

/// Whether a function goes, or makes room, together with the type whose definition names it.
pub(super) fn goes_with_type(function: &ObjectId, side: &Side) -> bool {
    data_type::goes_with_type(function, side)
}

/// Whether a check holds only for what comes after it: it is added by a statement of its own.
pub(super) fn is_not_valid(check: &ObjectId, side: &Side) -> bool {
    side.objects.get(check).is_some_and(|object| constraint::is_not_valid(This { id: check, object }))
}

/// Whether values of two types compare with each other.
pub(super) fn are_related(old: &str, new: &str) -> bool {
    conversion::are_related(old, new)
}

/// The kind by its name. A new kind is a file and a line here.
pub(super) fn of(kind: ObjectKind) -> &'static dyn Kind {
    match kind {
        ObjectKind::Schema => &schema::Schemas,
        ObjectKind::Extension => &extension::Extensions,
        ObjectKind::Sequence => &sequence::Sequences,
        ObjectKind::Table => &table::Tables,
        ObjectKind::Column => &column::Columns,
        ObjectKind::Constraint => &constraint::Constraints,
        ObjectKind::Index => &index::Indexes,
        ObjectKind::View => &view::Views,
        ObjectKind::MaterializedView => &view::MaterializedViews,
        ObjectKind::Trigger => &trigger::Triggers,
        ObjectKind::Policy => &policy::Policies,
        ObjectKind::Rule => &rule::Rules,
        ObjectKind::ForeignTable => &foreign_table::ForeignTables,
        ObjectKind::EventTrigger => &event_trigger::EventTriggers,
        ObjectKind::ForeignDataWrapper => &foreign::Wrappers,
        ObjectKind::ForeignServer => &foreign::Servers,
        ObjectKind::UserMapping => &foreign::UserMappings,
        ObjectKind::Publication => &publication::Publications,
        ObjectKind::PublicationTable => &publication::PublicationTables,
        ObjectKind::PublicationSchema => &publication::PublicationSchemas,
        ObjectKind::Subscription => &subscription::Subscriptions,
        ObjectKind::Statistics => &statistics::Statistics,
        ObjectKind::TextSearchParser => &text_search::Parsers,
        ObjectKind::TextSearchTemplate => &text_search::Templates,
        ObjectKind::TextSearchDictionary => &text_search::Dictionaries,
        ObjectKind::TextSearchConfiguration => &text_search::Configurations,
        ObjectKind::Privileges => &privileges::Privileges,
        ObjectKind::DefaultPrivileges => &default_privileges::DefaultPrivileges,
        ObjectKind::Enum => &enumeration::Enums,
        ObjectKind::Domain => &domain::Domains,
        ObjectKind::CompositeType => &composite::CompositeTypes,
        ObjectKind::RangeType => &range::RangeTypes,
        ObjectKind::BaseType => &base_type::BaseTypes,
        ObjectKind::Shell => &base_type::Shells,
        ObjectKind::Collation => &collation::Collations,
        ObjectKind::Aggregate => &aggregate::Aggregates,
        ObjectKind::Operator => &operator::Operators,
        ObjectKind::OperatorFamily => &operator_class::OperatorFamilies,
        ObjectKind::OperatorClass => &operator_class::OperatorClasses,
        ObjectKind::Cast => &cast::Casts,
        ObjectKind::Conversion => &encoding::Conversions,
        ObjectKind::Transform => &transform::Transforms,
        ObjectKind::Language => &language::Languages,
        ObjectKind::AccessMethod => &access_method::AccessMethods,
        ObjectKind::Function => &function::Functions,
        ObjectKind::Default => &facet::Defaults,
        ObjectKind::SequenceOwner => &facet::SequenceOwners,
        ObjectKind::Attachment => &facet::Attachments,
        ObjectKind::RowType => &facet::RowTypes,
    }
}
