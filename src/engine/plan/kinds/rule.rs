//! Rewrite rules of tables and views.

use super::{Change, Context, Kind, This, trigger};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{LockMode, Step};

pub(super) struct Rules;

impl Kind for Rules {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("rule {} on {}", this.id.name, this.id.parent)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let mut steps = vec![written(this, "CREATE RULE ")];
        steps.extend(this.get("enabled").map(|enabled| state(this, Some(enabled))));
        steps
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let sql = format!("drop {}", self.address(this, context));
        vec![step(this.id, sql).lock(LockMode::AccessExclusive, &this.id.parent)]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        let mut steps = Vec::new();
        if to.differs(&from, "definition") {
            steps.push(written(to, "CREATE OR REPLACE RULE "));
        }
        if to.differs(&from, "enabled") {
            steps.push(state(to, to.get("enabled")));
        }
        Change::InPlace(steps)
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn written(this: This<'_>, verb: &str) -> Step {
    let definition = this.text("definition").trim().trim_end_matches(';');
    let rest = definition.strip_prefix("CREATE RULE ").unwrap_or(definition);
    step(this.id, format!("{verb}{rest}")).lock(LockMode::AccessExclusive, &this.id.parent)
}

fn state(this: This<'_>, enabled: Option<&str>) -> Step {
    let sql = format!("alter table {} {} rule {}", this.id.parent, trigger::verb(enabled), this.id.name);
    step(this.id, sql).lock(LockMode::AccessExclusive, &this.id.parent)
}
