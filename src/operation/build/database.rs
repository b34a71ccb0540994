//! Building a database that stays.

use secrecy::ExposeSecret as _;

use super::{Opened, Plan, Wanted, template};
use crate::gateway::postgres::{
    Admin, Contents, DatabaseError, LockProof, Session, SessionSettings, Target, contents,
};
use crate::model::build::{BuildAnswer, Built, BuiltStatus};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::operation::apply::{Runner, Skips};
use crate::operation::failure;

/// The database in which databases are made and dropped.
const MAINTENANCE: &str = "postgres";

/// Builds a database, and returns the order in which the files were run; it is empty when none was run.
pub(super) async fn build(
    plan: &Plan<'_>,
    wanted: &Wanted,
    answer: &mut BuildAnswer,
) -> Result<Vec<usize>, Failure> {
    let target = Target::from_url(wanted.url.expose_secret()).map_err(|error| failure::url(&error))?;
    answer.head.database = Some(target.to_string());
    let mut built = Built { status: BuiltStatus::Unchanged, created: false, template: None };
    let there = enter(&target).await?;
    let there = match there {
        Some(opened) => match look(plan, wanted, &target, opened).await? {
            State::Same => {
                answer.built = Some(built);
                return Ok(Vec::new());
            }
            State::Empty(opened) => Some(*opened),
            State::InTheWay => {
                let admin = admin(&target).await?;
                drop(&admin, &target, wanted.template).await?;
                admin.close().await;
                built.created = true;
                if wanted.template { None } else { enter(&target).await? }
            }
        },
        None => None,
    };
    let order = if wanted.template {
        template::copy(plan, &target, &mut built).await?
    } else {
        let opened = match there {
            Some(opened) => opened,
            None => make(&target, wanted, &mut built).await?,
        };
        built.status = BuiltStatus::Built;
        fill(plan, &target, opened, &built).await?
    };
    answer.built = Some(built);
    Ok(order)
}

/// What a build finds.
enum State {
    /// Nothing is in it.
    Empty(Box<Opened>),
    /// It was built from the same files.
    Same,
    /// It is to be dropped, as was said.
    InTheWay,
}

async fn look(plan: &Plan<'_>, wanted: &Wanted, target: &Target, opened: Opened) -> Result<State, Failure> {
    let refused = |error| failure::database(Stage::Server, &error);
    let found = contents(&opened.session).await.map_err(refused)?;
    if wanted.drop_existing && (found != Contents::Nothing || wanted.template) {
        opened.session.close().await;
        return Ok(State::InTheWay);
    }
    let message = match found {
        Contents::Built(hash) if hash == plan.hash => return Ok(State::Same),
        Contents::Nothing if !wanted.template => return Ok(State::Empty(Box::new(opened))),
        Contents::Nothing => {
            format!("the database {} is there already, and a copy is a new one", target.database())
        }
        Contents::Built(_) => {
            format!("the database {} was built from another state of the schema", target.database())
        }
        Contents::Other => {
            format!("the database {} is not empty, and was not built by this command", target.database())
        }
    };
    let mut failure = Failure::new(Stage::Server, ExitCode::Configuration, message);
    failure.help = Some("--drop-existing drops it with everything in it, and makes it anew".to_owned());
    Err(failure)
}

/// Makes a database that is not there.
async fn make(target: &Target, wanted: &Wanted, built: &mut Built) -> Result<Opened, Failure> {
    if !wanted.create && !wanted.drop_existing {
        let message = format!("there is no database {}", target.database());
        let mut failure = Failure::new(Stage::Server, ExitCode::Database, message);
        failure.help = Some("--create makes it".to_owned());
        return Err(failure);
    }
    let admin = admin(target).await?;
    let made = admin.create_database(target.database(), None, None).await;
    admin.close().await;
    made.map_err(|error| failure::database(Stage::Server, &error))?;
    built.created = true;
    let vanished = || Failure::new(Stage::Server, ExitCode::Database, "the new database is gone already");
    enter(target).await?.ok_or_else(vanished)
}

/// Drops a database, and makes it anew for the same owner unless a copy takes its place.
async fn drop(admin: &Admin, target: &Target, for_a_copy: bool) -> Result<(), Failure> {
    let name = target.database();
    let done = async {
        let (owner, _) = admin.database_owner(name).await?;
        admin.drop_database(name).await?;
        if for_a_copy { Ok(()) } else { admin.create_database(name, Some(&owner), None).await }
    };
    done.await.map_err(|error: DatabaseError| failure::database(Stage::Server, &error))
}

/// Runs the files. A database that was made for this goes again when they are refused.
pub(super) async fn fill(
    plan: &Plan<'_>,
    target: &Target,
    opened: Opened,
    built: &Built,
) -> Result<Vec<usize>, Failure> {
    let Opened { session, settings } = opened;
    let skips = Skips::default();
    let result = async {
        let lock = LockProof::acquire(&session, "30s").await;
        lock.map_err(|error| failure::lock(Stage::Server, &error))?;
        let runner = Runner { session: &session, settings: &settings, skips: &skips, stage: Stage::Schema };
        plan.run(&runner).await
    };
    let mut result = result.await;
    let left = if result.is_err() { contents(&session).await.ok() } else { None };
    session.close().await;
    if let Err(failure) = &mut result {
        if built.created {
            let admin = admin(target).await?;
            // What cannot be dropped is found at the next build.
            let _ = admin.drop_database(target.database()).await;
            admin.close().await;
        } else if left != Some(Contents::Nothing) {
            let part = "a part of the schema is in the database now: --drop-existing builds it anew";
            failure.help =
                Some(failure.help.take().map_or_else(|| part.to_owned(), |help| format!("{help}; {part}")));
        }
    }
    result
}

pub(super) async fn admin(target: &Target) -> Result<Admin, Failure> {
    let maintenance = target.with_database(MAINTENANCE);
    let admin = Admin::open(&maintenance, &template::run_name()).await;
    admin.map_err(|error| failure::connection(Stage::Server, &maintenance, &error))
}

/// Opens a session in which the project's SQL runs; none when there is no such database.
pub(super) async fn enter(target: &Target) -> Result<Option<Opened>, Failure> {
    // A build is not cut short by a limit made for experiments.
    let settings = SessionSettings::migrating("0");
    match Session::open(target, &settings).await {
        Ok(session) => Ok(Some(Opened { session, settings })),
        Err(error) if error.is("3D000") => Ok(None),
        Err(error) => Err(failure::connection(Stage::Server, target, &error)),
    }
}
