//! How the values of a column get from one type to another.

use super::{Context, This};
use crate::engine::plan::side::Side;
use crate::model::schema::{ObjectId, ObjectKind};

/// What changing a column's type needs and costs.
pub(super) struct Way {
    /// The `using` expression, where the server would not find its own way.
    pub(super) using: Option<String>,
    pub(super) rewrites: bool,
    pub(super) scans: bool,
    pub(super) may_fail: bool,
}

/// Types between which values go by assignment, in both directions.
const FAMILIES: [&[&str]; 7] = [
    &["smallint", "integer", "bigint", "numeric", "real", "double precision"],
    &["text", "character varying", "character", "name", "\"char\""],
    &["date", "timestamp without time zone", "timestamp with time zone"],
    &["json", "jsonb"],
    &["inet", "cidr"],
    &["bit", "bit varying"],
    &["time without time zone", "time with time zone"],
];

/// Pairs that an explicit cast leads over.
const EXPLICIT: [(&str, &str); 6] = [
    ("integer", "boolean"),
    ("boolean", "integer"),
    ("timestamp without time zone", "time without time zone"),
    ("timestamp with time zone", "time without time zone"),
    ("integer", "oid"),
    ("bigint", "oid"),
];

pub(super) fn between(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Way {
    let (old, new) = (from.text("type"), to.text("type"));
    let (old_base, new_base) = (base(old, context.from), base(new, context.to));
    let (old_name, new_name) = (element(&old_base), element(&new_base));
    let is_text = matches!(&*new_name, "text" | "character varying" | "character" | "name");
    let checked = has_checks(new, context.to);
    let kept = (old_base == new_base || is_widening(&old_base, &new_base)) && !checked;
    let fits = is_text && modifier(&new_base).is_none();
    let wider = is_wider(&old_name, &new_name) || is_longer(&old_base, &new_base);
    Way {
        rewrites: !kept,
        scans: false,
        may_fail: checked || !(kept || fits || wider),
        using: using(&to.id.name, old, new, context),
    }
}

/// Whether values of two types compare with each other and go over by assignment.
pub(super) fn are_related(old: &str, new: &str) -> bool {
    let (old, new) = (element(old), element(new));
    old == new || FAMILIES.iter().any(|family| family.contains(&&*old) && family.contains(&&*new))
}

/// The type without modifier and array brackets.
fn element(kind: &str) -> String {
    without_modifier(kind).replace("[]", "")
}

/// Whether a domain refuses values of the type that it is over.
fn has_checks(kind: &str, side: &Side) -> bool {
    let domain = side.whole(kind).filter(|id| id.kind == ObjectKind::Domain);
    domain.is_some_and(|id| {
        side.get(id, "not_null").is_some()
            || side.parts(&id.name).any(|part| part.kind == ObjectKind::Constraint)
            || side.get(id, "type").is_some_and(|over| has_checks(over, side))
    })
}

/// The expression that makes a value of another type, where the server would not find its own way.
pub(super) fn using(expression: &str, old: &str, new: &str, context: &Context<'_>) -> Option<String> {
    let (old_base, new_base) = (base(old, context.from), base(new, context.to));
    let (old_name, new_name) = (element(&old_base), element(&new_base));
    let is_text = matches!(&*new_name, "text" | "character varying" | "character" | "name");
    let both_arrays = old_base.ends_with("[]") == new_base.ends_with("[]");
    let is_related = are_related(&old_base, &new_base) && !is_another(&new_name, context);
    if both_arrays && (is_related || (is_text && !new_base.ends_with("[]"))) {
        None
    } else if EXPLICIT.contains(&(&old_name, &new_name)) {
        Some(format!("{expression}::{new}"))
    } else {
        Some(format!("{expression}::text::{new}"))
    }
}

/// Whether the type of that name is one on both sides that the server did not bring.
fn is_another(name: &str, context: &Context<'_>) -> bool {
    let is_multirange = |side: &Side| {
        let mut ranges = side.objects.iter().filter(|(id, _)| id.kind == ObjectKind::RangeType);
        ranges.any(|(_, range)| range.properties.get("multirange").is_some_and(|other| other == name))
    };
    let is_there = |side: &Side| {
        let of_kind = |kind| ObjectId { parent: String::new(), kind, name: name.to_owned() };
        ObjectKind::TYPES.into_iter().any(|kind| side.objects.contains_key(&of_kind(kind)))
            || is_multirange(side)
    };
    is_there(context.from) && is_there(context.to)
}

/// How values of a type are stored if nobody says otherwise.
pub(super) fn usual_storage(kind: &str) -> &'static str {
    match &*without_modifier(kind) {
        "numeric" | "inet" | "cidr" => "main",
        _ => "extended",
    }
}

/// Under a domain lies the type that it is over.
fn base(kind: &str, side: &Side) -> String {
    let domain = side.whole(kind).filter(|id| id.kind == ObjectKind::Domain);
    domain.and_then(|id| side.get(id, "type")).map_or_else(|| kind.to_owned(), |over| base(over, side))
}

fn without_modifier(kind: &str) -> String {
    let Some((before, rest)) = kind.split_once('(') else { return kind.to_owned() };
    let after = rest.split_once(')').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

fn modifier(kind: &str) -> Option<Vec<i64>> {
    let inside = kind.split_once('(')?.1.split_once(')')?.0;
    inside.split(',').map(|number| number.trim().parse().ok()).collect()
}

/// Whether the values stay as they are stored, so that nothing is written anew.
fn is_widening(old: &str, new: &str) -> bool {
    let (old_name, new_name) = (without_modifier(old), without_modifier(new));
    match (&*old_name, &*new_name) {
        ("character varying", "text") | ("text", "character varying") => modifier(new).is_none(),
        ("character varying" | "bit varying", _) if old_name == new_name => {
            match (modifier(old), modifier(new)) {
                (_, None) => true,
                (Some(old), Some(new)) => old <= new,
                (None, Some(_)) => false,
            }
        }
        ("numeric", "numeric") => match (modifier(old).as_deref(), modifier(new).as_deref()) {
            (_, None) => true,
            (Some([old, old_scale]), Some([new, new_scale])) => old <= new && old_scale == new_scale,
            _ => false,
        },
        ("cidr", "inet") => true,
        _ => false,
    }
}

/// Whether a padded string only gets longer.
fn is_longer(old: &str, new: &str) -> bool {
    without_modifier(old) == without_modifier(new)
        && matches!((modifier(old), modifier(new)), (Some(old), Some(new)) if old < new)
        && without_modifier(new) == "character"
}

/// Whether every value of the old type is one of the new.
fn is_wider(old: &str, new: &str) -> bool {
    let number =
        |name: &str| ["smallint", "integer", "bigint", "numeric"].iter().position(|one| *one == name);
    matches!((number(old), number(new)), (Some(old), Some(new)) if old < new)
        || matches!((old, new), ("date", "timestamp without time zone" | "timestamp with time zone"))
        || matches!((old, new), ("json", "jsonb") | ("jsonb", "json") | ("real", "double precision"))
        || matches!((old, new), ("timestamp without time zone", "timestamp with time zone"))
        || matches!((old, new), ("timestamp with time zone", "timestamp without time zone"))
}

/// The server's own functions that give another result for each row, as `pg_proc.provolatile` says.
const VOLATILE: [&str; 12] = [
    "nextval",
    "currval",
    "lastval",
    "setval",
    "random",
    "random_normal",
    "gen_random_uuid",
    "uuidv4",
    "uuidv7",
    "clock_timestamp",
    "timeofday",
    "txid_current",
];

/// Whether a default calls one of them, so that it has to be computed, and written, for every row.
pub(super) fn is_volatile(default: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == '"';
    default.match_indices('(').any(|(at, _)| {
        let before = &default[..at];
        let word = before.rsplit(|c| !is_word(c)).next().unwrap_or_default();
        VOLATILE.contains(&word)
    })
}
