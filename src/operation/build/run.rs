//! Running the files of a schema in one session, as few messages as may be.

use std::ops::Range;

use crate::gateway::postgres::DatabaseError;
use crate::model::exit::ExitCode;
use crate::model::report::Failure;
use crate::model::statement::TransactionMode;
use crate::operation::apply::{Runner, Skips};
use crate::operation::failure;
use crate::operation::script::Script;

/// Bytes of SQL that are sent together at the most.
const MESSAGE: usize = 4 << 20;

/// A file that was refused.
#[derive(Debug)]
pub(super) struct Refused {
    /// Its index.
    pub(super) file: usize,
    /// The byte that the failure is about.
    pub(super) offset: usize,
    pub(super) failure: Failure,
}

impl Refused {
    /// Whether it was refused for being in a transaction, or for all files being in one.
    pub(super) fn for_its_transaction(&self) -> bool {
        self.failure.sqlstate.as_deref().is_some_and(|code| TRANSACTION.contains(&code))
    }
}

/// What is refused in a transaction only: `VACUUM` from code, `COMMIT` from code, the use of an enum value that is
/// not committed, more locks than the server has room for.
const TRANSACTION: [&str; 4] = ["25001", "2D000", "55P04", OUT_OF_LOCKS];
const OUT_OF_LOCKS: &str = "53200";

/// Whether a file can be run in a transaction of ours.
pub(super) fn is_transactional(script: &Script<'_>) -> bool {
    script.mode() == TransactionMode::Single
}

/// From how many files on it is foreseen whether the server has room for the locks of all of them.
const FORESEEN_FROM: usize = 16;

/// Refuses to go on with a transaction in which the locks of all files will not have room, by what those of the first
/// ones hold: after sixteen files, and each time that their number has doubled.
pub(super) async fn foresee_locks(runner: &Runner<'_>, file: usize, total: usize) -> Result<(), Refused> {
    let done = file + 1;
    if done < FORESEEN_FROM || !done.is_power_of_two() {
        return Ok(());
    }
    let refused = |failure| Refused { file, offset: 0, failure };
    let sql = format!(
        "select (select pg_catalog.count(*) from pg_catalog.pg_locks l where l.pid = pg_catalog.pg_backend_pid())
           * {total} / {done} > pg_catalog.current_setting('max_locks_per_transaction')::bigint
           * (pg_catalog.current_setting('max_connections')::bigint
              + pg_catalog.current_setting('max_prepared_transactions')::bigint)"
    );
    let answer = runner.session.value(&sql).await;
    let answer = answer.map_err(|error| refused(failure::database(runner.stage, &error)))?;
    if answer.as_deref() != Some("t") {
        return Ok(());
    }
    let message = format!("the server has no room for the locks of {total} files in one transaction");
    let mut failure = Failure::new(runner.stage, ExitCode::Database, message);
    failure.sqlstate = Some(OUT_OF_LOCKS.to_owned());
    Err(refused(failure))
}

/// Runs one file. `in_transaction` says whether a transaction of ours is open.
pub(super) async fn file(
    runner: &Runner<'_>,
    scripts: &[Script<'_>],
    file: usize,
    in_transaction: bool,
) -> Result<(), Refused> {
    let script = &scripts[file];
    for group in groups(script, runner.skips) {
        let mut result = together(runner, script, group.clone()).await;
        // Statements that were sent together were taken back together.
        let again = |error: &DatabaseError| TRANSACTION.iter().any(|code| error.is(code));
        if !in_transaction && group.len() > 1 && result.as_ref().is_err_and(|(_, error)| again(error)) {
            result = one_by_one(runner, script, group).await;
        }
        result.map_err(|(offset, error)| Refused {
            file,
            offset,
            failure: failure::at(runner.stage, script.file, offset, &error),
        })?;
    }
    Ok(())
}

/// The statements that can be sent together. Data of `COPY` is a message of its own, and what stands alone in its
/// transaction has to be alone in its message.
fn groups(script: &Script<'_>, skips: &Skips) -> Vec<Range<usize>> {
    let statements = &script.statements;
    let together = is_transactional(script);
    let is_alone = |index: usize| {
        !together || statements[index].copy_data.is_some() || skips.leaves_out(&statements[index])
    };
    let mut groups: Vec<Range<usize>> = Vec::new();
    for index in 0..statements.len() {
        let joined = groups.last_mut().filter(|group| {
            let between = &script.file.text[statements[index - 1].span.end..statements[index].span.start];
            let size = statements[index].span.end - statements[group.start].span.start;
            // A backslash between statements is a line for psql.
            !is_alone(index) && !is_alone(index - 1) && size <= MESSAGE && !between.contains('\\')
        });
        match joined {
            Some(group) => group.end = index + 1,
            None => groups.push(index..index + 1),
        }
    }
    groups
}

/// Runs statements in one message. An error comes with the byte of the file that it is about.
async fn together(
    runner: &Runner<'_>,
    script: &Script<'_>,
    group: Range<usize>,
) -> Result<(), (usize, DatabaseError)> {
    if group.len() == 1 {
        return one_by_one(runner, script, group).await;
    }
    let statements = &script.statements[group];
    let (start, end) = (statements[0].span.start, statements[statements.len() - 1].span.end);
    let text = &script.file.text[start..end];
    runner.session.run_together(text).await.map_err(|(done, error)| {
        let offset = match error.position {
            Some(_) => start + failure::error_offset(text, &error),
            None => statements[done.min(statements.len() - 1)].span.start,
        };
        (offset, error)
    })
}

async fn one_by_one(
    runner: &Runner<'_>,
    script: &Script<'_>,
    group: Range<usize>,
) -> Result<(), (usize, DatabaseError)> {
    for statement in &script.statements[group] {
        runner.run(script, statement).await.map_err(|error| {
            (statement.span.start + failure::error_offset(script.text(statement), &error), error)
        })?;
    }
    Ok(())
}
