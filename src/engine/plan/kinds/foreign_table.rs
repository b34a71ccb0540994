//! Foreign tables. Their columns, checks and triggers are as those of tables.

use super::{Change, Context, Kind, This, column, foreign_options, table};
use crate::engine::plan::step::{Said as _, step};
use crate::model::plan::{Hazard, LockMode, Step};
use crate::model::schema::{Object, ObjectId};

pub(super) struct ForeignTables;

impl Kind for ForeignTables {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("foreign table {}", this.id.name)
    }

    fn grant_address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("table {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let columns: Vec<(&ObjectId, &Object)> = context
            .to
            .columns(&this.id.name)
            .into_iter()
            .filter(|(id, object)| !context.apart.contains(*id) && table::stands_in_table(this, object))
            .collect();
        let definitions: Vec<String> =
            columns.iter().map(|(id, object)| column::definition(This { id, object }, context)).collect();
        let list = if definitions.is_empty() {
            " ()".to_owned()
        } else {
            format!(" (\n    {}\n)", definitions.join(",\n    "))
        };
        let inherits = this.get("inherits").map(|list| format!(" inherits ({list})")).unwrap_or_default();
        let server = this.text("server");
        let options = foreign_options::clause(this);
        let sql = format!("create foreign table {}{list}{inherits} server {server}{options}", this.id.name);
        let mut steps = vec![step(this.id, sql)];
        for (id, object) in columns {
            steps.extend(column::settings(This { id, object }, None, context));
        }
        steps
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let drop = step(this.id, format!("drop {}", self.address(this, context)));
        vec![drop.lock(LockMode::AccessExclusive, &this.id.name).hazards(&[Hazard::DataLoss])]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        if to.differs(&from, "server") {
            return Change::Replace;
        }
        let mut steps = table::inheritance(from, to);
        let options = foreign_options::change(from.get("options"), to.get("options"));
        steps.extend(options.map(|options| {
            let sql = format!("alter {}{options}", self.address(to, context));
            step(to.id, sql).lock(LockMode::AccessExclusive, &to.id.name)
        }));
        Change::InPlace(steps)
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        vec![("relation", this.id.name.clone()), ("type", this.id.name.clone())]
    }

    fn holds_data(&self) -> bool {
        true
    }
}
