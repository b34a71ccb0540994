//! Where sides are taken: databases are read, SQL is built on a throwaway server first.

use super::{Grounds, Source, Text};
use crate::gateway::postgres::{Admin, Target, read_schema};
use crate::gateway::scratch::Server;
use crate::model::difference::Side;
use crate::model::exit::ExitCode;
use crate::model::migration::{Migration, SqlFile};
use crate::model::report::{Failure, Note, ServerInfo, Stage};
use crate::model::schema::Schema;
use crate::operation::failure;
use crate::operation::lab::{self, Builder, Lab};
use crate::operation::script::{Script, Step};
use crate::operation::sources::Sources;

/// How the throwaway server is to be.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// A major version, `docker:TAG` or `docker:IMAGE`; absent, what the settings say.
    pub postgres: Option<String>,
    /// Whether server binaries may be fetched when there are none.
    pub download: bool,
    /// With which rights SQL runs.
    pub rights: Rights,
}

/// With which rights SQL runs on a throwaway server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rights {
    /// A superuser's in a sandbox; where none is to be had, the database owner's unless the settings say otherwise.
    #[default]
    Sandboxed,
    /// A superuser's without a sandbox, for code that one trusts.
    Superuser,
    /// The database owner's.
    Owner,
}

/// A side with its structure.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) schema: Schema,
    /// The database of ours that it was built in and still is.
    pub(crate) database: Option<Target>,
    /// Where its objects are written down.
    pub(crate) sources: Sources,
}

/// Takes sides. The throwaway server is started when the first side needs it.
pub(crate) struct Bench<'a> {
    grounds: &'a Grounds,
    wishes: Wishes,
    builder: Option<Builder<'a>>,
    /// The major version of a database that is compared: the throwaway server had better be like it.
    like: Option<String>,
    built: usize,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(grounds: &'a Grounds, wishes: Wishes) -> Self {
        Self { grounds, wishes, builder: None, like: None, built: 0 }
    }

    /// Takes the structure of a source.
    pub(crate) async fn take(&mut self, source: Source, side: &mut Side) -> Result<Taken, Failure> {
        let found = self.look(source, side).await?;
        self.finish(found, side).await
    }

    /// Takes two. What is already there is read first, so that the throwaway server can be like it.
    pub(crate) async fn take_both(
        &mut self,
        (from, from_side): (Source, &mut Side),
        (to, to_side): (Source, &mut Side),
    ) -> Result<(Taken, Taken), Failure> {
        let from = self.look(from, from_side).await?;
        let to = self.look(to, to_side).await?;
        Ok((self.finish(from, from_side).await?, self.finish(to, to_side).await?))
    }

    async fn look(&mut self, source: Source, side: &mut Side) -> Result<Found, Failure> {
        let schema = match source {
            Source::Text(text) => return Ok(Found::Text(text)),
            Source::Read(schema) => schema,
            Source::Database(target) => {
                side.server_version = Some(server_version(&target).await?);
                read(&target, self.grounds).await?
            }
        };
        if self.like.is_none() {
            self.like = side.server_version.as_deref().and_then(lab::major).map(|major| major.to_string());
        }
        let taken = Taken { schema, database: None, sources: Sources::default() };
        Ok(Found::Taken(Box::new(taken)))
    }

    async fn finish(&mut self, found: Found, side: &mut Side) -> Result<Taken, Failure> {
        match found {
            Found::Taken(taken) => Ok(*taken),
            Found::Text(text) => self.build(&text, side).await,
        }
    }

    /// Builds a structure in a database of its own and reads it back.
    async fn build(&mut self, text: &Text, side: &mut Side) -> Result<Taken, Failure> {
        let name = format!("confiture_side_{}", self.built);
        self.built += 1;
        let builder = self.server().await?;
        side.server_version = Some(builder.lab()?.info().version);
        let roles = builder.lab()?.roles().await?;
        let (target, sources) = match text {
            Text::Files(files) => run(builder, &name, files).await?,
            Text::Chain(migrations) => replay(builder, &name, migrations).await?,
        };
        let schema = builder.read(&target).await?;
        let gone = builder.lab()?.forget_roles_of(target.database(), &roles).await?;
        Ok(Taken { schema, database: (!gone).then_some(target), sources })
    }

    /// The server with its databases, started when it is not yet there.
    pub(crate) async fn server(&mut self) -> Result<&mut Builder<'a>, Failure> {
        if self.builder.is_none() {
            let server = self.start().await?;
            let superuser = match self.wishes.rights {
                Rights::Sandboxed => server.is_sandboxed() || self.grounds.settings().superuser,
                rights => rights == Rights::Superuser,
            };
            let lab = Lab::enter(server, None, superuser).await?;
            self.builder = Some(self.grounds.builder(lab));
        }
        let gone = || Failure::new(Stage::Server, ExitCode::Database, "the server did not come back");
        self.builder.as_mut().ok_or_else(gone)
    }

    /// Starts the server that is wished for, else one of the given database's major version, else the newest.
    async fn start(&self) -> Result<Box<dyn Server>, Failure> {
        let Wishes { postgres, download, rights } = &self.wishes;
        let purpose = lab::Purpose::Structure { sandbox: *rights != Rights::Superuser };
        let (settings, variables) = (self.grounds.settings(), &self.grounds.options.variables);
        let wished = postgres.as_deref().or(settings.postgres.as_deref());
        if wished.is_none() && self.like.is_some() {
            let alike = lab::start(self.like.as_deref(), *download, purpose, settings, variables, None).await;
            if let Ok(server) = alike {
                return Ok(server);
            }
        }
        lab::start(wished, *download, purpose, settings, variables, None).await
    }

    /// The server that was started, if one was.
    pub(crate) fn info(&mut self) -> Option<ServerInfo> {
        Some(self.builder.as_mut()?.lab().ok()?.info())
    }

    /// Ends it, and says what is to be said of what was done on the server. `result` gets the last lines of the
    /// server's log when the server failed.
    pub(crate) async fn close<T>(self, result: &mut Result<T, Failure>) -> Vec<Note> {
        let Some(lab) = self.builder.and_then(Builder::into_lab) else { return Vec::new() };
        let mut notes = lab::privilege_notes(self.grounds.settings(), lab.trusts_sql());
        notes.extend(lab.role_note());
        lab.explain(result);
        lab.close().await;
        notes
    }
}

/// What there is of a side before anything is built.
enum Found {
    Taken(Box<Taken>),
    Text(Text),
}

async fn run(builder: &mut Builder<'_>, name: &str, files: &[SqlFile]) -> Result<(Target, Sources), Failure> {
    let scripts = files.iter().map(|file| Script::read(file, Stage::Schema));
    let scripts = scripts.collect::<Result<Vec<_>, _>>()?;
    Ok((builder.build(name, &scripts, &|_| ()).await?, Sources::of(scripts.iter())))
}

async fn replay(
    builder: &mut Builder<'_>,
    name: &str,
    migrations: &[Migration],
) -> Result<(Target, Sources), Failure> {
    let steps = migrations.iter().map(|migration| Step::read(migration, Stage::Migration));
    let steps = steps.collect::<Result<Vec<_>, _>>()?;
    let target = builder.database(name, None).await?;
    builder.replay(&target, &steps, Stage::Migration, &|_| ()).await?;
    Ok((target, Sources::of(steps.iter().map(|step| &step.script))))
}

async fn server_version(target: &Target) -> Result<String, Failure> {
    let refused = |error| failure::connection(Stage::Compare, target, &error);
    let admin = Admin::open(target, "confiture look").await.map_err(refused)?;
    let version = admin.version().await.map_err(refused)?;
    admin.close().await;
    Ok(version)
}

/// Reads a given database.
async fn read(target: &Target, grounds: &Grounds) -> Result<Schema, Failure> {
    let refused = |error| failure::connection(Stage::Compare, target, &error);
    read_schema(target, grounds.ledger().table()).await.map_err(refused)
}
