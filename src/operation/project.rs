//! A project's settings and files, read once for a command.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::failure;
use super::python::Host;
use crate::config::{LayoutSettings, Settings};
use crate::gateway::files::{Chosen, ENVIRONMENTS, FileError, MigrationFiles, Project, SETTINGS};
use crate::gateway::git::Git;
use crate::gateway::postgres::Ledger;
use crate::model::exit::ExitCode;
use crate::model::layout::Tool;
use crate::model::ledger::LedgerTable;
use crate::model::likeness::nearest;
use crate::model::python::Trust;
use crate::model::report::{Failure, Stage};

/// The environment of those who name none.
pub(crate) const DEFAULT_ENVIRONMENT: &str = "local";

/// Which project, and which of its settings.
#[derive(Debug, Clone, Default)]
pub struct ProjectOptions {
    /// The project directory: the one that holds `db/`.
    pub directory: Utf8PathBuf,
    /// The environment; `db/environments/ENV.yaml` holds its settings.
    pub env: String,
    /// Another settings file than that, relative to the project directory. It must be there.
    pub config: Option<Utf8PathBuf>,
    /// Where that file is read from.
    pub settings_from: SettingsFrom,
    /// The process's environment variables.
    pub variables: BTreeMap<String, String>,
    /// Whether its migrations in Python may run here.
    pub trust: Trust,
}

/// Where a project's settings are read from. Other places than the working tree are for those that are not to be
/// trusted with policies; a file that is missing there counts as empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SettingsFrom {
    /// The working tree.
    #[default]
    WorkingTree,
    /// A git revision.
    Revision(String),
    /// Another project directory.
    Tree(Utf8PathBuf),
}

/// A project with its settings.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) project: Project,
    pub(crate) settings: Settings,
    /// The settings file, for messages.
    pub(crate) settings_path: Utf8PathBuf,
    pub(crate) ledger: Ledger,
    /// What runs migrations in Python.
    pub(crate) python: Host,
}

impl Opened {
    pub(crate) async fn open(options: &ProjectOptions) -> Result<Self, Failure> {
        Self::open_as(options, None).await
    }

    /// The same, with its migrations taken for a tool's where the settings do not say whose they are.
    pub(crate) async fn open_as(options: &ProjectOptions, tool: Option<Tool>) -> Result<Self, Failure> {
        let refused = |error| failure::file(&error);
        let project = Project::at(&options.directory).map_err(refused)?;
        check_name(&options.env)?;
        let (settings_path, text) = settings_text(options, &project).await?;
        let mut settings = Settings::parse(&settings_path, text.as_deref().unwrap_or_default())
            .map_err(|error| failure::config(&error))?;
        settings.layout = settings.layout.or_else(|| tool.map(LayoutSettings::of));
        let project = project.lay_out(settings.layout.as_ref()).map_err(refused)?;
        let said = settings.layout.as_ref().and_then(|layout| layout.table.as_deref());
        let said = said.or(project.layout().options.table.as_deref());
        let table = said.or(settings.migration.tracking_table.as_deref()).map(LedgerTable::new);
        let ledger = Ledger::of(project.layout().tool, table);
        let timeout = settings.migration.python_timeout.as_deref();
        let python = Host::of(options.trust, &options.variables, project.real(), timeout);
        Ok(Self { project, settings, settings_path, ledger, python })
    }

    /// The same for commands that also work without a project: `None` where there is none that could be told, and no
    /// settings file is named.
    pub(crate) async fn open_if_there(options: &ProjectOptions) -> Result<Option<Self>, Failure> {
        match Project::open(&options.directory) {
            Err(FileError::NoProject(_) | FileError::Ambiguous { .. })
                if options.config.is_none() && !says_layout(options).await =>
            {
                Ok(None)
            }
            _ => Self::open(options).await.map(Some),
        }
    }

    /// The migrations of the working tree; two with one version are a failure.
    pub(crate) fn migrations(&self) -> Result<MigrationFiles, Failure> {
        self.project.migrations().map_err(|error| failure::file(&error))
    }
}

/// Where a project's migrations lie, as its settings say and its files show.
pub(crate) async fn layout_of(options: &ProjectOptions) -> Result<Chosen, Failure> {
    Ok(Opened::open(options).await?.project.layout().clone())
}

/// The migrations in another directory, laid out as the project is; where there is none, none.
pub(crate) fn migrations_in(directory: &Utf8Path, layout: &Chosen) -> Result<MigrationFiles, Failure> {
    let found = match Project::at(directory) {
        Ok(project) => project.laid_out(layout.clone()).migrations(),
        Err(FileError::NoDirectory(_)) => Ok(MigrationFiles::default()),
        Err(error) => Err(error),
    };
    found.map_err(|error| failure::file(&error))
}

/// Whether there are settings that say what the files alone do not tell.
async fn says_layout(options: &ProjectOptions) -> bool {
    let Ok(project) = Project::at(&options.directory) else { return false };
    let Ok((path, Some(text))) = settings_text(options, &project).await else { return false };
    Settings::parse(&path, &text).is_ok_and(|settings| settings.layout.is_some())
}

/// The name is a part of the names of files, of which some are written.
fn check_name(environment: &str) -> Result<(), Failure> {
    let fits = |character: char| !character.is_control() && !matches!(character, '/' | '\\');
    if !environment.trim_matches('.').is_empty() && environment.chars().all(fits) {
        return Ok(());
    }
    let message = format!("`{environment}` is no name for an environment");
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some(format!("name one of {ENVIRONMENTS}/ENV.yaml, or another file with --config"));
    Err(failure)
}

/// An environment needs no file. But where others have theirs, one that is asked for by name and has none is a slip of
/// the pen, and the work would be done on whatever database the environment variables name.
fn is_not_mistyped(project: &Project, environment: &str) -> Result<(), Failure> {
    let others = project.environments().map_err(|error| failure::file(&error))?;
    if environment == DEFAULT_ENVIRONMENT || others.is_empty() {
        return Ok(());
    }
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let message = format!("there is no environment {environment}: no {ENVIRONMENTS}/{environment}.yaml");
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some(match nearest(environment, &others) {
        Some(like) => format!("did you mean {like}?"),
        None => format!("there are {}", others.join(", ")),
    });
    Err(failure)
}

/// The settings file and its text, when there is one: that of the environment, or the one beside `db/`.
async fn settings_text(
    options: &ProjectOptions,
    project: &Project,
) -> Result<(Utf8PathBuf, Option<String>), Failure> {
    let own = Utf8Path::new(ENVIRONMENTS).join(format!("{}.yaml", options.env));
    let places = match &options.config {
        Some(named) => vec![named.clone()],
        None => vec![own, SETTINGS.into()],
    };
    for path in &places {
        let text = match &options.settings_from {
            SettingsFrom::Revision(revision) => text_at(options, revision, path).await?,
            SettingsFrom::Tree(directory) => text_in(directory, path)?,
            SettingsFrom::WorkingTree => {
                project.settings_text(path).map_err(|error| failure::file(&error))?
            }
        };
        if text.is_some() {
            return Ok((path.clone(), text));
        }
    }
    let first = places.into_iter().next().unwrap_or_default();
    match (&options.settings_from, &options.config) {
        // One that was named must be there.
        (SettingsFrom::WorkingTree, Some(named)) => Err(no_settings(named)),
        (SettingsFrom::WorkingTree, None) => is_not_mistyped(project, &options.env).map(|()| (first, None)),
        _ => Ok((first, None)),
    }
}

/// Settings of another tree, which may not be there.
fn text_in(directory: &Utf8Path, path: &Utf8Path) -> Result<Option<String>, Failure> {
    let text = match Project::at(directory) {
        Ok(project) => project.settings_text(path),
        Err(FileError::NoDirectory(_)) => Ok(None),
        Err(error) => Err(error),
    };
    text.map_err(|error| failure::file(&error))
}

async fn text_at(
    options: &ProjectOptions,
    revision: &str,
    path: &Utf8Path,
) -> Result<Option<String>, Failure> {
    let git = Git::open(&options.directory, &options.variables);
    let bytes = git.read_file(revision, path).await.map_err(|error| failure::file(&error.into()))?;
    let text = bytes.map(|bytes| crate::gateway::files::sql_file(path.to_owned(), bytes)).transpose();
    Ok(text.map_err(|error| failure::file(&error))?.map(|file| file.text))
}

fn no_settings(path: &Utf8Path) -> Failure {
    Failure::new(Stage::Project, ExitCode::Configuration, format!("the settings file {path} is not there"))
}
