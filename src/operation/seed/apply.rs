//! `seed apply`.

use std::time::Instant;

use super::files;
use crate::config::SeedTransaction;
use crate::gateway::postgres::{DatabaseError, LockProof, Session, SessionSettings, takes_copy};
use crate::model::answer::Head;
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::model::seed::{SeedApplyAnswer, SeedFile, SeedStatus};
use crate::model::statement::{Statement, TransactionMode};
use crate::operation::apply::{Runner, Skips, milliseconds};
use crate::operation::failure;
use crate::operation::migrate::{self, Scope};
use crate::operation::project::Opened;
use crate::operation::script::Script;
use crate::sql;

/// What `seed apply` is asked to do.
#[derive(Debug, Clone)]
pub struct ApplyRequest {
    /// Project and database.
    pub scope: Scope,
    /// All files in one transaction, whatever the settings say.
    pub transaction: bool,
    /// Try the files after one that was refused, whatever the settings say.
    pub continue_on_error: bool,
    /// Only this part of the rows, as `seed.profiles` of the settings has it.
    pub profile: Option<String>,
    /// From how many rows on an `INSERT` is sent as `COPY`.
    pub copy_threshold: usize,
}

/// Runs the files of an environment, each of them in a transaction or all of them in one.
pub async fn apply(request: &ApplyRequest) -> SeedApplyAnswer {
    let started = Instant::now();
    let mut answer = SeedApplyAnswer {
        head: Head::new("seed apply"),
        success: false,
        env: request.scope.project.env.clone(),
        seed_profile: request.profile.clone(),
        transaction: request.transaction,
        files_processed: 0,
        files_applied: 0,
        files_failed: 0,
        execution_time_ms: 0.0,
        files: Vec::new(),
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    let count = |status| answer.files.iter().filter(|file| file.status == status).count();
    (answer.files_applied, answer.files_failed) = (count(SeedStatus::Applied), count(SeedStatus::Failed));
    answer.files_processed = answer.files.len();
    answer.success = answer.head.ok;
    answer.execution_time_ms = milliseconds(started);
    answer
}

async fn carry_out(request: &ApplyRequest, answer: &mut SeedApplyAnswer) -> Result<(), Failure> {
    let opened = Opened::open(&request.scope.project).await?;
    let files = files(&opened, &request.scope.project.env, request.profile.as_deref())?;
    let scripts = files.iter().map(|file| Script::read(file, Stage::Project));
    let scripts = scripts.collect::<Result<Vec<_>, _>>()?;
    let wishes = &opened.settings.seed;
    answer.transaction |= wishes.transaction_mode == SeedTransaction::Transaction;
    if answer.transaction {
        check(&scripts)?;
    }
    let target = migrate::target(&request.scope, &opened)?;
    answer.head.database = Some(target.to_string());
    let settings = SessionSettings::migrating("0");
    let session = Session::open(&target, &settings).await;
    let session = session.map_err(|error| failure::connection(Stage::Server, &target, &error))?;
    LockProof::acquire(&session, "30s").await.map_err(|error| failure::lock(Stage::Server, &error))?;
    answer.files = scripts.iter().map(not_run).collect();
    let runner =
        Runner { session: &session, settings: &settings, skips: &Skips::default(), stage: Stage::Project };
    let seeder = Seeder {
        runner,
        together: answer.transaction,
        go_on: request.continue_on_error || wishes.continue_on_error,
        copy_threshold: request.copy_threshold,
    };
    let result = seeder.run(&scripts, &mut answer.files).await;
    session.close().await;
    result
}

/// Refuses what one transaction cannot hold.
fn check(scripts: &[Script<'_>]) -> Result<(), Failure> {
    let Some(script) = scripts.iter().find(|script| script.mode() != TransactionMode::Single) else {
        return Ok(());
    };
    let message = format!(
        "one transaction cannot hold {}: it has transactions of its own, or takes none",
        script.file.path
    );
    Err(Failure::new(Stage::Project, ExitCode::Configuration, message))
}

fn not_run(script: &Script<'_>) -> SeedFile {
    let path = script.file.path.clone();
    SeedFile { path, status: SeedStatus::NotRun, rows_copied: 0, duration_ms: 0.0, failure: None }
}

struct Seeder<'a> {
    runner: Runner<'a>,
    /// All files in one transaction.
    together: bool,
    /// Whether files after one that was refused are tried.
    go_on: bool,
    copy_threshold: usize,
}

impl Seeder<'_> {
    async fn run(&self, scripts: &[Script<'_>], files: &mut [SeedFile]) -> Result<(), Failure> {
        if self.together {
            self.sql("begin").await?;
        }
        let mut first = None;
        for (script, file) in scripts.iter().zip(files.iter_mut()) {
            let started = Instant::now();
            let result = self.file(script, &mut file.rows_copied).await;
            file.duration_ms = milliseconds(started);
            file.status = if result.is_ok() { SeedStatus::Applied } else { SeedStatus::Failed };
            file.failure = result.err();
            if let Some(failure) = &file.failure {
                first.get_or_insert_with(|| failure.clone());
                if !self.go_on {
                    break;
                }
            }
        }
        if self.together {
            let keep = first.is_none() || self.go_on;
            let ended = self.sql(if keep { "commit" } else { "rollback" }).await;
            if !keep || ended.is_err() {
                let applied = files.iter_mut().filter(|file| file.status == SeedStatus::Applied);
                applied.for_each(|file| file.status = SeedStatus::RolledBack);
            }
            ended?;
        }
        first.map_or(Ok(()), Err)
    }

    /// Runs a file; what it did is taken back when it is refused, unless it keeps transactions of its own.
    async fn file(&self, script: &Script<'_>, copied: &mut usize) -> Result<(), Failure> {
        let single = script.mode() == TransactionMode::Single;
        let (begin, keep, undo) = match (self.together, single) {
            (true, _) => (
                "savepoint confiture_file",
                "release savepoint confiture_file",
                "rollback to savepoint confiture_file; release savepoint confiture_file",
            ),
            (false, true) => ("begin", "commit", "rollback"),
            (false, false) => ("", "", "rollback"),
        };
        // Not in one message: its transaction would be as the settings were before they were put back.
        self.sql(&self.runner.session.reset_sql(self.runner.settings)).await?;
        self.sql(begin).await?;
        let mut result = Ok(());
        for statement in &script.statements {
            result = self.statement(script, statement, single, copied).await;
            if result.is_err() {
                break;
            }
        }
        if result.is_ok() {
            result = self.sql(keep).await;
        }
        if result.is_err() {
            // Outside a transaction this is a warning of the server's and nothing more.
            let _ = self.runner.session.run(undo).await;
            *copied = 0;
        }
        result
    }

    async fn statement(
        &self,
        script: &Script<'_>,
        statement: &Statement,
        in_transaction: bool,
        copied: &mut usize,
    ) -> Result<(), Failure> {
        let refused = |error| failure::statement(self.runner.stage, script.file, statement, &error);
        if in_transaction && let Some(rows) = self.copy(script.text(statement)).await.map_err(refused)? {
            *copied += rows;
            return Ok(());
        }
        self.runner.run(script, statement).await.map_err(refused)
    }

    /// Sends a long `INSERT` as `COPY` and returns how many rows it had. What `COPY` refuses is left to the `INSERT`,
    /// which may be allowed more, and whose error is about the file.
    async fn copy(&self, text: &str) -> Result<Option<usize>, DatabaseError> {
        let session = self.runner.session;
        let Some(form) = sql::copy_form(text).filter(|form| form.rows >= self.copy_threshold) else {
            return Ok(None);
        };
        if !takes_copy(session, &form.table).await? {
            return Ok(None);
        }
        let copy = format!("copy {} ({}) from stdin", form.table, form.columns.join(", "));
        session.run("savepoint confiture_copy").await?;
        let done = session.copy_in(&copy, form.data.as_bytes()).await.map(|_| ());
        let end = match &done {
            Ok(()) => "release savepoint confiture_copy",
            Err(_) => "rollback to savepoint confiture_copy; release savepoint confiture_copy",
        };
        session.run(end).await?;
        Ok(done.is_ok().then_some(form.rows))
    }

    async fn sql(&self, sql: &str) -> Result<(), Failure> {
        let done = self.runner.session.run(sql).await;
        done.map_err(|error| failure::database(self.runner.stage, &error))
    }
}
