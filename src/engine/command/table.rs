//! Which commands there are: adding one is a variant of `Command` and a line here.

use strum::{Display, IntoEnumIterator as _};

use super::words::{Fault, Words, shown};
use super::{Command, PREFIX, Topic};
use crate::model::finding::Rule;

/// A command as people know it.
#[derive(Debug)]
pub struct CommandSpec {
    /// Its word.
    pub word: &'static str,
    /// What may follow the word.
    pub arguments: &'static str,
    /// What it does, in the third person, without a final stop.
    pub does: &'static str,
    /// What one must be allowed in the repository to give it.
    pub who: Right,
    /// Whether it is known and nothing carries it out yet.
    pub later: bool,
    pub(super) read: fn(&mut Words<'_>) -> Result<Command, Fault>,
}

/// What somebody may do in a repository, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Display)]
#[strum(serialize_all = "lowercase")]
pub enum Right {
    /// Look.
    Read,
    /// Push.
    Write,
    /// Everything.
    Admin,
}

/// All commands, in the order in which help lists them.
///
/// Whoever may only read gets what is known already; what starts work or changes an answer is for those who may push.
pub static COMMANDS: [CommandSpec; 15] = [
    CommandSpec {
        word: "preflight",
        arguments: "[--full] [COMMIT]",
        does: "checks the migrations as they are now; with `COMMIT`, only if that is still the newest \
               commit; `--full` uses nothing that earlier runs kept",
        who: Right::Write,
        later: false,
        read: preflight,
    },
    CommandSpec {
        word: "diff",
        arguments: "",
        does: "shows how the migrations' result differs from `db/schema/`",
        who: Right::Write,
        later: false,
        read: |_| Ok(Command::Diff),
    },
    CommandSpec {
        word: "lint",
        arguments: "",
        does: "shows what the rules find",
        who: Right::Write,
        later: false,
        read: |_| Ok(Command::Lint),
    },
    CommandSpec {
        word: "plan",
        arguments: "",
        does: "shows which statements would run, in order, with what each locks",
        who: Right::Write,
        later: false,
        read: |_| Ok(Command::Plan),
    },
    CommandSpec {
        word: "conflicts",
        arguments: "",
        does: "shows how this pull request gets on with the other open ones",
        who: Right::Read,
        later: false,
        read: |_| Ok(Command::Conflicts),
    },
    CommandSpec {
        word: "status",
        arguments: "[ENV]",
        does: "shows what is deployed, in all environments or in one",
        who: Right::Write,
        later: false,
        read: status,
    },
    CommandSpec {
        word: "renumber",
        arguments: "",
        does: "shows how to rename migrations whose version is taken",
        who: Right::Read,
        later: false,
        read: |_| Ok(Command::Renumber),
    },
    CommandSpec {
        word: "explain",
        arguments: "RULE or MIGRATION",
        does: "explains a rule, or what a migration does",
        who: Right::Read,
        later: false,
        read: explain,
    },
    CommandSpec {
        word: "ignore",
        arguments: "RULE because REASON",
        does: "lets findings of a rule pass in this pull request, and records who said why",
        who: Right::Write,
        later: false,
        read: ignore,
    },
    CommandSpec {
        word: "cancel",
        arguments: "",
        does: "ends the check that is under way",
        who: Right::Write,
        later: false,
        read: |_| Ok(Command::Cancel),
    },
    CommandSpec {
        word: "help",
        arguments: "",
        does: "shows this list",
        who: Right::Read,
        later: false,
        read: |_| Ok(Command::Help),
    },
    CommandSpec {
        word: "deploy",
        arguments: "[ENV]",
        does: "deploys the migrations",
        who: Right::Write,
        later: true,
        read: |words| to_come(words, Command::Deploy),
    },
    CommandSpec {
        word: "rollback",
        arguments: "[ENV]",
        does: "takes a deploy back",
        who: Right::Write,
        later: true,
        read: |words| to_come(words, Command::Rollback),
    },
    CommandSpec {
        word: "approve",
        arguments: "[ENV]",
        does: "lets a deploy go on that waits for it",
        who: Right::Write,
        later: true,
        read: |words| to_come(words, Command::Approve),
    },
    CommandSpec {
        word: "unlock",
        arguments: "[ENV]",
        does: "lets go of what a deploy that died has locked",
        who: Right::Admin,
        later: true,
        read: |words| to_come(words, Command::Unlock),
    },
];

impl CommandSpec {
    /// How it is written.
    #[must_use]
    pub fn usage(&self) -> String {
        format!("{PREFIX} {} {}", self.word, self.arguments).trim_end().to_owned()
    }
}

fn preflight(words: &mut Words<'_>) -> Result<Command, Fault> {
    let (mut full, mut commit) = (false, None);
    while let Some(word) = words.peek() {
        match word.text {
            "--full" if !full => full = true,
            id if commit.is_none() && is_commit(id) => commit = Some(id.to_ascii_lowercase()),
            "--full" => break,
            option if option.starts_with("--") => {
                return Err(word.unknown("no option", &["--full"], "`--full` is the only one"));
            }
            _ if commit.is_some() => break,
            other => {
                let reason = format!("`{}` is not a commit id of at least seven digits", shown(other));
                return Err(word.fault(reason));
            }
        }
        words.next();
    }
    Ok(Command::Preflight { full, commit })
}

fn is_commit(word: &str) -> bool {
    (7..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn status(words: &mut Words<'_>) -> Result<Command, Fault> {
    Ok(Command::Status { env: environment(words)? })
}

/// An environment's name, when one is given.
fn environment(words: &mut Words<'_>) -> Result<Option<String>, Fault> {
    let Some(word) = words.next() else { return Ok(None) };
    let plain = |one: char| one.is_ascii_alphanumeric() || "_-.".contains(one);
    if !word.text.chars().all(plain) || word.text.starts_with(['.', '-']) {
        let reason =
            format!("`{}` is not an environment's name: letters, digits, `_`, `-` and `.`", shown(word.text));
        return Err(word.fault(reason));
    }
    Ok(Some(word.text.to_owned()))
}

fn explain(words: &mut Words<'_>) -> Result<Command, Fault> {
    let word = words
        .wanted("what to explain is missing: a rule such as `missing-down`, or a migration's version")?;
    let topic = rule(word.text).map_or_else(|| Topic::Migration(word.text.to_owned()), Topic::Rule);
    Ok(Command::Explain(topic))
}

fn ignore(words: &mut Words<'_>) -> Result<Command, Fault> {
    const WANTED: &str = "a reason is missing: `ignore RULE because REASON`";
    let word = words.wanted("which rule is missing: `ignore RULE because REASON`")?;
    let Some(rule) = rule(word.text) else {
        let known: Vec<&'static str> = Rule::iter().map(Into::into).collect();
        return Err(word.unknown("no rule", &known, "each finding names its rule"));
    };
    let because = words.wanted(WANTED)?;
    if because.text != "because" {
        return Err(because.fault(format!("`{}` stands where `because` is wanted", shown(because.text))));
    }
    let reason = words.rest();
    if reason.text.is_empty() {
        return Err(reason.fault(WANTED.to_owned()));
    }
    Ok(Command::Ignore { rule, because: reason.text.to_owned() })
}

fn rule(word: &str) -> Option<Rule> {
    Rule::iter().find(|rule| <&'static str>::from(rule) == word)
}

/// What comes later is about an environment, and what could not be meant then is a mistake now.
fn to_come(words: &mut Words<'_>, command: Command) -> Result<Command, Fault> {
    environment(words)?;
    Ok(command)
}
