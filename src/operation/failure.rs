//! Errors of the floors below as failures that a reader can use.

use crate::config::ConfigError;
use crate::gateway::files::FileError;
use crate::gateway::postgres::{DatabaseError, LockError, Target, UrlError};
use crate::gateway::scratch::ServerError;
use crate::model::exit::ExitCode;
use crate::model::migration::{Migration, SqlFile, Version};
use crate::model::place::{Place, line_and_column};
use crate::model::report::{Excerpt, Failure, Stage};
use crate::model::statement::Statement;
use crate::operation::script::Step;
use crate::sql::{BadDirective, PsqlCommand};

/// Lines shown above and below the marked one.
const CONTEXT_LINES: usize = 2;
/// Characters shown of a line.
const LINE_WIDTH: usize = 200;

/// A file of the project cannot be used.
pub(crate) fn file(error: &FileError) -> Failure {
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, error.to_string());
    failure.help = error.help();
    failure.place = error.place();
    failure
}

/// A setting cannot be used.
pub(crate) fn config(error: &ConfigError) -> Failure {
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, error.message.clone());
    let (line, column) = error.position.unwrap_or((1, 1));
    failure.place = Some(Place { path: error.path.clone(), line, column });
    failure.help.clone_from(&error.help);
    failure
}

/// A connection URL cannot be used.
pub(crate) fn url(error: &UrlError) -> Failure {
    Failure::new(Stage::Project, ExitCode::Configuration, error.to_string())
}

/// A git revision is not in the repository.
pub(crate) fn missing_revision(stage: Stage, revision: &str) -> Failure {
    let what = if stage == Stage::Base { "base revision" } else { "revision" };
    let message = format!("the {what} {revision} is not in this repository");
    let mut failure = Failure::new(stage, ExitCode::Configuration, message);
    failure.help =
        Some("fetch it first; in a workflow, give actions/checkout the setting fetch-depth: 0".to_owned());
    failure
}

/// There is no server.
pub(crate) fn server(error: &ServerError) -> Failure {
    let exit = match error {
        ServerError::NotInstalled { .. }
        | ServerError::NoDumper { .. }
        | ServerError::Choice(_)
        | ServerError::Memory(_) => ExitCode::Configuration,
        _ => ExitCode::Database,
    };
    let mut failure = Failure::new(Stage::Server, exit, error.to_string());
    failure.help = error.help();
    if let ServerError::DidNotStart { log, .. } = error {
        failure.log.clone_from(log);
    }
    failure
}

/// The database refused something that is not a statement of the project's.
pub(crate) fn database(stage: Stage, error: &DatabaseError) -> Failure {
    let mut failure = Failure::new(stage, ExitCode::Database, error.message.clone());
    failure.sqlstate.clone_from(&error.sqlstate);
    failure.detail.clone_from(&error.detail);
    failure.hint.clone_from(&error.hint);
    failure.context.clone_from(&error.context);
    let help = match stage {
        // Checks run in a transaction that is none of their business.
        Stage::Verify if error.is("25001") || error.is("2D000") => None,
        Stage::Verify | Stage::Hook => error.help_in_use(),
        _ => error.help(),
    };
    failure.help = help.map(str::to_owned);
    failure
}

/// The same failure where SQL runs on a database that is in use: what to do about it is another thing there.
pub(crate) fn in_use(mut failure: Failure) -> Failure {
    let error = DatabaseError {
        message: failure.message.clone(),
        sqlstate: failure.sqlstate.clone(),
        detail: failure.detail.clone(),
        hint: None,
        context: None,
        position: None,
    };
    if failure.help.as_deref() == error.help() {
        failure.help = error.help_in_use().map(str::to_owned);
    }
    failure
}

/// A migration ran, and its row in the ledger was refused.
pub(crate) fn not_recorded(stage: Stage, step: &Step<'_>, error: &DatabaseError) -> Failure {
    let mut failure = database(stage, error);
    let label = step.migration.label();
    failure.message = format!("the ledger row of {label} cannot be written: {}", error.message);
    // The table, its schema, a column or the right is gone: what did that stands in the file.
    if ["42P01", "3F000", "42703", "42501"].iter().any(|code| error.is(code)) {
        let why = "a migration may not drop or rename the ledger, and may not take away the rights on it";
        failure.help = Some(why.to_owned());
        mark(&mut failure, step.script.file, 0);
    }
    failure
}

/// A transaction is refused when it is to be committed.
pub(crate) fn not_committed(stage: Stage, step: &Step<'_>, error: &DatabaseError) -> Failure {
    let last = step.script.statements.last().map_or(0, |statement| statement.span.start);
    let mut failure = at(stage, step.script.file, last, error);
    failure.message = format!("{} cannot be committed: {}", step.migration.label(), error.message);
    let why = "all of its statements ran: what is deferred (constraints, triggers) looks at the end only";
    failure.help = Some(failure.help.take().unwrap_or_else(|| why.to_owned()));
    failure
}

/// A given database cannot be reached.
pub(crate) fn connection(stage: Stage, target: &Target, error: &DatabaseError) -> Failure {
    let mut failure = database(stage, error);
    failure.message = format!("{target} cannot be used: {}", error.message);
    failure
}

/// A value of a setting, or of an argument, that the server does not take.
pub(crate) fn setting(name: &str, error: &DatabaseError) -> Failure {
    Failure::new(Stage::Project, ExitCode::Configuration, format!("{name}: {}", error.message))
}

/// There is no lock.
pub(crate) fn lock(stage: Stage, error: &LockError) -> Failure {
    match error {
        LockError::Held(_) => {
            let mut failure = Failure::new(stage, ExitCode::Locked, error.to_string());
            failure.help = Some("wait until it is done, or end that session".to_owned());
            failure
        }
        LockError::Database(error) if error.is("22023") => setting("--lock-timeout", error),
        LockError::Database(error) => database(stage, error),
    }
}

/// The database refused a statement of a file.
pub(crate) fn statement(
    stage: Stage,
    file: &SqlFile,
    statement: &Statement,
    error: &DatabaseError,
) -> Failure {
    at(stage, file, statement.span.start + error_offset(&file.text[statement.span.clone()], error), error)
}

/// The database refused what stands at a byte of a file.
pub(crate) fn at(stage: Stage, file: &SqlFile, offset: usize, error: &DatabaseError) -> Failure {
    let mut failure = database(stage, error);
    mark(&mut failure, file, offset);
    failure
}

/// A statement of a check ran and says no.
pub(crate) fn check(file: &SqlFile, statement: &Statement, message: &str) -> Failure {
    let mut failure = Failure::new(Stage::Verify, ExitCode::Findings, message);
    mark(&mut failure, file, statement.span.start);
    failure
}

/// The database refused a statement of a plan.
pub(crate) fn planned(sql: &str, error: &DatabaseError) -> Failure {
    unfiled(Stage::Proof, sql, error)
}

/// The database refused a statement that stands in no file.
pub(crate) fn unfiled(stage: Stage, sql: &str, error: &DatabaseError) -> Failure {
    let mut failure = database(stage, error);
    failure.excerpt = Some(excerpt(sql, line_and_column(sql, error_offset(sql, error))));
    failure
}

/// The byte of a statement that the server points at.
pub(crate) fn error_offset(text: &str, error: &DatabaseError) -> usize {
    error.position.map_or(0, |position| byte_of_character(text, position.saturating_sub(1)))
}

/// A file holds a line for psql.
pub(crate) fn psql_command(file: &SqlFile, stage: Stage, error: &PsqlCommand) -> Failure {
    let mut failure = Failure::new(stage, ExitCode::Configuration, error.to_string());
    failure.help = Some("remove the line, or write what it does as SQL".to_owned());
    mark(&mut failure, file, error.offset);
    failure
}

/// A file asks for what there is not.
pub(crate) fn directive(file: &SqlFile, stage: Stage, error: &BadDirective) -> Failure {
    let mut failure = Failure::new(stage, ExitCode::Configuration, error.message.clone());
    failure.help.clone_from(&error.help);
    mark(&mut failure, file, error.offset);
    failure
}

/// A migration requires one that is not there when its turn comes.
pub(crate) fn requirement(migration: &Migration, missing: &Version) -> Failure {
    let message = format!("{} requires {missing}, which is not applied", migration.label());
    let mut failure = Failure::new(Stage::Migration, ExitCode::Ledger, message);
    failure.help =
        Some(format!("apply {missing} first, or take `requires={missing}` out of the file; nothing was run"));
    let offset = migration.up.text.find("requires=").unwrap_or_default();
    mark(&mut failure, &migration.up, offset);
    failure
}

/// Some statements of a migration are done, and its file is another one now.
pub(crate) fn begun_with_another_text(migration: &Migration, file: &SqlFile, forget: &str) -> Failure {
    let message = format!(
        "{} stopped half-way, and {} has changed since: nobody can tell what is done",
        migration.label(),
        file.path
    );
    let mut failure = Failure::new(Stage::Migration, ExitCode::Ledger, message);
    failure.help = Some(format!(
        "restore the file as it was begun and run this again; or undo by hand what is done, and then: {forget}"
    ));
    failure.place = Some(Place { path: file.path.clone(), line: 1, column: 1 });
    failure
}

/// Some batches of a migration are done, and it is to run in one go now.
pub(crate) fn begun_in_batches(migration: &Migration, file: &SqlFile) -> Failure {
    let label = migration.label();
    let message = format!("{label} stopped between its batches: all of it would do some rows twice");
    let mut failure = Failure::new(Stage::Migration, ExitCode::Ledger, message);
    failure.help = Some("say --batched, and it goes on behind the rows that are done".to_owned());
    failure.place = Some(Place { path: file.path.clone(), line: 1, column: 1 });
    failure
}

/// The one statement of a migration cannot run part by part.
pub(crate) fn not_batchable(step: &Step<'_>, why: &str) -> Failure {
    let message = format!("{} cannot run in batches: {why}", step.script.file.path);
    let mut failure = Failure::new(Stage::Migration, ExitCode::Configuration, message);
    failure.help = Some(
        "batched is for one UPDATE or DELETE that does to each row of a table what it does; leave it out, or cut the \
         work by hand"
            .to_owned(),
    );
    let offset = step.script.statements.first().map_or(0, |statement| statement.span.start);
    mark(&mut failure, step.script.file, offset);
    failure
}

/// A hook of a migration has a statement that shares no transaction.
pub(crate) fn hook_without_transaction(file: &SqlFile, statement: &Statement, stage: Stage) -> Failure {
    let message = format!("{} has a statement that cannot share the migration's transaction", file.path);
    let mut failure = Failure::new(stage, ExitCode::Configuration, message);
    failure.help = Some("move it into a migration of its own, or into db/hooks/".to_owned());
    mark(&mut failure, file, statement.span.start);
    failure
}

/// A file begins a transaction and leaves it open: whether it was meant to be kept, only its author knows.
pub(crate) fn unfinished_transaction(file: &SqlFile, begin: &Statement, stage: Stage) -> Failure {
    let message = format!("{} begins a transaction that nothing commits: BEGIN without COMMIT", file.path);
    let mut failure = Failure::new(stage, ExitCode::Configuration, message);
    failure.help =
        Some("end the file with COMMIT, or leave BEGIN out: the file gets a transaction anyway".to_owned());
    mark(&mut failure, file, begin.span.start);
    failure
}

/// Puts place and excerpt of byte `offset` of a file into a failure.
pub(crate) fn mark(failure: &mut Failure, file: &SqlFile, offset: usize) {
    mark_place(failure, file, file.place(offset));
}

/// Puts a place in a file, and the lines around it, into a failure.
pub(crate) fn mark_place(failure: &mut Failure, file: &SqlFile, place: Place) {
    failure.excerpt = Some(excerpt(file.source(), (place.line, place.column)));
    failure.place = Some(place);
}

fn excerpt(text: &str, (marked_line, column): (usize, usize)) -> Excerpt {
    let first_line = marked_line.saturating_sub(CONTEXT_LINES).max(1);
    // A line may be as long as a file: what is shown is the part around the mark.
    let cut = column.saturating_sub(1).saturating_sub(LINE_WIDTH / 2);
    let count = marked_line - first_line + 1 + CONTEXT_LINES;
    let shown = |line: &str| line.chars().skip(cut).take(LINE_WIDTH).collect();
    let lines: Vec<String> = text.lines().skip(first_line - 1).take(count).map(shown).collect();
    Excerpt { first_line, lines, marked_line, marked_column: column - cut }
}

/// The byte at which a character stands, counted from 0.
fn byte_of_character(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::{byte_of_character, excerpt};

    #[test]
    fn an_excerpt_shows_the_marked_line_with_its_neighbours() {
        let shown = excerpt("one\ntwo\nthree\nfour\nfive\nsix", (4, 2));
        assert_eq!((shown.first_line, shown.marked_line, shown.marked_column), (2, 4, 2));
        assert_eq!(shown.lines, ["two", "three", "four", "five", "six"]);
    }

    #[test]
    fn a_line_as_long_as_a_file_is_cut_around_the_mark() {
        let text = "x".repeat(5000);
        let shown = excerpt(&text, (1, 3001));
        assert_eq!(shown.lines[0].len(), 200);
        assert_eq!(shown.marked_column, 101);
    }

    #[test]
    fn the_servers_positions_count_characters() {
        assert_eq!(byte_of_character("é x", 2), 3);
        assert_eq!(byte_of_character("a", 9), 1);
    }
}
