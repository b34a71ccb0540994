//! What happens to pull requests, and when the bot looks at them.

use super::STATE;
use super::conversation::{BIO, SCHEMA, SCHEMA_WITH_BIO, USERS, World, tree};
use crate::fake_github::{PULL, REPOSITORY, State, Subject};
use crate::support::until;

const README: (&str, &str) = ("README.md", "# A shop\n");

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_concern_the_database_is_green_and_gets_no_comment() {
    let world = World::start().await;
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, SCHEMA, README]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    let check = world.check(&head).await;
    assert_eq!(
        (check.conclusion.as_deref(), check.title.as_str()),
        (Some("success"), "Nothing concerns the database")
    );
    world.quiet().await;
    assert!(world.said().is_empty());

    // What was said before does not stand there for ever.
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA, README]));
    world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("failure"));
    world.quiet().await;
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, SCHEMA, README]));
    world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("success"));
    world.quiet().await;
    let said = world.said();
    assert!(said.len() == 1 && said[0].contains("### ✓ Nothing concerns the database"), "{said:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_without_a_database_and_a_project_beside_others_are_left_in_peace() {
    let more = format!(
        "repositories: {{{REPOSITORY}: {{directory: services/shop}}}}\nlimits: {{tree_files: 3, tree_megabytes: 1}}\n"
    );
    let world = World::set_up(&more).await;
    let other = ("services/other/db/migrations/001_x.up.sql", "this is no SQL\n");
    let files = |mut files: crate::fake_github::Files| {
        // More than is taken of a commit lies beside the project.
        files.extend((0..20).map(|number| (format!("assets/{number}"), vec![b'x'; 200_000])));
        files
    };
    world.github.state().push(REPOSITORY, "main", tree(&[README]));
    let head = world.github.state().push(REPOSITORY, "change", files(tree(&[README, other])));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    assert_eq!(world.check(&head).await.title, "Nothing concerns the database");

    let (migration, schema) = (format!("services/shop/{}", USERS.0), format!("services/shop/{}", SCHEMA.0));
    let shop = [(migration.as_str(), USERS.1), (schema.as_str(), SCHEMA.1), other];
    let head = world.github.state().push(REPOSITORY, "change", files(tree(&shop)));
    world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
    let check = world.check(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("success"), "{}", check.summary);
    assert!(check.summary.contains("001_users") && !check.summary.contains("001_x"), "{}", check.summary);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_not_what_the_commit_holds_is_red() {
    let world = World::start().await;
    let attributes = (".gitattributes", "db/** export-subst\n");
    let trick = ("db/migrations/002_bio.up.sql", "alter table users add column bio text; -- $Format:%h$\n");
    let head =
        world.github.state().push(REPOSITORY, "change", tree(&[USERS, trick, SCHEMA_WITH_BIO, attributes]));
    let written = ("db/migrations/002_bio.up.sql", "alter table users add column bio text; -- 0b989ba\n");
    let archive = State::archive_of(REPOSITORY, &head, &tree(&[USERS, written, SCHEMA_WITH_BIO, attributes]));
    world.github.state().repository(REPOSITORY).archives.insert(head.clone(), archive);
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    let check = world.check(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"));
    assert!(
        check.summary.contains("002\\_bio.up.sql") && check.summary.contains("export-subst"),
        "{}",
        check.summary
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_that_change_are_drawn() {
    let world = World::start().await;
    let orders = (
        "db/migrations/002_orders.up.sql",
        "create table orders (id int primary key, user_id int references users);\nalter table users add bio text;\n",
    );
    let schema = (
        "db/schema/users.sql",
        "create table users (id int primary key, bio text);\n\
         create table orders (id int primary key, user_id int references users);\n",
    );
    world.github.state().push(REPOSITORY, "change", tree(&[USERS, orders, schema]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    world.quiet().await;
    let said = world.said().remove(0);
    let from = said.find("<details><summary><b>Tables that change").unwrap_or_else(|| panic!("{said}"));
    let to = from + said[from..].find("</details>").unwrap();
    insta::assert_snapshot!(&said[from..to], @r#"
    <details><summary><b>Tables that change</b>: 1 added, 1 changed</summary>

    ```mermaid
    erDiagram
      "public.orders" {
        integer id PK
        integer user_id FK
      }
      "public.users" {
        integer id PK
        text bio "added"
      }
      "public.orders" }o--|| "public.users" : "orders_user_id_fkey"
    ```
    "#);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_checked_like_any_other_with_no_more_rights_and_red_for_what_is_found_only() {
    let world = World::start().await;
    world.github.state().create("mallory/shop");
    let number = world.github.state().open_pull_from(
        "mallory/shop",
        REPOSITORY,
        "evil",
        tree(&[USERS, BIO, SCHEMA_WITH_BIO]),
    );
    let head = world.github.state().pull(REPOSITORY, number).head.clone();
    world.github.state().fetched_from_fork(REPOSITORY, "mallory/shop", &head);
    world.tell("pull_request", "opened", Subject::Pull(number)).await;
    let check = world.check(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("success"), "{}", check.summary);

    // It is not asked what it may: a program, a file of the server's, the environment.
    let program = (
        "db/migrations/002_bio.up.sql",
        "alter table users add column bio text;\ncopy users (id) from program 'env';\n",
    );
    let head = world.github.state().push("mallory/shop", "evil", tree(&[USERS, program, SCHEMA_WITH_BIO]));
    world.github.state().fetched_from_fork(REPOSITORY, "mallory/shop", &head);
    world.tell("pull_request", "synchronize", Subject::Pull(number)).await;
    let check = world.check(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"));
    assert!(check.summary.contains("42501"), "{}", check.summary);
    let everything = format!("{:?}{:?}{}", world.github.state().comments, check, world.bot.log());
    for secret in [super::SECRET, "PRIVATE KEY", "ghs_"] {
        assert!(!everything.contains(secret), "{secret}");
    }
    // A setting that it brings is not read.
    let grant = ("db/environments/local.yaml", "preflight: {superuser: true}\n");
    let head =
        world.github.state().push("mallory/shop", "evil", tree(&[USERS, program, SCHEMA_WITH_BIO, grant]));
    world.github.state().fetched_from_fork(REPOSITORY, "mallory/shop", &head);
    world.tell("pull_request", "synchronize", Subject::Pull(number)).await;
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("failure"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_group_is_checked_on_its_own_base_and_nobody_is_written_to() {
    let world = World::start().await;
    let base = world.github.state().repository(REPOSITORY).branches["main"].clone();
    let head = world.github.state().push(REPOSITORY, "queue", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    world.tell("merge_group", "checks_requested", Subject::MergeGroup { head: &head, base: &base }).await;
    let check = world.check(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("success"), "{}", check.summary);
    assert!(check.summary.contains("002_bio") && check.actions.is_empty(), "{}", check.summary);
    let broken = world.github.state().push(REPOSITORY, "queue", tree(&[USERS, BIO, SCHEMA]));
    world.tell("merge_group", "checks_requested", Subject::MergeGroup { head: &broken, base: &base }).await;
    assert_eq!(world.check(&broken).await.conclusion.as_deref(), Some("failure"));
    world.quiet().await;
    assert!(world.said().is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_of_a_merge_group_that_is_given_up_are_cancelled_and_their_servers_gone() {
    let world = World::start().await;
    let base = world.github.state().repository(REPOSITORY).branches["main"].clone();
    let endless = ("db/migrations/002_sleep.up.sql", "select pg_sleep(600);");
    let head = world.github.state().push(REPOSITORY, "queue", tree(&[USERS, SCHEMA, endless]));
    let group = || Subject::MergeGroup { head: &head, base: &base };
    world.tell("merge_group", "checks_requested", group()).await;
    until("its server runs", async || !world.bot.servers().is_empty()).await;
    world.tell("merge_group", "destroyed", group()).await;
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("cancelled"));
    world.quiet().await;
    assert_eq!(world.bot.servers(), [""; 0]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_checked_and_again_when_it_is_ready_or_goes_to_another_base() {
    let world = World::start().await;
    world.github.state().pull(REPOSITORY, PULL).draft = true;
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("success"));
    world.quiet().await;
    world.github.state().pull(REPOSITORY, PULL).draft = false;
    world.tell("pull_request", "ready_for_review", Subject::Pull(PULL)).await;
    world.quiet().await;
    assert_eq!(world.checks(&head).len(), 2);

    // On a branch that has nothing yet both migrations are pending.
    world.github.state().push(REPOSITORY, "empty", tree(&[README]));
    "empty".clone_into(&mut world.github.state().pull(REPOSITORY, PULL).base_branch);
    let mut webhook = world.event("pull_request", "edited", Subject::Pull(PULL));
    let mut payload: serde_json::Value = serde_json::from_slice(&webhook.body).unwrap();
    payload["changes"] = serde_json::json!({ "base": { "ref": { "from": "main" }, "sha": { "from": "a" } } });
    webhook.resign(super::SECRET, payload.to_string().into_bytes());
    assert_eq!(world.send(&webhook).await, 202);
    world.quiet().await;
    let checks = world.checks(&head);
    assert_eq!(checks.len(), 3);
    assert!(checks[2].title.contains("2 pending migrations"), "{}", checks[2].title);
    let open = "select count(*) from confiture_bot.runs where report is not null";
    assert_eq!(world.state.rows(STATE, open).await, ["3"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_of_the_pull_request_s_is_not_run_and_it_is_said_who_runs_it() {
    let world = World::start().await;
    let ran = std::env::temp_dir().join(format!("confiture-bot-ran-{}", std::process::id()));
    let settings = format!("layout: {{tool: alembic, command: 'touch {}'}}\n", ran.display());
    let settings = ("db/environments/local.yaml", settings.as_str());
    world.github.state().push(REPOSITORY, "main", tree(&[settings]));
    let revision = ("alembic/versions/1a_users.py", "revision = '1a'\ndown_revision = None\n");
    let head = world.github.state().push(REPOSITORY, "change", tree(&[settings, revision]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    let check = world.check(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"));
    assert!(
        check.summary.contains("which is code of the pull request's: it is not run here"),
        "{}",
        check.summary
    );
    assert!(check.summary.contains("let the Action check it on the event pull"), "{}", check.summary);
    assert!(!ran.exists());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_is_read_and_said_to_be_so_and_runs_on_no_machine_of_the_bot_s() {
    let world = World::start().await;
    let ran = std::env::temp_dir().join(format!("confiture-bot-python-{}", std::process::id()));
    let program = |lines: &str| {
        let head = "from confiture.models.migration import Migration\n\n\nclass B(Migration):\n    version = '002'\n    name = 'bio'\n";
        format!(
            "{head}\n    def up(self):\n{lines}        self.execute('alter table users add column bio text')\n"
        )
    };
    let writes = format!("        open('{}', 'w').close()\n", ran.display());
    for (lines, conclusion, said) in [
        ("", "success", "read, and not run by Python"),
        (writes.as_str(), "failure", "is not run: the bot runs no Python"),
    ] {
        let text = program(lines);
        let python = ("db/migrations/002_bio.py", text.as_str());
        let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, python, SCHEMA_WITH_BIO]));
        world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
        let check = world.check(&head).await;
        assert_eq!(check.conclusion.as_deref(), Some(conclusion), "{}", check.summary);
        assert!(check.summary.contains(said), "{}", check.summary);
        world.ask("/confiture preflight").await;
        world.ask("/confiture plan").await;
        assert!(!ran.exists(), "it was run");
    }
    world.stop().await;
}
