//! The command of a project whose migrations only their own tool can run.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::project::Opened;
use crate::config::CommandSettings;
use crate::gateway::files::SETTINGS;
use crate::gateway::postgres::Target;
use crate::gateway::program::{Ended, Program};
use crate::model::duration;
use crate::model::exit::ExitCode;
use crate::model::layout::Tool;
use crate::model::report::{Failure, Stage};

/// How long a command may take when the settings do not say.
const TIMEOUT: &str = "10min";
/// What runs it: a command is what one would type.
const SHELL: &str = "/bin/sh";
/// Variables that are handed on: where programs and their libraries are, and the language. What is not named here, as
/// tokens, keys and the address of a database in use, does not reach the command.
const HANDED_ON: [&str; 34] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "TZ",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "CONDA_PREFIX",
    "UV_CACHE_DIR",
    "GEM_HOME",
    "GEM_PATH",
    "BUNDLE_PATH",
    "BUNDLE_GEMFILE",
    "RBENV_ROOT",
    "RBENV_VERSION",
    "NODE_PATH",
    "NVM_DIR",
    "MIX_HOME",
    "HEX_HOME",
    "MIX_ENV",
    "RAILS_ENV",
    "JAVA_HOME",
    "GOPATH",
    "CARGO_HOME",
    "RUSTUP_HOME",
];

/// What brings a database up to date in a project, as its settings say.
#[derive(Debug)]
pub(crate) struct ProjectCommand {
    pub(crate) tool: Tool,
    settings: CommandSettings,
}

impl ProjectCommand {
    /// The command of a project; `None` where migrations are read from files. A command that nobody has written into
    /// the settings is proposed, and never run.
    pub(crate) fn of(opened: &Opened) -> Result<Option<Self>, Failure> {
        let layout = opened.project.layout();
        let tool = layout.tool;
        let said = opened.settings.layout.as_ref().and_then(|said| said.command.clone());
        match said {
            _ if !tool.is_run_by_command() => Ok(None),
            Some(settings) => Ok(Some(Self { tool, settings })),
            None => {
                let why = layout.because.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
                let message =
                    format!("these are migrations of {}{why}, which only its command can run", tool.title());
                let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
                failure.help = Some(format!("write the command into {SETTINGS}: `{}`", tool.proposal()));
                Err(failure)
            }
        }
    }

    /// Why it is not run for a stranger's files.
    pub(crate) fn not_here(&self) -> Failure {
        let message = format!(
            "the migrations are run by `{}`, which is code of the pull request's: it is not run here, beside secrets",
            self.line()
        );
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = Some("let the Action check it on the event pull_request, which has none".to_owned());
        failure
    }

    /// What is run, as it is written.
    pub(crate) fn line(&self) -> &str {
        &self.settings.line
    }

    /// Roles that its SQL names.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        self.settings.roles.iter().map(String::as_str)
    }

    /// Runs it in a directory against a throwaway database. An error is one of starting it.
    pub(crate) async fn run(
        &self,
        directory: &Utf8Path,
        target: &Target,
        variables: &BTreeMap<String, String>,
    ) -> Result<Ended, Failure> {
        // As for the server, 0 is no limit.
        let limit = duration::milliseconds(self.timeout()).filter(|limit| *limit > 0);
        let program = Program {
            path: Utf8PathBuf::from(SHELL),
            arguments: vec!["-c".to_owned(), self.settings.line.clone()],
            directory: directory.to_owned(),
            variables: self.environment(target, variables),
            input: String::new(),
            limit: limit.map_or(Duration::MAX, Duration::from_millis),
        };
        program.run().await.map_err(|error| {
            let message = format!("`{}` cannot be run in {directory}: {error}", self.line());
            Failure::new(Stage::Project, ExitCode::Configuration, message)
        })
    }

    /// What the command finds in its environment: what the settings say, but the database is the one that we mean.
    fn environment(&self, target: &Target, variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let handed = HANDED_ON.iter().filter_map(|name| variables.get_key_value(*name));
        let said = self.settings.environment.iter();
        let mut found: BTreeMap<String, String> =
            handed.chain(said).map(|(name, value)| (name.clone(), value.clone())).collect();
        found.insert("DATABASE_URL".to_owned(), target.url());
        let libpq = target.libpq_environment().into_iter();
        found.extend(libpq.map(|(name, value)| (name.to_owned(), value)));
        found
    }

    /// What is wrong with how it ended, when the database refused nothing.
    pub(crate) fn failure(&self, ended: &Ended, stage: Stage) -> Option<Failure> {
        let line = self.line();
        let (exit, message, help) = match ended.status {
            Some(status) if status.success() => return None,
            Some(status) if matches!(status.code(), Some(126 | 127)) => (
                ExitCode::Configuration,
                format!("`{line}` was not found, or is no program ({status})"),
                "see that it is installed where this runs; it is looked for in PATH, from the project directory. The \
                 Action's container has no other tools: docs/adopt.md says how it is run beside them"
                    .to_owned(),
            ),
            Some(status) => (
                ExitCode::Findings,
                format!("`{line}` ended with {status}, and the database had refused nothing"),
                "what it wrote says why; of this process's variables it got those alone that docs/adopt.md lists: \
                 `environment:` in `layout:` adds others"
                    .to_owned(),
            ),
            None => (
                ExitCode::Findings,
                format!("`{line}` took longer than {}: it was ended with all that it had started", self.timeout()),
                "`timeout:` in `layout:` says how long it may take; nobody is there to answer a question that it asks"
                    .to_owned(),
            ),
        };
        let mut failure = Failure::new(stage, exit, message);
        failure.help = Some(help);
        Some(failure)
    }

    fn timeout(&self) -> &str {
        self.settings.timeout.as_deref().unwrap_or(TIMEOUT)
    }
}
