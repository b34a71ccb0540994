//! Conversations: what happens on GitHub, and what the bot says there.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Running, SECRET, STATE, settings_with};
use crate::fake_github::{Check, FakeGitHub, Files, LOGIN, PULL, REPOSITORY, Subject, Webhook};
use crate::support::{Production, until};

/// GitHub, a bot beside it, and its state.
pub(super) struct World {
    pub(super) github: FakeGitHub,
    pub(super) state: Arc<Production>,
    pub(super) bot: Running,
}

/// How a bot is set up, beside what every one has.
#[derive(Default)]
pub(super) struct Setup {
    /// More about the App.
    pub(super) github: String,
    /// More of everything else.
    pub(super) more: String,
    /// Where it listens, when that has to be known beforehand.
    pub(super) listen: Option<String>,
    /// Variables of its process beside those that it always has.
    pub(super) variables: Vec<(&'static str, PathBuf)>,
}

/// Files of a tree.
pub(super) fn tree(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

pub(super) const USERS: (&str, &str) =
    ("db/migrations/001_users.up.sql", "create table users (id int primary key);\n");
pub(super) const BIO: (&str, &str) =
    ("db/migrations/002_bio.up.sql", "alter table users add column bio text;\n");
pub(super) const SCHEMA: (&str, &str) = ("db/schema/users.sql", "create table users (id int primary key);\n");
pub(super) const SCHEMA_WITH_BIO: (&str, &str) =
    ("db/schema/users.sql", "create table users (id int primary key, bio text);\n");

impl World {
    pub(super) async fn start() -> Self {
        Self::start_as(&Setup::default()).await
    }

    /// The same with more in the bot's settings.
    pub(super) async fn set_up(more: &str) -> Self {
        Self::start_as(&Setup { more: more.to_owned(), ..Setup::default() }).await
    }

    pub(super) async fn start_as(setup: &Setup) -> Self {
        let github = FakeGitHub::start().await;
        github.state().push(REPOSITORY, "main", tree(&[USERS, SCHEMA]));
        let state = Production::start().await;
        state.database(STATE, "").await;
        let state = Arc::new(state);
        let bot = Self::bot(&github, &state, setup);
        Self { github, state, bot }
    }

    /// A bot on this state; several may share it.
    pub(super) fn bot(github: &FakeGitHub, state: &Production, setup: &Setup) -> Running {
        let state = state.url(STATE);
        let more = format!("state_url: {state}\nscratch: {{postgres: \"15\"}}\n{}", setup.more);
        let project = settings_with(&setup.github, &more);
        let mut run = super::run(&project).env("API", github.url());
        if let Some(listen) = &setup.listen {
            run = run.env("LISTEN", listen);
        }
        for (name, value) in &setup.variables {
            run = run.env(name, value);
        }
        Running::of(project, run)
    }

    /// Something happens, and GitHub tells the bot.
    pub(super) async fn tell(&self, event: &str, action: &str, subject: Subject<'_>) -> Webhook {
        let webhook = self.event(event, action, subject);
        assert_eq!(self.send(&webhook).await, 202);
        webhook
    }

    /// What GitHub would tell the bot, before it does.
    pub(super) fn event(&self, event: &str, action: &str, subject: Subject<'_>) -> Webhook {
        self.github.deliver(SECRET, event, Some(action), REPOSITORY, subject)
    }

    pub(super) async fn send(&self, webhook: &Webhook) -> u16 {
        let mut request = self.bot.http.post(format!("{}/webhooks", self.bot.address));
        for (name, value) in &webhook.headers {
            request = request.header(name, value);
        }
        let status = request.body(webhook.body.clone()).send().await.unwrap().status().as_u16();
        self.github.arrived(&webhook.guid, status);
        status
    }

    /// The preflight's checks of a commit.
    pub(super) fn checks(&self, head: &str) -> Vec<Check> {
        self.checks_called("confiture / preflight", head)
    }

    pub(super) fn checks_called(&self, name: &str, head: &str) -> Vec<Check> {
        let state = self.github.state();
        state.checks.iter().filter(|check| check.head == head && check.name == name).cloned().collect()
    }

    /// The preflight's check of a commit once it is completed.
    pub(super) async fn check(&self, head: &str) -> Check {
        until("the check is completed", async || {
            self.checks(head).iter().any(|check| check.status == "completed")
        })
        .await;
        self.checks(head).remove(0)
    }

    /// What the bot has written on the pull request.
    pub(super) fn said(&self) -> Vec<String> {
        let state = self.github.state();
        state.comments.iter().filter(|one| one.login == LOGIN).map(|one| one.body.clone()).collect()
    }

    /// Whether nothing is left to do, and to tell.
    pub(super) async fn is_quiet(&self) -> bool {
        let open = "select (select count(*) from confiture_bot.deliveries where state = 'waiting') + \
                    (select count(*) from confiture_bot.jobs where state in ('waiting', 'running') or not told)";
        self.state.rows(STATE, open).await == ["0"]
    }

    /// Waits until nothing is left to do.
    pub(super) async fn quiet(&self) {
        until("nothing is left to do", async || self.is_quiet().await).await;
    }

    pub(super) async fn stop(self) {
        assert_eq!(self.bot.ask_to_end(), 0);
        Arc::into_inner(self.state).unwrap().stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_that_is_opened_is_checked_and_told_what_was_found() {
    let world = World::start().await;
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    let check = world.check(&head).await;
    assert_eq!(
        (check.name.as_str(), check.conclusion.as_deref()),
        ("confiture / preflight", Some("success"))
    );
    assert!(check.summary.contains("002_bio"), "{}", check.summary);
    world.quiet().await;
    let said = world.said();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("002_bio") && said[0].contains("✓"), "{}", said[0]);

    // The next push lets the result and the declared schema part.
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA]));
    world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
    let check = world.check(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.title);
    world.quiet().await;
    let said = world.said();
    assert_eq!(said.len(), 1, "the same comment is edited: {said:?}");
    assert!(said[0].contains("bio"), "{}", said[0]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_fails_is_annotated_where_it_stands() {
    let world = World::start().await;
    let broken = ("db/migrations/002_bio.up.sql", "select 1;\n\nalter table user add column bio text;\n");
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, broken, SCHEMA]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    let check = world.check(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"));
    let failures: Vec<_> =
        check.annotations.iter().filter(|one| one["annotation_level"] == "failure").collect();
    assert_eq!(
        (&failures[0]["path"], &failures[0]["start_line"]),
        (&broken.0.into(), &3.into()),
        "{failures:#?}"
    );
    assert_eq!(failures.len(), 1, "{failures:#?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_push_gives_commands_and_an_outsider_is_refused_quietly() {
    let world = World::start().await;
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    world.github.state().permissions.insert("maintainer".to_owned(), "write".to_owned());
    let comment = |login: &str, text: &str| world.github.state().comment(login, "User", text);
    let outsider = comment("stranger", "/confiture preflight");
    world.tell("issue_comment", "created", Subject::Comment(outsider)).await;
    world.quiet().await;
    let reactions = || world.github.state().reactions.clone();
    assert_eq!(reactions(), [(outsider, "-1".to_owned())]);
    assert!(world.checks(&head).is_empty() && world.said().is_empty());

    let asked = comment("maintainer", "please\n\n/confiture preflight");
    world.tell("issue_comment", "created", Subject::Comment(asked)).await;
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("success"));
    let mistyped = comment("maintainer", "/confiture prefligth");
    world.tell("issue_comment", "created", Subject::Comment(mistyped)).await;
    world.quiet().await;
    let expected = [(asked, "eyes"), (asked, "rocket"), (mistyped, "eyes"), (mistyped, "-1")];
    assert_eq!(reactions()[1..], expected.map(|(comment, reaction)| (comment, reaction.to_owned())));
    assert!(world.said().iter().any(|said| said.contains("did you mean `preflight`")), "{:?}", world.said());
    world.stop().await;
}
