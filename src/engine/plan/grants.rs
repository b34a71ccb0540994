//! Privileges: how they are read, what a new object starts with, and how they are granted and revoked.

use std::collections::{BTreeMap, BTreeSet};

use super::side::Side;
use super::step::step;
use crate::model::ident::{split_outside_quotes, split_qualified};
use crate::model::plan::Step;
use crate::model::schema::{ObjectId, ObjectKind};

/// How the catalog writes the owner of what is granted.
const OWNER: &str = "(owner)";

/// A role that was granted something, and by whom, where that is not the owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Who {
    role: String,
    grantor: Option<String>,
}

/// Privileges by who has them: in capitals, `ALL` for every one, a `*` after those that can be passed on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Grants(BTreeMap<Who, BTreeSet<String>>);

impl Grants {
    /// Reads `role: PRIVILEGE, …; role by grantor: …`.
    pub(super) fn read(text: &str) -> Self {
        let mut grants = Self::default();
        for entry in split_outside_quotes(text, "; ") {
            let Some(at) = split_outside_quotes(entry, ": ").first().map(|role| role.len()) else { continue };
            let Some(privileges) = entry.get(at + 2..) else { continue };
            let mut pieces = split_outside_quotes(&entry[..at], " by ").into_iter().map(str::to_owned);
            let role = pieces.next().unwrap_or_default();
            let who = Who { role, grantor: pieces.next() };
            grants.0.insert(who, privileges.split(", ").map(str::to_owned).collect());
        }
        grants
    }

    fn of(&self, who: &Who) -> BTreeSet<String> {
        self.0.get(who).cloned().unwrap_or_default()
    }

    /// With those of another list as well.
    fn and(mut self, other: Self) -> Self {
        for (who, privileges) in other.0 {
            self.0.entry(who).or_default().extend(privileges);
        }
        self
    }

    /// The same after a role has become the owner: what it had been granted is now the owner's.
    pub(super) fn owned_by(self, owner: &str) -> Self {
        let mut renamed = Self::default();
        for (mut who, privileges) in self.0 {
            if who.role == owner {
                OWNER.clone_into(&mut who.role);
            }
            who.grantor = who.grantor.filter(|grantor| grantor != owner);
            renamed.0.entry(who).or_default().extend(privileges);
        }
        renamed
    }

    /// What of these privileges somebody has.
    pub(super) fn overlap(&self, revoked: &Revoked) -> Self {
        let mut overlap = Self::default();
        for (who, privileges) in &self.0 {
            let Some(gone) = revoked.0.get(who) else { continue };
            let plain = |one: &String| one.trim_end_matches('*').to_owned();
            let all = gone.iter().chain(privileges).any(|one| plain(one) == "ALL");
            let gone: BTreeSet<String> = gone.iter().map(plain).collect();
            let common = privileges.iter().filter(|one| all || gone.contains(&plain(one)));
            let common: BTreeSet<String> = common.cloned().collect();
            if !common.is_empty() {
                overlap.0.insert(who.clone(), common);
            }
        }
        overlap
    }

    /// Those who have something, by how many hands it went through.
    fn by_distance(&self) -> Vec<(usize, &Who)> {
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let mut left: BTreeSet<&Who> = self.0.keys().collect();
        let mut sorted = Vec::new();
        for distance in 0.. {
            let reached: Vec<&Who> = left
                .iter()
                .copied()
                .filter(|who| who.grantor.as_deref().is_none_or(|grantor| known.contains(grantor)))
                .collect();
            if reached.is_empty() {
                // Whose grantor has nothing itself, or stands in a circle.
                sorted.extend(left.into_iter().map(|who| (distance, who)));
                return sorted;
            }
            for who in reached {
                left.remove(who);
                known.insert(&who.role);
                sorted.push((distance, who));
            }
        }
        sorted
    }
}

/// What was revoked, by who had it.
pub(super) struct Revoked(BTreeMap<Who, BTreeSet<String>>);

/// What an object of a kind has when nobody granted or revoked anything.
pub(super) fn usual(id: &ObjectId, side: &Side) -> Grants {
    Grants::read(match id.kind {
        ObjectKind::Column => "",
        ObjectKind::Schema if id.name == "public" && side.server_version < 150_000 => {
            "(owner): ALL; public: ALL"
        }
        ObjectKind::Schema if id.name == "public" => "(owner): ALL; public: USAGE",
        kind if kind.is_open_to_all() => "(owner): ALL; public: ALL",
        _ => "(owner): ALL",
    })
}

/// What an object starts with that is made while the default privileges of a structure are in force.
pub(super) fn of_new(id: &ObjectId, kind: ObjectKind, in_force: &Side) -> Grants {
    let standard = Grants::read(match kind {
        ObjectKind::Column => "",
        kind if kind.is_open_to_all() => "(owner): ALL; public: ALL",
        _ => "(owner): ALL",
    });
    let Some(objects) = kind.default_privileges_type() else { return standard };
    let whole = if id.parent.is_empty() { &id.name } else { &id.parent };
    let (schema, _) = split_qualified(whole);
    let listed = |name: String| {
        let id = ObjectId { parent: String::new(), kind: ObjectKind::DefaultPrivileges, name };
        in_force.get(&id, "privileges").map(Grants::read)
    };
    let everywhere = listed(objects.to_owned()).unwrap_or(standard);
    match listed(format!("{objects} in schema {schema}")) {
        Some(here) if kind != ObjectKind::Schema => everywhere.and(here),
        _ => everywhere,
    }
}

/// What privileges are granted on, and how that is said.
pub(super) struct Target<'a> {
    pub(super) id: &'a ObjectId,
    /// What stands before `grant` and `revoke`.
    pub(super) prefix: String,
    /// What stands after `on`.
    pub(super) on: String,
    /// The column that they are limited to.
    pub(super) column: Option<&'a str>,
    /// The owner, as a role.
    pub(super) owner: &'a str,
}

/// Statements that lead from some privileges to others, and what they revoke on the way.
pub(super) fn change(old: &Grants, new: &Grants, target: &Target<'_>) -> (Vec<Step>, Revoked) {
    let mut gone: BTreeMap<Who, BTreeSet<String>> = BTreeMap::new();
    let mut come: BTreeMap<Who, BTreeSet<String>> = BTreeMap::new();
    let taken_along = taken_along(old, new);
    for who in old.0.keys().chain(new.0.keys()) {
        let (had, has) = (old.of(who), new.of(who));
        // ALL and a list of some overlap: what stays is granted again.
        let overlap = had != has && had.iter().chain(&has).any(|one| one.starts_with("ALL"));
        let anew = overlap || taken_along.contains(who);
        let difference = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            if anew { one.clone() } else { one.difference(other).cloned().collect() }
        };
        gone.insert(who.clone(), difference(&had, &has));
        come.insert(who.clone(), difference(&has, &had));
    }
    let mut steps = Vec::new();
    for (_, who) in old.by_distance().into_iter().rev() {
        steps.extend(target.revoke(who, &gone[who]));
    }
    for (_, who) in new.by_distance() {
        steps.extend(target.grant(who, &come[who]));
    }
    (steps, Revoked(gone))
}

/// Those whose privileges go with the grant option of who gave them.
fn taken_along(old: &Grants, new: &Grants) -> BTreeSet<Who> {
    let mut losers: Vec<String> = old
        .0
        .iter()
        .filter(|(who, had)| {
            let has = new.of(who);
            **had != has && had.iter().any(|one| one.ends_with('*') && !has.contains(one))
        })
        .map(|(who, _)| who.role.clone())
        .collect();
    let mut along = BTreeSet::new();
    while let Some(loser) = losers.pop() {
        let given = old.0.keys().filter(|who| who.grantor.as_deref() == Some(loser.as_str()));
        for who in given {
            if along.insert(who.clone()) {
                losers.push(who.role.clone());
            }
        }
    }
    along
}

impl Target<'_> {
    /// Grants all of it.
    pub(super) fn grant_all(&self, grants: &Grants) -> Vec<Step> {
        grants.by_distance().into_iter().flat_map(|(_, who)| self.grant(who, &grants.of(who))).collect()
    }

    fn revoke(&self, who: &Who, privileges: &BTreeSet<String>) -> Vec<Step> {
        if privileges.is_empty() {
            return Vec::new();
        }
        let cascade = if privileges.iter().any(|one| one.ends_with('*')) { " cascade" } else { "" };
        let list = self.list(privileges.iter());
        self.given_by(
            who,
            format!("{}revoke {list} on {} from {}{cascade}", self.prefix, self.on, self.role(who)),
        )
    }

    fn grant(&self, who: &Who, privileges: &BTreeSet<String>) -> Vec<Step> {
        let (passed_on, plain): (Vec<&String>, Vec<&String>) =
            privileges.iter().partition(|one| one.ends_with('*'));
        let write = |privileges: Vec<&String>, option: &str| {
            let list = self.list(privileges.into_iter());
            self.given_by(
                who,
                format!("{}grant {list} on {} to {}{option}", self.prefix, self.on, self.role(who)),
            )
        };
        let mut steps = if plain.is_empty() { Vec::new() } else { write(plain, "") };
        if !passed_on.is_empty() {
            steps.extend(write(passed_on, " with grant option"));
        }
        steps
    }

    fn list<'a>(&self, privileges: impl Iterator<Item = &'a String>) -> String {
        let column = self.column.map(|name| format!(" ({name})")).unwrap_or_default();
        let names: BTreeSet<String> =
            privileges.map(|one| one.trim_end_matches('*').to_lowercase()).collect();
        if names.contains("all") {
            return format!("all{column}");
        }
        names.into_iter().map(|name| name + &column).collect::<Vec<_>>().join(", ")
    }

    fn role<'a>(&'a self, who: &'a Who) -> &'a str {
        if who.role == OWNER { self.owner } else { &who.role }
    }

    /// Another role than the owner grants what it was given to pass on.
    fn given_by(&self, who: &Who, sql: String) -> Vec<Step> {
        let own = step(self.id, sql);
        match &who.grantor {
            Some(grantor) => {
                vec![step(self.id, format!("set local role {grantor}")), own, step(self.id, "reset role")]
            }
            None => vec![own],
        }
    }
}
