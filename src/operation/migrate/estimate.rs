//! `migrate estimate`: what pending migrations will take, guessed from their text and the sizes of the tables.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::{Scope, Site};
use crate::engine::chain;
use crate::gateway::files::Project;
use crate::gateway::postgres::{Session, SessionSettings, table_size};
use crate::model::answer::Head;
use crate::model::estimate::{
    EstimateAnswer, MigrationEstimate, Span, StatementEstimate, TableEstimate, TableSize, Work, assumptions,
};
use crate::model::exit::ExitCode;
use crate::model::ident::{Ident, QualifiedName};
use crate::model::report::{Failure, Stage};
use crate::model::statement::Statement;
use crate::operation::apply::one_line;
use crate::operation::failure;
use crate::operation::script::Step;
use crate::sql::{self, Demand, TableName};

/// Reads the pending migrations, and of their tables the sizes. Writes nothing and takes no lock on a table.
pub async fn estimate(scope: &Scope) -> EstimateAnswer {
    let mut answer = EstimateAnswer {
        head: Head::new("migrate estimate"),
        migrations: Vec::new(),
        total_duration_ms: Span::default(),
        strongest_lock: None,
        assumptions: assumptions(),
    };
    let result = carry_out(scope, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer
}

async fn carry_out(scope: &Scope, answer: &mut EstimateAnswer) -> Result<(), Failure> {
    let site = Site::find(scope).await?;
    answer.head.database = Some(site.target.to_string());
    // A name without a schema means here what it will mean then.
    let settings = SessionSettings { search_path: None, ..SessionSettings::reading() };
    let session = site.connect(&settings).await?;
    let rows = site.opened.ledger.rows(&session).await;
    let deployed = rows.map_err(|error| failure::database(Stage::Server, &error))?;
    let mut guess = Guess { session: Some(&session), made: BTreeSet::new() };
    for migration in chain::pending(site.policy(), &site.files.migrations, &deployed) {
        let step = Step::read(migration, Stage::Migration)?;
        answer.migrations.push(guess.migration(&step).await?);
    }
    session.close().await;
    answer.total_duration_ms = sum(answer.migrations.iter().map(|one| one.duration_ms));
    let statements = answer.migrations.iter().flat_map(|one| &one.statements);
    let there = statements.flat_map(|one| &one.tables).filter(|table| table.size.is_some());
    answer.strongest_lock = there.map(|table| table.lock).max();
    Ok(())
}

/// What migrations lock, told from their text alone: no database is asked how large its tables are, and no time is
/// guessed from that. `wanted` are labels, `VERSION_name`; what cannot be read is left out.
pub async fn locks(directory: &Utf8Path, wanted: &[String]) -> Vec<MigrationEstimate> {
    let files = Project::open(directory).and_then(|project| project.migrations());
    let migrations = files.map(|files| files.migrations).unwrap_or_default();
    let mut guess = Guess { session: None, made: BTreeSet::new() };
    let mut estimates = Vec::new();
    for migration in migrations.iter().filter(|one| wanted.contains(&one.label())) {
        let Ok(step) = Step::read(migration, Stage::Migration) else { continue };
        estimates.extend(guess.migration(&step).await);
    }
    estimates
}

struct Guess<'a> {
    /// Where tables are looked up; absent, those are taken to be there that nothing has made.
    session: Option<&'a Session>,
    /// What the pending migrations have made so far: nobody else knows of it, and nothing is in it.
    made: BTreeSet<TableName>,
}

impl Guess<'_> {
    async fn migration(&mut self, step: &Step<'_>) -> Result<MigrationEstimate, Failure> {
        let mut statements = Vec::new();
        for statement in &step.script.statements {
            statements.push(self.statement(step, statement).await?);
        }
        Ok(MigrationEstimate {
            version: step.migration.version.clone(),
            name: step.migration.name.clone(),
            path: step.script.file.path.clone(),
            transaction: step.mode,
            duration_ms: sum(statements.iter().map(|one| one.duration_ms)),
            statements,
        })
    }

    async fn statement(
        &mut self,
        step: &Step<'_>,
        statement: &Statement,
    ) -> Result<StatementEstimate, Failure> {
        let text = step.script.text(statement);
        let (line, column) = step.script.position(statement.span.start);
        let mut tables = Vec::new();
        for demand in sql::demands(text) {
            tables.push(self.table(demand).await?);
        }
        self.made.extend(sql::made(text));
        // A statement that names no table changes the catalog, if anything.
        let nothing = || Work::Catalog.duration(TableSize::default(), false);
        let spans = tables.iter().map(|one| one.work.duration(one.size.unwrap_or_default(), one.perhaps));
        let duration_ms = if tables.is_empty() { nothing() } else { sum(spans) };
        Ok(StatementEstimate { line, column, text: one_line(text), tables, duration_ms })
    }

    async fn table(&self, demand: Demand) -> Result<TableEstimate, Failure> {
        let (schema, name) = &demand.table;
        let schema_name = (!schema.is_empty()).then(|| Ident::new(schema.as_str()));
        let written = QualifiedName { schema: schema_name, name: Ident::new(name.as_str()) };
        let plain = || if schema.is_empty() { name.clone() } else { format!("{schema}.{name}") };
        let is_new = self.made.contains(&demand.table);
        let found = match self.session {
            _ if is_new => Ok(None),
            Some(session) => table_size(session, &written).await,
            None => Ok(Some((plain(), TableSize::default()))),
        };
        let found = found.map_err(|error| failure::database(Stage::Server, &error))?;
        let (table, size) = found.map_or_else(|| (plain(), None), |(full, size)| (full, Some(size)));
        Ok(TableEstimate {
            table,
            lock: demand.lock,
            blocks: demand.lock.blocks().filter(|_| size.is_some()).map(Into::into),
            work: demand.work,
            perhaps: demand.perhaps,
            size,
        })
    }
}

fn sum(spans: impl Iterator<Item = Span>) -> Span {
    spans.fold(Span::default(), Span::and)
}
