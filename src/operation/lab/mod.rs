//! The server that an experiment works on, with its databases and its roles.

mod builder;
mod kept;
mod start;

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use crate::config::PreflightSettings;
use crate::gateway::postgres::{Admin, Session, SessionSettings, Target};
use crate::gateway::scratch::Server;
use crate::model::exit::ExitCode;
use crate::model::ident::Ident;
use crate::model::report::{Failure, Note, Provider, ServerInfo, Stage};
use crate::operation::failure;

pub(crate) use builder::Builder;
pub(crate) use kept::{REPLAY, key};
pub(crate) use start::{Purpose, start};

/// The role that owns the databases of a throwaway server, and that the project's SQL runs as.
const OWNER: &str = "confiture_owner";
/// The role whose members may create in every schema. What it is granted is ours, and the catalog is read without it.
const CREATORS: &str = "confiture_creators";
/// Names what a lab makes before any SQL runs: a kept state from another one is of no use.
const LAYOUT: &str = "creators, an owner with the rights of its SQL";
/// How the databases begin that are made on somebody else's server.
const PREFIX: &str = "confiture_scratch_";

/// A server to work on. [`Lab::close`] leaves nothing behind.
pub(crate) struct Lab {
    server: Box<dyn Server>,
    admin: Admin,
    version: String,
    /// Names this run on the server.
    run: String,
    /// Whether the project's SQL has a superuser's rights.
    superuser: bool,
    /// On somebody else's server, who owns the given database: copies of it belong to the same.
    owner: Option<String>,
    made_databases: Vec<String>,
    made_roles: BTreeSet<String>,
}

impl Lab {
    /// Enters a server. On a throwaway one the owner's role is made; on another, `given` is the database to copy.
    pub(crate) async fn enter(
        mut server: Box<dyn Server>,
        given: Option<&str>,
        superuser: bool,
    ) -> Result<Self, Failure> {
        let run = run_name();
        let entered = async {
            let admin = Admin::open(server.admin(), &run).await?;
            let version = admin.version().await?;
            let mut owner = None;
            if let Some(given) = given {
                admin.sweep_databases(PREFIX).await?;
                let (_, may_give_away) = admin.user().await?;
                owner = if may_give_away { Some(admin.database_owner(given).await?.0) } else { None };
            } else if !server.is_restored() {
                admin.create_owner(OWNER, superuser).await?;
                admin.create_role(CREATORS, OWNER).await?;
            }
            Ok((admin, version, owner))
        };
        match entered.await {
            Ok((admin, version, owner)) => {
                let (made_databases, made_roles) = (Vec::new(), BTreeSet::new());
                Ok(Self { server, admin, version, run, superuser, owner, made_databases, made_roles })
            }
            Err(error) => {
                let refused = failure::connection(Stage::Server, server.admin(), &error);
                server.stop().await;
                Err(refused)
            }
        }
    }

    pub(crate) fn info(&self) -> ServerInfo {
        ServerInfo { version: self.version.clone(), provider: self.server.provider() }
    }

    pub(crate) fn is_external(&self) -> bool {
        self.server.provider() == Provider::External
    }

    /// Whether SQL could do harm outside of the server.
    pub(crate) fn trusts_sql(&self) -> bool {
        self.superuser && !self.server.is_sandboxed()
    }

    pub(crate) fn is_restored(&self) -> bool {
        self.server.is_restored()
    }

    /// What is to be said of the roles that were made for the project's SQL.
    pub(crate) fn role_note(&self) -> Option<Note> {
        let roles: Vec<String> = self.made_roles.iter().cloned().collect();
        (!roles.is_empty()).then_some(Note::RolesCreated { roles })
    }

    /// A word that nobody else says on the server.
    pub(crate) fn mark(&self) -> String {
        format!("{}_{:016x}", self.run, chance())
    }

    /// Makes a database of ours, a copy of `template` when one is given. Its full name is returned.
    pub(crate) async fn create_database(
        &mut self,
        name: &str,
        template: Option<&str>,
    ) -> Result<String, Failure> {
        let (name, owner) = if self.is_external() {
            (format!("{}_{name}", self.run), self.owner.as_deref())
        } else {
            (name.to_owned(), Some(OWNER))
        };
        let made = self.admin.create_database(&name, owner, template).await;
        made.map_err(|error| failure::database(Stage::Server, &error))?;
        self.made_databases.push(name.clone());
        Ok(name)
    }

    /// Drops a database of ours, so that roles can be dropped that own something in it.
    pub(crate) async fn drop_database(&mut self, name: &str) -> Result<(), Failure> {
        let dropped = self.admin.drop_database(name).await;
        dropped.map_err(|error| failure::database(Stage::Server, &error))
    }

    /// Opens a session in which the project's SQL runs.
    pub(crate) async fn work(&self, target: &Target, statement_timeout: &str) -> Result<Work, Failure> {
        let mut settings = SessionSettings::migrating(statement_timeout);
        if self.is_external() {
            settings.role = self.owner_of(target).await?;
        }
        let session = Session::open(target, &settings).await;
        let session = session.map_err(|error| {
            // 22023 is what a value that a setting cannot have is refused with, and that one value is the user's.
            if error.is("22023") {
                failure::setting("preflight.statement_timeout", &error)
            } else {
                failure::connection(Stage::Server, target, &error)
            }
        })?;
        Ok(Work { session, settings })
    }

    /// A database of ours as the one that the project's SQL runs as.
    pub(crate) fn target(&self, database: &str) -> Target {
        let target = self.server.admin().with_database(database);
        if self.is_external() { target } else { target.with_user(OWNER) }
    }

    /// The database as it is to be read: with full rights, so that nothing stays unseen.
    pub(crate) fn with_full_rights(&self, target: &Target) -> Target {
        target.with_user(self.server.admin().user())
    }

    /// Opens a session that reads the catalog, with full rights: nothing may stay unseen.
    pub(crate) async fn reader(&self, target: &Target) -> Result<Session, Failure> {
        let target = self.with_full_rights(target);
        let session = Session::open(&target, &SessionSettings::reading()).await;
        session.map_err(|error| failure::connection(Stage::Compare, &target, &error))
    }

    /// Whom a superuser acts as on somebody else's server: the database's owner.
    async fn owner_of(&self, target: &Target) -> Result<Option<Ident>, Failure> {
        let asked = async {
            let (_, is_superuser) = self.admin.user().await?;
            let (owner, owner_is_superuser) = self.admin.database_owner(target.database()).await?;
            Ok((is_superuser && !owner_is_superuser && !self.superuser).then(|| Ident::new(owner)))
        };
        asked.await.map_err(|error| failure::database(Stage::Server, &error))
    }

    /// Makes the roles that SQL names and the throwaway server lacks.
    pub(crate) async fn ensure_roles<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<(), Failure> {
        let names: BTreeSet<&str> = names.collect();
        if names.is_empty() || self.is_external() {
            return Ok(());
        }
        let made = async {
            let there = self.admin.roles().await?;
            for name in names.into_iter().filter(|name| !there.iter().any(|role| role == name)) {
                self.admin.create_role(name, OWNER).await?;
                self.admin.grant_role(CREATORS, name).await?;
                self.made_roles.insert(name.to_owned());
            }
            Ok(())
        };
        made.await.map_err(|error| failure::database(Stage::Server, &error))
    }

    /// Takes the roles of a kept base for made: an earlier run made them the same way.
    pub(crate) fn recall_roles<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.made_roles.extend(names.map(str::to_owned));
    }

    /// Drops the roles that the replayed SQL itself made, with the database that they are used in.
    ///
    /// Roles belong to the cluster: left there, they would be in the way of the declared schema's own.
    /// Returns whether the database had to go with them.
    pub(crate) async fn forget_roles_of(
        &mut self,
        database: &str,
        before: &[String],
    ) -> Result<bool, Failure> {
        if self.is_external() {
            return Ok(false);
        }
        let now = self.roles().await?;
        let new: Vec<&String> = now.iter().filter(|role| !before.contains(role)).collect();
        if new.is_empty() {
            return Ok(false);
        }
        self.drop_database(database).await?;
        for role in new {
            let dropped = self.admin.drop_role(role).await;
            dropped.map_err(|error| failure::database(Stage::Server, &error))?;
        }
        Ok(true)
    }

    /// The roles of the server.
    pub(crate) async fn roles(&self) -> Result<Vec<String>, Failure> {
        self.admin.roles().await.map_err(|error| failure::database(Stage::Server, &error))
    }

    /// Does with a superuser's rights what a database of ours needs before the project's SQL runs in it.
    ///
    /// The roles that were made here may create in `public` and in the schemas that the owner makes: giving a table
    /// to one of them must not fail for want of a grant that the real role has.
    pub(crate) async fn prepare(&self, database: &str, extensions: &[String]) -> Result<(), Failure> {
        let install = extensions.iter().map(|extension| {
            format!("create extension if not exists {} schema public cascade;", Ident::new(extension))
        });
        let open = format!(
            "grant create on schema public to {creators}; \
             alter default privileges for role {} grant usage, create on schemas to {creators};",
            Ident::new(OWNER),
            creators = Ident::new(CREATORS)
        );
        let sql: String = [open].into_iter().chain(install).collect();
        let session = self.reader(&self.server.admin().with_database(database)).await?;
        session.run(&sql).await.map_err(|error| failure::database(Stage::Server, &error))?;
        session.close().await;
        Ok(())
    }

    /// Keeps the server's state for later runs. Every session but the lab's own must be closed.
    pub(crate) async fn keep(mut self, key: &str) -> Result<Self, Failure> {
        let Self { ref mut server, .. } = self;
        self.admin.close().await;
        server.keep(key).await.map_err(|error| failure::server(&error))?;
        let admin = Admin::open(server.admin(), &self.run).await;
        self.admin = admin.map_err(|error| failure::database(Stage::Server, &error))?;
        Ok(self)
    }

    /// Puts the last lines of the server's log into a failure that may be the server's own.
    pub(crate) fn explain<T>(&self, result: &mut Result<T, Failure>) {
        if let Err(failure) = result
            && failure.place.is_none()
            && failure.exit_code == ExitCode::Database
        {
            failure.log = self.server.log_tail(20);
        }
    }

    /// Ends it: a throwaway server is stopped and removed, on another the databases of this run are dropped.
    pub(crate) async fn close(mut self) {
        if self.is_external() {
            for database in &self.made_databases {
                // What cannot be dropped now is swept by the next run.
                let _ = self.admin.drop_database(database).await;
            }
        }
        self.admin.close().await;
        self.server.stop().await;
    }
}

/// What is to be said of the rights that the project's SQL has on a throwaway server.
pub(crate) fn privilege_notes(settings: &PreflightSettings, superuser: bool) -> Vec<Note> {
    let extensions = settings.extensions.clone();
    let mut notes = Vec::new();
    if superuser {
        notes.push(Note::RanAsSuperuser);
    }
    if !extensions.is_empty() {
        notes.push(Note::ExtensionsPrepared { extensions });
    }
    notes
}

/// The major version of a server that says `17.2`.
pub(crate) fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// Names a run on a server that others use too: process ids alone are alike from container to container.
fn run_name() -> String {
    format!("{PREFIX}{}_{:08x}", std::process::id(), chance() & 0xffff_ffff)
}

/// A number that nobody can foretell.
pub(crate) fn chance() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A session in which the project's SQL runs, with how it was opened.
pub(crate) struct Work {
    pub(crate) session: Session,
    pub(crate) settings: SessionSettings,
}
