//! `seed`: the rows of an environment.

mod apply;
mod validate;

pub use apply::{ApplyRequest, apply};
pub use validate::validate;

use super::failure;
use super::project::Opened;
use crate::gateway::files::SEEDS;
use crate::model::exit::ExitCode;
use crate::model::migration::SqlFile;
use crate::model::report::{Failure, Stage};

/// The files of rows of an environment; none is a failure.
fn files(opened: &Opened, environment: &str) -> Result<Vec<SqlFile>, Failure> {
    let found = opened.project.seeds(&opened.settings, environment).map_err(|error| failure::file(&error))?;
    if found.is_empty() {
        let message = format!("the environment {environment} has no seeds");
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = Some(format!(
            "write .sql files into {SEEDS}/common or {SEEDS}/{environment}, or list them in include_dirs"
        ));
        return Err(failure);
    }
    Ok(found)
}
