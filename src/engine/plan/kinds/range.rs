//! Range types. The multirange type and the constructors come with them.

use super::{Change, Context, Kind, This, data_type};
use crate::engine::plan::step::step;
use crate::model::ident::split_qualified;
use crate::model::plan::Step;

pub(super) struct RangeTypes;

impl Kind for RangeTypes {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("type {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        let clauses = [
            ("subtype", "subtype"),
            ("subtype_operator_class", "subtype_opclass"),
            ("collation", "collation"),
            ("canonical", "canonical"),
            ("subtype_diff", "subtype_diff"),
            ("multirange", "multirange_type_name"),
        ];
        let written = |(name, word): (&str, &str)| this.get(name).map(|value| format!("{word} = {value}"));
        let clauses: Vec<String> = clauses.into_iter().filter_map(written).collect();
        vec![step(this.id, format!("create type {} as range ({})", this.id.name, clauses.join(", ")))]
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let cascade = data_type::cascade(this.id, context.from);
        vec![step(this.id, format!("drop type {}{cascade}", this.id.name))]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn step_aside(&self, this: This<'_>, context: &Context<'_>) -> Option<(Vec<Step>, String)> {
        let (mut steps, address) = data_type::step_aside("type", this, context)?;
        // The constructors have the names of their types, but do not follow when those are renamed.
        let (range, subtype) = (&this.id.name, this.text("subtype"));
        let mut constructors =
            vec![format!("{range}({subtype}, {subtype})"), format!("{range}({subtype}, {subtype}, text)")];
        if let Some(multirange) = this.get("multirange") {
            steps.push(data_type::rename("type", multirange, this, context)?);
            let aside = data_type::aside(range, context)?;
            let range = format!("{}.{aside}", split_qualified(range).0);
            let arguments = [String::new(), range.clone(), format!("{range}[]")];
            constructors.extend(arguments.map(|arguments| format!("{multirange}({arguments})")));
        }
        for constructor in constructors {
            steps.push(data_type::rename("function", &constructor, this, context)?);
        }
        steps.extend(data_type::functions_aside(this, context)?);
        Some((steps, address))
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        let multirange = this.get("multirange").map(str::to_owned);
        [this.id.name.clone()].into_iter().chain(multirange).map(|name| ("type", name)).collect()
    }

    fn survives_retyping(&self, _: This<'_>, _: bool) -> bool {
        true
    }
}
