//! Extended statistics.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::split_outside_quotes;
use crate::model::plan::{LockMode, Step};

pub(super) struct Statistics;

impl Kind for Statistics {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("statistics {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let columns = this.get("columns").map(|list| split_outside_quotes(list, ", "));
        let what: Vec<&str> = columns.into_iter().flatten().chain(this.get("expressions")).collect();
        // Of a single expression, there is only one kind.
        let kinds = this.get("kinds").map(|kinds| format!(" ({kinds})")).unwrap_or_default();
        let (address, table) = (self.address(this, context), this.text("on_table"));
        let create = step(this.id, format!("create {address}{kinds} on {} from {table}", what.join(", ")));
        let mut steps = vec![create.lock(LockMode::ShareUpdateExclusive, table)];
        steps.extend(this.is("target").then(|| target(this)));
        steps
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        let definition = ["on_table", "kinds", "columns", "expressions"];
        if definition.into_iter().any(|name| to.differs(&from, name)) {
            return Change::Replace;
        }
        Change::InPlace(vec![target(to)])
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("statistics", this.id.name.clone())]
    }
}

fn target(this: This<'_>) -> Step {
    let target = this.get("target").unwrap_or("-1");
    step(this.id, format!("alter statistics {} set statistics {target}", this.id.name))
}
