//! What migrations say, read from their files alone.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::apply::one_line;
use super::project::{Opened, ProjectOptions, migrations_in};
use super::script::Step;
use crate::model::migration::{Migration, Version};
use crate::model::outline::{LockOutline, MigrationOutline, StatementOutline};
use crate::model::report::{Failure, Stage};
use crate::sql::{self, Demand, TableName};

/// Which migrations are read.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Those that the base has not.
    Pending,
    /// One: by its version, its label, or the path of one of its files.
    Named(&'a str),
}

/// Reads migrations of a project. What stands in the directory `base` counts as deployed. Connects to nothing.
pub async fn outline(
    project: &ProjectOptions,
    base: &Utf8Path,
    which: Which<'_>,
) -> Result<Vec<MigrationOutline>, Failure> {
    let opened = Opened::open_if_there(project).await?;
    let Some(opened) = opened else { return Ok(Vec::new()) };
    let there = migrations_in(base, opened.project.layout())?.migrations;
    let deployed: BTreeSet<&Version> = there.iter().map(|one| &one.version).collect();
    let mut made = BTreeSet::new();
    let mut found = Vec::new();
    for migration in &opened.migrations()?.migrations {
        let pending = !deployed.contains(&migration.version);
        let wanted = match which {
            Which::Pending => pending,
            Which::Named(name) => is_called(migration, name),
        };
        if wanted {
            found.push(of(migration, pending, &mut made)?);
        }
    }
    Ok(found)
}

/// The labels of all migrations, to find the one that was meant.
pub async fn labels(project: &ProjectOptions) -> Result<Vec<String>, Failure> {
    let Some(opened) = Opened::open_if_there(project).await? else { return Ok(Vec::new()) };
    Ok(opened.migrations()?.migrations.iter().map(Migration::label).collect())
}

fn is_called(migration: &Migration, name: &str) -> bool {
    let same_number = migration.version.number().is_some_and(|number| name.parse() == Ok(number));
    let path = &migration.up.path;
    same_number
        || migration.version.as_str() == name
        || migration.label() == name
        || path == name
        || path.file_name() == Some(name)
        || migration.down.as_ref().is_some_and(|down| down.path() == name)
}

fn of(
    migration: &Migration,
    pending: bool,
    made: &mut BTreeSet<TableName>,
) -> Result<MigrationOutline, Failure> {
    let step = Step::read(migration, Stage::Project)?;
    let mut statements = Vec::new();
    for statement in &step.script.statements {
        let text = step.script.text(statement);
        let (line, _) = step.script.position(statement.span.start);
        let locks = sql::demands(text).into_iter().map(|demand| lock(demand, made)).collect();
        made.extend(sql::made(text));
        statements.push(StatementOutline { line, text: one_line(text), locks });
    }
    Ok(MigrationOutline {
        version: migration.version.clone(),
        name: migration.name.clone(),
        path: migration.up.path.clone(),
        pending,
        has_down: migration.down.is_some(),
        transaction: step.mode,
        statements,
    })
}

fn lock(demand: Demand, made: &BTreeSet<TableName>) -> LockOutline {
    let is_new = made.contains(&demand.table);
    let (schema, name) = demand.table;
    let table = if schema.is_empty() { name } else { format!("{schema}.{name}") };
    LockOutline { table, lock: demand.lock, work: demand.work, is_new }
}
