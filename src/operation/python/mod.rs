//! Migrations in Python: each is a program, which sends its statements into our session while it runs.

mod told;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::apply::{Applier, milliseconds, one_line};
use super::failure;
use super::progress::Progress;
use super::script::{Direction, Step};
use crate::gateway::postgres::{Answer, DatabaseError};
use crate::gateway::program::{Conversation, Interpreter, Silence};
use crate::model::duration;
use crate::model::event::Event;
use crate::model::notice::Notice;
use crate::model::python::{Python, PythonOutcome, Trust, Unread};
use crate::model::report::{Failure, StatementOutcome};
use crate::model::statement::{Statement, StatementKind, TransactionMode};
use crate::sql;
use wire::{Execute, Facts, Reply, Said};

/// How long a program may take between two statements when the settings do not say.
const TIMEOUT: &str = "5min";

/// What runs migrations in Python on this machine, or why nothing does.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    interpreter: Result<Interpreter, &'static str>,
    directory: Utf8PathBuf,
    variables: BTreeMap<String, String>,
    timeout: String,
    /// What programs send, where that is wanted.
    record: Option<Arc<Mutex<Vec<String>>>>,
}

impl Host {
    pub(crate) fn of(
        trust: Trust,
        variables: &BTreeMap<String, String>,
        directory: &Utf8Path,
        timeout: Option<&str>,
    ) -> Self {
        let interpreter = match trust {
            Trust::Run => Interpreter::at_hand(variables).ok_or("there is no python3 on the PATH"),
            Trust::Fork => Err("Python of a fork is not run"),
            Trust::Bot => Err("the bot runs no Python"),
        };
        let (directory, variables) = (directory.to_owned(), variables.clone());
        Self {
            interpreter,
            directory,
            variables,
            timeout: timeout.unwrap_or(TIMEOUT).to_owned(),
            record: None,
        }
    }

    /// One that only reads.
    pub(crate) fn reader() -> Self {
        let interpreter = Err("programs of open branches are read");
        let (directory, variables, timeout) = (Utf8PathBuf::new(), BTreeMap::new(), String::new());
        Self { interpreter, directory, variables, timeout, record: None }
    }

    /// One that writes down what programs send.
    pub(crate) fn recording(self) -> Self {
        Self { record: Some(Arc::default()), ..self }
    }

    /// What programs have sent since this was asked last.
    pub(crate) fn recorded(&self) -> Vec<String> {
        let record = self.record.as_ref().and_then(|record| record.lock().ok());
        record.map(|mut record| std::mem::take(&mut *record)).unwrap_or_default()
    }

    fn note(&self, text: &str) {
        if let Some(mut record) = self.record.as_ref().and_then(|record| record.lock().ok()) {
            record.push(text.to_owned());
        }
    }

    /// As for the server, 0 is no limit.
    fn limit(&self) -> Duration {
        let limit = duration::milliseconds(&self.timeout).filter(|limit| *limit > 0);
        limit.map_or(Duration::MAX, Duration::from_millis)
    }
}

/// A program while it runs.
struct Run<'a> {
    talk: Conversation,
    /// The last thing that the database refused, and the line that sent it.
    refused: Option<(DatabaseError, Option<usize>)>,
    /// The line that sent the last statement.
    last: Option<usize>,
    host: &'a Host,
}

impl Applier<'_> {
    /// Whether a step is run by Python: otherwise its statements are run as they are read.
    pub(crate) fn runs_python(&self, step: &Step<'_>) -> bool {
        step.migration.python.is_some() && self.python.interpreter.is_ok()
    }

    /// Refuses a program that nothing here runs, and that cannot be read; and one that is of another version than its
    /// name says.
    pub(crate) fn may_run(
        &self,
        step: &Step<'_>,
        python: &Python,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let because = self.python.interpreter.as_ref().err().copied();
        let unread = || step.unread().cloned().or_else(|| precondition(step, python));
        if let Some((because, unread)) = because.and_then(|because| Some((because, unread()?))) {
            return Err(told::not_run(self.runner.stage, step, because, &unread));
        }
        let read_because = because.map(str::to_owned);
        progress.outcome.python = Some(PythonOutcome { read_because, output: None });
        match &python.version {
            Some(said) if *said != step.migration.version => {
                Err(told::another_version(self.runner.stage, step, said.as_str()))
            }
            _ => Ok(()),
        }
    }

    /// Runs a step's program to its end.
    pub(crate) async fn run_program(&self, step: &Step<'_>, progress: &mut Progress) -> Result<(), Failure> {
        let host = self.python;
        let interpreter = host.interpreter.as_ref().map_err(|because| {
            Failure::new(self.runner.stage, crate::model::exit::ExitCode::Configuration, *because)
        })?;
        let way = if step.direction == Direction::Up { "up" } else { "down" };
        let file = host.directory.join(&step.script.file.path);
        let talk = interpreter.run(&file, way, &host.directory, &host.variables);
        let talk = talk.map_err(|error| told::not_started(self.runner.stage, step, &error))?;
        let mut run = Run { talk, refused: None, last: None, host };
        let heard = self.converse(step, &mut run, progress).await;
        let (result, output) = match heard {
            Ok(result) => (result, run.talk.end().await.map(|ended| ended.output).unwrap_or_default()),
            Err(Silence::TooLong) => {
                let output = run.talk.kill().await;
                (Err(told::too_long(self.runner.stage, step, &host.timeout, run.last)), output)
            }
            Err(Silence::Strange(what)) => {
                let output = run.talk.kill().await;
                (Err(told::strange(self.runner.stage, step, &what)), output)
            }
            Err(Silence::Ended) => {
                let ended = run.talk.end().await.ok();
                let status = ended.as_ref().and_then(|ended| ended.status).map(|status| status.to_string());
                let output = ended.map(|ended| ended.output).unwrap_or_default();
                (Err(told::ended(self.runner.stage, step, status, run.last)), output)
            }
        };
        let output = told::without_secrets(&output, &host.variables);
        if let Some(python) = progress.outcome.python.as_mut() {
            python.output = Some(output).filter(|output| !output.is_empty());
        }
        result.map_err(|mut failure| {
            failure.message = told::without_secrets(&failure.message, &host.variables);
            failure
        })
    }

    /// Answers a program until it ends.
    async fn converse(
        &self,
        step: &Step<'_>,
        run: &mut Run<'_>,
        progress: &mut Progress,
    ) -> Result<Result<(), Failure>, Silence> {
        let stage = self.runner.stage;
        loop {
            let reply = match run.talk.hear(run.host.limit()).await? {
                // As it was read: what lies in the working tree may be another one.
                Said::Source => Reply::Source { text: step.script.file.source().to_owned() },
                Said::Facts(facts) => match self.agree(step, &facts) {
                    Ok(reply) => reply,
                    Err(failure) => return Ok(Err(failure)),
                },
                Said::Execute(asked) => self.execute(step, run, &asked, progress).await,
                Said::Quote { parts } => Reply::Quoted { quoted: wire::composed(&parts) },
                Said::Unmet { failures } => return Ok(Err(told::unmet(stage, step, &failures))),
                Said::Raised(raised) => return Ok(Err(told::raised(stage, step, raised))),
                Said::Done => return Ok(self.is_whole(step, run, progress).await),
            };
            run.talk.say(&reply).await;
        }
    }

    /// What the class says when it is loaded has to be what the file was taken for.
    fn agree(&self, step: &Step<'_>, facts: &Facts) -> Result<Reply, Failure> {
        if facts.version != step.migration.version.as_str() {
            return Err(told::another_version(self.runner.stage, step, &facts.version));
        }
        if facts.transactional != (step.mode == TransactionMode::Single) {
            return Err(told::another_mode(self.runner.stage, step));
        }
        if !facts.hooks.is_empty() {
            let message = format!("{} is declared and not run", facts.hooks.join(", "));
            let notice = Notice { severity: "WARNING".to_owned(), message };
            let (version, name) = (step.migration.version.clone(), step.migration.name.clone());
            (self.tell)(&Event::Notice { version, name, notice });
        }
        Ok(Reply::Go { transactional: facts.transactional })
    }

    /// Runs what a program sends, statement by statement.
    async fn execute(
        &self,
        step: &Step<'_>,
        run: &mut Run<'_>,
        asked: &Execute,
        progress: &mut Progress,
    ) -> Reply {
        let text = wire::composed(&asked.parts);
        run.last = asked.line;
        let statements = match sql::statements(&text) {
            Ok(statements) => statements,
            Err(error) => return Reply::Refused { refused: told::psql(&error) },
        };
        let mut results = Vec::new();
        for statement in &statements {
            let started = Instant::now();
            let ran = self.watched(step, self.answer(step, asked, &text, statement)).await;
            if !asked.quiet {
                let (line, column) = (told::line_of(step, asked, &text), 1);
                let text = one_line(&text[statement.span.clone()]);
                progress.tried(|| StatementOutcome {
                    line,
                    column,
                    text,
                    duration_ms: milliseconds(started),
                    locks: Vec::new(),
                });
            }
            match ran {
                Ok(answer) => results.push(answer),
                Err(refused) => {
                    let refused = told::in_its_file(refused, asked, &text, statement);
                    run.refused = Some((refused.clone(), asked.line));
                    return Reply::Refused { refused };
                }
            }
            let done = progress.outcome.statement_count;
            progress.done(done.saturating_sub(1), &statement.kind);
        }
        if results.is_empty() {
            results.push(Answer::default());
        }
        if !asked.quiet {
            run.host.note(&sent(&text, asked));
        }
        Reply::Ran { results }
    }

    async fn answer(
        &self,
        step: &Step<'_>,
        asked: &Execute,
        text: &str,
        statement: &Statement,
    ) -> Result<Answer, DatabaseError> {
        use StatementKind::{Begin, Commit, Rollback};
        let session = self.runner.session;
        if step.mode == TransactionMode::Single && matches!(statement.kind, Begin | Commit | Rollback) {
            return Err(told::transaction_is_ours());
        }
        if self.runner.skips.leaves_out(statement) {
            return Ok(Answer::default());
        }
        let own = &text[statement.span.clone()];
        let counted = |count| Answer { count, ..Answer::default() };
        if let Some(data) = asked.bytes() {
            let is_copy = sql::copies_in(own);
            return if is_copy {
                session.copy_in(own, &data).await.map(counted)
            } else {
                Err(told::no_copy())
            };
        }
        if let Some(data) = &statement.copy_data {
            return session.copy_in(own, text[data.clone()].as_bytes()).await.map(counted);
        }
        match (sql::copies_out(own), asked.reads) {
            (true, true) => session.copied(own).await,
            (true, false) => session.copy_out(own).await.map(|()| Answer::default()),
            (false, true) => Err(told::no_copy()),
            (false, false) => session.answer(own, sql::returns_rows(own)).await,
        }
    }

    /// Whether the transaction is as it has to be when a program has come to its end.
    async fn is_whole(&self, step: &Step<'_>, run: &Run<'_>, progress: &Progress) -> Result<(), Failure> {
        if step.mode != TransactionMode::Single {
            return if progress.in_transaction {
                Err(told::left_open(self.runner.stage, step))
            } else {
                Ok(())
            };
        }
        let Some((refused, line)) = &run.refused else { return Ok(()) };
        match self.runner.session.run("select 1").await {
            // 25P02: the transaction is at its end, whatever the program made of that.
            Err(error) if error.is("25P02") => Err(told::went_on(self.runner.stage, step, refused, *line)),
            Err(error) => Err(failure::database(self.runner.stage, &error)),
            Ok(()) => Ok(()),
        }
    }
}

/// What was sent as a file of SQL has it: after a COPY its data, where that is text.
fn sent(text: &str, asked: &Execute) -> String {
    match asked.bytes().map(String::from_utf8) {
        Some(Ok(data)) => format!("{};\n{data}\\.", text.trim().trim_end_matches(';')),
        _ => text.to_owned(),
    }
}

/// The preconditions of a step's way: what they ask, only Python can tell.
fn precondition(step: &Step<'_>, python: &Python) -> Option<Unread> {
    let way = if step.direction == Direction::Up { "up_preconditions" } else { "down_preconditions" };
    let found = python.declares.iter().find(|one| one.name == way)?;
    Some(Unread { line: found.line, column: 1, what: format!("`{way}`") })
}
