//! Which tool a project's migrations are written for.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::layouts::{LayoutOptions, Sight, look, settle};
use super::{ENVIRONMENTS, FileError, MIGRATIONS, Project, SCHEMA};
use crate::config::LayoutSettings;
use crate::model::layout::{LayoutFound, Tool};
use crate::model::policy::Policy;

/// How deep, and at how many entries, a project is looked through.
const DEEPEST: usize = 6;
const MOST_ENTRIES: usize = 20_000;
/// Directories of other people's files.
const NOT_OURS: [&str; 4] = ["node_modules", "target", "vendor", "venv"];
/// A file that is larger is none that a tool's mark stands in the first lines of.
const LARGEST: u64 = 1 << 20;

/// Where a project's migrations lie, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The tool that they are written for.
    pub tool: Tool,
    /// Where they lie, relative to the project directory.
    pub directory: Utf8PathBuf,
    /// Why they are taken for that tool's; absent, somebody has said so, or they are ours.
    pub because: Option<String>,
    /// What else is known of them.
    pub options: LayoutOptions,
}

/// Whether a tool's files may be called as anybody's numbered ones, without a mark in them.
const fn is_numbered(tool: Tool) -> bool {
    matches!(tool, Tool::Sqlx | Tool::NodePgMigrate | Tool::Supabase | Tool::Atlas)
}

impl Default for Chosen {
    fn default() -> Self {
        Self {
            tool: Tool::Confiture,
            directory: MIGRATIONS.into(),
            because: None,
            options: LayoutOptions::default(),
        }
    }
}

impl Chosen {
    /// The same for whatever is read in the same way.
    #[must_use]
    pub fn key(&self) -> String {
        let Self { tool, directory, options: LayoutOptions { placeholders, places, .. }, .. } = self;
        let given = placeholders.iter().map(|(name, value)| format!("\0{name}={value}"));
        let lie = places.iter().map(|(what, place)| format!("\0{what}:{place}"));
        format!("{}:{directory}{}", tool.name(), given.chain(lie).collect::<String>())
    }

    /// What the files showed, when nobody has said it.
    #[must_use]
    pub fn found(&self) -> Option<LayoutFound> {
        let Self { tool, directory, because, .. } = self.clone();
        Some(LayoutFound { tool, directory, because: because? })
    }

    /// What is done where ledger and files disagree.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy::of(self.tool).told(self.options.out_of_order, self.options.missing)
    }
}

impl Chosen {
    /// The directories and files that the migrations are in.
    pub(super) fn parts(&self) -> Vec<Utf8PathBuf> {
        let said: BTreeSet<&Utf8PathBuf> = self.options.places.values().collect();
        if said.is_empty() { vec![self.directory.clone()] } else { said.into_iter().cloned().collect() }
    }
}

impl From<LayoutFound> for Chosen {
    fn from(found: LayoutFound) -> Self {
        let LayoutFound { tool, directory, because } = found;
        Self { tool, directory, because: Some(because), options: LayoutOptions::default() }
    }
}

impl Project {
    /// The project with its migrations laid out as the settings say, or as its files show.
    pub fn lay_out(self, said: Option<&LayoutSettings>) -> Result<Self, FileError> {
        let layout = match said {
            None => self.detect()?,
            Some(said) => Some(self.said(said)?),
        };
        let layout = layout.ok_or_else(|| FileError::NoProject(self.real.clone()))?;
        let layout = settle(layout, &|path| self.settings_text(path))?;
        Ok(Self { layout, ..self })
    }

    fn said(&self, said: &LayoutSettings) -> Result<Chosen, FileError> {
        let directory = match (&said.directory, said.tool) {
            (Some(directory), _) => Utf8PathBuf::from(directory),
            (None, Tool::Confiture) => MIGRATIONS.into(),
            (None, tool) => {
                let (certain, likely) = self.look(Utf8Path::new(""));
                let mut seen: Vec<LayoutFound> = certain.into_iter().chain(likely).collect();
                // Numbered files may be those of the tool that somebody names.
                seen.sort_by_key(|found| found.tool != tool);
                let found = seen
                    .into_iter()
                    .find(|found| found.tool == tool || (is_numbered(tool) && found.tool == Tool::Plain));
                match found {
                    Some(found) => found.directory,
                    // Where a command is what counts, it need not be known where its files are.
                    None if tool.is_run_by_command() => Utf8PathBuf::new(),
                    None => return Err(FileError::NoMigrations { tool }),
                }
            }
        };
        let options = LayoutOptions {
            placeholders: said.placeholders.clone(),
            out_of_order: said.out_of_order,
            missing: said.missing,
            ..LayoutOptions::default()
        };
        Ok(Chosen { tool: said.tool, directory, because: None, options })
    }

    /// What a directory looks like.
    fn look(&self, from: &Utf8Path) -> (Vec<LayoutFound>, Vec<LayoutFound>) {
        let mut paths = Vec::new();
        self.see(from, 0, &mut paths);
        let read = |path: &Utf8Path| self.glance(path);
        look(&Sight::new(paths, &read))
    }

    /// What the project is laid out for, as its files show; `None` when nothing speaks for anything.
    fn detect(&self) -> Result<Option<Chosen>, FileError> {
        let is_there = |path: &str| self.real.join(path).is_dir();
        let ours = is_there(SCHEMA) || is_there(ENVIRONMENTS);
        // In a project of ours only a mark in a migration itself says that it is another tool's.
        let (certain, likely) = self.look(Utf8Path::new(if ours { MIGRATIONS } else { "" }));
        match certain.as_slice() {
            [one] => return Ok(Some(one.clone().into())),
            [] => {}
            _ => return Err(self.ambiguous(certain)),
        }
        if ours || is_there(MIGRATIONS) {
            return Ok(Some(Chosen::default()));
        }
        match likely.as_slice() {
            [] => Ok(is_there("db").then(Chosen::default)),
            [one] => Ok(Some(one.clone().into())),
            _ => Err(self.ambiguous(likely)),
        }
    }

    fn ambiguous(&self, likely: Vec<LayoutFound>) -> FileError {
        FileError::Ambiguous { directory: self.directory.clone(), likely }
    }

    /// The files of a directory and of those below it, none of them read. What cannot be looked into, such as the files
    /// of a server that somebody keeps beside the project, speaks for no tool.
    pub(super) fn see(&self, directory: &Utf8Path, depth: usize, seen: &mut Vec<Utf8PathBuf>) {
        let Ok(entries) = self.real.join(directory).as_std_path().read_dir() else { return };
        for entry in entries.flatten() {
            // What has another name than text is nobody's migration.
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if seen.len() >= MOST_ENTRIES {
                return;
            }
            let path = directory.join(&name);
            if kind.is_file() {
                seen.push(path);
            } else if kind.is_dir()
                && depth < DEEPEST
                && !name.starts_with('.')
                && !NOT_OURS.contains(&name.as_str())
            {
                self.see(&path, depth + 1, seen);
            }
        }
    }

    /// A file's text, when it is one that a tool's mark may stand in.
    fn glance(&self, path: &Utf8Path) -> Option<String> {
        let size = self.real.join(path).metadata().ok()?.len();
        let bytes = (size <= LARGEST).then(|| self.read(path).ok())??;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}
