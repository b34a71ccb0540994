//! `confiture migrate wizard`: the conversation.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::arguments::Format;
use super::arguments::migrate::WizardOptions;
use super::diff::wishes;
use super::migrate::say;
use super::preflight::project;
use super::progress::Spinner;
use super::{now, output};
use crate::engine::change::{self, Answers, Asked, CHANGE, CONTRACT, Kind, NAME, Question, WRITE};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::model::schema::Schema;
use crate::model::wizard::{Offer, Strategy, WizardAnswer};
use crate::operation::diff::Texts;
use crate::operation::wizard::{Wizard, read_answers};
use crate::render::{self, wizard as words};

pub(super) async fn run(
    options: WizardOptions,
    variables: BTreeMap<String, String>,
    cancel: CancellationToken,
) -> u8 {
    let mut answer = WizardAnswer::blank();
    let mut talk = Talk {
        given: None,
        is_heard: options.output.format == Format::Text && options.output.output.is_none(),
        watched: output::is_watched(&variables),
        cancel: cancel.clone(),
    };
    let wizard = Wizard {
        project: project(&options.project, variables),
        wishes: wishes(&options.build),
        now: now(),
        texts: Texts { up: render::migration::up, down: render::migration::down },
        declares: !options.no_schema,
        cancel,
    };
    let result = async {
        talk.given = options.answers.as_deref().map(read_answers).transpose()?;
        Box::pin(talk.lead(&wizard, &mut answer)).await
    }
    .await;
    if let Err(failure) = result {
        answer.head.conclude(Err(failure));
    }
    say(&answer, answer.head.exit_code, &options.output, words::wizard)
}

/// Who answers: somebody who types, or a file.
struct Talk {
    given: Option<BTreeMap<String, String>>,
    /// Whether anybody reads what is asked.
    is_heard: bool,
    watched: bool,
    cancel: CancellationToken,
}

impl Talk {
    async fn lead(&mut self, wizard: &Wizard, answer: &mut WizardAnswer) -> Result<(), Failure> {
        if self.given.is_none() && !self.is_heard {
            return Err(refused(
                "nobody can answer where only the end is told",
                "name a file of answers with --answers",
            ));
        }
        self.tell(words::GREETING);
        let begun =
            Spinner::during(self.watched, "building what the migrations build", Box::pin(wizard.begin()))
                .await?;
        let said = self.ask(CHANGE, &answer.answers, &begun.schema, None).await?;
        let change = change::of(&said).ok_or_else(|| refused("there is no such change", ""))?;
        answer.answers.insert(CHANGE.key, said);
        for question in change.questions {
            let said = self.ask(*question, &answer.answers, &begun.schema, None).await?;
            answer.answers.insert(question.key, said);
        }
        let offers = wizard.offers(change, &answer.answers, &begun);
        let offers = Spinner::during(self.watched, "planning", Box::pin(offers)).await?;
        self.tell(&words::offers(&offers, output::wants_colour(false)));
        let offer = self.choose(offers, answer).await?;
        if offer.strategy == Strategy::Expand {
            let when = self.ask(CONTRACT, &answer.answers, &begun.schema, None).await?;
            answer.answers.insert(CONTRACT.key, when);
        }
        let name = change::name(change, &answer.answers);
        let name = self.ask(NAME, &answer.answers, &begun.schema, Some(name)).await?;
        answer.answers.insert(NAME.key, name.clone());
        self.nothing_is_left()?;
        let ready = wizard.ready((change, &answer.answers), &begun, offer.strategy, &name);
        let ready = Spinner::during(self.watched, "proving on a copy", Box::pin(ready)).await?;
        answer.chosen = Some(offer);
        self.tell(&words::ready(&ready, output::wants_colour(false)));
        let write = self.ask(WRITE, &answer.answers, &begun.schema, None).await?;
        if write == "no" {
            return Err(refused("you said no: nothing was written", "begin again when you like"));
        }
        let work = wizard.write(ready, answer);
        Spinner::during(self.watched, "trying all migrations", Box::pin(work)).await;
        Ok(())
    }

    /// The way that is wanted, which is asked for where there are several.
    async fn choose(&mut self, mut offers: Vec<Offer>, answer: &mut WizardAnswer) -> Result<Offer, Failure> {
        const HELP: &str = "plain is the shortest; online splits what would block into steps that do not; expand adds only, and says what the later deploys do. Copying into a schema of its own and switching over is none of them: build it with db/schema/ and `confiture build`.";
        let names: Vec<(String, &str)> = offers
            .iter()
            .map(|offer| (offer.strategy.name().to_owned(), words::title(offer.strategy)))
            .collect();
        let first = names.first().map(|(name, _)| name.clone());
        let is_said = self.given.as_ref().is_some_and(|given| given.contains_key("strategy"));
        if let (1, false, Some(only)) = (offers.len(), is_said, &first) {
            answer.answers.insert("strategy", only.clone());
            return Ok(offers.swap_remove(0));
        }
        let question = Question { key: "strategy", ask: "Which way?", help: HELP, kind: Kind::Text };
        loop {
            let said = self.put(question, (&names, first.clone())).await?;
            let number = said.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let meant =
                names.iter().position(|(name, _)| *name == said).or(number).filter(|at| *at < offers.len());
            if let Some(at) = meant {
                answer.answers.insert("strategy", names[at].0.clone());
                return Ok(offers.swap_remove(at));
            }
            self.no(question.key, &format!("there is no `{said}` here"))?;
        }
    }

    /// The answer to a question, asked until it is one.
    async fn ask(
        &mut self,
        question: Question,
        answers: &Answers,
        schema: &Schema,
        default: Option<String>,
    ) -> Result<String, Failure> {
        let asked = Asked { question, answers, schema };
        let titled = |name: String| {
            let title =
                change::of(&name).filter(|_| question.kind == Kind::Change).map_or("", |change| change.title);
            (name, title)
        };
        let choices: Vec<(String, &str)> = asked.choices().into_iter().map(titled).collect();
        let default = default.or_else(|| asked.default());
        loop {
            let said = self.put(question, (&choices, default.clone())).await?;
            match asked.read(&said) {
                Ok(answer) => return Ok(answer),
                Err(why) => self.no(question.key, &why)?,
            }
        }
    }

    /// Puts a question once, or as often as help is asked for.
    async fn put(
        &mut self,
        question: Question,
        (choices, default): (&[(String, &str)], Option<String>),
    ) -> Result<String, Failure> {
        loop {
            let shown = default.as_deref().filter(|default| !default.is_empty());
            self.tell(&words::question(question.ask, choices, shown));
            let said = match &mut self.given {
                Some(given) => given
                    .remove(question.key)
                    .or_else(|| default.clone())
                    .ok_or_else(|| unanswered(question.key))?,
                None => self.typed().await?,
            };
            let said = said.trim().to_owned();
            if self.given.is_some() || !output::is_typed() {
                // What nobody typed here is shown as if somebody had.
                self.tell(&format!("{}\n", words::heard(&said)));
            }
            match said.as_str() {
                "?" => self.tell(&words::help(question.help)),
                "" => return Ok(default.clone().unwrap_or_default()),
                _ => return Ok(said),
            }
        }
    }

    async fn typed(&self) -> Result<String, Failure> {
        let line = tokio::select! {
            line = output::line() => line,
            () = self.cancel.cancelled() => None,
        };
        if line.is_none() {
            self.tell("\n");
        }
        line.ok_or_else(|| {
            refused(
                "nobody answers any more: nothing was written",
                "answer every question, or name a file with --answers",
            )
        })
    }

    /// What is no answer is asked again, and ends it where a file answers.
    fn no(&self, key: &str, why: &str) -> Result<(), Failure> {
        if self.given.is_some() {
            return Err(refused(&format!("{key}: {why}"), "put the answer right; nothing was written"));
        }
        self.tell(&words::refused(why));
        Ok(())
    }

    /// An answer that nobody asked for was meant for something.
    fn nothing_is_left(&self) -> Result<(), Failure> {
        match self.given.iter().flatten().find(|(key, _)| *key != WRITE.key) {
            Some((key, _)) => Err(refused(
                &format!("there is an answer to `{key}`, which was not asked"),
                "take it out, or put its name right",
            )),
            None => Ok(()),
        }
    }

    fn tell(&self, text: &str) {
        if self.is_heard {
            output::tell(text);
        }
    }
}

fn unanswered(key: &str) -> Failure {
    refused(&format!("there is no answer to `{key}`"), "write it into the file of answers")
}

fn refused(message: &str, help: &str) -> Failure {
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some(help.to_owned()).filter(|help| !help.is_empty());
    failure
}
