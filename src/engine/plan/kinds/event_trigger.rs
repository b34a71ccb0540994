//! Event triggers. They are the first to go and the last to come, so that they do not watch a plan at work.

use super::{Change, Context, Kind, This, trigger};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{Hazard, Step};

pub(super) struct EventTriggers;

impl Kind for EventTriggers {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("event trigger {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let tags = this.get("tags").map(|tags| format!(" when tag in ({tags})")).unwrap_or_default();
        let (event, function) = (this.text("event"), this.text("function"));
        let sql =
            format!("create {} on {event}{tags} execute function {function}()", self.address(this, context));
        let mut steps = vec![step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])];
        steps.extend(this.get("enabled").map(|enabled| state(this, Some(enabled))));
        steps
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        if ["event", "tags", "function"].into_iter().any(|name| to.differs(&from, name)) {
            return Change::Replace;
        }
        Change::InPlace(vec![state(to, to.get("enabled"))])
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn state(this: This<'_>, enabled: Option<&str>) -> Step {
    let sql = format!("alter event trigger {} {}", this.id.name, trigger::verb(enabled));
    step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])
}
