//! `migrate wizard`: from what is to change to a migration that is proved.

mod declared;

use std::collections::BTreeMap;

use camino::Utf8Path;
use tokio_util::sync::CancellationToken;

use super::diff::{self, Generate, Texts};
use super::failure;
use super::naming;
use super::preflight::{self, BaseRequest, Silent};
use super::project::ProjectOptions;
use super::structure::{Bench, Grounds, Source, Wishes};
use crate::config;
use crate::engine::change::{Answers, Change};
use crate::gateway::files;
use crate::model::answer::Head;
use crate::model::difference::{DiffAnswer, Proof, Side};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::model::schema::Schema;
use crate::model::wizard::{Offer, Strategy, WizardAnswer};

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
        change: &Change,
        answers: &Answers,
        begun: &Begun,
    ) -> Result<Vec<Offer>, Failure> {
        let mut offers: Vec<Offer> = Vec::new();
        for strategy in [Strategy::Plain, Strategy::Online, Strategy::Expand] {
            if strategy == Strategy::Expand && change.expand.is_none() {
                continue;
            }
            let found = Box::pin(self.lead(change, answers, begun, strategy, None)).await?;
            let (leads_back, then) = (found.down.is_some(), then(change, answers, strategy));
            let Some(plan) = found.plan else { continue };
            if !offers.iter().any(|offer| offer.plan == plan) {
                offers.push(Offer { strategy, plan, leads_back, then });
            }
        }
        Ok(offers)
    }

    /// Writes the migration of a way, proved, and preflights what is there then.
    pub async fn write(
        &self,
        (change, answers): (&Change, &Answers),
        begun: &Begun,
        (offer, name): (Offer, &str),
        answer: &mut WizardAnswer,
    ) {
        let strategy = offer.strategy;
        answer.chosen = Some(offer);
        let result = async {
            naming::check(name)?;
            let declared = declared::place(&self.project, answers).await?;
            let found = Box::pin(self.lead(change, answers, begun, strategy, Some(name))).await?;
            (answer.proof, answer.written) = (found.proof, found.written);
            if answer.written.is_empty() {
                return Err(unproved(found.proof));
            }
            (answer.declared_at, answer.declare) =
                (declared, Some(statements(change, answers, begun, strategy)));
            self.preflight(answer).await;
            Ok(ExitCode::Success)
        }
        .await;
        answer.head.conclude(result);
        answer.success = answer.head.ok;
    }

    async fn lead(
        &self,
        change: &Change,
        answers: &Answers,
        begun: &Begun,
        strategy: Strategy,
        name: Option<&str>,
    ) -> Result<DiffAnswer, Failure> {
        let rename = change.rename.filter(|_| strategy != Strategy::Expand);
        let generate = name.map(|name| Generate {
            name: name.to_owned(),
            unproved: false,
            now: self.now,
            texts: self.texts,
        });
        let request = diff::Request {
            project: self.project.clone(),
            from: "migrations".into(),
            to: change.key.into(),
            renames: rename.map(|rename| rename(answers)).into_iter().collect(),
            wishes: self.wishes.clone(),
            plan: true,
            online: strategy == Strategy::Online,
            prove: name.is_some(),
            generate,
            cancel: self.cancel.clone(),
        };
        let mut found = diff::with_change(&request, &statements(change, answers, begun, strategy)).await;
        if let Some(failure) = found.failure.take() {
            return Err(failure);
        }
        match found.refusal.as_ref() {
            Some(refusal) => Err(Failure::new(Stage::Compare, ExitCode::Configuration, refusal.to_string())),
            None if found.drift.as_ref().is_some_and(|drift| drift.equal) => Err(nothing_changes()),
            None => Ok(found),
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
            declared_at: None,
            declare: None,
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
