//! What every kind of object has: a comment, an owner and grants.

use std::collections::{BTreeMap, BTreeSet};

use super::kinds::{self, Context, Kind, This};
use super::step::step;
use crate::model::ident::{Literal, split_outside_quotes};
use crate::model::plan::Step;
use crate::model::schema::{Object, ObjectKind};

/// The properties that are written here and no kind has to look at.
pub(super) const PROPERTIES: [&str; 3] = ["comment", "owner", "grants"];

/// Statements that give a new object its comment, owner and grants.
pub(super) fn make(this: This<'_>, context: &Context<'_>) -> Vec<Step> {
    let bare = Object::default();
    change(This { id: this.id, object: &bare }, this, context)
}

/// Statements that change an object's comment, owner and grants.
pub(super) fn change(from: This<'_>, to: This<'_>, context: &Context<'_>) -> Vec<Step> {
    let kind = kinds::of(to.id.kind);
    let mut steps = Vec::new();
    if to.differs(&from, "owner") {
        // Without one it belongs to the database's owner, as whom migrations are run.
        let owner = to.get("owner").unwrap_or("current_user");
        steps.push(step(to.id, format!("alter {} owner to {owner}", kind.address(to, context))));
    }
    if to.differs(&from, "grants") {
        steps.extend(change_grants(from, to, kind, context));
    }
    if to.differs(&from, "comment") {
        let text = to.get("comment").map_or_else(|| "null".to_owned(), |text| Literal::new(text).to_string());
        steps.push(step(to.id, format!("comment on {} is {text}", kind.address(to, context))));
    }
    steps
}

/// Privileges by role and, where it is not the owner, grantor.
type Grants<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

fn change_grants(from: This<'_>, to: This<'_>, kind: &dyn Kind, context: &Context<'_>) -> Vec<Step> {
    let (old, new) = (grants(from), grants(to));
    let none = BTreeSet::new();
    let roles: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let (mut revoked, mut granted) = (Vec::new(), Vec::new());
    for role in roles {
        let (old, new) = (old.get(role).unwrap_or(&none), new.get(role).unwrap_or(&none));
        let write = Writer { this: to, kind, context, role };
        // ALL and a list of some overlap: what stays is granted again.
        let overlap = old.iter().chain(new).any(|one| one.starts_with("ALL"));
        let (gone, come): (Vec<&str>, Vec<&str>) = if overlap && old != new {
            (old.iter().copied().collect(), new.iter().copied().collect())
        } else {
            (old.difference(new).copied().collect(), new.difference(old).copied().collect())
        };
        revoked.extend(write.revoke(&gone));
        granted.extend(write.grant(&come));
    }
    revoked.append(&mut granted);
    revoked
}

/// Reads `role: PRIVILEGE, …; …`; without it, what an object of the kind starts with.
fn grants<'a>(this: This<'a>) -> Grants<'a> {
    let usual = match this.id.kind {
        ObjectKind::Column => "",
        ObjectKind::Schema if this.id.name == "public" => "(owner): ALL; public: USAGE",
        kind if kind.is_open_to_all() => "(owner): ALL; public: ALL",
        _ => "(owner): ALL",
    };
    let text = this.get("grants").unwrap_or(usual);
    split_outside_quotes(text, "; ")
        .into_iter()
        .filter_map(|entry| {
            let at = split_outside_quotes(entry, ": ").first().map(|role| role.len())?;
            let privileges = entry.get(at + 2..)?;
            Some((&entry[..at], privileges.split(", ").collect()))
        })
        .collect()
}

struct Writer<'a> {
    this: This<'a>,
    kind: &'a dyn Kind,
    context: &'a Context<'a>,
    role: &'a str,
}

impl Writer<'_> {
    fn revoke(&self, privileges: &[&str]) -> Vec<Step> {
        if privileges.is_empty() {
            return Vec::new();
        }
        let cascade = if privileges.iter().any(|one| one.ends_with('*')) { " cascade" } else { "" };
        let list = self.list(privileges);
        self.statements(format!("revoke {list} on {} from {}{cascade}", self.on(), self.grantee()))
    }

    fn grant(&self, privileges: &[&str]) -> Vec<Step> {
        let (passed_on, plain): (Vec<&str>, Vec<&str>) =
            privileges.iter().partition(|privilege| privilege.ends_with('*'));
        let write = |privileges: &[&str], option: &str| {
            let list = self.list(privileges);
            self.statements(format!("grant {list} on {} to {}{option}", self.on(), self.grantee()))
        };
        let mut steps = if plain.is_empty() { Vec::new() } else { write(&plain, "") };
        if !passed_on.is_empty() {
            steps.extend(write(&passed_on, " with grant option"));
        }
        steps
    }

    fn list(&self, privileges: &[&str]) -> String {
        let column = if self.this.id.kind == ObjectKind::Column {
            format!(" ({})", self.this.id.name)
        } else {
            String::new()
        };
        let names =
            privileges.iter().map(|one| format!("{}{column}", one.trim_end_matches('*').to_lowercase()));
        names.collect::<Vec<_>>().join(", ")
    }

    fn on(&self) -> String {
        self.kind.grant_address(self.this, self.context)
    }

    fn grantee(&self) -> &str {
        let role = self.role_and_grantor().0;
        if role == "(owner)" { self.this.get("owner").unwrap_or("current_user") } else { role }
    }

    fn role_and_grantor(&self) -> (&str, Option<&str>) {
        let pieces = split_outside_quotes(self.role, " by ");
        (pieces.first().copied().unwrap_or_default(), pieces.get(1).copied())
    }

    /// Another role than the owner grants what it was given to pass on.
    fn statements(&self, sql: String) -> Vec<Step> {
        let own = step(self.this.id, sql);
        match self.role_and_grantor().1 {
            Some(grantor) => vec![
                step(self.this.id, format!("set local role {grantor}")),
                own,
                step(self.this.id, "reset role"),
            ],
            None => vec![own],
        }
    }
}
