//! Migrating a real database, and its ledger.

mod adopt;
mod baseline;
mod by_command;
mod convert;
mod down;
mod estimate;
mod fit;
mod fix;
mod history;
mod import;
mod rebuild;
mod reinit;
mod repair;
mod repeat;
mod status;
mod steps;
mod takeover;
mod up;
mod validate;
mod verify;

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};

pub use super::patience::Tell;
pub use crate::model::event::Event;
pub use adopt::{AdoptRequest, adopt};
pub use baseline::{BaselineRequest, baseline};
pub use convert::{ConvertRequest, convert};
pub use down::{DownRequest, Extent, down};
pub use estimate::{estimate, locks};
pub use fix::{FixRequest, fix};
pub use history::history;
pub use import::{ImportRequest, import};
pub use rebuild::{RebuildRequest, rebuild};
pub use reinit::{ReinitRequest, reinit};
pub use repair::{RepairRequest, repair};
pub use status::status;
pub(crate) use takeover::{Counterpart, told};
pub use takeover::{TakeoverRequest, takeover};
pub use up::{Effect, OnChanged, UpRequest, up};
pub use validate::{ValidateRequest, validate};
pub use verify::{VerifyRequest, verify};

use super::failure;
use super::hooks::Hooks;
use super::project::{Opened, ProjectOptions};
use crate::config::{Connection, Execute};
use crate::engine::chain;
use crate::gateway::files::{Chosen, MigrationFiles, SETTINGS};
use crate::gateway::postgres::{Ledger, LockProof, Session, SessionSettings, Target, UrlError};
use crate::model::exit::ExitCode;
use crate::model::finding::Finding;
use crate::model::layout::Tool;
use crate::model::ledger::LedgerRow;
use crate::model::likeness::nearest;
use crate::model::migration::{Migration, Version};
use crate::model::policy::Policy;
use crate::model::report::{Failure, Stage};

/// How long a statement waits for a lock when the settings do not say.
const LOCK_TIMEOUT: &str = "5s";

/// Which project and which database.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The project and its settings.
    pub project: ProjectOptions,
    /// The database's URL, when it is given with the command.
    pub url: Option<SecretString>,
}

/// A project and the database that its settings lead to.
#[derive(Debug)]
pub(crate) struct Site {
    opened: Opened,
    files: MigrationFiles,
    target: Target,
}

impl Site {
    async fn find(scope: &Scope) -> Result<Self, Failure> {
        let site = Self::look(scope).await?;
        site.may_run().map(|()| site)
    }

    /// The same, also where migrations are run by their tool's own command, of which no file is read.
    async fn look(scope: &Scope) -> Result<Self, Failure> {
        let opened = Opened::open(&scope.project).await?;
        let by_command = opened.project.layout().tool.is_run_by_command();
        let files = if by_command { MigrationFiles::default() } else { opened.migrations()? };
        if let Some(first) = chain::duplicates(&files.migrations).into_iter().next() {
            return Err(disagreement(first));
        }
        let target = target(scope, &opened)?;
        let ledger = opened.ledger.clone().knowing(&files.migrations);
        Ok(Self { opened: Opened { ledger, ..opened }, files, target })
    }

    /// The project once its migrations are ours, with our ledger.
    pub(crate) fn converted(
        scope: &Scope,
        opened: Opened,
        ledger: Ledger,
        migrations: &[Migration],
    ) -> Result<Self, Failure> {
        let target = target(scope, &opened)?;
        let files = MigrationFiles { migrations: migrations.to_vec(), ..MigrationFiles::default() };
        let project = opened.project.clone().laid_out(Chosen::default());
        Ok(Self { opened: Opened { project, ledger, ..opened }, files, target })
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.opened.ledger
    }

    /// Refuses a version that no file has, and returns it at its place; `flag` is what it was given with.
    fn has_version(&self, flag: &str, version: &Version) -> Result<Version, Failure> {
        let mut versions = self.files.migrations.iter().map(|migration| &migration.version);
        if let Some(known) = versions.find(|known| *known == version) {
            return Ok(known.clone());
        }
        let message = format!("{flag} {version}: there is no migration of that version");
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = self.meant(version);
        Err(failure)
    }

    /// The version that is the same number, or the likest one.
    fn meant(&self, version: &Version) -> Option<String> {
        let known = self.files.migrations.iter().map(|migration| &migration.version);
        let same = known.clone().find(|known| known.number().is_some() && known.number() == version.number());
        let names: Vec<&str> = known.map(Version::as_str).collect();
        let meant = same.map(Version::as_str).or_else(|| nearest(version.as_str(), &names))?;
        Some(format!("did you mean {meant}?"))
    }

    /// The hooks of the project; none when they are not wanted.
    fn hooks<'a>(
        &'a self,
        scope: &'a Scope,
        command: &'static str,
        wanted: bool,
        tell: Tell<'a>,
    ) -> Result<Hooks<'a>, Failure> {
        Hooks::of(&scope.project, &self.opened, &self.target, command, wanted, tell)
    }

    /// What only a command can run is nothing for us.
    fn may_run(&self) -> Result<(), Failure> {
        let tool = self.tool();
        let Some(usual) = tool.usual_command() else { return Ok(()) };
        let said = self.opened.settings.layout.as_ref().and_then(|said| said.command.as_ref());
        let command = said.map_or(usual, |said| said.line.as_str());
        let message =
            format!("these are migrations of {}, which its own command runs: nothing was done", tool.title());
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = Some(format!(
            "run `{command}` with the database's address; `migrate status` says what is pending, and `preflight` tries it"
        ));
        Err(failure)
    }

    /// Another tool's ledger is written only where somebody has said so.
    fn may_write(&self) -> Result<(), Failure> {
        let tool = self.tool();
        if let Some(command) = tool.own_command() {
            let title = tool.title();
            let message =
                format!("these are migrations of {title}, and only {title} can run them: nothing was done");
            let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
            failure.help = Some(format!(
                "run `{command}` with the database's address: it makes views for the old and the new version of the \
                 schema while it does; `migrate status` says what is pending, and `preflight` tries it"
            ));
            return Err(failure);
        }
        let native = self.opened.settings.layout.as_ref().is_some_and(|said| said.execute == Execute::Native);
        if native || matches!(tool, Tool::Confiture | Tool::Plain) {
            return Ok(());
        }
        let message =
            format!("these are migrations of {}, which runs them: nothing was written", tool.title());
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = Some(format!(
            "to have them run and its ledger written from here as well, say so in {SETTINGS}: \
             `layout: {{tool: {}, execute: native}}`",
            tool.name()
        ));
        Err(failure)
    }

    /// The tool that the migrations are written for.
    fn tool(&self) -> Tool {
        self.opened.project.layout().tool
    }

    /// What is done where ledger and files disagree.
    fn policy(&self) -> Policy {
        self.opened.project.layout().policy()
    }

    /// A ledger that says that something stopped half-way is not gone on with: nobody knows what is there.
    fn is_whole(&self, deployed: &[LedgerRow]) -> Result<(), Failure> {
        let Some(row) = deployed.iter().find(|row| row.half_done) else { return Ok(()) };
        let (table, title) = (self.opened.ledger.table().display(), self.tool().title());
        let message =
            format!("the ledger {table} says that {} stopped half-way; nothing was run", row.version);
        let mut failure = Failure::new(Stage::Project, ExitCode::Ledger, message);
        failure.help =
            Some(format!("look what of it is there, mend that, and tell {title} that it is mended"));
        Err(failure)
    }

    /// The lock of the tool whose ledger it is keeps us out as it keeps the tool out.
    async fn is_free(&self, session: &Session) -> Result<(), Failure> {
        let held = self.opened.ledger.held(session).await;
        let Some(by) = held.map_err(|error| failure::database(Stage::Server, &error))? else { return Ok(()) };
        let title = self.tool().title();
        let message = format!("{title} is migrating this database: its lock is held by {by}");
        let mut failure = Failure::new(Stage::Server, ExitCode::Locked, message);
        failure.help =
            Some(format!("wait until it is done; where it was killed, tell {title} to release its locks"));
        Err(failure)
    }

    /// The database has never been migrated.
    fn no_ledger(&self) -> Failure {
        let table = self.opened.ledger.table().display();
        let message = format!("the database has no ledger {table}: no migration is deployed");
        Failure::new(Stage::Project, ExitCode::Configuration, message)
    }

    /// A deploy is not cut short by a limit made for experiments, and waits for no lock for long: whoever comes after
    /// it waits as well.
    fn session_settings(&self) -> SessionSettings {
        let lock_timeout = self.opened.settings.migration.lock_timeout.as_deref().unwrap_or(LOCK_TIMEOUT);
        SessionSettings { lock_timeout: lock_timeout.to_owned(), ..SessionSettings::migrating("0") }
    }

    /// What the ledger says. Writes nothing; what cannot be read as a ledger is refused by name.
    async fn deployed(&self, session: &Session) -> Result<Vec<LedgerRow>, Failure> {
        match self.opened.ledger.rows(session).await {
            Ok(rows) => Ok(rows),
            Err(error) => Err(self.unreadable(session, &error).await),
        }
    }

    /// What the ledger says now, over another connection when the one that worked is lost.
    async fn deployed_now(
        &self,
        session: &Session,
        settings: &SessionSettings,
    ) -> Result<Vec<LedgerRow>, Failure> {
        let ledger = &self.opened.ledger;
        // The last migration may have left the session as somebody who may not read it. A lost connection is told below.
        let _ = session.run(&session.reset_sql(settings)).await;
        match ledger.rows(session).await {
            Err(error) if error.is_connection() => {
                let session = self.connect(&SessionSettings::reading()).await?;
                ledger.rows(&session).await
            }
            rows => rows,
        }
        .map_err(|error| failure::database(Stage::Server, &error))
    }

    pub(crate) async fn connect(&self, settings: &SessionSettings) -> Result<Session, Failure> {
        let session = Session::open(&self.target, settings).await;
        session.map_err(|error| failure::connection(Stage::Server, &self.target, &error))
    }
}

/// How the advisory lock is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// Waiting at most so long, in PostgreSQL's notation.
    Within(String),
    /// Not at all: whoever asks for this sees to it that nobody else migrates.
    No,
}

impl Lock {
    /// Takes it on a database that can be migrated.
    async fn take(&self, site: &Site, session: &Session) -> Result<LockProof, Failure> {
        site.may_write()?;
        site.is_fit(session).await?;
        site.is_free(session).await?;
        match self {
            Self::Within(timeout) => lock(session, timeout).await,
            Self::No => Ok(LockProof::waived()),
        }
    }
}

/// How `up` and `down` go about it.
#[derive(Debug, Clone)]
pub struct Conduct {
    /// The advisory lock.
    pub lock: Lock,
    /// How long, in all, what does not get its locks is tried again; absent, as the settings say.
    pub retry_for: Option<String>,
    /// Whether the hooks of `db/hooks/` are run.
    pub hooks: bool,
}

/// Ledger and files disagree.
pub(crate) fn disagreement(finding: Finding) -> Failure {
    let mut failure = Failure::new(Stage::Project, ExitCode::Ledger, finding.message);
    failure.place = finding.place;
    failure.help = finding.help;
    failure
}

/// The flag, then `CONFITURE_DATABASE_URL`, then the settings file, then `DATABASE_URL`.
pub(crate) fn target(scope: &Scope, opened: &Opened) -> Result<Target, Failure> {
    find_target(scope, opened.settings_path.as_str(), |variables| {
        let connection = opened.settings.database(&opened.settings_path, variables);
        connection.map_err(|error| failure::config(&error))
    })
}

/// The same where there may be no project.
pub(crate) async fn target_anywhere(scope: &Scope) -> Result<(Target, Option<Opened>), Failure> {
    let opened = Opened::open_if_there(&scope.project).await?;
    let target = match &opened {
        Some(opened) => target(scope, opened)?,
        None => find_target(scope, "a settings file", |_| Ok(None))?,
    };
    Ok((target, opened))
}

fn find_target(
    scope: &Scope,
    settings_path: &str,
    connection: impl FnOnce(&BTreeMap<String, String>) -> Result<Option<Connection>, Failure>,
) -> Result<Target, Failure> {
    let variables = &scope.project.variables;
    let named = scope.url.as_ref().map(|url| url.expose_secret().to_owned());
    if let Some(url) = named.or_else(|| variables.get("CONFITURE_DATABASE_URL").cloned()) {
        let by = if scope.url.is_some() { None } else { Some("CONFITURE_DATABASE_URL") };
        return Target::from_url(&url).map_err(|error| unusable(&error, by));
    }
    let mut by = settings_path;
    let target = match connection(variables)? {
        Some(Connection::Url(url)) => Target::from_url(&url),
        Some(Connection::Parts { host, port, database, user, password }) => Target::from_parts(
            host.as_deref(),
            port.as_deref(),
            database.as_deref(),
            user.as_deref(),
            password.as_deref(),
        ),
        None => match variables.get("DATABASE_URL") {
            Some(url) => {
                by = "DATABASE_URL";
                Target::from_url(url)
            }
            None => return Err(no_database(settings_path)),
        },
    };
    target.map_err(|error| unusable(&error, Some(by)))
}

/// What cannot be connected to, and who has named it: there are four who may.
fn unusable(error: &UrlError, by: Option<&str>) -> Failure {
    let mut failure = failure::url(error);
    failure.help = by.map(|by| format!("it is {by} that says so"));
    failure
}

fn no_database(settings_path: &str) -> Failure {
    let message = format!("no database is named: neither by --database-url nor in {settings_path}");
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some("write database_url: postgresql://… there, or set DATABASE_URL".to_owned());
    failure
}

pub(super) async fn lock(session: &Session, timeout: &str) -> Result<LockProof, Failure> {
    LockProof::acquire(session, timeout).await.map_err(|error| failure::lock(Stage::Server, &error))
}
