//! Running one migration on a database, with its ledger row.

use std::time::Instant;

use super::failure;
use super::hooks::set_config;
use super::patience::{Patience, Tell, Tries};
use super::progress::{Progress, STATEMENTS_SHOWN};
use super::python::Host;
use super::resume::{self, Notes};
use super::script::{Direction, Script, Step};
use crate::gateway::postgres::{DatabaseError, Ledger, LockProof, NewRow, Session, SessionSettings};
use crate::model::counted::counted;
use crate::model::event::Event;
use crate::model::hook::{HookOutcome, HookStatus, Phase};
use crate::model::ident::Literal;
use crate::model::notice::Notice;
use crate::model::report::{Failure, MigrationOutcome, MigrationStatus, Stage, StatementOutcome};
use crate::model::statement::{Statement, StatementKind, TransactionMode};
use crate::sql::Directives;

/// Characters of a statement that a report shows.
const STATEMENT_WIDTH: usize = 120;

/// What is not run as it is written, because somebody else has seen to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Skips {
    /// Roles are made beforehand, as they belong to the cluster: `CREATE`, `ALTER` and `DROP ROLE` do nothing.
    pub(crate) skip_roles: bool,
    /// Extensions that a superuser installed beforehand: `CREATE` and `COMMENT ON EXTENSION` do nothing.
    pub(crate) prepared_extensions: Vec<String>,
    /// Objects stay the owner's that makes them: `ALTER … OWNER TO` does nothing.
    pub(crate) skip_owners: bool,
    /// Settings that the server does not know are left out, as psql would go on after them.
    pub(crate) skip_unknown_settings: bool,
}

impl Skips {
    pub(crate) fn leaves_out(&self, statement: &Statement) -> bool {
        match &statement.kind {
            StatementKind::Role => self.skip_roles,
            StatementKind::Owner => self.skip_owners,
            StatementKind::Extension(name) => self.prepared_extensions.contains(name),
            _ => false,
        }
    }
}

/// Runs the statements of files in one session.
pub(crate) struct Runner<'a> {
    pub(crate) session: &'a Session,
    pub(crate) settings: &'a SessionSettings,
    pub(crate) skips: &'a Skips,
    pub(crate) stage: Stage,
}

impl Runner<'_> {
    /// Runs a file's statements one by one, outside any transaction of ours, and returns what was left out.
    pub(crate) async fn run_file(&self, script: &Script<'_>) -> Result<Vec<String>, Failure> {
        let mut left_out = Vec::new();
        for statement in &script.statements {
            match self.run(script, statement).await {
                Err(error) if self.may_skip(statement, &error) => {
                    left_out.push(script.text(statement).to_owned());
                }
                Err(error) => return Err(failure::statement(self.stage, script.file, statement, &error)),
                Ok(()) => {}
            }
        }
        Ok(left_out)
    }

    /// 42704 is what an unknown setting is refused with.
    fn may_skip(&self, statement: &Statement, error: &DatabaseError) -> bool {
        self.skips.skip_unknown_settings && statement.kind == StatementKind::Set && error.is("42704")
    }

    pub(crate) async fn run(&self, script: &Script<'_>, statement: &Statement) -> Result<(), DatabaseError> {
        if self.skips.leaves_out(statement) {
            return Ok(());
        }
        let text = script.text(statement);
        match &statement.copy_data {
            Some(data) => {
                let data = script.file.text[data.clone()].as_bytes();
                self.session.copy_in(text, data).await.map(|_| ())
            }
            None if crate::sql::copies_out(text) => self.session.copy_out(text).await,
            None => self.session.run(text).await,
        }
    }
}

/// How many rows a part of a long update has where nobody says.
pub(crate) const BATCH_SIZE: u64 = 10_000;

/// Applies migrations, each with its ledger row.
pub(crate) struct Applier<'a> {
    pub(crate) runner: Runner<'a>,
    pub(crate) ledger: &'a Ledger,
    pub(crate) lock: &'a LockProof,
    /// How locks are waited for; absent, what does not get its lock fails.
    pub(crate) patience: Option<&'a Patience<'a>>,
    /// What is written down of what runs outside a transaction; absent, nothing.
    pub(crate) notes: Option<&'a Notes>,
    /// How many rows of a table a part of a long update has that names no size.
    pub(crate) batch_size: u64,
    /// What runs migrations in Python.
    pub(crate) python: &'a Host,
    /// Who is told of what happens.
    pub(crate) tell: Tell<'a>,
}

impl Applier<'_> {
    /// Applies one migration. On failure what can be undone is undone.
    pub(crate) async fn apply(&self, step: &Step<'_>) -> (MigrationOutcome, Option<Failure>) {
        let mut progress = Progress::of(step);
        let mut tries = Tries::default();
        if let Err(failure) = self.wait_for_replicas(step).await {
            return (progress.end(step, false), Some(failure));
        }
        let result = loop {
            // Boxed: what runs one migration is large, and every command would carry it.
            let carried_out = Box::pin(self.carry_out(step, &mut progress)).await;
            let Err(failure) = carried_out else { break Ok(()) };
            // Outside a transaction this is a warning of the server's and nothing more.
            let _ = self.runner.session.run("rollback").await;
            let again = match self.patience {
                // What a program did outside a transaction it would do twice.
                Some(patience) if step.mode == TransactionMode::Single || !self.runs_python(step) => {
                    patience.pause(step, &failure, &mut tries).await
                }
                _ => false,
            };
            if !again {
                break Err(failure);
            }
            progress.rewind(step.mode);
        };
        let mut failure = result.err();
        if let Some(failure) = failure.as_mut().filter(|_| step.mode != TransactionMode::Single) {
            let done = progress.done_for_good();
            let batches = progress.outcome.batches.as_ref();
            let stays = match self.notes(step) {
                Some(_) => resume::goes_on(done, step, batches),
                None => may_stay(done, step),
            };
            let helps: Vec<String> = failure.help.take().into_iter().chain(stays).collect();
            failure.help = Some(helps.join("; ")).filter(|help| !help.is_empty());
        }
        (progress.end(step, failure.is_none()), failure)
    }

    /// Runs a migration's statements in a transaction that is open already, and writes no ledger row.
    pub(crate) async fn rehearse(&self, step: &Step<'_>) -> (MigrationOutcome, Option<Failure>) {
        let mut progress = Progress::of_rehearsal(step);
        let reset =
            self.runner.session.reset_sql(self.runner.settings) + &limits_sql(&step.asked) + &facts_sql(step);
        let reset = self.runner.session.run(&reset).await;
        let mut result = reset.map_err(|error| failure::database(self.runner.stage, &error));
        if result.is_ok() {
            result = self.run_hook(step, Phase::BeforeMigration, &mut progress).await;
        }
        if result.is_ok() {
            result = Box::pin(self.run_all(step, &mut progress)).await;
        }
        if result.is_ok() {
            result = self.run_hook(step, Phase::AfterMigration, &mut progress).await;
        }
        if result.is_ok() {
            // A rehearsal never comes to the commit, where what is deferred would be looked at.
            let looked = self.watched(step, self.runner.session.run("set constraints all immediate")).await;
            result = looked.map_err(|error| failure::not_committed(self.runner.stage, step, &error));
        }
        (progress.end(step, result.is_ok()), result.err())
    }

    async fn carry_out(&self, step: &Step<'_>, progress: &mut Progress) -> Result<(), Failure> {
        self.begin(step, progress).await?;
        self.run_all(step, progress).await?;
        self.end(step, progress).await
    }

    /// Runs what a step consists of: its statements, or the program that sends them.
    async fn run_all(&self, step: &Step<'_>, progress: &mut Progress) -> Result<(), Failure> {
        if let Some(python) = &step.migration.python {
            self.may_run(step, python, progress)?;
            if self.runs_python(step) {
                return Box::pin(self.run_program(step, progress)).await;
            }
        }
        let statements = &step.script.statements;
        for (index, statement) in statements.iter().enumerate().skip(progress.next) {
            // A row that is committed before the last statement would outlive that statement's failure.
            let is_last = index + 1 == statements.len();
            if progress.done_before.contains(&index) {
                continue;
            }
            if is_last
                && statement.kind == StatementKind::Commit
                && progress.in_transaction
                && !progress.recorded
            {
                self.run_hook(step, Phase::AfterMigration, progress).await?;
                self.record(step, &self.row(step, progress), progress).await?;
            }
            self.run_statement(step, index, progress).await?;
        }
        Ok(())
    }

    /// Every migration starts with the session as it was opened, whatever the one before has set.
    async fn begin(&self, step: &Step<'_>, progress: &mut Progress) -> Result<(), Failure> {
        if progress.prepared {
            return Ok(());
        }
        let sql =
            self.runner.session.reset_sql(self.runner.settings) + &limits_sql(&step.asked) + &facts_sql(step);
        progress.in_transaction = step.mode == TransactionMode::Single;
        // Not in one message: its transaction would be as the settings were before they were put back.
        let begin = if progress.in_transaction { "begin" } else { "" };
        let refused = |error| failure::database(self.runner.stage, &error);
        let (reset, opened) = self.runner.session.run_both(&sql, begin).await;
        reset.and(opened).map_err(refused)?;
        if let Some(notes) = self.notes(step) {
            self.take_up(notes, step, progress).await.map_err(refused)?;
        }
        self.run_before(step, progress).await?;
        progress.prepared = true;
        Ok(())
    }

    /// Runs what comes before a migration: in its transaction, or in one of its own, written down where that is done.
    async fn run_before(&self, step: &Step<'_>, progress: &mut Progress) -> Result<(), Failure> {
        if step.before.is_none() || progress.before_is_done {
            return Ok(());
        }
        if step.mode == TransactionMode::Single {
            return self.run_hook(step, Phase::BeforeMigration, progress).await;
        }
        let refused = |error| failure::database(self.runner.stage, &error);
        self.runner.session.run("begin").await.map_err(refused)?;
        self.run_hook(step, Phase::BeforeMigration, progress).await?;
        let done = format!("{} commit", self.before_sql(step));
        self.runner.session.run(&done).await.map_err(refused)
    }

    /// Runs a hook of a migration in the transaction that is open, when there is one.
    async fn run_hook(&self, step: &Step<'_>, phase: Phase, progress: &mut Progress) -> Result<(), Failure> {
        let script = if phase == Phase::BeforeMigration { &step.before } else { &step.after };
        let Some(script) = script else { return Ok(()) };
        (self.tell)(&Event::Hook { phase, path: script.file.path.clone() });
        let started = Instant::now();
        let result = self.watched(step, self.runner.run_file(script)).await;
        progress.outcome.hooks.push(HookOutcome {
            phase,
            path: script.file.path.clone(),
            version: Some(step.migration.version.clone()),
            status: if result.is_ok() { HookStatus::Passed } else { HookStatus::Failed },
            duration_ms: milliseconds(started),
            output: None,
            failure: result.as_ref().err().cloned(),
        });
        result.map(drop)
    }

    async fn run_statement(
        &self,
        step: &Step<'_>,
        index: usize,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let script = &step.script;
        let statement = &script.statements[index];
        let started = Instant::now();
        let refused =
            |error: DatabaseError| failure::statement(self.runner.stage, script.file, statement, &error);
        let result = match (&step.batched, self.notes(step)) {
            (Some(batched), _) => self.run_batches(step, batched, progress).await,
            (None, Some(notes)) => self.run_noted(notes, step, index, progress).await.map_err(refused),
            (None, None) => self.run_watched(step, statement).await.map_err(refused),
        };
        progress
            .tried(|| StatementOutcome { duration_ms: milliseconds(started), ..outline(script, statement) });
        result?;
        progress.done(index, &statement.kind);
        Ok(())
    }

    /// Runs a statement and sees who is in its way.
    pub(crate) async fn run_watched(
        &self,
        step: &Step<'_>,
        statement: &Statement,
    ) -> Result<(), DatabaseError> {
        self.watched(step, self.runner.run(&step.script, statement)).await
    }

    /// Waits for work on the server, sees who is in its way, and tells what the server says meanwhile.
    pub(crate) async fn watched<T>(&self, step: &Step<'_>, work: impl Future<Output = T>) -> T {
        let session = self.runner.session;
        // What was said of statements of ours is nobody else's business.
        session.forget_notices();
        let work = async {
            match self.patience {
                Some(patience) => patience.watch(work).await,
                None => work.await,
            }
        };
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                said = session.noticed() => self.tell_notices(step, said),
                done = &mut work => return done,
            }
        }
    }

    fn tell_notices(&self, step: &Step<'_>, said: Vec<Notice>) {
        for notice in said {
            let (version, name) = (step.migration.version.clone(), step.migration.name.clone());
            (self.tell)(&Event::Notice { version, name, notice });
        }
    }

    async fn end(&self, step: &Step<'_>, progress: &mut Progress) -> Result<(), Failure> {
        if progress.recorded {
            return Ok(());
        }
        let refused = |error| failure::database(self.runner.stage, &error);
        if step.mode == TransactionMode::Single {
            self.run_hook(step, Phase::AfterMigration, progress).await?;
            let row = self.row(step, progress);
            let (recorded, committed) =
                self.watched(step, self.runner.session.run_both(&row, "commit")).await;
            recorded.map_err(|error| failure::not_recorded(self.runner.stage, step, &error))?;
            return committed.map_err(|error| failure::not_committed(self.runner.stage, step, &error));
        }
        if step.after.is_none() {
            let sql = format!("begin; {}; commit", self.row(step, progress));
            return self.record(step, &sql, progress).await;
        }
        self.runner.session.run("begin").await.map_err(refused)?;
        self.run_hook(step, Phase::AfterMigration, progress).await?;
        self.record(step, &format!("{}; commit", self.row(step, progress)), progress).await
    }

    async fn record(&self, step: &Step<'_>, sql: &str, progress: &mut Progress) -> Result<(), Failure> {
        let done = self.watched(step, self.runner.session.run(sql)).await;
        done.map_err(|error| failure::not_recorded(self.runner.stage, step, &error))?;
        progress.recorded = true;
        Ok(())
    }

    /// Writes the ledger row, or removes it, and forgets what the journal says, as whom the session was opened: the
    /// file may have become somebody else.
    fn row(&self, step: &Step<'_>, progress: &Progress) -> String {
        let change = match step.direction {
            // What is run whenever it has changed has a row for each time.
            Direction::Up if step.again && !(step.migration.repeatable && self.ledger.has_each_run()) => {
                let checksum = step.migration.ledger_checksum();
                self.ledger.set_checksum(&step.migration.version, checksum, self.lock)
            }
            Direction::Up => self.ledger.insert(&new_row(step, progress), self.lock),
            Direction::Down => self.ledger.delete(&step.migration.version, self.lock),
        };
        let forget = self.forgotten(step).map(|notes| notes.journal.forget(&step.migration.version));
        let forget = forget.map(|sql| format!("; {sql}")).unwrap_or_default();
        format!("{} {change}{forget}", self.runner.settings.act_as_opened_sql())
    }
}

/// Outside a transaction of ours, what ran before the failure may stay.
fn may_stay(ran: usize, step: &Step<'_>) -> Option<String> {
    (ran > 0).then(|| {
        let (ran, label) = (counted(ran, "statement"), step.migration.label());
        format!("{ran} of {label} ran outside a transaction of ours and may stay: look before you go on")
    })
}

/// The limits that a file sets for itself.
fn limits_sql(asked: &Directives) -> String {
    let limits = [("lock_timeout", &asked.lock_timeout), ("statement_timeout", &asked.statement_timeout)];
    let set = limits.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    set.fold(String::new(), |sql, (name, value)| {
        sql + &format!("set {name} = {};", Literal::new(value.as_str()))
    })
}

/// What the hooks of a migration are told; nothing where there are none.
fn facts_sql(step: &Step<'_>) -> String {
    if step.before.is_none() && step.after.is_none() {
        return String::new();
    }
    let facts = [
        ("phase", "migration"),
        ("version", step.migration.version.as_str()),
        ("migration", &step.migration.label()),
    ];
    facts.into_iter().map(|(name, value)| set_config(name, value)).collect()
}

/// The outcome of a migration that was not tried.
pub(crate) fn not_run(step: &Step<'_>) -> MigrationOutcome {
    MigrationOutcome {
        version: step.migration.version.clone(),
        name: step.migration.name.clone(),
        path: step.script.file.path.clone(),
        status: MigrationStatus::NotRun,
        duration_ms: 0.0,
        transaction: step.mode,
        statement_count: 0,
        statements: Vec::new(),
        hooks: Vec::new(),
        batches: None,
        python: None,
    }
}

/// The outcome of a migration that is only looked at: its statements, none of which has run.
pub(crate) fn only_read(step: &Step<'_>) -> MigrationOutcome {
    let shown = step.script.statements.iter().take(STATEMENTS_SHOWN);
    MigrationOutcome {
        statement_count: step.script.statements.len(),
        statements: shown.map(|statement| outline(&step.script, statement)).collect(),
        ..not_run(step)
    }
}

/// Place and beginning of a statement that has not run.
fn outline(script: &Script<'_>, statement: &Statement) -> StatementOutcome {
    let (line, column) = script.position(statement.span.start);
    StatementOutcome {
        line,
        column,
        text: one_line(script.text(statement)),
        duration_ms: 0.0,
        locks: Vec::new(),
    }
}

fn new_row<'a>(step: &'a Step<'_>, progress: &Progress) -> NewRow<'a> {
    NewRow {
        version: &step.migration.version,
        name: &step.migration.name,
        checksum: step.migration.ledger_checksum(),
        script: step.migration.script.as_str(),
        execution_time_ms: u64::try_from(progress.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        reason: None,
        entry: step.migration.entry.as_deref(),
    }
}

/// Milliseconds since then, to the microsecond.
pub(crate) fn milliseconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1e6).round() / 1e3
}

/// A statement's beginning on one line.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > 4 * STATEMENT_WIDTH {
            break;
        }
    }
    if line.chars().count() > STATEMENT_WIDTH {
        line = line.chars().take(STATEMENT_WIDTH - 1).collect();
        line.push('…');
    }
    line
}
