//! Commands in comments: `/confiture …` as the first word of a line, outside quotes and code.

mod hidden;
mod table;
#[cfg(test)]
mod tests;
mod words;

use strum::IntoStaticStr;

use crate::model::finding::Rule;
pub use table::{COMMANDS, CommandSpec, Right};
use words::{Fault, Words, shown};

/// The word that a command begins with.
pub const PREFIX: &str = "/confiture";

/// What a comment asks for.
#[derive(Debug, Clone, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Command {
    /// Check the pull request.
    Preflight {
        /// Take nothing that was kept from earlier runs.
        full: bool,
        /// The commit that must still be the newest, or the beginning of its id.
        commit: Option<String>,
    },
    /// Say how the migrations' result differs from the declared schema.
    Diff,
    /// Say what the rules find.
    Lint,
    /// Say which statements would run, and what they lock.
    Plan,
    /// Say how the pull request gets on with the other open ones.
    Conflicts,
    /// Say what is deployed.
    Status {
        /// The environment; absent, all of them.
        env: Option<String>,
    },
    /// Say which versions the migrations should take.
    Renumber,
    /// Say more about one thing.
    Explain(Topic),
    /// Let findings of a rule pass.
    Ignore {
        /// The rule.
        rule: Rule,
        /// Why, in the words of whoever answers for it.
        because: String,
    },
    /// End what is under way.
    Cancel,
    /// Say which commands there are.
    Help,
    /// Deploy the migrations.
    Deploy,
    /// Take a deploy back.
    Rollback,
    /// Let a deploy go on.
    Approve,
    /// Let go of a deploy's lock.
    Unlock,
}

/// What `explain` is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// A rule.
    Rule(Rule),
    /// A migration, as it was written: version, label or path.
    Migration(String),
}

impl Command {
    /// The word that it is given by.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.into()
    }

    /// What one must be allowed in the repository to give it.
    #[must_use]
    pub fn who(&self) -> Right {
        self.spec().map_or(Right::Admin, |spec| spec.who)
    }

    /// Whether it is known and nothing carries it out yet.
    #[must_use]
    pub fn is_later(&self) -> bool {
        self.spec().is_none_or(|spec| spec.later)
    }

    /// Its line in the table. Every command has one; one without would be nobody's to give.
    fn spec(&self) -> Option<&'static CommandSpec> {
        COMMANDS.iter().find(|spec| spec.word == self.word())
    }
}

/// A line that begins like a command and is none that can be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct CommandError {
    /// Line in the comment, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, and what may have been meant. What it repeats of the comment is fit for a code span.
    pub reason: String,
}

/// The command in a comment; `None` when there is none.
///
/// A comment gives one command: its answer is one reaction to the comment, which two could not share.
#[must_use]
pub fn find(comment: &str) -> Option<Result<Command, CommandError>> {
    let hidden = hidden::ranges(comment);
    let mut start = 0;
    let mut lines = (1..).zip(comment.split_inclusive('\n')).filter(|(_, line)| {
        let at = start + (line.len() - line.trim_start().len());
        start += line.len();
        let is_command = line.split_whitespace().next() == Some(PREFIX);
        is_command && !hidden.iter().any(|range| range.contains(&at))
    });
    let (number, line) = lines.next()?;
    let command = parse(line).map_err(|fault| fault.in_line(number));
    Some(command.and_then(|command| match lines.next() {
        None => Ok(command),
        Some((second, line)) => Err(one_too_many(line).in_line(second)),
    }))
}

fn one_too_many(line: &str) -> Fault {
    let column = line.chars().take_while(|character| character.is_whitespace()).count() + 1;
    let reason = "a comment gives one command, and this is its second: write it in a comment of its own";
    Fault { column, reason: reason.to_owned() }
}

fn parse(line: &str) -> Result<Command, Fault> {
    let mut words = Words::of(line);
    // The prefix, which is why we are here.
    words.next();
    let word = words.wanted("what to do is missing: `/confiture help` lists the commands")?;
    let Some(spec) = COMMANDS.iter().find(|spec| spec.word == word.text) else {
        let known: Vec<&str> = COMMANDS.iter().map(|spec| spec.word).collect();
        return Err(word.unknown("no command", &known, "`/confiture help` lists the commands"));
    };
    let command = (spec.read)(&mut words)?;
    match words.next() {
        None => Ok(command),
        Some(word) => Err(word.fault(format!("`{}` is one word too many", shown(word.text)))),
    }
}

/// The commands as a list in Markdown.
#[must_use]
pub fn list<'a>(commands: impl IntoIterator<Item = &'a CommandSpec>) -> String {
    let lines = commands.into_iter().map(|spec| format!("- `{}` {}", spec.usage(), spec.does));
    lines.collect::<Vec<_>>().join("\n")
}
