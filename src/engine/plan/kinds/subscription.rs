//! Subscriptions. None connects while a plan runs: they are made without, and dropped without their slot.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{Hazard, Step};

pub(super) struct Subscriptions;

/// Options that `alter subscription … set` can change as well.
const OPTIONS: [&str; 9] = [
    "slot_name",
    "synchronous_commit",
    "binary",
    "streaming",
    "disable_on_error",
    "origin",
    "password_required",
    "run_as_owner",
    "failover",
];

impl Kind for Subscriptions {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("subscription {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let known = OPTIONS.into_iter().chain(["two_phase"]).filter(|name| this.is(name));
        let options: Vec<String> = known.map(|name| format!("{name} = {}", this.text(name))).collect();
        let sql = format!(
            "create {} connection {} publication {} with (connect = false, {})",
            self.address(this, context),
            this.text("connection"),
            this.text("publications"),
            options.join(", ")
        );
        let mut steps = vec![step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])];
        if this.is("enabled") {
            steps.push(alter(this, "enable"));
        }
        steps
    }

    fn cannot_be_made(&self, this: This<'_>) -> Option<String> {
        is_secret(this).then(|| SECRET.to_owned())
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let mut steps = Vec::new();
        if this.is("enabled") {
            steps.push(step(this.id, format!("alter {} disable", self.address(this, context))));
        }
        // The slot on the other server stays: to drop it too, one would have to connect.
        let has_slot = this.text("slot_name") != "none";
        if has_slot {
            steps
                .push(step(this.id, format!("alter {} set (slot_name = none)", self.address(this, context))));
        }
        let drop = step(this.id, format!("drop {}", self.address(this, context)));
        steps.push(drop.hazard(Hazard::NotReversible, has_slot || is_secret(this)));
        steps
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        if to.differs(&from, "connection") && is_secret(to) {
            return Change::Refused(SECRET.to_owned());
        }
        if to.differs(&from, "two_phase") {
            return Change::Replace;
        }
        let mut steps = Vec::new();
        if from.is("enabled") && !to.is("enabled") {
            steps.push(alter(to, "disable"));
        }
        if to.differs(&from, "connection") {
            let connect = alter(to, &format!("connection {}", to.text("connection")));
            steps.push(connect.hazard(Hazard::NotReversible, is_secret(from)));
        }
        if to.differs(&from, "publications") {
            let list = to.text("publications");
            steps.push(alter(to, &format!("set publication {list} with (refresh = false)")));
        }
        let changed = OPTIONS.into_iter().filter(|name| to.differs(&from, name) && to.is(name));
        let options: Vec<String> = changed.map(|name| format!("{name} = {}", to.text(name))).collect();
        if !options.is_empty() {
            steps.push(alter(to, &format!("set ({})", options.join(", "))));
        }
        if to.is("enabled") && !from.is("enabled") {
            steps.push(alter(to, "enable"));
        }
        Change::InPlace(steps)
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

const SECRET: &str = "a secret is never written into a plan, and its connection has one";

fn is_secret(this: This<'_>) -> bool {
    this.text("connection").starts_with("sha256 ")
}

fn alter(this: This<'_>, what: &str) -> Step {
    let sql = format!("alter subscription {} {what}", this.id.name);
    step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])
}
