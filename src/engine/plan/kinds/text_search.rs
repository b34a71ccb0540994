//! Text search: parsers, templates, dictionaries and configurations.

use super::{Change, Context, Kind, This};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::split_outside_quotes;
use crate::model::plan::{Hazard, Step};

/// Parsers.
pub(super) struct Parsers;

impl Kind for Parsers {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("text search parser {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let functions = functions(this, &["start", "gettoken", "end", "lextypes", "headline"]);
        let sql = format!("create {} ({functions})", self.address(this, context));
        vec![step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Templates.
pub(super) struct Templates;

impl Kind for Templates {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("text search template {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let functions = functions(this, &["init", "lexize"]);
        let sql = format!("create {} ({functions})", self.address(this, context));
        vec![step(this.id, sql).hazards(&[Hazard::NeedsSuperuser])]
    }

    fn change(&self, _: This<'_>, _: This<'_>, _: &Context<'_>) -> Change {
        Change::Replace
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn functions(this: This<'_>, names: &[&str]) -> String {
    let given = names.iter().filter_map(|name| this.get(name).map(|function| format!("{name} = {function}")));
    given.collect::<Vec<_>>().join(", ")
}

/// Dictionaries.
pub(super) struct Dictionaries;

impl Kind for Dictionaries {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("text search dictionary {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let options = this.get("options").map(|options| format!(", {options}")).unwrap_or_default();
        let template = this.text("template");
        vec![step(
            this.id,
            format!("create {} (template = {template}{options})", self.address(this, context)),
        )]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        if to.differs(&from, "template") {
            return Change::Replace;
        }
        let name = |option: &str| split_outside_quotes(option, " = ").first().map(|name| (*name).to_owned());
        let new = list(to.get("options"), ", ");
        let names: Vec<String> = new.iter().filter_map(|option| name(option)).collect();
        let old = list(from.get("options"), ", ").into_iter().filter_map(name);
        // An option without a value is taken away.
        let gone = old.filter(|name| !names.contains(name));
        let words: Vec<String> = gone.chain(new.iter().map(|option| (*option).to_owned())).collect();
        let sql = format!("alter {} ({})", self.address(to, context), words.join(", "));
        Change::InPlace(vec![step(to.id, sql)])
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Configurations.
pub(super) struct Configurations;

impl Kind for Configurations {
    fn address(&self, this: This<'_>, _: &Context<'_>) -> String {
        format!("text search configuration {}", this.id.name)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let sql = format!("create {} (parser = {})", self.address(this, context), this.text("parser"));
        let mut steps = vec![step(this.id, sql)];
        let mappings = mappings(this).into_iter();
        steps.extend(
            mappings.map(|(token, list)| alter(this, &format!("add mapping for {token} with {list}"))),
        );
        steps
    }

    fn change(&self, from: This<'_>, to: This<'_>, _: &Context<'_>) -> Change {
        if to.differs(&from, "parser") {
            return Change::Replace;
        }
        let (old, new) = (mappings(from), mappings(to));
        let mut steps = Vec::new();
        for (token, _) in old.iter().filter(|(token, _)| !new.iter().any(|(other, _)| other == token)) {
            steps.push(alter(to, &format!("drop mapping for {token}")));
        }
        for (token, list) in new.iter().filter(|mapping| !old.contains(mapping)) {
            let is_there = old.iter().any(|(other, _)| other == token);
            let verb = if is_there { "alter" } else { "add" };
            steps.push(alter(to, &format!("{verb} mapping for {token} with {list}")));
        }
        Change::InPlace(steps)
    }

    fn names(&self, _: This<'_>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn alter(this: This<'_>, what: &str) -> Step {
    step(this.id, format!("alter text search configuration {} {what}", this.id.name))
}

/// Reads `token: dictionary, …; …`.
fn mappings(this: This<'_>) -> Vec<(&str, &str)> {
    let cut = |entry| {
        let token = split_outside_quotes(entry, ": ").first().map_or(0, |token| token.len());
        (&entry[..token], entry.get(token + 2..).unwrap_or_default())
    };
    list(this.get("mappings"), "; ").into_iter().map(cut).collect()
}

fn list<'a>(text: Option<&'a str>, separator: &str) -> Vec<&'a str> {
    text.map(|text| split_outside_quotes(text, separator)).unwrap_or_default()
}
