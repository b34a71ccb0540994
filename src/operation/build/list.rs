//! `build --list-files`: what a build would read.

use crate::gateway::files::Listed;
use crate::model::answer::Head;
use crate::model::build::{ListAnswer, ListedFile};
use crate::model::exit::ExitCode;
use crate::model::report::Failure;
use crate::operation::project::{Opened, ProjectOptions};
use crate::operation::{failure, seed};

/// Lists the files of an environment in the order in which a build runs them. Reads none and connects to nothing.
pub async fn list(project: &ProjectOptions, schema_only: bool, profile: Option<&str>) -> ListAnswer {
    let mut answer =
        ListAnswer { head: Head::new("build"), env: project.env.clone(), files: Vec::new(), total: 0 };
    let result = carry_out(project, schema_only, profile, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.total = answer.files.len();
    answer
}

async fn carry_out(
    project: &ProjectOptions,
    schema_only: bool,
    profile: Option<&str>,
    answer: &mut ListAnswer,
) -> Result<(), Failure> {
    let opened = Opened::open(project).await?;
    let schema = opened.project.listed_schema(&opened.settings).map_err(|error| failure::file(&error))?;
    let seeds = if schema_only { Vec::new() } else { seed::listed(&opened, &project.env, profile)? };
    let shown = |seed: bool| {
        move |file: Listed| {
            let Listed { path, entry, order, pattern } = file;
            ListedFile { path, entry, order: order.unwrap_or_default(), pattern, seed }
        }
    };
    answer.files.extend(schema.into_iter().map(shown(false)));
    answer.files.extend(seeds.into_iter().map(shown(true)));
    Ok(())
}
