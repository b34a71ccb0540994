//! Row-level security policies.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{LockMode, Step};

pub(super) struct Policies;

impl Kind for Policies {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("policy {} on {}", this.id.name, this.id.parent)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let restrictive = if this.is("restrictive") { " as restrictive" } else { "" };
        let sql = format!(
            "create {}{restrictive} for {} to {}{}{}",
            self.address(this, context),
            this.text("command"),
            this.text("roles"),
            clause(this, "using", "using"),
            clause(this, "with_check", "with check"),
        );
        vec![step(this.id, sql).lock(LockMode::AccessExclusive, &this.id.parent)]
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let sql = format!("drop {}", self.address(this, context));
        vec![step(this.id, sql).lock(LockMode::AccessExclusive, &this.id.parent)]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        // What a policy has, `alter policy` can change and not take away.
        let loses = |name: &str| from.is(name) && !to.is(name);
        let other = to.differs(&from, "command") || to.differs(&from, "restrictive");
        if other || loses("using") || loses("with_check") {
            return Change::Replace;
        }
        let mut sql = format!("alter {}", self.address(to, context));
        if to.differs(&from, "roles") {
            sql += &format!(" to {}", to.text("roles"));
        }
        if to.differs(&from, "using") {
            sql += &clause(to, "using", "using");
        }
        if to.differs(&from, "with_check") {
            sql += &clause(to, "with_check", "with check");
        }
        Change::InPlace(vec![step(to.id, sql).lock(LockMode::AccessExclusive, &to.id.parent)])
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn clause(this: This<'_>, property: &str, words: &str) -> String {
    this.get(property).map(|expression| format!(" {words} ({expression})")).unwrap_or_default()
}
