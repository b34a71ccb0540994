//! Foreign data wrappers, servers and user mappings.

use super::{Change, Context, Kind, This, foreign_options};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::Literal;
use crate::model::plan::{Hazard, Step};

pub(super) struct Wrappers;

impl Kind for Wrappers {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("foreign data wrapper {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let clause = |name: &str| this.get(name).map(|it| format!(" {name} {it}")).unwrap_or_default();
        let (handler, validator) = (clause("handler"), clause("validator"));
        let options = foreign_options::clause(this);
        let sql = format!("create {}{handler}{validator}{options}", self.address(this, context));
        vec![step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        let mut sql = format!("alter {}", self.address(to, context));
        for name in ["handler", "validator"].into_iter().filter(|name| to.differs(&from, name)) {
            sql += &to.get(name).map_or_else(|| format!(" no {name}"), |it| format!(" {name} {it}"));
        }
        sql += &foreign_options::change(from.get("options"), to.get("options")).unwrap_or_default();
        Change::InPlace(vec![step(to.id, sql).hazards(&[Hazard::NeedsSuperuser])])
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

pub(super) struct Servers;

impl Kind for Servers {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("server {}", this.id.name)
    }

    fn grant_address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("foreign server {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let clause =
            |name: &str| this.get(name).map(|it| format!(" {name} {}", Literal::new(it))).unwrap_or_default();
        let sql = format!(
            "create {}{}{} foreign data wrapper {}{}",
            self.address(this, context),
            clause("type"),
            clause("version"),
            this.text("wrapper"),
            foreign_options::clause(this),
        );
        vec![step(this.id, sql)]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        if to.differs(&from, "type") || to.differs(&from, "wrapper") {
            return Change::Replace;
        }
        let mut sql = format!("alter {}", self.address(to, context));
        if to.differs(&from, "version") {
            let version = to.get("version").map(|version| Literal::new(version).to_string());
            sql += &format!(" version {}", version.as_deref().unwrap_or("null"));
        }
        sql += &foreign_options::change(from.get("options"), to.get("options")).unwrap_or_default();
        Change::InPlace(vec![step(to.id, sql)])
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// User mappings. What is secret in them is known by its hash alone.
pub(super) struct UserMappings;

impl Kind for UserMappings {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("user mapping for {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let options = foreign_options::clause(this);
        vec![step(this.id, format!("create {}{options}", self.address(this, context)))]
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let lost = !foreign_options::unknown(None, this.get("options")).is_empty();
        vec![
            step(this.id, format!("drop {}", self.address(this, context)))
                .hazard(Hazard::NotReversible, lost),
        ]
    }

    fn cannot_be_made(&self, this: This<'_>) -> Option<String> {
        secret(&foreign_options::unknown(None, this.get("options")))
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        let (old, new) = (from.get("options"), to.get("options"));
        if let Some(reason) = secret(&foreign_options::unknown(old, new)) {
            return Change::Refused(reason);
        }
        let options = foreign_options::change(old, new).unwrap_or_default();
        let alter = step(to.id, format!("alter {}{options}", self.address(to, context)));
        let lost = !foreign_options::unknown(new, old).is_empty();
        Change::InPlace(vec![alter.hazard(Hazard::NotReversible, lost)])
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn secret(names: &[&str]) -> Option<String> {
    (!names.is_empty())
        .then(|| format!("a secret is never written into a plan, and it has one in {}", names.join(" and ")))
}
