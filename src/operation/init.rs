//! `init`.

use camino::Utf8PathBuf;

use super::failure;
use crate::gateway::files::Project;
use crate::model::answer::{Head, InitAnswer};
use crate::model::exit::ExitCode;
use crate::model::report::Failure;

/// What `init` is asked to do.
#[derive(Debug, Clone)]
pub struct InitRequest {
    /// The directory that becomes a project; it is made when it is not there.
    pub directory: Utf8PathBuf,
    /// The files, by their paths in it.
    pub files: Vec<(Utf8PathBuf, String)>,
    /// What to do next, a command each.
    pub next_steps: Vec<&'static str>,
}

/// Writes the files of a new project. Nothing is written where there is a `db/` already.
#[must_use]
pub fn init(request: &InitRequest) -> InitAnswer {
    let mut answer = InitAnswer {
        head: Head::new("init"),
        success: false,
        directory: request.directory.clone(),
        written: Vec::new(),
        next_steps: Vec::new(),
    };
    let result = carry_out(request, &mut answer);
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.success = answer.head.ok;
    answer
}

fn carry_out(request: &InitRequest, answer: &mut InitAnswer) -> Result<(), Failure> {
    let made = Project::create(&request.directory).and_then(|project| project.write_new(&request.files));
    made.map_err(|error| failure::file(&error))?;
    answer.written = request.files.iter().map(|(path, _)| path.clone()).collect();
    answer.next_steps.clone_from(&request.next_steps);
    Ok(())
}
