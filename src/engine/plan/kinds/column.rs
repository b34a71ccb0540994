//! Columns of tables, and what columns of views have of their own.

use super::{
    Change, Context, Kind, This, conversion, data_type, foreign_options, lineage, online, sequence,
    usual_not_null_name,
};
use crate::engine::plan::common;
use crate::engine::plan::side::Side;
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::split_qualified;
use crate::model::plan::{Hazard, LockMode, Step};
use crate::model::schema::{Object, ObjectId, ObjectKind};

pub(super) struct Columns;

impl Kind for Columns {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("column {}.{}", this.id.parent, this.id.name)
    }

    fn grant_address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("table {}", this.id.parent)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        if is_of_view(this) {
            return settings(this, None, context);
        }
        let table = &this.id.parent;
        let there = !context.is_new(table);
        let default = context.to.get(&facet(this), "default");
        let computed = this.text("generated").starts_with("stored") || this.is("identity");
        let rewrites = computed
            || default.is_some_and(|text| conversion::is_volatile(text) || calls_volatile(this, context));
        let fails = this.is("not_null") && default.is_none() && !this.is("generated") && !this.is("identity");
        let sql = format!("alter table {table} add column {}", definition(this, context));
        let add = step(this.id, sql)
            .lock(LockMode::AccessExclusive, table)
            .hazard(Hazard::Rewrite, there && rewrites)
            .hazard(Hazard::MayFail, there && fails);
        let mut steps = vec![add];
        steps.extend(settings(this, None, context));
        if is_foreign(this, context) { without_rows(steps) } else { steps }
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        if is_of_view(this) {
            let bare = Object::default();
            let bare = This { id: this.id, object: &bare };
            let mut steps = settings(bare, Some(this), context);
            steps.extend(common::change(this, bare, context));
            return steps;
        }
        let only = context.only_above(this.id);
        let drop =
            step(this.id, format!("alter table {only}{} drop column {}", this.id.parent, this.id.name));
        vec![
            drop.lock(LockMode::AccessExclusive, &this.id.parent)
                .hazard(Hazard::DataLoss, !this.is("generated")),
        ]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        if is_of_view(to) {
            return Change::InPlace(settings(to, Some(from), context));
        }
        if to.differs(&from, "generated") && to.is("generated") {
            return Change::Replace;
        }
        let mut steps = match lineage::change(from, to, context) {
            Ok(steps) => steps,
            Err(change) => return change,
        };
        let retyped = to.differs(&from, "type") || to.differs(&from, "collation");
        if to.differs(&from, "generated") {
            if from.text("generated").starts_with("virtual") {
                return Change::Replace;
            }
            steps.push(alter(to, "drop expression"));
        }
        if from.is("identity") && !to.is("identity") {
            steps.push(alter(to, "drop identity"));
        }
        if retyped {
            steps.push(change_type(from, to, context));
        }
        steps.extend(not_null(from, to, context));
        steps.extend(identity(from, to));
        steps.extend(settings(to, Some(from), context));
        if is_foreign(to, context) {
            let options = foreign_options::change(from.get("foreign_options"), to.get("foreign_options"));
            steps.extend(options.map(|options| alter(to, options.trim_start())));
            steps = without_rows(steps);
        }
        if retyped { Change::Disturbing(steps) } else { Change::InPlace(steps) }
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        this.get("identity_sequence").map(|name| ("relation", name.to_owned())).into_iter().collect()
    }

    fn holds_data(&self) -> bool {
        true
    }

    fn survives_retyping(&self, this: This<'_>, _: bool) -> bool {
        // Its values are of a composite type, an attribute of which changes.
        !this.is("generated")
    }
}

fn is_of_view(this: This<'_>) -> bool {
    !this.is("type")
}

fn is_foreign(this: This<'_>, context: &Context<'_>) -> bool {
    context.to.whole(&this.id.parent).is_some_and(|id| id.kind == ObjectKind::ForeignTable)
}

/// The rows of a foreign table are elsewhere: none is read or written.
fn without_rows(mut steps: Vec<Step>) -> Vec<Step> {
    for step in &mut steps {
        step.hazards.retain(|hazard| {
            !matches!(hazard, Hazard::Rewrite | Hazard::FullScan | Hazard::MayFail | Hazard::BlocksWrites)
        });
    }
    steps
}

fn facet(this: This<'_>) -> ObjectId {
    ObjectId { kind: ObjectKind::Default, ..this.id.clone() }
}

/// Whether the default calls a function of the schema's own whose result is not the same for every row.
fn calls_volatile(this: This<'_>, context: &Context<'_>) -> bool {
    let default = facet(this);
    context.to.needs(&default).any(|function| {
        match function.kind {
            ObjectKind::Function => {}
            // What an extension's function does is not known.
            kind => return kind == ObjectKind::Extension,
        }
        let definition = context.to.get(function, "definition").unwrap_or_default();
        let attributes = definition.split("\nAS ").next().unwrap_or_default();
        !attributes.contains(" IMMUTABLE") && !attributes.contains(" STABLE")
    })
}

fn alter(this: This<'_>, what: &str) -> Step {
    let sql = format!("alter table {} alter column {} {what}", this.id.parent, this.id.name);
    step(this.id, sql).lock(LockMode::AccessExclusive, &this.id.parent)
}

/// A column as it stands in `create table` and `add column`.
pub(super) fn definition(this: This<'_>, context: &Context<'_>) -> String {
    let mut words = vec![this.id.name.clone(), this.text("type").to_owned()];
    words.extend(this.get("compression").map(|method| format!("compression {method}")));
    words.extend(this.get("foreign_options").map(|list| format!("options ({list})")));
    words.extend(this.get("collation").map(|name| format!("collate {name}")));
    let default = facet(this);
    if !context.apart.contains(&default) {
        words.extend(context.to.get(&default, "default").map(|value| format!("default {value}")));
    }
    if let Some((storage, expression)) = this.get("generated").and_then(|text| text.split_once(": ")) {
        words.push(format!("generated always as {} {storage}", parenthesised(expression)));
    }
    if let Some(identity) = this.get("identity") {
        words.push(format!("generated {}", identity_clause(this, identity)));
    }
    let own = this.get("not_null").filter(|_| !this.is("not_null_inherited"));
    if let Some(not_null) = own.filter(|text| !text.ends_with(NOT_VALID)) {
        words.push(format!(
            "{}not null{}",
            constraint_name(this, context),
            not_null.trim_start_matches("yes")
        ));
    }
    words.join(" ")
}

fn parenthesised(expression: &str) -> String {
    format!("({expression})")
}

/// `always as identity (sequence name s …)` from `always (start 1 …)`.
fn identity_clause(this: This<'_>, identity: &str) -> String {
    let (when, options) = identity.split_once(" (").unwrap_or((identity, ")"));
    let sequence =
        this.get("identity_sequence").map(|name| format!("sequence name {name} ")).unwrap_or_default();
    format!("{when} as identity ({sequence}{})", sequence_options(options.trim_end_matches(')'), ""))
}

/// Options as `create sequence` writes them from how the catalog query does; before each one stands `verb`.
fn sequence_options(options: &str, verb: &str) -> String {
    let mut words = options.split(' ');
    let mut written = Vec::new();
    let mut cycles = false;
    while let Some(word) = words.next() {
        let name = match word {
            "start" => "start with",
            "increment" => "increment by",
            "minimum" => "minvalue",
            "maximum" => "maxvalue",
            "cache" => "cache",
            _ => {
                cycles |= word == "cycle";
                continue;
            }
        };
        written.push(format!("{verb}{name} {}", words.next().unwrap_or_default()));
    }
    written.push(format!("{verb}{}", if cycles { "cycle" } else { "no cycle" }));
    written.join(" ")
}

fn identity(from: This<'_>, to: This<'_>) -> Vec<Step> {
    let (Some(new), Some((when, options))) = (to.get("identity"), to.text("identity").split_once(" ("))
    else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    if !from.is("identity") {
        return vec![alter(to, &format!("add generated {}", identity_clause(to, new)))];
    }
    if to.differs(&from, "identity_sequence") {
        let (_, name) = split_qualified(to.text("identity_sequence"));
        steps
            .push(step(to.id, format!("alter sequence {} rename to {name}", from.text("identity_sequence"))));
    }
    if to.differs(&from, "identity") {
        let restarts = sequence::narrows(&bounds(from.text("identity")), &bounds(new));
        let options = sequence_options(options.trim_end_matches(')'), "set ");
        let restart = if restarts { " restart" } else { "" };
        let set = alter(to, &format!("set generated {when} {options}{restart}"));
        steps.push(set.hazard(Hazard::DataLoss, restarts));
    }
    steps
}

/// The sequence of an identity column is logged as its table is, unless it is told otherwise.
fn identity_persistence(to: This<'_>, context: &Context<'_>) -> Step {
    let table = context.to.whole(&to.id.parent);
    let is_unlogged = table.is_some_and(|table| context.to.get(table, "unlogged").is_some());
    let usual = if is_unlogged { "unlogged" } else { "logged" };
    let kept = to.get("identity_persistence").unwrap_or(usual);
    step(to.id, format!("alter sequence {} set {kept}", to.text("identity_sequence")))
}

/// Minimum and maximum of an identity column's sequence.
fn bounds(identity: &str) -> (String, String) {
    let after = |word: &str| {
        let mut words = identity.split(' ').skip_while(|one| *one != word);
        words.nth(1).unwrap_or_default().to_owned()
    };
    (after("minimum"), after("maximum"))
}

fn not_null(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Vec<Step> {
    if !to.differs(&from, "not_null") && !to.differs(&from, "not_null_name") {
        return Vec::new();
    }
    let (table, column) = (&to.id.parent, &to.id.name);
    let from_above = if to.is("not_null") { to } else { from };
    if to.differs(&from, "not_null") && from_above.is("not_null_inherited") {
        // It comes and goes with that of a table above.
        return Vec::new();
    }
    if !to.differs(&from, "not_null") {
        if is_renamed_above(to.id, context.from, context.to) {
            return Vec::new();
        }
        let usual = usual_not_null_name(table, Some(column));
        let name = |this: This<'_>| this.get("not_null_name").unwrap_or(&usual).to_owned();
        let sql = format!("alter table {table} rename constraint {} to {}", name(from), name(to));
        return vec![step(to.id, sql).lock(LockMode::AccessExclusive, table)];
    }
    let mut steps = Vec::new();
    if from.is("not_null") {
        steps.push(alter(to, "drop not null"));
    }
    if let Some(kept) = to.get("not_null") {
        let added = match to.get("not_null_name") {
            None if kept == "yes" && context.online && !is_foreign(to, context) => {
                steps.extend(online::not_null(to, alter(to, "set not null")));
                return steps;
            }
            None if kept == "yes" => alter(to, "set not null"),
            _ => add_not_null(to, kept, context),
        };
        let scanned = !kept.ends_with(NOT_VALID);
        steps.push(added.hazard(Hazard::FullScan, scanned).hazard(Hazard::MayFail, scanned));
    }
    steps
}

/// Whether the NOT NULL of a column stays under another name.
pub(super) fn renames_not_null(id: &ObjectId, from: &Side, to: &Side) -> bool {
    let same = |name: &str| from.get(id, name) == to.get(id, name);
    id.kind == ObjectKind::Column
        && from.get(id, "not_null").is_some()
        && same("not_null")
        && !same("not_null_name")
}

/// Whether that happens to a column that it is inherited from: what is below is renamed as well.
pub(super) fn is_renamed_above(id: &ObjectId, from: &Side, to: &Side) -> bool {
    from.get(id, "inherited").is_some()
        && from
            .ancestors(&id.parent)
            .into_iter()
            .any(|above| renames_not_null(&ObjectId { parent: above.name, ..id.clone() }, from, to))
}

/// The NOT NULL that a table declares for a column which it only inherits (18 and newer).
pub(super) fn own_not_null(this: This<'_>, context: &Context<'_>) -> Option<String> {
    let is_own = context.to.server_version >= 180_000 && !this.is("not_null_inherited");
    let kept = this.get("not_null").filter(|kept| is_own && !kept.ends_with(NOT_VALID))?;
    let usual = usual_not_null_name(&this.id.parent, Some(&this.id.name));
    let name = this.get("not_null_name").unwrap_or(&usual);
    Some(format!("constraint {name} not null {}{}", this.id.name, kept.trim_start_matches("yes")))
}

/// What a NOT NULL has behind it that holds only for what comes after it; `create table` does not take it.
const NOT_VALID: &str = " not valid";

/// The name is said where it is no usual one, and where a child may have taken that already.
fn constraint_name(this: This<'_>, context: &Context<'_>) -> String {
    let (table, column) = (&this.id.parent, &this.id.name);
    let is_above = context.to.server_version >= 180_000 && context.to.children(table).next().is_some();
    let usual = is_above.then(|| usual_not_null_name(table, Some(column)));
    let name = this.get("not_null_name").or(usual.as_deref());
    name.map(|name| format!("constraint {name} ")).unwrap_or_default()
}

fn add_not_null(this: This<'_>, kept: &str, context: &Context<'_>) -> Step {
    let (name, suffix) = (constraint_name(this, context), kept.trim_start_matches("yes"));
    let sql = format!("alter table {} add {name}not null {}{suffix}", this.id.parent, this.id.name);
    step(this.id, sql).lock(LockMode::AccessExclusive, &this.id.parent)
}

fn change_type(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Step {
    let way = conversion::between(from, to, context);
    let collation = to.get("collation").map(|name| format!(" collate {name}")).unwrap_or_default();
    let using = way
        .using
        .filter(|_| !is_foreign(to, context))
        .map(|using| format!(" using {using}"))
        .unwrap_or_default();
    alter(to, &format!("type {}{collation}{using}", to.text("type")))
        .hazard(Hazard::Rewrite, way.rewrites)
        .hazard(Hazard::FullScan, way.scans)
        .hazard(Hazard::MayFail, way.may_fail)
}

/// A column whose type or collation keeps its name but is another one.
pub(super) fn retype(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Vec<Step> {
    let collation = to.get("collation").map(|name| format!(" collate {name}")).unwrap_or_default();
    let (name, kind) = (&to.id.name, to.text("type"));
    if is_foreign(to, context) {
        return vec![alter(to, &format!("type {kind}{collation}"))];
    }
    if let Some(carrier) = data_type::carrier(&to.id.parent, from.text("type"), kind, context) {
        return carried(from, to, &carrier, context);
    }
    let using = data_type::value(name, from.text("type"), kind, context);
    let way = conversion::between(from, to, context);
    let is_converted = using.is_some();
    let using = using.map(|using| format!(" using {using}")).unwrap_or_default();
    let retype = alter(to, &format!("type {kind}{collation}{using}"))
        .hazard(Hazard::Rewrite, is_converted || way.rewrites)
        .hazard(Hazard::MayFail, is_converted || way.may_fail)
        .hazard(Hazard::DataLoss, data_type::loses(from.text("type"), kind, context));
    vec![retype]
}

/// An array of a composite type goes over by the names of the attributes, which only a type that has it as one of
/// its own lets an expression do.
fn carried(from: This<'_>, to: This<'_>, carrier: &str, context: &Context<'_>) -> Vec<Step> {
    let (name, kind) = (&to.id.name, to.text("type"));
    let value = format!("pg_catalog.jsonb_build_object('value', pg_catalog.to_jsonb({name}))");
    let using = format!("(pg_catalog.jsonb_populate_record(null::{carrier}, {value})).value");
    vec![
        step(to.id, format!("create type {carrier} as (value {kind})")),
        alter(to, &format!("type {kind} using {using}"))
            .hazards(&[Hazard::Rewrite, Hazard::MayFail])
            .hazard(Hazard::DataLoss, data_type::loses(from.text("type"), kind, context)),
        step(to.id, format!("drop type {carrier}")),
    ]
}

/// What is set by statements of its own.
pub(super) fn settings(to: This<'_>, from: Option<This<'_>>, context: &Context<'_>) -> Vec<Step> {
    let differs = |name: &str| from.map_or(to.is(name), |from| to.differs(&from, name));
    let mut steps = Vec::new();
    if from.is_some_and(|from| from.is("not_null_inherited") && to.is("not_null"))
        && differs("not_null_inherited")
    {
        steps.push(alter(to, "set not null"));
    }
    let own = to.get("not_null").filter(|_| !to.is("not_null_inherited"));
    let unproved = own.filter(|kept| from.is_none() && kept.ends_with(NOT_VALID));
    steps.extend(unproved.map(|kept| add_not_null(to, kept, context)));
    if differs("storage") || from.is_some_and(|from| to.differs(&from, "type") && to.is("storage")) {
        let storage = to.get("storage").unwrap_or_else(|| conversion::usual_storage(to.text("type")));
        steps.push(alter(to, &format!("set storage {storage}")));
    }
    if from.is_some() && differs("compression") {
        steps.push(alter(to, &format!("set compression {}", to.get("compression").unwrap_or("default"))));
    }
    if to.is("identity_sequence") && differs("identity_persistence") {
        steps.push(identity_persistence(to, context));
    }
    if differs("statistics_target") {
        steps.push(alter(to, &format!("set statistics {}", to.get("statistics_target").unwrap_or("-1"))));
    }
    if differs("options") {
        if let Some(old) = from.and_then(|from| from.get("options")) {
            let names: Vec<&str> = old.split(", ").filter_map(|one| one.split('=').next()).collect();
            steps.push(alter(to, &format!("reset ({})", names.join(", "))));
        }
        steps.extend(to.get("options").map(|options| alter(to, &format!("set ({options})"))));
    }
    steps
}
