//! `migrate generate`.

use camino::Utf8PathBuf;

use super::naming;
use super::project::{Opened, ProjectOptions};
use crate::model::answer::{GenerateAnswer, Head};
use crate::model::exit::ExitCode;
use crate::model::report::Failure;

/// What `migrate generate` is asked to write.
#[derive(Debug, Clone)]
pub struct GenerateRequest {
    /// The project and its settings.
    pub project: ProjectOptions,
    /// The migration's name.
    pub name: String,
    /// Only say which files would be written.
    pub dry_run: bool,
    /// The time, in seconds since 1970.
    pub now: u64,
    /// What the two files begin with, told the migration's version and name.
    pub texts: BlankTexts,
}

/// What the files of a new migration begin with.
#[derive(Debug, Clone, Copy)]
pub struct BlankTexts {
    /// The file that leads forward.
    pub up: fn(&str) -> String,
    /// The file that leads back.
    pub down: fn(&str) -> String,
}

/// Writes an empty pair of files with the next free version. Connects to nothing.
pub async fn generate(request: &GenerateRequest) -> GenerateAnswer {
    let mut answer = GenerateAnswer {
        head: Head::new("migrate generate"),
        version: None,
        name: request.name.clone(),
        dry_run: request.dry_run,
        written: Vec::new(),
        notes: Vec::new(),
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer
}

async fn carry_out(request: &GenerateRequest, answer: &mut GenerateAnswer) -> Result<(), Failure> {
    naming::check(&request.name)?;
    let opened = Opened::open(&request.project).await?;
    let (versions, note) = naming::next_versions(&opened, &request.project, 1, request.now).await?;
    answer.notes.extend(note);
    let Some(version) = versions.into_iter().next() else { return Ok(()) };
    let label = format!("{version}_{}", request.name);
    let path = |direction: &str| naming::path(&version, &request.name, None, direction);
    let files: Vec<(Utf8PathBuf, String)> =
        vec![(path("up"), (request.texts.up)(&label)), (path("down"), (request.texts.down)(&label))];
    answer.written = if request.dry_run {
        files.into_iter().map(|(path, _)| path).collect()
    } else {
        naming::write(&opened, &files)?
    };
    answer.version = Some(version);
    Ok(())
}
