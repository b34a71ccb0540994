//! Default privileges: what the objects that a role makes start with.

use super::{Change, Context, Kind, This};
use crate::engine::plan::grants::{self, Grants, Target};
use crate::model::plan::Step;

pub(super) struct DefaultPrivileges;

impl Kind for DefaultPrivileges {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("default privileges on {}", this.id.name)
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        write(this, &standard(this), &given(this))
    }

    fn drop(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        write(this, &given(this), &standard(this))
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        Change::InPlace(write(to, &given(from), &given(to)))
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn given(this: This<'_>) -> Grants {
    Grants::read(this.text("privileges"))
}

/// What objects start with when nothing is said; in a schema, more can be said and nothing less.
fn standard(this: This<'_>) -> Grants {
    Grants::read(match this.text("type") {
        _ if this.is("schema") => "",
        "functions" | "types" => "(owner): ALL; public: ALL",
        _ => "(owner): ALL",
    })
}

fn write(this: This<'_>, old: &Grants, new: &Grants) -> Vec<Step> {
    let role = this.get("role").map(|role| format!("for role {role} ")).unwrap_or_default();
    let schema = this.get("schema").map(|schema| format!("in schema {schema} ")).unwrap_or_default();
    let target = Target {
        id: this.id,
        prefix: format!("alter default privileges {role}{schema}"),
        on: this.text("type").to_owned(),
        column: None,
        owner: this.get("role").unwrap_or("current_user"),
    };
    grants::change(old, new, &target).0
}
