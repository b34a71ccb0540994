//! The front door for programs: a project, its database, one method per command of `migrate`.
//!
//! Nothing is printed and nothing is asked. An answer is what `--format json` shows of the same command; an
//! [`Error`] has the exit code that the command would end with.

mod error;
mod options;
mod preflight;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use secrecy::SecretString;

use crate::model::answer::{
    BaselineAnswer, DownAnswer, Head, HistoryAnswer, ReinitAnswer, StatusAnswer, UpAnswer, VerifyAnswer,
};
use crate::operation::migrate::{self, Scope};
use crate::operation::project::{DEFAULT_ENVIRONMENT, ProjectOptions};
pub use error::Error;
pub use options::{BaselineOptions, DownOptions, ReinitOptions, UpOptions, VerifyOptions};
pub use preflight::Preflight;

/// The process's environment variables, as far as they are text.
#[expect(clippy::disallowed_methods, reason = "a front door reads the environment")]
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// A project: the directory that holds `db/`, and which of its settings count.
///
/// ```
/// use confiture::Project;
///
/// let migrator = Project::new("services/shop").env("production").variable("DB_PASSWORD", "…").migrator();
/// # let _ = migrator;
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Project {
    options: ProjectOptions,
}

impl Project {
    /// A project with the settings of `db/environments/local.yaml` and this process's environment variables.
    pub fn new(directory: impl Into<Utf8PathBuf>) -> Self {
        let options = ProjectOptions {
            directory: directory.into(),
            env: DEFAULT_ENVIRONMENT.to_owned(),
            variables: environment(),
            ..ProjectOptions::default()
        };
        Self { options }
    }

    /// The settings of `db/environments/ENV.yaml`.
    pub fn env(mut self, env: impl Into<String>) -> Self {
        self.options.env = env.into();
        self
    }

    /// Another settings file, relative to the project directory; it must be there.
    pub fn config(mut self, file: impl Into<Utf8PathBuf>) -> Self {
        self.options.config = Some(file.into());
        self
    }

    /// Sets an environment variable for this project alone.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.variables.insert(name.into(), value.into());
        self
    }

    /// Forgets the process's environment variables, and those set so far.
    pub fn without_variables(mut self) -> Self {
        self.options.variables.clear();
        self
    }

    /// What rehearses the project's migrations; the project's database is not touched.
    pub fn preflight(self) -> Preflight {
        Preflight::of(self)
    }

    /// What works on the project's database.
    pub fn migrator(self) -> Migrator {
        Migrator { scope: Scope { project: self.options, url: None } }
    }
}

/// Works on a project's database. Every method opens a connection of its own and closes it.
///
/// ```no_run
/// # async fn deploy() -> Result<(), confiture::Error> {
/// use confiture::{Migrator, UpOptions};
///
/// let migrator = Migrator::from_config("db/environments/production.yaml")?;
/// if !migrator.status().await?.pending.is_empty() {
///     let answer = migrator.up(UpOptions::default().target("004")).await?;
///     assert_eq!(answer.pending.len(), 0);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Migrator {
    scope: Scope,
}

impl Migrator {
    /// The migrator of a settings file. Its project is the nearest directory above it that holds `db/`.
    ///
    /// ```
    /// use confiture::{ExitCode, Migrator};
    ///
    /// let error = Migrator::from_config("nowhere/db/environments/local.yaml").unwrap_err();
    /// assert_eq!(error.exit_code(), ExitCode::Configuration);
    /// ```
    pub fn from_config(file: impl AsRef<Utf8Path>) -> Result<Self, Error> {
        let file = file.as_ref();
        let holds_db = |directory: &&Utf8Path| file.is_file() && directory.join("db").is_dir();
        let Some(directory) = file.ancestors().skip(1).find(holds_db) else {
            return Err(Error::no_settings(file));
        };
        let within = file.strip_prefix(directory).unwrap_or(file);
        // The directory of `db/…` is the empty path.
        let directory = if directory.as_str().is_empty() { Utf8Path::new(".") } else { directory };
        Ok(Project::new(directory).config(within).migrator())
    }

    /// Another database than the one that settings and variables name.
    pub fn database_url(mut self, url: impl Into<String>) -> Self {
        self.scope.url = Some(SecretString::from(url.into()));
        self
    }

    /// Compares the files with the ledger; writes nothing.
    ///
    /// That migrations are pending, or that there is no ledger, is no error: the answer's exit code says it.
    pub async fn status(&self) -> Result<StatusAnswer, Error> {
        ended(migrate::status(&self.scope).await, |answer| &mut answer.head)
    }

    /// What was applied when, by whom and how fast; writes nothing.
    pub async fn history(&self) -> Result<HistoryAnswer, Error> {
        ended(migrate::history(&self.scope).await, |answer| &mut answer.head)
    }

    /// Applies what is pending. Of an error halfway, [`Migrator::status`] tells what was done before.
    pub async fn up(&self, options: UpOptions) -> Result<UpAnswer, Error> {
        let (request, listener) = options.request(self.scope.clone());
        let answer = migrate::up(&request, &|event| listener.tell(event)).await;
        ended(answer, |answer| &mut answer.head)
    }

    /// Takes deployed migrations back, the newest first.
    pub async fn down(&self, options: DownOptions) -> Result<DownAnswer, Error> {
        let (request, listener) = options.request(self.scope.clone());
        let answer = migrate::down(&request, &|event| listener.tell(event)).await;
        ended(answer, |answer| &mut answer.head)
    }

    /// Marks migrations as applied without running them.
    pub async fn baseline(&self, options: BaselineOptions) -> Result<BaselineAnswer, Error> {
        let answer = migrate::baseline(&options.request(self.scope.clone())).await;
        ended(answer, |answer| &mut answer.head)
    }

    /// Writes the ledger anew: removes all rows and marks migrations as applied. To call it is to say yes.
    pub async fn reinit(&self, options: ReinitOptions) -> Result<ReinitAnswer, Error> {
        let answer = migrate::reinit(&options.request(self.scope.clone())).await;
        ended(answer, |answer| &mut answer.head)
    }

    /// Compares ledger and files and runs the checks of `db/verify/`; writes nothing.
    ///
    /// What does not hold is no error: it is in the answer, and its exit code says it.
    pub async fn verify(&self, options: VerifyOptions) -> Result<VerifyAnswer, Error> {
        let answer = migrate::verify(&options.request(self.scope.clone())).await;
        ended(answer, |answer| &mut answer.head)
    }
}

/// An answer whose command came to its end, or what ended it early.
fn ended<A>(mut answer: A, head: impl Fn(&mut A) -> &mut Head) -> Result<A, Error> {
    match head(&mut answer).error.take() {
        Some(failure) => Err(Error::from(failure)),
        None => Ok(answer),
    }
}
