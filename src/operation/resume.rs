//! Running outside a transaction of ours so that it can be gone on with: what is done is written down in the journal.
//!
//! A statement that a transaction takes is carried out together with its entry, exactly once, and a transaction of the
//! file's own together with the entry of its `COMMIT`. Of one that none takes it is written down before that it runs,
//! and afterwards that it is done: whoever finds it running does not know whether it was carried out.

use std::ops::RangeInclusive;

use super::apply::Applier;
use super::failure;
use super::progress::Progress;
use super::script::{Direction, Step};
use crate::gateway::postgres::{DatabaseError, Entry, Journal, StatementState};
use crate::model::counted::counted;
use crate::model::report::{BatchOutcome, Failure};
use crate::model::statement::{Statement, StatementKind, TransactionMode};
use crate::sql;

/// A journal with what it said before anything ran.
pub(crate) struct Notes {
    pub(crate) journal: Journal,
    pub(crate) entries: Vec<Entry>,
}

impl Notes {
    /// The entries of the way that a step goes.
    pub(crate) fn of(&self, step: &Step<'_>) -> impl Iterator<Item = &Entry> {
        let (version, stage) = (step.migration.version.clone(), stage(step));
        self.entries.iter().filter(move |entry| entry.version == version && entry.stage == stage)
    }

    /// Whether there are entries of a step's migration, whichever way.
    fn knows(&self, step: &Step<'_>) -> bool {
        self.entries.iter().any(|entry| entry.version == step.migration.version)
    }

    /// Whether what runs before a step has been carried out.
    fn has_run_before(&self, step: &Step<'_>) -> bool {
        let is_it = |entry: &Entry| entry.version == step.migration.version && entry.stage == BEFORE;
        step.direction == Direction::Up && self.entries.iter().any(is_it)
    }

    /// Refuses steps that were begun with another text: which of its statements are done, nobody can tell. So is a
    /// step that was begun in batches and is to run in one go: rows would be done twice.
    pub(crate) fn check(&self, steps: &[Step<'_>]) -> Result<(), Failure> {
        for step in steps {
            let file = step.script.file;
            if self.of(step).any(|entry| entry.checksum != file.checksum) {
                let forget = self.journal.forget(&step.migration.version);
                return Err(failure::begun_with_another_text(step.migration, file, &forget));
            }
            if step.batched.is_none() && self.of(step).any(|entry| entry.cursor.is_some()) {
                return Err(failure::begun_in_batches(step.migration, file));
            }
        }
        Ok(())
    }
}

/// What the journal calls a migration's first hook.
const BEFORE: &str = "before";

fn stage(step: &Step<'_>) -> &'static str {
    match step.direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}

/// How a statement outside a transaction of ours is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It sets something in the session, which a new session needs again: run each time, and not written down.
    Setting,
    /// In a transaction with its entry.
    WithItsEntry,
    /// Between two entries.
    BetweenEntries,
    /// It begins a transaction of the file's own or takes one back: as it is written.
    AsWritten,
    /// It ends a transaction of the file's own, in which its entry stands for all that was done.
    EndsWithItsEntry,
}

fn way(statement: &Statement, text: &str) -> Way {
    let is = |words: &[&str]| words.iter().any(|word| first_word(text).eq_ignore_ascii_case(word));
    match statement.kind {
        StatementKind::Begin | StatementKind::Rollback => Way::AsWritten,
        StatementKind::Commit => Way::EndsWithItsEntry,
        StatementKind::Set => Way::Setting,
        StatementKind::NonTransactional => Way::BetweenEntries,
        _ if is(&["reset", "set", "load"]) => Way::Setting,
        // They may commit by themselves, as whoever asks for no transaction may want.
        _ if is(&["call", "do"]) => Way::BetweenEntries,
        _ => Way::WithItsEntry,
    }
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

/// Whether something of a step stays that is committed before its ledger row.
///
/// A `COMMIT AND CHAIN` begins a transaction in the middle of which nobody can go on.
fn leaves_something(step: &Step<'_>) -> bool {
    use StatementKind::{Begin, Commit, Rollback};
    let all = &step.script.statements;
    let ends = |one: &Statement| matches!(one.kind, Commit | Rollback);
    match step.mode {
        TransactionMode::Single => false,
        TransactionMode::None => true,
        TransactionMode::Own => {
            let chains =
                |text: &str| text.to_ascii_lowercase().split_whitespace().any(|word| word == "chain");
            let is_one = all.first().is_some_and(|one| one.kind == Begin)
                && all.iter().position(ends) == Some(all.len() - 1)
                && all[all.len() - 1].kind == Commit;
            !is_one && !all.iter().any(|one| ends(one) && chains(step.script.text(one)))
        }
    }
}

/// What the entry of a statement stands for: a `COMMIT` for its whole transaction.
fn carried_out(step: &Step<'_>, index: usize) -> RangeInclusive<usize> {
    let until = step.script.statements.get(..=index).unwrap_or_default();
    let begin = match until.last() {
        Some(last) if last.kind == StatementKind::Commit => {
            until.iter().rposition(|one| one.kind == StatementKind::Begin)
        }
        _ => None,
    };
    begin.unwrap_or(index)..=index
}

impl Applier<'_> {
    /// The journal, for a step that needs one.
    pub(crate) fn notes(&self, step: &Step<'_>) -> Option<&Notes> {
        self.notes.filter(|_| !self.runs_python(step) && leaves_something(step))
    }

    /// The journal, when it says something of a step's migration, or will: what is done and what is taken back is
    /// neither half done any more.
    pub(crate) fn forgotten(&self, step: &Step<'_>) -> Option<&Notes> {
        let writes = !self.runs_python(step) && leaves_something(step);
        self.notes.filter(|notes| writes || notes.knows(step))
    }

    /// Makes the journal and takes from it what is done already.
    pub(crate) async fn take_up(
        &self,
        notes: &Notes,
        step: &Step<'_>,
        progress: &mut Progress,
    ) -> Result<(), DatabaseError> {
        notes.journal.ensure(self.runner.session, self.lock).await?;
        for entry in notes.of(step) {
            match entry.state {
                StatementState::Done => progress.done_before.extend(carried_out(step, entry.index)),
                state => progress.unfinished = Some((entry.index, state)),
            }
            if step.batched.is_some() {
                (progress.batches().cursor, progress.batches().rows) =
                    (entry.cursor.clone(), entry.rows_done);
            }
        }
        progress.before_is_done = notes.has_run_before(step);
        let sets = |index: &usize| {
            let statement = step.script.statements.get(*index);
            statement.is_some_and(|one| way(one, step.script.text(one)) == Way::Setting)
        };
        progress.done_before.retain(|index| !sets(index));
        Ok(())
    }

    /// Runs one statement and writes down that it is done.
    pub(crate) async fn run_noted(
        &self,
        notes: &Notes,
        step: &Step<'_>,
        index: usize,
        progress: &mut Progress,
    ) -> Result<(), DatabaseError> {
        let session = self.runner.session;
        let statement = &step.script.statements[index];
        let text = step.script.text(statement);
        match way(statement, text) {
            Way::EndsWithItsEntry if progress.in_transaction && !progress.recorded => {
                let entry = entry(step, index, StatementState::Done);
                session.run(&self.write_sql(notes, &entry)).await?;
                self.run_watched(step, statement).await
            }
            Way::Setting | Way::AsWritten | Way::EndsWithItsEntry => self.run_watched(step, statement).await,
            _ if progress.in_transaction => self.run_watched(step, statement).await,
            Way::WithItsEntry => {
                session.run("begin").await?;
                self.run_watched(step, statement).await?;
                let entry = self.write_sql(notes, &entry(step, index, StatementState::Done));
                session.run(&format!("{entry}; commit")).await
            }
            Way::BetweenEntries => {
                let before = progress.unfinished.filter(|(at, _)| *at == index).map(|(_, state)| state);
                self.run_between_entries(notes, step, index, before, progress).await
            }
        }
    }

    async fn run_between_entries(
        &self,
        notes: &Notes,
        step: &Step<'_>,
        index: usize,
        before: Option<StatementState>,
        progress: &mut Progress,
    ) -> Result<(), DatabaseError> {
        let statement = &step.script.statements[index];
        let text = step.script.text(statement);
        // Whether it was carried out before stays unknown until it is.
        let unknown = before == Some(StatementState::Running);
        progress.unfinished = Some((index, before.unwrap_or(StatementState::Running)));
        self.note(notes, step, index, StatementState::Running).await?;
        if let (Some(_), Some(left)) = (before, sql::left_behind(text)) {
            notes.journal.drop_invalid(self.runner.session, &left, self.lock).await?;
        }
        match self.run_watched(step, statement).await {
            Err(error) if unknown && is_there_already(text, &error) => {}
            Err(error) => {
                // A lost connection leaves it open whether the statement was carried out.
                if !unknown && !error.is_connection() {
                    progress.unfinished = Some((index, StatementState::Failed));
                    // What the statement was refused for is what matters.
                    let _ = self.note(notes, step, index, StatementState::Failed).await;
                }
                return Err(error);
            }
            Ok(()) => {}
        }
        progress.unfinished = None;
        self.note(notes, step, index, StatementState::Done).await
    }

    async fn note(
        &self,
        notes: &Notes,
        step: &Step<'_>,
        index: usize,
        state: StatementState,
    ) -> Result<(), DatabaseError> {
        let entry = self.write_sql(notes, &entry(step, index, state));
        self.runner.session.run(&format!("begin; {entry}; commit")).await
    }

    /// The entry that says that what runs before a step is done; nothing where nothing is written down.
    pub(crate) fn before_sql(&self, step: &Step<'_>) -> String {
        self.notes(step).map_or_else(String::new, |notes| {
            let entry = Entry { stage: BEFORE.to_owned(), ..entry(step, 0, StatementState::Done) };
            self.write_sql(notes, &entry) + ";"
        })
    }

    /// Writes an entry as whom the session was opened: the file may have become somebody else.
    pub(crate) fn write_sql(&self, notes: &Notes, entry: &Entry) -> String {
        let write = notes.journal.write(entry, self.lock);
        format!("{} {write}", self.runner.settings.act_as_opened_sql())
    }
}

/// An entry that says how far a statement is.
pub(crate) fn entry(step: &Step<'_>, index: usize, state: StatementState) -> Entry {
    Entry {
        version: step.migration.version.clone(),
        stage: stage(step).to_owned(),
        index,
        state,
        checksum: step.script.file.checksum.clone(),
        cursor: None,
        rows_done: 0,
    }
}

/// Whether the server refuses a statement because what it makes is there, or what it drops is gone.
fn is_there_already(text: &str, error: &DatabaseError) -> bool {
    let codes: &[&str] = match first_word(text).to_ascii_lowercase().as_str() {
        "create" => &["42P07", "42710", "42P04"],
        "drop" => &["42704", "42P01", "3D000"],
        _ => &[],
    };
    codes.iter().any(|code| error.is(code))
}

/// What is kept of a migration that stopped, said to whoever reads of the failure.
pub(crate) fn goes_on(done: usize, step: &Step<'_>, batches: Option<&BatchOutcome>) -> Option<String> {
    if let Some(batches) = batches.filter(|batches| batches.cursor.is_some()) {
        let (rows, label) = (counted(batches.rows, "row"), step.migration.label());
        let stay = if batches.rows == 1 { "is done and stays" } else { "are done and stay" };
        return Some(format!("{rows} of {label} {stay}: the same command goes on behind them"));
    }
    (done > 0).then(|| {
        format!(
            "{done} of {} statements of {} are done and stay: the same command goes on with this one",
            step.script.statements.len(),
            step.migration.label()
        )
    })
}
