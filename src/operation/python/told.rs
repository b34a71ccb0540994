//! What is said of a migration in Python that fails.

use std::collections::BTreeMap;

use super::wire::{Execute, Raised};
use crate::gateway::git::hide_passwords;
use crate::gateway::postgres::DatabaseError;
use crate::model::exit::ExitCode;
use crate::model::place::{Place, line_and_column};
use crate::model::python::Unread;
use crate::model::report::{Failure, Stage};
use crate::model::statement::Statement;
use crate::operation::failure;
use crate::operation::script::Step;
use crate::sql::PsqlCommand;

/// A failure at a line of the program.
fn at(mut failure: Failure, step: &Step<'_>, line: Option<usize>, column: Option<usize>) -> Failure {
    let file = step.script.file;
    let indent = |line: usize| {
        let text = file.source().lines().nth(line.saturating_sub(1)).unwrap_or_default();
        text.chars().take_while(|character| character.is_whitespace()).count() + 1
    };
    let line = line.unwrap_or(1).max(1);
    let column = column.filter(|column| *column > 0).unwrap_or_else(|| indent(line));
    failure::mark_place(&mut failure, file, Place { path: file.path.clone(), line, column });
    failure
}

fn new(stage: Stage, exit: ExitCode, message: impl Into<String>, help: &str) -> Failure {
    let mut failure = Failure::new(stage, exit, message);
    failure.help = Some(help.to_owned()).filter(|help| !help.is_empty());
    failure
}

/// A program that nothing runs, and that cannot be read.
pub(super) fn not_run(stage: Stage, step: &Step<'_>, because: &str, unread: &Unread) -> Failure {
    let path = &step.script.file.path;
    let message = format!("{path} is not run: {because}; read it cannot be: {} needs Python", unread.what);
    let help =
        "install Python 3.8 or newer where this runs, or have `confiture migrate convert` write it as SQL";
    at(new(stage, ExitCode::Configuration, message, help), step, Some(unread.line), Some(unread.column))
}

/// Python cannot be started.
pub(super) fn not_started(stage: Stage, step: &Step<'_>, error: &std::io::Error) -> Failure {
    let message = format!("{} is not run: python3 cannot be started: {error}", step.script.file.path);
    new(stage, ExitCode::Configuration, message, "see that python3 on the PATH is a Python 3.8 or newer")
}

pub(super) fn another_version(stage: Stage, step: &Step<'_>, said: &str) -> Failure {
    let path = &step.script.file.path;
    let message = format!("{path} says `version = \"{said}\"`: its name says {}", step.migration.version);
    let help = "give the class the version of the file's name; nothing of it was run";
    let source = step.script.file.source();
    let is_it = |line: &str| line.trim_start().starts_with("version");
    let line = source.lines().position(is_it).map(|line| line + 1);
    at(new(stage, ExitCode::Configuration, message, help), step, line, None)
}

pub(super) fn another_mode(stage: Stage, step: &Step<'_>) -> Failure {
    let path = &step.script.file.path;
    let message = format!("{path} says by a computation whether it is transactional");
    let help = "write `transactional = False` in the class itself, or leave it out";
    let source = step.script.file.source();
    let line = source.lines().position(|line| line.contains("transactional")).map(|line| line + 1);
    at(new(stage, ExitCode::Configuration, message, help), step, line, None)
}

pub(super) fn too_long(stage: Stage, step: &Step<'_>, timeout: &str, last: Option<usize>) -> Failure {
    let message = format!("{} did nothing for {timeout}{}: it was ended", step.script.file.path, after(last));
    let help =
        "migration.python_timeout in the settings says how long a migration may take between two statements";
    behind(new(stage, ExitCode::Database, message, help), step, last)
}

pub(super) fn strange(stage: Stage, step: &Step<'_>, what: &str) -> Failure {
    let message = format!("{} disturbed the line to Confiture: {what}", step.script.file.path);
    let help = "a migration works through self.execute and self.connection, and leaves open files alone";
    new(stage, ExitCode::Database, message, help)
}

/// A program that is gone before it came to its end.
pub(super) fn ended(stage: Stage, step: &Step<'_>, status: Option<String>, last: Option<usize>) -> Failure {
    let how = status
        .map_or_else(|| "closed its line to Confiture".to_owned(), |status| format!("ended with {status}"));
    let message = format!("{} {how} before it came to its end{}", step.script.file.path, after(last));
    let help = "a migration ends by returning; see that nothing in it calls os._exit or kills its process";
    behind(new(stage, ExitCode::Database, message, help), step, last)
}

/// Where the last statement was sent, which is all that is known of where a program was.
fn after(last: Option<usize>) -> String {
    last.map(|line| format!(", after the statement of line {line}")).unwrap_or_default()
}

fn behind(failure: Failure, step: &Step<'_>, last: Option<usize>) -> Failure {
    if last.is_some() { at(failure, step, last, None) } else { failure }
}

pub(super) fn unmet(stage: Stage, step: &Step<'_>, failures: &[String]) -> Failure {
    let message = format!(
        "{} does not run: a precondition does not hold: {}",
        step.script.file.path,
        failures.join("; ")
    );
    let declared = step.migration.python.iter().flat_map(|python| &python.declares);
    let line = declared.into_iter().find(|one| one.name.ends_with("_preconditions")).map(|one| one.line);
    at(new(stage, ExitCode::Findings, message, "nothing of it was run"), step, line, None)
}

/// An exception that nobody caught.
pub(super) fn raised(stage: Stage, step: &Step<'_>, raised: Raised) -> Failure {
    let Raised { kind, message, line, column, refused, help } = raised;
    if let Some(refused) = refused {
        return at(database(stage, &refused), step, line, None);
    }
    let path = &step.script.file.path;
    let failure = match kind.as_str() {
        "" => {
            let help = "one class of the file derives from Migration, and has a `version` and a `name`";
            new(stage, ExitCode::Configuration, format!("{path} cannot be run: {message}"), help)
        }
        "SyntaxError" | "IndentationError" | "TabError" => {
            new(stage, ExitCode::Configuration, format!("{path} is no Python: {message}"), "")
        }
        "SystemExit" => {
            let message = format!("{path} ended Python by itself: SystemExit({message})");
            new(
                stage,
                ExitCode::Database,
                message,
                "a migration ends by returning, or by raising what is wrong",
            )
        }
        _ => new(
            stage,
            ExitCode::Database,
            format!("{path} raised {kind}: {message}"),
            help.as_deref().unwrap_or_default(),
        ),
    };
    at(failure, step, line, column)
}

/// What the database refused of a program. What it would say of a file of SQL is said in the class here.
fn database(stage: Stage, refused: &DatabaseError) -> Failure {
    let mut failure = failure::database(stage, refused);
    if refused.is("25001") || refused.is("2D000") {
        failure.help =
            Some("say `transactional = False` in the class to run it outside a transaction".to_owned());
    }
    failure
}

/// An error that the program caught, and after which its transaction was at its end all the same.
pub(super) fn went_on(
    stage: Stage,
    step: &Step<'_>,
    refused: &DatabaseError,
    line: Option<usize>,
) -> Failure {
    let mut failure = database(stage, refused);
    failure.help = Some(
        "the program went on, but its transaction was at its end: put what may fail into \
         `with self.connection.transaction():`"
            .to_owned(),
    );
    at(failure, step, line, None)
}

pub(super) fn left_open(stage: Stage, step: &Step<'_>) -> Failure {
    let message = format!("{} begins a transaction that nothing commits", step.script.file.path);
    new(stage, ExitCode::Configuration, message, "commit it, or take it back")
}

/// What a program is answered that would end the transaction.
pub(super) fn transaction_is_ours() -> DatabaseError {
    let message = "a migration may not begin or end the transaction that it shares with its ledger row";
    refusal(message, "2D000")
}

/// What a program is answered that copies with what is no COPY.
pub(super) fn no_copy() -> DatabaseError {
    let message = "copy() should be used only with COPY ... TO STDOUT or COPY ... FROM STDIN statements";
    refusal(message, "42601")
}

/// What a program is answered that sends a command of psql's.
pub(super) fn psql(error: &PsqlCommand) -> DatabaseError {
    refusal(&error.to_string(), "42601")
}

fn refusal(message: &str, sqlstate: &str) -> DatabaseError {
    DatabaseError {
        message: message.to_owned(),
        sqlstate: Some(sqlstate.to_owned()),
        detail: None,
        hint: None,
        context: None,
        position: None,
    }
}

/// What was refused of a file that the program sent says where in that file it stands.
pub(super) fn in_its_file(
    mut refused: DatabaseError,
    asked: &Execute,
    text: &str,
    statement: &Statement,
) -> DatabaseError {
    if let Some(origin) = &asked.origin {
        let offset = statement.span.start + failure::error_offset(&text[statement.span.clone()], &refused);
        let (line, column) = line_and_column(text, offset);
        let place = format!("{origin}:{line}:{column}");
        refused.context =
            Some(refused.context.map_or_else(|| place.clone(), |context| format!("{context}\n{place}")));
    }
    refused
}

/// The line that sends a statement. What an attribute of the class sends, no line does: then it is where it stands.
pub(super) fn line_of(step: &Step<'_>, asked: &Execute, text: &str) -> usize {
    let source = step.script.file.source();
    let stands = || source.find(text.trim()).map(|at| line_and_column(source, at).0);
    asked.line.or_else(stands).unwrap_or(1)
}

/// A text of a program's without the passwords that it was told.
pub(super) fn without_secrets(text: &str, variables: &BTreeMap<String, String>) -> String {
    let text = hide_passwords(text);
    match variables.get("PGPASSWORD").filter(|password| !password.is_empty()) {
        Some(password) => text.replace(password.as_str(), "***"),
        None => text,
    }
}
