//! `migrate baseline --from-db` without a URL, and `init --from`: another tool's history, taken over from its ledger.

use super::{Lock, Scope, Site};
use crate::gateway::postgres::{Journal, Ledger, Session, SessionSettings, Target};
use crate::model::answer::ImportAnswer;
use crate::model::exit::ExitCode;
use crate::model::layout::Tool;
use crate::model::ledger::{LedgerRow, LedgerTable};
use crate::model::migration::{Migration, Version, label};
use crate::model::report::{Failure, Stage};
use crate::operation::failure;

/// What `migrate baseline --from-db` is asked to do where another tool's ledger tells.
#[derive(Debug, Clone)]
pub struct TakeoverRequest {
    /// Project and database.
    pub scope: Scope,
    /// Whose ledger it is; absent, that of the only tool that has one there.
    pub tool: Option<Tool>,
    /// The ledger's table, when it is called otherwise there.
    pub source_table: Option<String>,
    /// The newest version that is marked; absent, all are that the ledger names.
    pub through: Option<Version>,
    /// Only say what would be written.
    pub dry_run: bool,
}

/// A migration as another tool's ledger knows it, and as ours is to know it.
#[derive(Debug, Clone)]
pub(crate) struct Counterpart<'a> {
    /// What the other ledger calls it.
    pub(crate) theirs: &'a Version,
    /// The migration as its tool reads it, where its files are still there.
    pub(crate) before: Option<&'a Migration>,
    /// The migration as ours.
    pub(crate) ours: &'a Migration,
}

/// Marks migrations as applied that another tool's ledger in the same database names. Nothing is executed, and that
/// ledger is only read.
pub async fn takeover(request: &TakeoverRequest) -> ImportAnswer {
    let mut answer = ImportAnswer::begun(request.through.as_ref(), request.dry_run);
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer
}

async fn carry_out(request: &TakeoverRequest, answer: &mut ImportAnswer) -> Result<(), Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    if site.tool() != Tool::Confiture {
        return Err(not_ours(site.tool()));
    }
    if let Some(through) = &request.through {
        site.has_version("--through", through)?;
    }
    let session = site.connect(&SessionSettings::reading()).await?;
    let migrations = &site.files.migrations;
    let table = request.source_table.as_deref().map(LedgerTable::new);
    let tool = whose(&session, request.tool, table.as_ref(), &site.target).await?;
    answer.tool = Some(tool);
    let ledger = Ledger::of(tool, table).knowing(migrations);
    answer.source = ledger.table().display();
    let entries: Vec<Counterpart<'_>> =
        migrations.iter().map(|one| Counterpart { theirs: &one.version, before: None, ours: one }).collect();
    let rows = told(&session, (tool, &ledger), &entries).await;
    session.close().await;
    let mut rows = rows?.map_err(|refused| summary(tool, &refused))?;
    rows.retain(|row| request.through.as_ref().is_none_or(|through| row.version <= *through));
    let (new, there) = site.take_over(rows, request.dry_run).await?;
    (answer.copied_count, answer.skipped_count) = (new.len(), there);
    answer.copied = new;
    Ok(())
}

impl Site {
    /// Writes rows that our ledger does not have, all or none. Returns them, and how many were there.
    pub(crate) async fn take_over(
        &self,
        rows: Vec<LedgerRow>,
        dry_run: bool,
    ) -> Result<(Vec<LedgerRow>, usize), Failure> {
        let session = self.connect(&SessionSettings::migrating("60s")).await?;
        let ledger = &self.opened.ledger;
        let refused = |error| failure::database(Stage::Server, &error);
        let lacking = |there: &[LedgerRow]| {
            let known = |row: &LedgerRow| there.iter().any(|other| other.version == row.version);
            let (known, new): (Vec<_>, Vec<_>) = rows.iter().cloned().partition(known);
            (new, known.len())
        };
        if dry_run {
            let there = self.deployed(&session).await?;
            session.close().await;
            return Ok(lacking(&there));
        }
        let proof = Lock::Within("30s".to_owned()).take(self, &session).await?;
        ledger.ensure(&session, &proof).await.map_err(|error| self.ledger_refused(&error))?;
        let (new, there) = lacking(&self.deployed(&session).await?);
        let versions: Vec<&Version> = new.iter().map(|row| &row.version).collect();
        let forget = Journal::beside(ledger).forget_marked(&session, &versions).await.map_err(refused)?;
        let inserts = new.iter().map(|row| ledger.insert_taken_over(row, &proof));
        session.run_as_one(inserts.chain(forget)).await.map_err(refused)?;
        session.close().await;
        Ok((new, there))
    }
}

/// What another tool's ledger tells, as rows of ours; or everything that keeps it from being taken over.
pub(crate) async fn told(
    session: &Session,
    (tool, ledger): (Tool, &Ledger),
    entries: &[Counterpart<'_>],
) -> Result<Result<Vec<LedgerRow>, Vec<Failure>>, Failure> {
    let refused = |error| failure::database(Stage::Server, &error);
    if !ledger.exists(session).await.map_err(refused)? {
        let message = format!(
            "the database has no ledger {}: there is no history to take over",
            ledger.table().display()
        );
        let mut failure = Failure::new(Stage::Server, ExitCode::Configuration, message);
        failure.help =
            Some(format!("{} has not migrated this database, or calls its ledger otherwise", tool.title()));
        return Err(failure);
    }
    if let Some(fault) = ledger.fault(session, &["select"]).await.map_err(refused)? {
        let message = format!("{} is no ledger of {}: {fault}", ledger.table().display(), tool.title());
        return Err(Failure::new(Stage::Server, ExitCode::Configuration, message));
    }
    let rows = ledger.rows(session).await.map_err(refused)?;
    let (mut taken, mut faults) = (Vec::new(), Vec::new());
    faults.extend(ledger.started(session).await.map_err(refused)?.iter().map(|version| {
        let message = format!("{} has started {version} and not completed it", tool.title());
        let mut failure = Failure::new(Stage::Project, ExitCode::Ledger, message);
        failure.help = Some("complete it, or take it back, with its tool".to_owned());
        failure
    }));
    for row in rows {
        match as_ours(tool, row, entries) {
            Ok(row) => taken.extend(row),
            Err(failure) => faults.push(failure),
        }
    }
    taken.sort_by(|left, right| left.version.cmp(&right.version));
    Ok(if faults.is_empty() { Ok(taken) } else { Err(faults) })
}

/// A row of ours for a row of theirs; none for one that is about no file and need not be.
fn as_ours(tool: Tool, row: LedgerRow, entries: &[Counterpart<'_>]) -> Result<Option<LedgerRow>, Failure> {
    let shown = label(&row.version, &row.name);
    let fault = |message: String, help: &str| {
        let mut failure = Failure::new(Stage::Project, ExitCode::Ledger, message);
        failure.help = Some(help.to_owned());
        Err(failure)
    };
    if row.half_done {
        let message = format!("{} says that {shown} stopped half-way", tool.title());
        return fault(message, "look what of it is there, mend that, and tell its tool that it is mended");
    }
    let Some(entry) = meant(&row, entries) else {
        let help = "restore the file, or take its row out with its tool";
        let message = format!("{} has applied {shown}, of which there is no file", tool.title());
        // What Flyway was begun with need not have been a file.
        return if row.through && tool == Tool::Flyway { Ok(None) } else { fault(message, help) };
    };
    let changed = |before: &&Migration| {
        row.checksum.as_deref().is_some_and(|checksum| !before.matches_checksum(checksum))
    };
    match entry.before.filter(changed) {
        // It is run again, which is what its tool would do.
        Some(before) if before.repeatable => Ok(None),
        Some(before) => {
            let message = format!("{} was changed since {} has applied it", before.up.path, tool.title());
            fault(message, "restore the file, or have its tool take it as it is")
        }
        None => Ok(Some(LedgerRow {
            version: entry.ours.version.clone(),
            name: entry.ours.name.clone(),
            checksum: Some(entry.ours.ledger_checksum().to_owned()),
            ..row
        })),
    }
}

/// The migration that a row is about: of its version, or of the same number, or of its name where that is all it has.
fn meant<'e, 'a>(row: &LedgerRow, entries: &'e [Counterpart<'a>]) -> Option<&'e Counterpart<'a>> {
    let same = entries.iter().find(|entry| *entry.theirs == row.version);
    let number = row.version.number();
    let equal = || entries.iter().find(|entry| number.is_some() && entry.theirs.number() == number);
    let named = || {
        let name = row.version.as_str().trim_start_matches("R__");
        entries.iter().find(|entry| !row.version.is_ordered() && entry.ours.name == name)
    };
    same.or_else(equal).or_else(named)
}

/// Whose ledger is read.
async fn whose(
    session: &Session,
    said: Option<Tool>,
    table: Option<&LedgerTable>,
    target: &Target,
) -> Result<Tool, Failure> {
    if let Some(tool) = said {
        return Ok(tool);
    }
    let refused = |message: String, help: String| {
        let mut failure = Failure::new(Stage::Server, ExitCode::Configuration, message);
        failure.help = Some(help);
        Err(failure)
    };
    if let Some(table) = table {
        let message = format!("whose ledger is {}?", table.display());
        return refused(message, "say it with --from TOOL".to_owned());
    }
    let found = Ledger::found(session).await.map_err(|error| failure::database(Stage::Server, &error))?;
    let names: Vec<&str> = found.iter().map(|tool| tool.name()).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => refused(
            format!("{target} has no ledger of another tool"),
            "name its tool with --from and its table with --source-table, or mark migrations with --through"
                .to_owned(),
        ),
        _ => refused(
            format!("{target} has ledgers of several tools: {}", names.join(", ")),
            format!("say which tells, such as --from {}", names[0]),
        ),
    }
}

/// Everything that is in the way, in one failure.
fn summary(tool: Tool, refused: &[Failure]) -> Failure {
    let all: Vec<&str> = refused.iter().map(|one| one.message.as_str()).collect();
    let message = format!(
        "the ledger of {} cannot be taken over; nothing was written:\n{}",
        tool.title(),
        all.join("\n")
    );
    let mut failure = Failure::new(Stage::Project, ExitCode::Ledger, message);
    failure.help = refused.first().and_then(|one| one.help.clone());
    failure
}

fn not_ours(tool: Tool) -> Failure {
    let message = format!(
        "these are migrations of {}, whose own ledger tells: there is nothing to take over",
        tool.title()
    );
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some(format!("`confiture init --from {}` makes the files ours first", tool.name()));
    failure
}
