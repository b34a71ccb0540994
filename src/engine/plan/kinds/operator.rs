//! Operators. A commutator or negator that is not there yet is declared by naming it, and filled in when it comes.

use super::{Change, Context, Kind, This};
use crate::engine::plan::side::Side;
use crate::engine::plan::step::step;
use crate::model::plan::Step;
use crate::model::schema::{ObjectId, ObjectKind};

pub(super) struct Operators;

impl Kind for Operators {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("operator {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let (name, operands) = name_and_operands(&this.id.name);
        let operand = |word: &str, kind: &str| (kind != "none").then(|| format!("{word} = {kind}"));
        let other = |word: &str| {
            let other = this.get(word).map(|other| name_and_operands(other).0);
            other.map(|name| format!("{word} = operator({name})"))
        };
        let plain = |word: &str| this.get(word).map(|value| format!("{word} = {value}"));
        let flag = |word: &str| this.is(word).then(|| word.to_owned());
        let (left, right) = operands.split_once(", ").unwrap_or(("none", operands));
        let clauses: Vec<String> = [
            plain("function"),
            operand("leftarg", left),
            operand("rightarg", right),
            other("commutator"),
            other("negator"),
            plain("restrict"),
            plain("join"),
            flag("hashes"),
            flag("merges"),
        ]
        .into_iter()
        .flatten()
        .collect();
        vec![step(this.id, format!("create operator {name} ({})", clauses.join(", ")))]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        let kept = ["function", "hashes", "merges"].into_iter().all(|name| !to.differs(&from, name));
        let comes_along =
            ["commutator", "negator"].into_iter().all(|name| follows(from.get(name), to.get(name), context));
        if !kept || !comes_along {
            return Change::Replace;
        }
        let changed = ["restrict", "join"].into_iter().filter(|name| to.differs(&from, name));
        let set: Vec<String> =
            changed.map(|name| format!("{name} = {}", to.get(name).unwrap_or("none"))).collect();
        if set.is_empty() {
            return Change::InPlace(Vec::new());
        }
        let sql = format!("alter operator {} set ({})", to.id.name, set.join(", "));
        Change::InPlace(vec![step(to.id, sql)])
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}

/// `s.+` and `integer, integer`.
fn name_and_operands(name: &str) -> (&str, &str) {
    let (name, operands) = name.rsplit_once(" (").unwrap_or((name, ")"));
    (name, operands.trim_end_matches(')'))
}

/// Whether a link to another operator is taken away with that one and made with it.
fn follows(old: Option<&str>, new: Option<&str>, context: &Context<'_>) -> bool {
    let is_there = |name: &str, side: &Side| {
        let id = ObjectId { parent: String::new(), kind: ObjectKind::Operator, name: name.to_owned() };
        side.objects.contains_key(&id)
    };
    old == new
        || (old.is_none_or(|name| is_there(name, context.from) && !is_there(name, context.to))
            && new.is_none_or(|name| is_there(name, context.to) && !is_there(name, context.from)))
}
