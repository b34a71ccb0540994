//! Where the concatenated file goes.

use camino::{Utf8Path, Utf8PathBuf};

use super::BuildRequest;
use crate::gateway::files::{self, GENERATED, Project};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;
use crate::operation::project::Opened;

/// Where the concatenated file goes.
pub(super) enum Output<'a> {
    /// Where the user wants it, relative to the working directory.
    Named(&'a Utf8Path),
    /// Below `db/generated` of the project. Links there are the project's, and must not lead out of it.
    Usual(&'a Project, Utf8PathBuf),
}

impl<'a> Output<'a> {
    /// Refuses a place from which the next build would read it.
    pub(super) fn of(request: &'a BuildRequest, opened: &'a Opened) -> Result<Self, Failure> {
        let (project, env) = (&opened.project, &request.project.env);
        let usual = || Utf8Path::new(GENERATED).join(format!("schema_{env}.sql"));
        let own = match &request.output {
            Some(path) => project.own(path),
            None => Some(usual()),
        };
        if let Some(own) = own {
            let is_read = project.reads(&opened.settings, env, &own);
            if is_read.map_err(|error| failure::file(&error))? {
                return Err(read_again(&own));
            }
        }
        Ok(request.output.as_deref().map_or_else(|| Self::Usual(project, usual()), Self::Named))
    }

    /// Writes it, and returns its path as the user knows it.
    pub(super) fn write(&self, text: &str) -> Result<Utf8PathBuf, Failure> {
        let written = match self {
            Self::Named(path) => files::write(path, text).map(|()| (*path).to_owned()),
            Self::Usual(project, path) => project.write(path, text).map(|()| project.from_outside(path)),
        };
        written.map_err(|error| failure::file(&error))
    }
}

fn read_again(path: &Utf8Path) -> Failure {
    let message = format!("{path} is where this project's own files are read from; nothing was written");
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help =
        Some(format!("name a place outside of include_dirs with --output, such as {GENERATED}/all.sql"));
    failure
}
