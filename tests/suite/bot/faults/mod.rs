//! Faults: what may break does, and GitHub hears everything once all the same.

#[cfg(target_os = "linux")]
mod clock;
mod github;
mod killed;
mod order;
mod state;
mod sweeps;

use crate::bot::conversation::Setup;
use std::time::{Duration, Instant};

use super::STATE;
use super::conversation::{BIO, SCHEMA_WITH_BIO, USERS, World, tree};
use crate::fake_github::{Files, PULL, REPOSITORY, Subject};

/// How long an answer takes whose coming is waited for.
const LONG: Duration = Duration::from_millis(500);

/// A change that works.
fn change() -> Files {
    tree(&[USERS, BIO, SCHEMA_WITH_BIO])
}

/// How many remarks on lines that are.
const REMARKS: usize = 61;

/// A change that works, with more remarks on lines than one request takes.
fn change_with_remarks() -> Files {
    let strays = (100..160).map(|number| (format!("db/migrations/{number}_stray.down.sql"), Vec::new()));
    change().into_iter().chain(strays).collect()
}

/// A job that is asked for alone, so that it is known which request is whose.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Asked {
    Preflight,
    Conflicts,
}

impl Asked {
    /// What its check is called.
    fn check(self) -> &'static str {
        match self {
            Self::Preflight => "confiture / preflight",
            Self::Conflicts => "confiture / conflicts",
        }
    }

    /// How many remarks its check has of a change with remarks.
    fn remarks(self) -> usize {
        if self == Self::Preflight { REMARKS } else { 0 }
    }
}

impl World {
    /// A world where this may be asked for: a push means something where a pull request is known.
    async fn for_asking(asked: Asked) -> Self {
        let world = Self::start().await;
        if asked == Asked::Conflicts {
            world.push(change());
            world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
            world.quiet().await;
        }
        world
    }

    /// Has it done.
    async fn have(&self, asked: Asked) {
        match asked {
            Asked::Preflight => {
                self.tell("pull_request", "ready_for_review", Subject::Pull(PULL)).await;
            }
            Asked::Conflicts => {
                let before = self.github.state().repository(REPOSITORY).branches["main"].clone();
                let push = Subject::Push { branch: "main", before: &before };
                let delivery = self.github.deliver(super::SECRET, "push", None, REPOSITORY, push);
                assert_eq!(self.send(&delivery).await, 202);
            }
        }
    }

    /// Kills the bot, lets the time pass that its work is waited for, and starts another.
    async fn replace_bot(&mut self) {
        self.bot.strike();
        let left = "select pg_terminate_backend(pid) from pg_stat_activity \
                    where application_name = 'confiture bot'";
        self.state.sql(STATE, left).await;
        self.time_passes().await;
        self.bot = Self::bot(&self.github, &self.state, &Setup::default());
    }

    /// As if whoever works had been silent for long.
    async fn time_passes(&self) {
        let passed = "update confiture_bot.jobs set leased_until = leased_until - interval '1 hour', \
                      due = due - interval '1 hour' where state in ('waiting', 'running') or not told";
        self.state.sql(STATE, passed).await;
    }

    /// Pushes a change to the pull request. Nobody hears of it.
    fn push(&self, files: Files) -> String {
        self.github.state().push(REPOSITORY, "change", files)
    }

    /// Waits, longer than for other things, until nothing is left to do: what goes wrong takes its time.
    pub(crate) async fn is_over(&self) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(90) && !self.is_quiet().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// GitHub has heard of a commit what there is to hear, and nothing twice.
    async fn is_told_once(&self, asked: Asked, head: &str, conclusion: &str, what: &str) {
        self.is_over().await;
        self.quiet().await;
        let checks = self.checks_called(asked.check(), head);
        assert_eq!(checks.len(), 1, "{what}: one check, not {checks:#?}");
        let check = &checks[0];
        let found = check.conclusion.as_deref();
        assert_eq!(found, Some(conclusion), "{what}: {} {}", check.title, check.summary);
        let mut all: Vec<String> = check.annotations.iter().map(ToString::to_string).collect();
        let sent = all.len();
        all.sort();
        all.dedup();
        assert_eq!(sent, all.len(), "{what}: no annotation is said twice");
        assert!(self.said().len() <= 1, "{what}: one comment, not {:#?}", self.said());
    }
}
