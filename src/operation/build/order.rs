//! Which file has to come before which.

use super::run::{self, Refused};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::operation::apply::Runner;
use crate::operation::failure;
use crate::operation::script::Script;
use crate::sql;

/// What a statement is refused with that speaks of something that is not there: a table, a column, a type or another
/// object, a function, a schema.
const MISSING: [&str; 5] = ["42P01", "42703", "42704", "42883", "3F000"];

/// A file that makes what another needs.
struct Maker {
    name: String,
    file: usize,
    line: usize,
}

fn is_missing(refused: &Refused) -> bool {
    refused.failure.sqlstate.as_deref().is_some_and(|code| MISSING.contains(&code))
}

/// Says in a refusal which of the files that were still to come has to come before.
pub(super) fn explain(mut refused: Refused, scripts: &[Script<'_>]) -> Failure {
    let later = |file: usize| file > refused.file;
    if is_missing(&refused)
        && let Some(maker) = maker(&refused, scripts, &later)
    {
        let (before, after) = (&scripts[maker.file].file.path, &scripts[refused.file].file.path);
        refused.failure.help = Some(format!(
            "put {before} before {after}: it makes {} on line {}; or say --auto-order",
            maker.name, maker.line
        ));
    }
    refused.failure
}

/// The file among those wanted that makes what a statement lacks.
///
/// The server points at the name, or says nothing of where; then it is the first name of the statement that a wanted
/// file makes.
fn maker(refused: &Refused, scripts: &[Script<'_>], wanted: &dyn Fn(usize) -> bool) -> Option<Maker> {
    let script = &scripts[refused.file];
    let statement = script.statements.iter().find(|statement| refused.offset < statement.span.end)?;
    let at = refused.offset.max(statement.span.start);
    let pointed: String = script.file.text[at..statement.span.end]
        .chars()
        .take_while(|c| c.is_alphanumeric() || "_$.\"".contains(*c))
        .collect();
    let pointed = if at > statement.span.start { sql::names(&pointed) } else { Vec::new() };
    let own = |name: &String| statement.touches.iter().any(|touch| touch.makes && touch.name == *name);
    let all = sql::names(script.text(statement)).into_iter().filter(|name| !own(name));
    let names = pointed.into_iter().chain(all);
    names.into_iter().find_map(|name| {
        (0..scripts.len()).filter(|file| wanted(*file)).find_map(|file| {
            let touches = scripts[file].statements.iter().flat_map(|statement| &statement.touches);
            let mut made = touches.filter(|touch| touch.makes && touch.name == name);
            let whole = |touch: &crate::model::statement::Touch| {
                touch.parent.is_none() || refused.failure.sqlstate.as_deref() == Some("42703")
            };
            let touch = made.find(|touch| whole(touch))?;
            Some(Maker { name: name.clone(), file, line: scripts[file].position(touch.offset).0 })
        })
    })
}

/// Runs files in an order in which they can be run, and returns it. A transaction must be open.
///
/// A file that lacks something is put off until the others have been tried, and that again until nothing moves.
pub(super) async fn find(runner: &Runner<'_>, scripts: &[Script<'_>]) -> Result<Vec<usize>, Failure> {
    let mut order = Vec::new();
    let mut left: Vec<usize> = (0..scripts.len()).collect();
    while !left.is_empty() {
        let mut put_off: Vec<Refused> = Vec::new();
        for file in &left {
            match attempt(runner, scripts, *file).await {
                Ok(()) => order.push(*file),
                Err(refused) if is_missing(&refused) => put_off.push(refused),
                Err(refused) => return Err(refused.failure),
            }
        }
        if put_off.len() == left.len() {
            return Err(stuck(&put_off, scripts));
        }
        left = put_off.iter().map(|refused| refused.file).collect();
    }
    Ok(order)
}

async fn attempt(runner: &Runner<'_>, scripts: &[Script<'_>], file: usize) -> Result<(), Refused> {
    let session = runner.session;
    let refused = |error| {
        let failure = failure::database(runner.stage, &error);
        Refused { file, offset: 0, failure }
    };
    session.run("savepoint confiture_file").await.map_err(refused)?;
    let result = run::file(runner, scripts, file, true).await;
    let end = match &result {
        Ok(()) => "release savepoint confiture_file",
        Err(_) => "rollback to savepoint confiture_file; release savepoint confiture_file",
    };
    session.run(end).await.map_err(refused)?;
    result
}

/// Why nothing moves: files that need one another, or a file that needs what no file makes.
fn stuck(put_off: &[Refused], scripts: &[Script<'_>]) -> Failure {
    let is_stuck = |file: usize| put_off.iter().any(|refused| refused.file == file);
    let mut chain: Vec<(usize, Maker)> = Vec::new();
    let mut at = 0;
    loop {
        let refused = &put_off[at];
        let other = |file: usize| file != refused.file && is_stuck(file);
        let Some(maker) = maker(refused, scripts, &other) else {
            // Whatever else waits, waits for this.
            return refused.failure.clone();
        };
        let next = maker.file;
        chain.push((refused.file, maker));
        if let Some(begin) = chain.iter().position(|(file, _)| *file == next) {
            return circle(&chain[begin..], scripts, &put_off[at].failure);
        }
        at = put_off.iter().position(|refused| refused.file == next).unwrap_or_default();
    }
}

fn circle(members: &[(usize, Maker)], scripts: &[Script<'_>], last: &Failure) -> Failure {
    let path = |file: usize| &scripts[file].file.path;
    let needs = members
        .iter()
        .map(|(file, maker)| format!("{} needs {} of {}", path(*file), maker.name, path(maker.file)));
    let message = format!(
        "there is no order for files that need one another: {}",
        needs.collect::<Vec<_>>().join(", ")
    );
    let mut failure = Failure::new(Stage::Schema, ExitCode::Database, message);
    failure.place.clone_from(&last.place);
    failure.excerpt.clone_from(&last.excerpt);
    failure.help =
        Some("move what closes the circle, a foreign key for example, into a file of its own".to_owned());
    failure
}
