//! sqitch: a plan says the order; each change has a script in `deploy`, perhaps one in `revert` and one in `verify`.
//! <https://sqitch.org/docs/manual/>

mod conf;
mod plan;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use sha1::{Digest as _, Sha1};

use self::conf::{Conf, below};
use self::plan::{Plan, Planned};
use super::sight::{Sight, Sign, certain};
use super::{Chosen, Content, Layout, LayoutOptions, is_sql, migration, sql_file};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::entry::{Change, Entry};
use crate::model::hex;
use crate::model::layout::Tool;
use crate::model::migration::{Down, Migration};

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Sqitch, depth: 16, is_file, sign, read };

/// The settings file.
const CONF: &str = "sqitch.conf";
/// What is wanted of the settings: where the plan is, and where the scripts.
const PLAN: &str = "plan";
const SCRIPTS: [&str; 3] = ["deploy", "revert", "verify"];

fn is_file(name: &str) -> bool {
    is_sql(name) || super::ends_as(name, "plan")
}

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    if let Some(text) = sight.text(Utf8Path::new(CONF)) {
        return Some(certain(Conf::read(&text).top(), format!("{CONF} is there")));
    }
    let path = sight.find(|path| path.file_name() == Some("sqitch.plan"))?;
    Some(certain(path.parent().unwrap_or(Utf8Path::new("")), format!("{path} is there")))
}

/// Reads in the tool's settings where its files lie.
pub(super) fn settle(
    chosen: Chosen,
    read: &dyn Fn(&Utf8Path) -> Result<Option<String>, FileError>,
) -> Result<Chosen, FileError> {
    let conf = Conf::read(&read(Utf8Path::new(CONF))?.unwrap_or_default());
    let refused =
        |message: String| FileError::Layout { tool: Tool::Sqitch, path: CONF.into(), line: 1, message };
    if let Some(engine) = conf.engine().filter(|engine| *engine != "pg") {
        return Err(refused(format!("its engine is {engine}, and not pg")));
    }
    if let Some(extension) = conf.get("extension").filter(|extension| *extension != "sql") {
        return Err(refused(format!("its scripts end in .{extension}, and not in .sql")));
    }
    let top = chosen.directory.clone();
    let named = |key: &str| conf.get(key).map(|path| below(Utf8Path::new(""), path));
    let mut places = BTreeMap::new();
    places.insert(PLAN.to_owned(), named("plan_file").unwrap_or_else(|| top.join("sqitch.plan")));
    let reworked = named("reworked_dir").unwrap_or_else(|| top.clone());
    for script in SCRIPTS {
        let usual = named(&format!("{script}_dir")).unwrap_or_else(|| top.join(script));
        let of_reworked = match named(&format!("reworked_{script}_dir")) {
            Some(directory) => directory,
            None if reworked == top => usual.clone(),
            None => reworked.join(script),
        };
        places.insert(script.to_owned(), usual);
        places.insert(format!("reworked_{script}"), of_reworked);
    }
    let leads_out =
        |path: &&Utf8PathBuf| path.is_absolute() || path.components().any(|part| part.as_str() == "..");
    if let Some(path) = places.values().find(leads_out) {
        return Err(refused(format!("it names {path}, which is outside of the project")));
    }
    let table = conf.get("registry").map(|registry| format!("{registry}.changes"));
    let options = LayoutOptions { places, table, ..chosen.options };
    Ok(Chosen { options, ..chosen })
}

fn read(files: Vec<Content>, options: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut scripts: BTreeMap<Utf8PathBuf, Content> =
        files.into_iter().map(|file| (file.path.clone(), file)).collect();
    let Some(file) = scripts.remove(options.place(PLAN)) else {
        // At a revision before the first change there may be none.
        return Ok(MigrationFiles::default());
    };
    let text = sql_file(file.path.clone(), file.bytes)?;
    let plan = plan::read(&file.path, &text.text)?;
    let mut found = MigrationFiles::default();
    for (place, change) in plan.changes.iter().enumerate() {
        let step = Step { plan: &plan, change, plan_path: &file.path, options };
        found.migrations.push(step.migration(place, &mut scripts)?);
    }
    let is_left = |path: &&Utf8PathBuf| path.starts_with(options.place("deploy")) && is_sql(path.as_str());
    found.unversioned = scripts.keys().filter(is_left).cloned().collect();
    Ok(found)
}

/// A change of the plan, which is to be a migration.
struct Step<'a> {
    plan: &'a Plan,
    change: &'a Planned,
    plan_path: &'a Utf8Path,
    options: &'a LayoutOptions,
}

impl Step<'_> {
    fn migration(
        &self,
        place: usize,
        scripts: &mut BTreeMap<Utf8PathBuf, Content>,
    ) -> Result<Migration, FileError> {
        let name = &self.change.line.name;
        let deploy = self.paths("deploy").into_iter().find(|path| scripts.contains_key(path));
        let Some(deploy) = deploy.and_then(|path| scripts.remove(&path)) else {
            let wanted = self.paths("deploy").into_iter().next().unwrap_or_default();
            let message = format!("{name} is planned, and {wanted} is not there");
            let (path, line) = (self.plan_path.to_owned(), self.change.at);
            return Err(FileError::Layout { tool: Tool::Sqitch, path, line, message });
        };
        let hash = hex(&Sha1::digest(&deploy.bytes));
        let revert = self.paths("revert").into_iter().find(|path| scripts.contains_key(path));
        let verify = self.paths("verify").into_iter().find_map(|path| scripts.remove(&path));
        let verify = verify.map(Content::sql).transpose()?;
        let plain = migration(&self.version(), "", deploy.sql()?, revert.map(Down::File));
        Ok(Migration {
            version: plain.version.planned(place),
            recorded: Some(hash),
            entry: Some(Box::new(Entry::Sqitch(self.entry(verify)))),
            ..plain
        })
    }

    fn entry(&self, verify: Option<crate::model::migration::SqlFile>) -> Change {
        let Planned { line, requires, conflicts, tags, .. } = self.change;
        Change {
            project: self.plan.project.clone(),
            uri: self.plan.uri.clone(),
            line: line.clone(),
            requires: requires.clone(),
            conflicts: conflicts.clone(),
            tags: tags.clone(),
            verify,
        }
    }

    /// The change's name, with the tag that its scripts are called by where a later one has taken its name.
    fn version(&self) -> String {
        let tag = self.change.reworked.first().map_or("", String::as_str);
        format!("{}{tag}", self.change.line.name)
    }

    /// Where its script of a kind may be.
    fn paths(&self, script: &str) -> Vec<Utf8PathBuf> {
        let name = &self.change.line.name;
        if self.change.reworked.is_empty() {
            return vec![self.options.place(script).join(format!("{name}.sql"))];
        }
        let directory = self.options.place(&format!("reworked_{script}"));
        self.change.reworked.iter().map(|tag| directory.join(format!("{name}{tag}.sql"))).collect()
    }
}
