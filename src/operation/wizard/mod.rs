//! `migrate wizard`: from what is to change to a migration that is proved.

mod declared;

use std::collections::BTreeMap;

use camino::Utf8Path;
use tokio_util::sync::CancellationToken;

use self::declared::Declared;
use super::diff::{self, Generate, Sides, Texted, Texts};
use super::failure;
use super::naming;
use super::preflight::{self, BaseRequest, Silent};
use super::project::{Opened, ProjectOptions};
use super::structure::{Bench, Grounds, Source, Wishes};
use crate::config;
use crate::engine::change::{self, Answers, CONTRACT, Change, NAME, Piece};
use crate::gateway::files;
use crate::model::answer::Head;
use crate::model::difference::{DiffAnswer, Proof, Side};
use crate::model::exit::ExitCode;
use crate::model::migration::Version;
use crate::model::place::Place;
use crate::model::report::{Failure, Stage};
use crate::model::schema::Schema;
use crate::model::wizard::{Offer, Ready, Strategy, WizardAnswer};

/// What the wizard works with.
#[derive(Debug, Clone)]
pub struct Wizard {
    /// The project and its settings.
    pub project: ProjectOptions,
    /// How the throwaway server is to be.
    pub wishes: Wishes,
    /// The time, in seconds since 1970.
    pub now: u64,
    /// How the two files of a migration are worded.
    pub texts: Texts,
    /// Whether the declared schema is to say what changes, too.
    pub declares: bool,
    /// Ends it early.
    pub cancel: CancellationToken,
}

/// The structure that the migrations build, which is what changes.
#[derive(Debug)]
pub struct Begun {
    /// The structure.
    pub schema: Schema,
}

impl Wizard {
    /// Reads what the migrations build.
    pub async fn begin(&self) -> Result<Begun, Failure> {
        let grounds = Grounds::open(&self.project).await?;
        naming::are_ours(grounds.project()?)?;
        let chain = Source::chain(&grounds)?;
        let mut bench = Bench::new(&grounds, self.wishes.clone());
        let mut taken = bench.take(chain, &mut Side::named("migrations")).await;
        bench.close(&mut taken).await;
        Ok(Begun { schema: taken?.schema })
    }

    /// The ways to bring a change about; one only that is not the same as another.
    pub async fn offers(
        &self,
        change: &'static Change,
        answers: &Answers,
        begun: &Begun,
    ) -> Result<Vec<Offer>, Failure> {
        let mut offers: Vec<Offer> = Vec::new();
        for strategy in [Strategy::Plain, Strategy::Online, Strategy::Expand] {
            if strategy == Strategy::Expand && change.expand.is_none() {
                continue;
            }
            let piece = Piece { change, answers: answers.clone() };
            let (found, _) = Box::pin(self.lead(&piece, begun, strategy, (&[], None))).await?;
            let mut then = then(change, answers, strategy);
            let old = contract(change, answers, "", strategy);
            then.extend(old.iter().map(|piece| format!("a migration of its own: {}", piece.change.title)));
            let leads_back = found.down.is_some();
            let Some(plan) = found.plan else { continue };
            if !offers.iter().any(|offer| offer.plan == plan) {
                offers.push(Offer { strategy, plan, leads_back, then });
            }
        }
        Ok(offers)
    }

    /// What is written of a way: its migration, proved, what takes away the old one where that is wanted now, and the
    /// declared schema.
    pub async fn ready(
        &self,
        (change, answers): (&'static Change, &Answers),
        begun: &Begun,
        strategy: Strategy,
        name: &str,
    ) -> Result<Ready, Failure> {
        naming::check(name)?;
        let grounds = Grounds::open(&self.project).await?;
        let opened = grounds.project()?;
        let declared_at = declared::place(opened, answers)?;
        let mut answers = answers.clone();
        answers.insert(NAME.key, name.to_owned());
        let contract = contract(change, &answers, name, strategy);
        let is_now = answers.get(CONTRACT.key).is_some_and(|when| when == "now");
        let later = if is_now { &[] } else { contract.as_slice() };
        let later = later.iter().map(|piece| format!("`{}`", piece.command()));
        let then = self::then(change, &answers, strategy).into_iter().chain(later);
        let mut ready = Ready::blank(then.collect(), declared_at);
        let mut changes = Vec::new();
        self.add(&Piece { change, answers }, strategy, begun, (&mut ready, &mut changes)).await?;
        for piece in contract.iter().filter(|_| is_now) {
            self.add(piece, Strategy::Plain, begun, (&mut ready, &mut changes)).await?;
        }
        if let Some(version) = ready.first().filter(|_| is_now && changes.len() > 1) {
            ready
                .then
                .push(format!("`confiture migrate up` without --target; until then --target {version}"));
        }
        match self.declare(opened, &changes).await? {
            Declared::Edited(edited) => ready.declared = edited,
            Declared::Left(why) => {
                (ready.undeclared, ready.declare) = (why, Some(changes.join(" ")));
            }
        }
        Ok(ready)
    }

    /// Adds a migration to what is written.
    async fn add(
        &self,
        piece: &Piece,
        strategy: Strategy,
        begun: &Begun,
        (ready, changes): (&mut Ready, &mut Vec<String>),
    ) -> Result<(), Failure> {
        let named = Some((piece.name(), ready.versions()));
        let lead = self.lead(piece, begun, strategy, (changes, named));
        let (found, mut files) = Box::pin(lead).await?;
        if files.is_empty() {
            return Err(unproved(found.proof));
        }
        let guard = piece.change.guard.and_then(|guard| guard(&piece.answers));
        let up = files.first().and_then(|(path, _)| path.as_str().strip_suffix(".up.sql"));
        if let Some((before, guard)) = up.map(|stem| format!("{stem}.before.sql").into()).zip(guard) {
            files.insert(0, (before, guard));
        }
        ready.files.extend(files);
        ready.proof = found.proof;
        changes.push(statements(piece.change, &piece.answers, begun, strategy));
        Ok(())
    }

    /// Writes it, all of it or nothing, and preflights what is there then.
    pub async fn write(&self, ready: Ready, answer: &mut WizardAnswer) {
        let result = async {
            if self.cancel.is_cancelled() {
                return Err(interrupted());
            }
            let opened = Opened::open(&self.project).await?;
            let written = opened.project.write_together(&ready.files, &ready.declared);
            answer.written = written.map_err(|error| failure::file(&error))?;
            answer.declared = ready.declared.into_iter().map(|one| one.path).collect();
            (answer.proof, answer.then, answer.undeclared) = (ready.proof, ready.then, ready.undeclared);
            answer.declared_at = ready.declared_at.filter(|_| ready.declare.is_some());
            answer.declare = ready.declare;
            self.preflight(answer).await;
            Ok(ExitCode::Success)
        }
        .await;
        answer.head.conclude(result);
        answer.success = answer.head.ok;
    }

    /// The way from what the migrations build with changes at their end to one more.
    async fn lead(
        &self,
        piece: &Piece,
        begun: &Begun,
        strategy: Strategy,
        (before, named): (&[String], Option<(&str, usize)>),
    ) -> Result<(DiffAnswer, Texted), Failure> {
        let Piece { change, answers } = piece;
        let rename = change.rename.filter(|_| strategy != Strategy::Expand);
        let generate = named.map(|(name, taken)| Generate {
            name: name.to_owned(),
            unproved: false,
            now: self.now,
            texts: self.texts,
            taken,
        });
        let request = diff::Request {
            renames: rename.map(|rename| rename(answers)).into_iter().collect(),
            plan: true,
            online: strategy == Strategy::Online,
            prove: named.is_some(),
            generate,
            ..self.comparison(change.key)
        };
        let change = statements(change, answers, begun, strategy);
        let sides = Sides::Changed { before, change: &change };
        let (mut found, files) = diff::unwritten(&request, sides).await;
        if let Some(failure) = found.failure.take() {
            return Err(failure);
        }
        match found.refusal.as_ref() {
            Some(refusal) => Err(Failure::new(Stage::Compare, ExitCode::Configuration, refusal.to_string())),
            None if found.drift.as_ref().is_some_and(|drift| drift.equal) => Err(nothing_changes()),
            None => Ok((found, files)),
        }
    }

    /// A comparison of what the migrations build, which nothing comes of yet.
    fn comparison(&self, to: &str) -> diff::Request {
        diff::Request {
            project: self.project.clone(),
            from: "migrations".into(),
            to: to.into(),
            renames: Vec::new(),
            wishes: self.wishes.clone(),
            plan: false,
            online: false,
            prove: false,
            generate: None,
            cancel: self.cancel.clone(),
        }
    }

    async fn preflight(&self, answer: &mut WizardAnswer) {
        let request = preflight::Request {
            project: self.project.clone(),
            base: BaseRequest::Empty,
            postgres: self.wishes.postgres.clone(),
            download_postgres: self.wishes.download,
            superuser: false,
            cancel: self.cancel.clone(),
            fail_on: None,
            full: false,
            ignores: Vec::new(),
            tables: false,
            commands: false,
        };
        let report = Box::pin(preflight::run(&request, &Silent)).await;
        answer.preflight = Some(report.code);
        answer.preflight_failure = report.failure.map(|failure| failure.message);
    }
}

/// Reads a file of answers.
pub fn read_answers(path: &Utf8Path) -> Result<BTreeMap<String, String>, Failure> {
    let text = files::text(path).map_err(|error| failure::file(&error))?;
    config::answers(path, &text).map_err(|error| failure::config(&error))
}

impl Ready {
    fn blank(then: Vec<String>, declared_at: Option<Place>) -> Self {
        Self {
            files: Vec::new(),
            declared: Vec::new(),
            undeclared: None,
            declared_at,
            declare: None,
            proof: Proof::NotAsked,
            then,
        }
    }

    /// The version of its first migration.
    fn first(&self) -> Option<Version> {
        self.files.first().and_then(|(path, _)| files::version_of(path))
    }

    /// How many migrations it has.
    fn versions(&self) -> usize {
        self.files.iter().filter(|(path, _)| path.as_str().ends_with(".up.sql")).count()
    }
}

impl WizardAnswer {
    /// The answer of a wizard that has not asked yet.
    #[must_use]
    pub fn blank() -> Self {
        Self {
            head: Head::new("migrate wizard"),
            success: false,
            answers: Answers::new(),
            chosen: None,
            proof: Proof::NotAsked,
            written: Vec::new(),
            declared: Vec::new(),
            undeclared: None,
            declared_at: None,
            declare: None,
            then: Vec::new(),
            preflight: None,
            preflight_failure: None,
        }
    }
}

/// The statements after which the structure is as it is to be.
fn statements(change: &Change, answers: &Answers, begun: &Begun, strategy: Strategy) -> String {
    let expand = change.expand.as_ref().filter(|_| strategy == Strategy::Expand);
    expand.map_or(change.statements, |expand| expand.statements)(answers, &begun.schema)
}

fn then(change: &Change, answers: &Answers, strategy: Strategy) -> Vec<String> {
    let expand = change.expand.as_ref().filter(|_| strategy == Strategy::Expand);
    expand.map(|expand| (expand.then)(answers)).unwrap_or_default()
}

/// What takes away the old after a way that only adds.
fn contract(change: &Change, answers: &Answers, name: &str, strategy: Strategy) -> Vec<Piece> {
    if strategy == Strategy::Expand { change::contract(change, answers, name) } else { Vec::new() }
}

pub(super) fn interrupted() -> Failure {
    Failure::new(Stage::Project, ExitCode::Pending, "the wizard was interrupted: nothing was written")
}

fn nothing_changes() -> Failure {
    Failure::new(
        Stage::Compare,
        ExitCode::Configuration,
        "nothing changes by that: the structure is like that already",
    )
}

fn unproved(proof: Proof) -> Failure {
    let message = format!("the migration could not be proved ({proof:?}): nothing was written");
    let mut failure = Failure::new(Stage::Proof, ExitCode::Configuration, message);
    failure.help = Some(
        "`confiture diff --plan` shows what is left; write it by hand with `migrate generate`".to_owned(),
    );
    failure
}
