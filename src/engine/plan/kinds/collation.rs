//! Collations.

use super::{Change, Context, Kind, This, data_type};
use crate::engine::plan::step::step;
use crate::model::ident::Literal;
use crate::model::plan::Step;

pub(super) struct Collations;

impl Kind for Collations {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("collation {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let mut clauses = vec![format!("provider = {}", this.text("provider"))];
        let names = ["locale", "lc_collate", "lc_ctype", "rules"];
        let written = |name: &str| this.get(name).map(|value| format!("{name} = {}", Literal::new(value)));
        clauses.extend(names.into_iter().filter_map(written));
        clauses.extend(this.is("deterministic").then(|| "deterministic = false".to_owned()));
        vec![step(this.id, format!("create collation {} ({})", this.id.name, clauses.join(", ")))]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn step_aside(&self, this: This<'_>, context: &Context<'_>) -> Option<(Vec<Step>, String)> {
        data_type::step_aside("collation", this, context)
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("collation", this.id.name.clone())]
    }
}
