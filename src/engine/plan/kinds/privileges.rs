//! Privileges on what came with the server or with an extension: the objects are nobody's, what is granted is.

use super::{Change, Context, Kind, This};
use crate::engine::plan::grants::{self, Grants, Target};
use crate::model::plan::Step;

pub(super) struct Privileges;

impl Kind for Privileges {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        this.id.name.clone()
    }

    fn create(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        write(this, this.text("initial"), this.text("privileges"))
    }

    fn drop(&self, this: This<'_>, _: &Context<'_>) -> Vec<Step> {
        write(this, this.text("privileges"), this.text("initial"))
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        Change::InPlace(write(to, from.text("privileges"), to.text("privileges")))
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn write(this: This<'_>, old: &str, new: &str) -> Vec<Step> {
    // `table pg_catalog.pg_proc (prosrc)`; a routine's arguments follow at once.
    let (on, column) = match this.id.name.strip_suffix(')').and_then(|name| name.split_once(" (")) {
        Some((table, column)) if table.starts_with("table ") => (table, Some(column)),
        _ => (this.id.name.as_str(), None),
    };
    let target =
        Target { id: this.id, prefix: String::new(), on: on.to_owned(), column, owner: "current_user" };
    grants::change(&Grants::read(old), &Grants::read(new), &target).0
}
