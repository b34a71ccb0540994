//! Commands in comments: who says what, and what the bot answers.

use super::STATE;
use super::conversation::{BIO, SCHEMA, SCHEMA_WITH_BIO, USERS, World, tree};
use crate::fake_github::{LOGIN, PULL, REPOSITORY, Subject};

impl World {
    /// Somebody who may push.
    pub(super) fn maintainer(&self) -> &'static str {
        let permissions = &mut self.github.state().permissions;
        permissions.entry("maintainer".to_owned()).or_insert_with(|| "write".to_owned());
        "maintainer"
    }

    /// Somebody writes a comment, and the bot has done with it.
    pub(super) async fn comment(&self, login: &str, kind: &'static str, text: &str) -> u64 {
        let comment = self.github.state().comment(login, kind, text);
        self.tell("issue_comment", "created", Subject::Comment(comment)).await;
        self.quiet().await;
        comment
    }

    /// What the bot answers to a command of somebody who may push, and its last reaction.
    pub(super) async fn ask(&self, text: &str) -> (String, String) {
        let before = self.said();
        let comment = self.comment(self.maintainer(), "User", text).await;
        let reactions = self.reactions(comment);
        assert_eq!(reactions[0], "eyes", "{reactions:?}");
        let said = self.said().into_iter().filter(|one| !before.contains(one)).collect::<Vec<_>>();
        (without_marker(&said.join("\n---\n")), reactions.last().unwrap().clone())
    }

    pub(super) fn reactions(&self, comment: u64) -> Vec<String> {
        let state = self.github.state();
        state.reactions.iter().filter(|(id, _)| *id == comment).map(|(_, content)| content.clone()).collect()
    }
}

/// A comment without the line that marks it as ours.
fn without_marker(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("<!-- confiture:")).collect::<Vec<_>>().join("\n")
}

/// What of an answer is another one each time.
const UNSTEADY: [(&str, &str); 5] = [
    (r"\b[0-9a-f]{40}\b", "HEAD"),
    (r"`[0-9a-f]{7}`", "`SHORT`"),
    (r"base [0-9a-f]{7}", "base SHORT"),
    (r"PostgreSQL [0-9.]+", "PostgreSQL X"),
    (r"confiture \d+\.\d+\.\d+", "confiture X"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_command_answers_as_the_documentation_says() {
    let world = World::start().await;
    let down = ("db/migrations/001_users.down.sql", "drop table users;\n");
    world.github.state().push(REPOSITORY, "main", tree(&[USERS, down, SCHEMA]));
    let tags = (
        "db/migrations/003_tags.up.sql",
        "create table tags (user_id int references users, name text);\ncreate index on tags (name);\n",
    );
    world.github.state().push(REPOSITORY, "change", tree(&[USERS, down, BIO, tags, SCHEMA_WITH_BIO]));
    let mut page = String::new();
    for command in ["diff", "lint", "plan", "status", "renumber", "explain missing-down", "explain 2", "help"]
    {
        let (said, reaction) = world.ask(&format!("/confiture {command}")).await;
        page += &format!("=== {command}: {reaction}\n{said}\n\n");
    }
    insta::with_settings!({ filters => UNSTEADY }, { insta::assert_snapshot!("answers", page) });
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_refused_with_the_reason() {
    let world = World::start().await;
    let broken = ("db/migrations/002_bio.up.sql", "\\i other.sql\n");
    world.github.state().permissions.insert("maintainer".to_owned(), "admin".to_owned());
    world.github.state().push(REPOSITORY, "change", tree(&[USERS, broken, SCHEMA]));
    let mut page = String::new();
    for command in [
        "diff",
        "lint",
        "plan",
        "status production",
        "renumber",
        "explain 001_user",
        "explain `@team`",
        "ignore mising-down because",
        "deploy",
        "deploy a b",
        "unlock --force",
        "rollback now please",
    ] {
        let (said, reaction) = world.ask(&format!("/confiture {command}")).await;
        let said = said.split("**Commands**").next().unwrap().trim_end().to_owned();
        page += &format!("=== {command}: {reaction}\n{said}\n\n");
    }
    insta::with_settings!({ filters => UNSTEADY }, { insta::assert_snapshot!("refusals", page) });
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_taken_is_renamed_with_lines_to_copy() {
    let world = World::start().await;
    let other = ("db/migrations/002_other.up.sql", "select 1;\n");
    let down = ("db/migrations/002_it's.down.sql", "select 1;\n");
    let mine = ("db/migrations/002_it's.up.sql", "alter table users add column bio text;\n");
    world.github.state().push(REPOSITORY, "main", tree(&[USERS, SCHEMA]));
    let base = world.github.state().repository(REPOSITORY).branches["main"].clone();
    world.github.state().push(REPOSITORY, "change", tree(&[USERS, mine, down, SCHEMA]));
    // What has been merged since the branch parted.
    world.github.state().push(REPOSITORY, "main", tree(&[USERS, other, SCHEMA]));
    world.github.state().parted_at(REPOSITORY, &base);
    let (said, reaction) = world.ask("/confiture renumber").await;
    assert_eq!(reaction, "rocket");
    assert!(
        said.contains(
            "```sh\n\
             git mv 'db/migrations/002_it'\\''s.down.sql' 'db/migrations/003_it'\\''s.down.sql'\n\
             git mv 'db/migrations/002_it'\\''s.up.sql' 'db/migrations/003_it'\\''s.up.sql'\n```"
        ),
        "{said}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deployed_is_read_from_the_ledger_of_an_environment() {
    let production = crate::support::Production::start().await;
    production.database("app", "").await;
    let ledger = "create table tb_confiture (id serial primary key, version varchar(255) not null unique, \
                  name varchar(255) not null, applied_at timestamptz default now(), execution_time_ms integer, \
                  checksum varchar(64))";
    production.sql("app", ledger).await;
    production.sql("app", "insert into tb_confiture (version, name) values ('001', 'users')").await;
    let nowhere = "postgresql://app:hunter2@127.0.0.1:1/app";
    let more = format!(
        "repositories: {{{REPOSITORY}: {{environments: {{production: \"{}\", staging: \"{nowhere}\"}}}}}}\n\
         teams: {{environments: {{staging: [dba]}}}}\n",
        production.url("app")
    );
    let world = World::set_up(&more).await;
    world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    let (all, _) = world.ask("/confiture status").await;
    assert!(all.contains("### `production`: 1 applied, 1 pending") && all.contains("`002_bio`"), "{all}");
    assert!(all.contains("### `staging` is its teams' business"), "{all}");
    let (unknown, reaction) = world.ask("/confiture status prodution").await;
    assert!(unknown.contains("did you mean `production`?") && reaction == "-1", "{unknown}");
    // Who is in the team is told, though there is little to tell, and no address.
    world.github.state().members.push(("acme/dba".to_owned(), "maintainer".to_owned()));
    let (staging, _) = world.ask("/confiture status staging").await;
    assert!(staging.contains("`staging` was not read"), "{staging}");
    assert!(!staging.contains("127.0.0.1") && !world.bot.log().contains("hunter2"), "{staging}");
    world.stop().await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_teams_are_named_a_command_is_for_their_members() {
    let world = World::set_up("teams: {commands: {lint: [dba, leads]}}\n").await;
    world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    let refused = world.comment(world.maintainer(), "User", "/confiture lint").await;
    assert_eq!(world.reactions(refused), ["-1"]);
    assert!(world.said().is_empty());
    world.github.state().members.push(("acme/leads".to_owned(), "maintainer".to_owned()));
    let (said, reaction) = world.ask("/confiture lint").await;
    assert!(reaction == "rocket" && said.contains("`missing-down`"), "{said}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edited_comments_bots_and_the_bot_itself_are_not_listened_to() {
    let world = World::start().await;
    world.maintainer();
    world.github.state().permissions.insert(LOGIN.to_owned(), "admin".to_owned());
    world.github.state().permissions.insert("other[bot]".to_owned(), "admin".to_owned());
    let edited = world.github.state().comment("maintainer", "User", "/confiture help");
    world.tell("issue_comment", "edited", Subject::Comment(edited)).await;
    world.comment("other[bot]", "Bot", "/confiture help").await;
    world.comment(LOGIN, "Bot", "/confiture help").await;
    world.quiet().await;
    assert!(world.github.state().reactions.is_empty());
    let reasons = "select distinct reason from confiture_bot.deliveries order by 1";
    assert_eq!(
        world.state.rows(STATE, reasons).await,
        ["issue_comment.edited is not used", "it was written by a bot"]
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_meant_for_another_commit_is_refused() {
    let world = World::start().await;
    world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    world.quiet().await;
    // It is pushed after what the bot knows of, and before the command is carried out.
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA]));
    let (said, reaction) = world.ask("/confiture ignore missing-down because we never go back").await;
    assert!(said.contains(&format!("its newest commit is `{head}`")) && reaction == "-1", "{said}");
    assert_eq!(world.state.rows(STATE, "select count(*) from confiture_bot.ignores").await, ["0"]);
    // From now on the bot knows of it, and has checked it.
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("failure"));
    let (_, reaction) = world.ask("/confiture lint").await;
    assert_eq!(reaction, "rocket");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_that_somebody_answers_for_pass_in_one_pull_request_and_say_so() {
    let world = World::start().await;
    let strict = ("db/environments/local.yaml", "preflight: {fail_on: warning, ignorable: warning}\n");
    world.github.state().push(REPOSITORY, "main", tree(&[USERS, SCHEMA, strict]));
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("failure"));
    world.quiet().await;
    let (_, reaction) =
        world.ask("/confiture ignore missing-down because we @team never </details> go back").await;
    assert_eq!(reaction, "rocket");
    let checks = world.checks(&head);
    assert_eq!(
        checks.last().unwrap().conclusion.as_deref(),
        Some("success"),
        "{}",
        checks.last().unwrap().title
    );
    let report = world.said().remove(0);
    assert!(
        report.contains("maintainer: “we @&#8203;team never &lt;/details&gt; go back”")
            && report.contains("✓"),
        "{report}"
    );
    assert!(checks.last().unwrap().annotations.is_empty());
    // What is graver than the default branch's settings allow stays.
    let (said, reaction) = world.ask("/confiture ignore deployed-file-changed because it is fine").await;
    assert!(said.contains("`preflight.ignorable`") && reaction == "-1", "{said}");
    // Another pull request is none of its business.
    let other = world.github.state().open_pull(REPOSITORY, "other", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    let head = world.github.state().pull(REPOSITORY, other).head.clone();
    world.tell("pull_request", "opened", Subject::Pull(other)).await;
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("failure"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_runs_is_cancelled_and_one_in_full_takes_nothing_that_was_kept() {
    let world = World::start().await;
    let slow = ("db/migrations/002_slow.up.sql", "select pg_sleep(600);\n");
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, slow, SCHEMA]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    crate::support::until("the check runs", async || !world.checks(&head).is_empty()).await;
    let (said, reaction) = world.ask("/confiture cancel").await;
    assert_eq!((said.as_str(), reaction.as_str()), ("", "rocket"));
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("cancelled"));

    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
    world.quiet().await;
    for command in ["preflight", "preflight --full"] {
        assert_eq!(world.ask(&format!("/confiture {command}")).await.1, "rocket");
    }
    assert_eq!(world.checks(&head).len(), 3);
    let cached =
        "select report->'base'->>'cached' from confiture_bot.runs where report is not null order by begun";
    assert_eq!(world.state.rows(STATE, cached).await[1..], ["true", "false"]);
    world.stop().await;
}
