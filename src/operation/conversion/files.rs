//! The files of a conversion: what each becomes, and what is in the way.

use camino::{Utf8Path, Utf8PathBuf};

use super::{in_the_way, settings};
use crate::engine::chain::{self, Called};
use crate::gateway::files::{Exchange, FileError, MIGRATIONS, Project, assemble};
use crate::model::conversion::{ConversionAnswer, Converted, TextChange};
use crate::model::exit::ExitCode;
use crate::model::migration::{Migration, SqlFile};
use crate::model::report::{Failure, Stage};
use crate::operation::failure;
use crate::operation::project::Opened;

/// What is written, and what goes.
#[derive(Debug)]
pub(super) struct Files {
    project: Project,
    /// The migrations as their tool reads them, in its order.
    pub(super) before: Vec<Migration>,
    /// The same as ours, in our order.
    pub(super) after: Vec<Migration>,
    /// What each is called, in the tool's order.
    called: Vec<Called>,
    new: Vec<(Utf8PathBuf, Vec<u8>)>,
    pub(super) old: Vec<Utf8PathBuf>,
    /// The settings file and its text, where it changes.
    pub(super) settings: Option<(Utf8PathBuf, String)>,
}

/// A migration's new files.
type Texts = Vec<(Utf8PathBuf, Vec<u8>)>;

impl Files {
    /// Finds out what the files of a project become; what is in the way is all in the answer.
    pub(super) fn of(opened: &Opened, answer: &mut ConversionAnswer) -> Result<Self, Failure> {
        let project = &opened.project;
        let refused = |error: FileError| failure::file(&error);
        let (found, faults) = project.migrations_and_faults().map_err(refused)?;
        answer.refused = faults.iter().map(failure::file).collect();
        answer.refused.extend(
            chain::duplicates(&found.migrations).into_iter().map(super::super::migrate::disagreement),
        );
        let called = chain::called(&found.migrations).ok_or_else(no_number)?;
        let (mut new, mut old) = (Texts::new(), Vec::new());
        for (migration, called) in found.migrations.iter().zip(&called) {
            match converted(project, migration, called) {
                Ok((converted, texts)) => {
                    old.extend(converted.from.clone());
                    answer.migrations.push(converted);
                    new.extend(texts);
                }
                Err(error) => answer.refused.push(failure::file(&error)),
            }
        }
        let (told_beside, left) = project.beside(&old).map_err(refused)?;
        answer.refused.extend(told_beside.iter().filter_map(|path| unknown_setting(project, path)));
        old.extend(told_beside.clone());
        // A file with both ways is one.
        old.sort();
        old.dedup();
        answer.refused.extend(there_already(project, &new, &old));
        answer.refused.sort_by(|left, right| place(left).cmp(&place(right)));
        if !answer.refused.is_empty() {
            return Err(in_the_way(answer.refused.len(), ExitCode::Configuration));
        }
        if found.migrations.is_empty() {
            return Err(refused(FileError::NoMigrations { tool: project.layout().tool }));
        }
        (answer.removed, answer.left) = (told_beside, left);
        let settings = settings::ours(opened)?;
        answer.settings = settings.as_ref().map(|(path, _)| path.clone());
        if let Some((path, text)) = &settings {
            new.push((path.clone(), text.clone().into_bytes()));
            old.push(path.clone());
        }
        let sql = new.iter().filter(|(path, _)| path.extension() == Some("sql")).cloned();
        let after = assemble(sql.collect()).map_err(refused)?.migrations;
        old.retain(|path| project.directory().join(path).exists());
        Ok(Self { project: project.clone(), before: found.migrations, after, called, new, old, settings })
    }

    /// Each migration as its tool knows it with what it becomes.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Migration, &Migration)> {
        let after = |called: &Called| self.after.iter().find(|one| one.version == called.version);
        self.before
            .iter()
            .zip(&self.called)
            .filter_map(move |(before, called)| Some((before, after(called)?)))
    }

    /// Writes the files beside where they are to be.
    pub(super) fn exchange(&self) -> Result<Exchange, Failure> {
        self.project.exchange(&self.new, &self.old).map_err(|error| failure::file(&error))
    }
}

/// Where a file is at fault.
fn place(failure: &Failure) -> Option<(&Utf8Path, usize)> {
    failure.place.as_ref().map(|place| (place.path.as_path(), place.line))
}

/// What a migration becomes.
fn converted(
    project: &Project,
    migration: &Migration,
    called: &Called,
) -> Result<(Converted, Texts), FileError> {
    let path =
        |way: &str| Utf8Path::new(MIGRATIONS).join(format!("{}_{}.{way}.sql", called.version, called.name));
    let down = project.way_back_as_told(migration)?;
    let mut from = vec![migration.up.path.clone()];
    from.extend(down.iter().map(|down| down.path.clone()).filter(|path| *path != migration.up.path));
    let mut texts = vec![(path("up"), project.as_ours(&migration.up)?)];
    if let Some(down) = &down {
        texts.push((path("down"), project.as_ours(down)?));
    }
    let converted = Converted {
        version_before: migration.version.clone(),
        version: called.version.clone(),
        name: called.name.clone(),
        changes: changes(project, migration, down.as_ref())?,
        from,
        to: texts.iter().map(|(path, _)| path.clone()).collect(),
    };
    Ok((converted, texts))
}

fn changes(
    project: &Project,
    migration: &Migration,
    down: Option<&SqlFile>,
) -> Result<Vec<TextChange>, FileError> {
    let ways = || std::iter::once(&migration.up).chain(down);
    let mut is_filled_in = false;
    let is_cut = down.is_some_and(|down| down.path == migration.up.path);
    for way in ways() {
        is_filled_in |= !is_cut && project.sql(&way.path)?.text.contains("${") && !way.text.contains("${");
    }
    let all = [
        (TextChange::Cut, is_cut),
        (TextChange::FilledIn, is_filled_in),
        (TextChange::NoTransaction, ways().any(|way| way.no_transaction)),
        (TextChange::RunsOnce, migration.repeatable),
    ];
    Ok(all.into_iter().filter_map(|(change, is_so)| is_so.then_some(change)).collect())
}

/// What a file beside a script says that no migration of ours could be told.
fn unknown_setting(project: &Project, path: &Utf8Path) -> Option<Failure> {
    const KNOWN: [&str; 2] = ["executeInTransaction", "run_in_transaction"];
    let text = project.settings_text(path).ok()??;
    let is_known = |line: &str| {
        let line = line.trim();
        line.is_empty() || line.starts_with('#') || KNOWN.iter().any(|known| line.starts_with(known))
    };
    let (at, line) = text.lines().enumerate().find(|(_, line)| !is_known(line))?;
    let message = format!("{path} says `{}`, which no migration of ours can be told", line.trim());
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.place = Some(crate::model::place::Place { path: path.to_owned(), line: at + 1, column: 1 });
    Some(failure)
}

/// Files that have the name of a new one and stay.
fn there_already(project: &Project, new: &Texts, old: &[Utf8PathBuf]) -> Vec<Failure> {
    let is_in_the_way = |path: &Utf8PathBuf| !old.contains(path) && project.directory().join(path).exists();
    let paths = new.iter().map(|(path, _)| path).filter(|path| is_in_the_way(path));
    paths.map(|path| failure::file(&FileError::Exists(path.clone()))).collect()
}

fn no_number() -> Failure {
    let message = "there is no number after that of the newest migration for those that have none";
    Failure::new(Stage::Project, ExitCode::Configuration, message)
}
