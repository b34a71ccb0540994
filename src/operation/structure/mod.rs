//! Structures, wherever they are: in a database, in SQL text, in a chain of migrations, in a saved snapshot.
//!
//! [`Source`] is what a side turned out to be, read but not built; [`Bench`] builds what has to be built, all of it
//! on one throwaway server.

mod bench;
mod source;

pub(crate) use bench::{Bench, Taken};
pub use bench::{Rights, Wishes};
pub(crate) use source::{Source, Text, shown};

use super::failure;
use super::lab::{Builder, Lab};
use super::project::{Opened, ProjectOptions};
use super::python::Host;
use crate::config::PreflightSettings;
use crate::gateway::files::{FileError, Project};
use crate::gateway::postgres::Ledger;
use crate::model::report::Failure;

/// What is known of the project that a command is run in, which may be none.
#[derive(Debug)]
pub(crate) struct Grounds {
    opened: Option<Opened>,
    settings: PreflightSettings,
    ledger: Ledger,
    python: Host,
    pub(crate) options: ProjectOptions,
}

impl Grounds {
    pub(crate) async fn open(options: &ProjectOptions) -> Result<Self, Failure> {
        let opened = Opened::open_if_there(options).await?;
        let settings = opened.as_ref().map(|opened| opened.settings.preflight.clone()).unwrap_or_default();
        let ledger = opened.as_ref().map(|opened| opened.ledger.clone()).unwrap_or_default();
        let python = match &opened {
            Some(opened) => opened.python.clone(),
            None => Host::of(options.trust, &options.variables, &options.directory, None),
        };
        Ok(Self { opened, settings, ledger, python, options: options.clone() })
    }

    /// How the project wants experiments to be made.
    pub(crate) fn settings(&self) -> &PreflightSettings {
        &self.settings
    }

    /// Builds structures on a server.
    fn builder(&self, lab: Lab) -> Builder<'_> {
        Builder::new(lab, &self.settings, &self.ledger, &self.python)
    }

    /// The ledger, which is no part of any structure.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The project, where one is needed.
    pub(crate) fn project(&self) -> Result<&Opened, Failure> {
        let missing = || match Project::open(&self.options.directory) {
            Err(error) => failure::file(&error),
            // Somebody has just made it one.
            Ok(project) => failure::file(&FileError::NoProject(project.real().to_owned())),
        };
        self.opened.as_ref().ok_or_else(missing)
    }
}
