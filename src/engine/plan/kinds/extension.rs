//! Extensions. What belongs to one comes and goes with it.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::step;
use crate::model::ident::Literal;
use crate::model::plan::Step;

pub(super) struct Extensions;

impl Kind for Extensions {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("extension {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let version = Literal::new(this.text("version"));
        let sql =
            format!("create extension {} schema {} version {version}", this.id.name, this.text("schema"));
        vec![step(this.id, sql)]
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        let mut steps = Vec::new();
        if to.differs(&from, "schema") {
            steps.push(step(
                to.id,
                format!("alter extension {} set schema {}", to.id.name, to.text("schema")),
            ));
        }
        if to.differs(&from, "version") {
            let version = Literal::new(to.text("version"));
            steps.push(step(to.id, format!("alter extension {} update to {version}", to.id.name)));
        }
        Change::InPlace(steps)
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
