//! A database built beside another, to take its place.

use super::database::{admin, enter, fill};
use super::input::Input;
use super::{Plan, template};
use crate::gateway::postgres::{DatabaseError, Target};
use crate::model::build::{Built, BuiltStatus};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;
use crate::operation::project::{Opened, ProjectOptions};

/// The files of a project, ready to be built beside a database.
pub(crate) struct Beside {
    input: Input,
    old: Target,
}

impl Beside {
    /// Reads the files; nothing is made.
    pub(crate) async fn plan(project: &ProjectOptions, old: &Target, seed: bool) -> Result<Self, Failure> {
        let opened = Opened::open(project).await?;
        let input = Input::read(&opened, &project.env, !seed, None)?;
        Ok(Self { input, old: old.clone() })
    }

    pub(crate) fn files(&self) -> usize {
        self.input.files.len()
    }

    pub(crate) fn seeds(&self) -> usize {
        self.input.seeds
    }

    /// Builds them under a name of this run, for the old database's owner. What is refused leaves nothing.
    pub(crate) async fn build(&self) -> Result<Replacement, Failure> {
        let refused = |error: DatabaseError| failure::database(Stage::Server, &error);
        let scripts = self.input.scripts()?;
        let plan = Plan::of(&scripts, &self.input.hash, false)?;
        let target = self.old.with_database(&format!("{}rebuild", template::run_name()));
        let admin = admin(&self.old).await?;
        let made = async {
            admin.sweep_databases(template::BUILDING).await?;
            let (owner, _) = admin.database_owner(self.old.database()).await?;
            admin.create_database(target.database(), Some(&owner), None).await
        };
        let made = made.await;
        // The session stays until it is built: by it others see that this run is not over.
        made.map_err(refused)?;
        let gone = || Failure::new(Stage::Server, ExitCode::Database, "the new database is gone already");
        let opened = enter(&target).await?.ok_or_else(gone)?;
        let built = Built { status: BuiltStatus::Built, created: true, template: None };
        let done = fill(&plan, &target, opened, &built).await;
        admin.close().await;
        done.map(|_| Replacement { target })
    }
}

/// A database that was built to take another's place.
pub(crate) struct Replacement {
    pub(crate) target: Target,
}

impl Replacement {
    /// Drops it again.
    pub(crate) async fn forget(self) {
        if let Ok(admin) = admin(&self.target).await {
            // What cannot be dropped is found at the next build.
            let _ = admin.drop_database(self.target.database()).await;
            admin.close().await;
        }
    }

    /// Drops the old database, and gives this one its name.
    pub(crate) async fn take_the_place_of(self, old: &Target) -> Result<(), Failure> {
        let admin = admin(old).await?;
        let (name, new) = (old.database(), self.target.database());
        let dropped = admin.drop_database(name).await;
        let renamed = match dropped {
            Ok(()) => admin.rename_database(new, name).await.map_err(|error| {
                let mut failure = failure::database(Stage::Server, &error);
                failure.help =
                    Some(format!("{name} is gone, and {new} is what was built: rename it by hand"));
                failure
            }),
            Err(error) => {
                let _ = admin.drop_database(new).await;
                Err(failure::database(Stage::Server, &error))
            }
        };
        admin.close().await;
        renamed
    }
}
