//! Branches read into statements, and what stops them.

use crate::engine::{chain, conflict};
use crate::model::conflict::{Refused, What, Why};
use crate::model::exit::ExitCode;
use crate::model::migration::{Migration, Version};
use crate::model::place::Place;
use crate::model::report::{Failure, Stage};
use crate::model::statement::TransactionMode;
use crate::operation::conflict::request::Branch;
use crate::operation::script::{Script, Step, check_requirements};

/// A branch that has been read.
pub(super) struct Prepared<'a> {
    pub(super) branch: &'a Branch,
    steps: Vec<Step<'a>>,
    /// Why it cannot be run at all.
    pub(super) unreadable: Option<Refused>,
    /// Whether a rollback does not take all of it back, so that it needs a database of its own.
    pub(super) own_database: bool,
    /// What was refused of it on the base alone.
    pub(super) alone: Option<Why>,
}

impl<'a> Prepared<'a> {
    pub(super) fn read(branch: &'a Branch, deployed: &[Migration]) -> Self {
        let mut steps = Vec::new();
        let given = branch.unreadable.as_ref();
        let given = given.map(|message| Failure::new(Stage::Project, ExitCode::Configuration, message));
        let mut unreadable = given.or_else(|| taken(branch, deployed)).map(|why| refused(&branch.id, &why));
        let duplicates = chain::duplicates(&branch.migrations).into_iter().next().map(|finding| {
            let mut failure = Failure::new(Stage::Project, ExitCode::Findings, finding.message);
            (failure.help, failure.place) = (finding.help, finding.place);
            refused(&branch.id, &failure)
        });
        unreadable = unreadable.or(duplicates);
        for migration in &branch.migrations {
            match Step::read(migration, Stage::Migration) {
                Ok(step) => steps.push(step),
                Err(failure) => {
                    unreadable.get_or_insert_with(|| refused(&branch.id, &failure));
                }
            }
        }
        let own_database = steps.iter().any(|step| step.mode != TransactionMode::Single);
        Self { branch, steps, unreadable, own_database, alone: None }
    }

    pub(super) fn id(&self) -> &'a str {
        &self.branch.id
    }

    pub(super) fn roles(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(Step::roles)
    }

    /// The steps that are still to be done after other branches: a branch that was begun on one of them has its
    /// migrations too. Refused where one requires what is not there.
    pub(super) fn rest(
        &self,
        deployed: &[Migration],
        before: &[&Prepared<'_>],
    ) -> Result<Vec<&Step<'a>>, Failure> {
        let done = || deployed.iter().chain(before.iter().flat_map(|one| &one.branch.migrations));
        let is_done = |step: &&Step<'_>| done().any(|one| conflict::is_same(one, step.migration));
        let rest: Vec<&Step<'a>> = self.steps.iter().filter(|step| !is_done(step)).collect();
        let there: Vec<&Version> = done().map(|one| &one.version).collect();
        check_requirements(rest.iter().copied(), there)?;
        Ok(rest)
    }

    pub(super) fn scripts(&self) -> impl Iterator<Item = &Script<'a>> {
        self.steps.iter().map(|step| &step.script)
    }
}

/// Whether the base has taken a version or a file name of a branch's, as when another branch was merged first.
fn taken(branch: &Branch, deployed: &[Migration]) -> Option<Failure> {
    let conflict = conflict::collisions(deployed, &branch.migrations, &[]).into_iter().next()?;
    let (path, message) = match conflict.what {
        What::SameVersion { version, a, b, .. } => (b, format!("version {version} is taken by {a}")),
        What::SameFileName { path, .. } => (path, "the base has another text under this name".to_owned()),
        _ => return None,
    };
    let mut failure = Failure::new(Stage::Project, ExitCode::Findings, message);
    failure.place = Some(Place { path, line: 1, column: 1 });
    Some(failure)
}

/// What stopped a branch.
#[derive(Debug)]
pub(super) enum Stop {
    /// It was refused, and would be wherever it stands in whichever transaction.
    Refused(Refused),
    /// It was refused, or lost its session, for what may be the fault of how it was run.
    Doubtful(Refused),
    /// The branch took longer than it may.
    TimedOut(String),
}

impl Stop {
    /// Refused by the server with a code of class 42 (what a statement names is not there, is there already, or is
    /// not allowed), or because something depends on an object, or before any statement was run: none of it has to
    /// do with a transaction that is shared with others.
    pub(super) fn of(branch: &str, failure: &Failure) -> Self {
        let refused = refused(branch, failure);
        let is_sure = match failure.sqlstate.as_deref() {
            Some(code) => code.starts_with("42") || code == "2BP01",
            None => failure.exit_code != ExitCode::Database,
        };
        if is_sure { Self::Refused(refused) } else { Self::Doubtful(refused) }
    }
}

fn refused(branch: &str, failure: &Failure) -> Refused {
    Refused {
        branch: branch.to_owned(),
        message: failure.message.clone(),
        sqlstate: failure.sqlstate.clone(),
        detail: failure.detail.clone(),
        help: failure.hint.clone().or_else(|| failure.help.clone()),
        place: failure.place.clone(),
    }
}
