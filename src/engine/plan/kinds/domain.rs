//! Domains. Their checks are constraints, objects of their own.

use super::{Change, Context, Kind, This, data_type};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{Hazard, Step};
use crate::model::schema::ObjectId;

pub(super) struct Domains;

impl Kind for Domains {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("domain {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let clause = |name: &str, words: &str| {
            this.get(name).map(|value| format!(" {words}{value}")).unwrap_or_default()
        };
        let not_null = match (this.is("not_null"), this.get("not_null_name")) {
            (false, _) => String::new(),
            (true, None) => " not null".to_owned(),
            (true, Some(name)) => format!(" constraint {name} not null"),
        };
        let sql = format!(
            "create domain {} as {}{}{}{not_null}{}",
            this.id.name,
            this.text("type"),
            clause("collation", "collate "),
            clause("default", "default "),
            checks(this, context),
        );
        vec![step(this.id, sql)]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        if to.differs(&from, "type") || to.differs(&from, "collation") {
            return Change::Replace;
        }
        let alter = |what: &str| step(to.id, format!("alter domain {} {what}", to.id.name));
        let mut steps = Vec::new();
        if to.differs(&from, "default") {
            steps.push(match to.get("default") {
                Some(value) => alter(&format!("set default {value}")),
                None => alter("drop default"),
            });
        }
        if to.differs(&from, "not_null") || to.differs(&from, "not_null_name") {
            if from.is("not_null") {
                steps.push(alter("drop not null"));
            }
            if to.is("not_null") {
                let add = match to.get("not_null_name") {
                    Some(name) => alter(&format!("add constraint {name} not null")),
                    None => alter("set not null"),
                };
                steps.push(add.hazards(&[Hazard::FullScan, Hazard::MayFail]));
            }
        }
        Change::InPlace(steps)
    }

    fn step_aside(&self, this: This<'_>, context: &Context<'_>) -> Option<(Vec<Step>, String)> {
        data_type::step_aside("domain", this, context)
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        data_type::names(this)
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}

/// The checks that do not stand apart.
fn checks(this: This<'_>, context: &Context<'_>) -> String {
    let written = |id: &ObjectId| {
        let definition = context.to.get(id, "definition").unwrap_or_default();
        format!(" constraint {} {definition}", id.name)
    };
    context.within(this.id).map(written).collect()
}
