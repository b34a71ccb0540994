//! Running the check of a migration, of which nothing stays.

use super::failure;
use super::script::Script;
use crate::gateway::postgres::Session;
use crate::model::migration::SqlFile;
use crate::model::report::{Failure, Stage};
use crate::model::statement::{Statement, StatementKind};

/// Whose checks they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Ours: they only read, and false as a query's first value is a failure.
    Ours,
    /// Another tool's: they bring a transaction of their own, which they roll back, and fail when a statement does.
    Foreign,
}

/// Runs a check and returns why it fails, when it does. Nothing of what it does stays.
pub(crate) async fn run(
    session: &Session,
    file: &SqlFile,
    manner: Manner,
) -> Result<Option<Failure>, Failure> {
    let script = Script::read(file, Stage::Verify)?;
    let refused = |error| failure::database(Stage::Verify, &error);
    let ends = script.statements.iter().find(|statement| is_of_transaction(statement));
    // After the first query no transaction can be made to write again.
    let begin = match (manner, ends) {
        (Manner::Ours, Some(statement)) => {
            return Ok(Some(failure::check(file, statement, "a check may not end its transaction")));
        }
        (Manner::Ours, None) => "begin transaction read only; select 1",
        (Manner::Foreign, _) => "begin",
    };
    session.run(begin).await.map_err(refused)?;
    let mut failed = None;
    for statement in script.statements.iter().filter(|statement| !is_of_transaction(statement)) {
        failed = match session.value(script.text(statement)).await {
            Ok(Some(value)) if value == "f" && manner == Manner::Ours => {
                Some(failure::check(file, statement, "the query's first value is false"))
            }
            Ok(_) => None,
            Err(error) => Some(failure::statement(Stage::Verify, file, statement, &error)),
        };
        if failed.is_some() {
            break;
        }
    }
    session.run("rollback").await.map_err(refused)?;
    Ok(failed)
}

fn is_of_transaction(statement: &Statement) -> bool {
    matches!(statement.kind, StatementKind::Begin | StatementKind::Commit | StatementKind::Rollback)
}
