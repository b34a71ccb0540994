//! `seed`: the rows of an environment.

mod apply;
mod validate;

pub use apply::{ApplyRequest, apply};
pub use validate::validate;

use super::failure;
use super::project::Opened;
use crate::config::SeedProfile;
use crate::gateway::files::{Listed, SEEDS, in_profile};
use crate::model::exit::ExitCode;
use crate::model::likeness::nearest;
use crate::model::migration::SqlFile;
use crate::model::report::{Failure, Stage};

/// From how many rows on an `INSERT` is sent as `COPY`, unless somebody says otherwise.
pub const COPY_THRESHOLD: usize = 1000;

/// The files of rows of an environment, or of a profile's part of it, unread.
pub(crate) fn listed(
    opened: &Opened,
    environment: &str,
    profile: Option<&str>,
) -> Result<Vec<Listed>, Failure> {
    let refused = |error| failure::file(&error);
    let found = opened.project.listed_seeds(&opened.settings, environment).map_err(refused)?;
    match profile {
        Some(name) => in_profile(found, named(opened, name)?).map_err(refused),
        None => Ok(found),
    }
}

/// The same, read.
pub(crate) fn read(
    opened: &Opened,
    environment: &str,
    profile: Option<&str>,
) -> Result<Vec<SqlFile>, Failure> {
    let read = |file: &Listed| opened.project.sql(&file.path).map_err(|error| failure::file(&error));
    listed(opened, environment, profile)?.iter().map(read).collect()
}

fn named<'a>(opened: &'a Opened, name: &str) -> Result<&'a SeedProfile, Failure> {
    let profiles = &opened.settings.seed.profiles;
    profiles.get(name).ok_or_else(|| {
        let message = format!("there is no seed profile {name} in {}", opened.settings_path);
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
        failure.help = Some(match (nearest(name, &known), known.is_empty()) {
            (Some(like), _) => format!("did you mean {like}?"),
            (None, true) => "write it there as seed.profiles, with include and exclude".to_owned(),
            (None, false) => format!("there are {}", known.join(", ")),
        });
        failure
    })
}

/// The files of rows of an environment; none is a failure.
fn files(opened: &Opened, environment: &str, profile: Option<&str>) -> Result<Vec<SqlFile>, Failure> {
    let found = read(opened, environment, profile)?;
    if found.is_empty() {
        let part = profile.map(|name| format!(" of the profile {name}")).unwrap_or_default();
        let message = format!("the environment {environment} has no seeds{part}");
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = Some(format!(
            "write .sql files into {SEEDS}/common or {SEEDS}/{environment}, or list them in include_dirs"
        ));
        return Err(failure);
    }
    Ok(found)
}
