//! `schema fmt`: the files of the declared schema laid out alike.

use camino::{Utf8Path, Utf8PathBuf};

use super::failure;
use super::project::{Opened, ProjectOptions};
use crate::gateway::files;
use crate::model::answer::Head;
use crate::model::exit::ExitCode;
use crate::model::migration::SqlFile;
use crate::model::report::{Failure, Stage};
use crate::model::tidy::FormatAnswer;
use crate::sql::{self, KeyWords, NotFormatted};

/// What `schema fmt` is asked to do.
#[derive(Debug, Clone)]
pub struct FormatRequest {
    /// The project and its settings.
    pub project: ProjectOptions,
    /// Files and directories of the project; none means the whole declared schema.
    pub paths: Vec<Utf8PathBuf>,
    /// What is done with key words.
    pub key_words: KeyWords,
    /// Only say which files would be written.
    pub check: bool,
}

/// Lays files out anew. A file is written only when it is proved to mean the same, comments kept; any other is left as
/// it is, and the rest goes on.
pub async fn format(request: &FormatRequest) -> FormatAnswer {
    let mut answer = FormatAnswer {
        head: Head::new("schema fmt"),
        success: false,
        check: request.check,
        files_checked: 0,
        changed: Vec::new(),
        refused: Vec::new(),
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result);
    answer.success = answer.head.ok;
    answer
}

async fn carry_out(request: &FormatRequest, answer: &mut FormatAnswer) -> Result<ExitCode, Failure> {
    let opened = Opened::open(&request.project).await?;
    let refused = |error| failure::file(&error);
    let all = opened.project.schema(&opened.settings).map_err(refused)?;
    let paths: Vec<Utf8PathBuf> = request.paths.iter().map(|path| in_project(&opened, path)).collect();
    for path in &paths {
        if !all.iter().any(|file| is_meant(file, path)) {
            return Err(not_there(path));
        }
    }
    let wanted = |file: &&SqlFile| paths.is_empty() || paths.iter().any(|path| is_meant(file, path));
    for file in all.iter().filter(wanted) {
        answer.files_checked += 1;
        match sql::format(&file.text, request.key_words) {
            Ok(text) if text == file.text => {}
            Ok(text) => {
                if !request.check {
                    opened.project.rewrite(&file.path, &text).map_err(refused)?;
                }
                answer.changed.push(file.path.clone());
            }
            Err(error) => answer.refused.push(left_alone(file, &error)),
        }
    }
    Ok(match (answer.refused.is_empty(), request.check && !answer.changed.is_empty()) {
        (false, _) => ExitCode::Configuration,
        (true, true) => ExitCode::Findings,
        (true, false) => ExitCode::Success,
    })
}

/// A path is the project's, as it is written there; editors and hooks name files from the root on.
fn in_project(opened: &Opened, path: &Utf8Path) -> Utf8PathBuf {
    let own = if path.is_absolute() { opened.project.own(path) } else { None };
    own.unwrap_or_else(|| path.strip_prefix(".").unwrap_or(path).to_owned())
}

/// No path at all is no path of everything.
fn is_meant(file: &SqlFile, path: &Utf8Path) -> bool {
    path != "" && file.path.starts_with(path)
}

fn not_there(path: &Utf8Path) -> Failure {
    let message = format!("{path} is no file or directory of the declared schema");
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some(format!("name paths as the project has them, such as {}/10_tables", files::SCHEMA));
    failure
}

/// A file that stays as it is, and why.
fn left_alone(file: &SqlFile, error: &NotFormatted) -> Failure {
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, error.to_string());
    failure::mark(&mut failure, file, error.offset());
    failure
}
