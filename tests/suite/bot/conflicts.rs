//! Conversations about several pull requests: what each is told of the others.

use super::STATE;
use super::conversation::{SCHEMA, USERS, World, tree};
use crate::fake_github::{Check, Files, LOGIN, PULL, REPOSITORY, Subject};

const CHECK: &str = "confiture / conflicts";

/// The tree of a pull request that adds one migration.
fn adding(name: &str, sql: &str) -> Files {
    let mut files = tree(&[USERS, SCHEMA]);
    files.insert(format!("db/migrations/{name}.up.sql"), sql.as_bytes().to_vec());
    files
}

impl World {
    /// Pushes to the pull request that exists, and opens it.
    async fn first(&self, files: Files) -> String {
        let head = self.github.state().push(REPOSITORY, "change", files);
        self.tell("pull_request", "opened", Subject::Pull(PULL)).await;
        head
    }

    /// Opens another one.
    async fn another(&self, branch: &str, files: Files) -> (u64, String) {
        let number = self.github.state().open_pull(REPOSITORY, branch, files);
        self.tell("pull_request", "opened", Subject::Pull(number)).await;
        let head = self.github.state().pull(REPOSITORY, number).head.clone();
        (number, head)
    }

    /// What the check of a commit says in the end, once nothing is left to do.
    async fn told(&self, head: &str) -> Check {
        self.quiet().await;
        let checks = self.checks_called(CHECK, head);
        assert_eq!(checks.len(), 1, "one check for a commit: {checks:#?}");
        assert_eq!(checks[0].status, "completed");
        checks.into_iter().next().unwrap()
    }

    async fn conclusion(&self, head: &str) -> String {
        self.told(head).await.conclusion.unwrap_or_default()
    }

    /// The one comment on a pull request.
    fn said_on(&self, pull: u64) -> String {
        let state = self.github.state();
        let mut ours = state.comments.iter().filter(|one| one.login == LOGIN && one.pull == pull);
        let comment = ours.next().map(|one| one.body.clone()).unwrap_or_default();
        assert!(ours.next().is_none(), "one comment on #{pull}: {:#?}", state.comments);
        comment
    }
}

#[track_caller]
fn assert_says(text: &str, wanted: &[&str]) {
    for one in wanted {
        assert!(text.contains(one), "{one:?} is not in: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_take_one_number_are_both_told_with_the_number_to_take() {
    let world = World::start().await;
    let one = world.first(adding("002_bio", "alter table users add column bio text;\n")).await;
    assert_eq!(world.conclusion(&one).await, "success");
    let (number, other) =
        world.another("nick", adding("002_nick", "alter table users add column nick text;\n")).await;
    let check = world.told(&other).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.summary);
    let first = "[#&#8203;7](https://github.com/acme/shop/pull/7) Merge change";
    assert_says(&check.summary, &[first, "both take version `002`", "the later one takes `003`"]);
    let check = world.told(&one).await;
    assert_eq!((check.conclusion.as_deref(), check.title.as_str()), (Some("failure"), "1 collides"));
    let second = format!("[#&#8203;{number}](https://github.com/acme/shop/pull/{number}) Merge nick");
    assert_says(&check.summary, &[&second]);
    // Each comment says both: what became of its own migrations, and of the other.
    assert_says(&world.said_on(PULL), &["002_bio", &second, "Other pull requests"]);
    assert_says(&world.said_on(number), &["002_nick", first]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_drops_what_another_uses_is_told_until_it_is_pushed_otherwise() {
    let world = World::start().await;
    let one = world.first(adding("002_view", "create view ids as select id, name from users;\n")).await;
    // The base has no such column, so the first does not apply; that is no fault of the second.
    let check = world.told(&one).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"));
    assert_says(&check.summary, &["does not apply", "column \"name\" does not exist", "002_view.up.sql:1:"]);

    let one = world.github.state().push(
        REPOSITORY,
        "change",
        adding("002_view", "create view ids as select id from users;\n"),
    );
    world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
    assert_eq!(world.conclusion(&one).await, "success");
    let (number, other) =
        world.another("wide", adding("003_wide", "alter table users alter id type bigint;\n")).await;
    let check = world.told(&other).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.summary);
    assert_says(&check.summary, &["has to go first", "view `public.ids`", "replayed in both orders"]);
    assert_eq!(world.conclusion(&one).await, "failure");

    // It is pushed as something that does not touch what the view needs.
    let other = world.github.state().push(
        REPOSITORY,
        "wide",
        adding("003_wide", "alter table users add column wide bigint;\n"),
    );
    world.tell("pull_request", "synchronize", Subject::Pull(number)).await;
    let check = world.told(&other).await;
    assert_eq!((check.conclusion.as_deref(), check.title.as_str()), (Some("success"), "1 independent"));
    assert_eq!(world.conclusion(&one).await, "success");
    assert_says(&world.said_on(PULL), &["<b>Other pull requests</b>: 1 independent"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_one_is_merged_the_rest_are_tried_on_the_new_base_and_when_one_is_closed_it_is_forgotten() {
    let world = World::start().await;
    let one = world.first(adding("002_bio", "alter table users add column bio text;\n")).await;
    let (second, _) = world.another("bio", adding("003_bio", "alter table users add bio varchar;\n")).await;
    let (third, head) = world.another("nick", adding("004_nick", "alter table users add nick text;\n")).await;
    assert_eq!(world.conclusion(&one).await, "failure");
    assert_eq!(world.told(&head).await.title, "2 independent");

    world.github.state().close(REPOSITORY, second);
    world.tell("pull_request", "closed", Subject::Pull(second)).await;
    assert_eq!(world.conclusion(&one).await, "success");
    assert_eq!(world.told(&head).await.title, "1 independent");
    assert_says(&world.said_on(third), &["1 independent"]);

    let before = world.github.state().repository(REPOSITORY).branches["main"].clone();
    world.github.state().merge(REPOSITORY, PULL);
    world.tell("pull_request", "closed", Subject::Pull(PULL)).await;
    world.quiet().await;
    assert_eq!(world.told(&head).await.title, "no other branch is open");
    // On the commit that it was begun on its number was free.
    let taken = adding("002_nick", "alter table users add nick text;\n");
    let head = world.github.state().push(REPOSITORY, "nick", taken);
    world.github.state().repository(REPOSITORY).merge_bases.insert(head.clone(), before.clone());
    let push = Subject::Push { branch: "main", before: &before };
    world.tell("pull_request", "synchronize", Subject::Pull(third)).await;
    let delivery = world.github.deliver(super::SECRET, "push", None, REPOSITORY, push);
    assert_eq!(world.send(&delivery).await, 202);
    let check = world.told(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.summary);
    assert_says(&check.summary, &["version 002 is taken by db/migrations/002\\_bio.up.sql", "free is `003`"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_are_written_to_of_which_something_new_is_to_be_said() {
    let world = World::start().await;
    let one = world.first(adding("002_bio", "alter table users add column bio text;\n")).await;
    let (_, other) = world.another("nick", adding("003_nick", "alter table users add nick text;\n")).await;
    let (third, _) = world.another("docs", tree(&[USERS, SCHEMA, ("README.md", "words")])).await;
    assert_eq!(world.conclusion(&one).await, "success");
    assert_eq!(world.conclusion(&other).await, "success");
    let before = world.github.state().requests.len();
    let head = world.github.state().push(REPOSITORY, "docs", tree(&[USERS, SCHEMA, ("README.md", "more")]));
    world.tell("pull_request", "synchronize", Subject::Pull(third)).await;
    let check = world.told(&head).await;
    assert_eq!(
        (check.conclusion.as_deref(), check.title.as_str()),
        (Some("success"), "No migration is added")
    );
    assert!(!world.said_on(third).contains("Other pull requests"), "{}", world.said_on(third));
    let requests = world.github.state().requests[before..].to_vec();
    let about_others = |request: &&String| {
        !request.starts_with("GET") && (request.contains(&one) || request.contains(&other))
            || request.contains("/issues/7/comments")
            || request.contains(&format!("tarball/{one}"))
    };
    assert_eq!(requests.iter().find(about_others), None);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_pushes_comes_to_few_jobs_and_each_commit_s_newest_is_told() {
    let world = World::start().await;
    let mut head = String::new();
    for column in ["a", "b", "c", "d", "e", "f"] {
        let files = adding("002_one", &format!("alter table users add column {column} text;\n"));
        head = world.github.state().push(REPOSITORY, "change", files);
        world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
    }
    assert_eq!(world.conclusion(&head).await, "success");
    let jobs = "select count(*) <= 3 from confiture_bot.jobs where kind = 'conflicts'";
    assert_eq!(world.state.rows(STATE, jobs).await, ["t"]);
    let open = "select count(*) from confiture_bot.jobs where kind = 'conflicts' and state <> 'done'";
    assert_eq!(world.state.rows(STATE, open).await, ["0"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_group_is_replayed_in_its_order_and_one_that_does_not_apply_is_named() {
    let world = World::start().await;
    world.first(adding("002_bio", "alter table users add column bio text;\n")).await;
    let (second, _) =
        world.another("view", adding("003_view", "create view bios as select bio from users;\n")).await;
    let (third, _) = world.another("drop", adding("004_drop", "alter table users drop column bio;\n")).await;
    let group = async |head: &str, base: &str| {
        world.tell("merge_group", "checks_requested", Subject::MergeGroup { head, base }).await;
        world.told(head).await
    };
    let main = world.github.state().repository(REPOSITORY).branches["main"].clone();
    let one = world.github.state().queue(REPOSITORY, PULL, &main);
    let two = world.github.state().queue(REPOSITORY, second, &one);
    let three = world.github.state().queue(REPOSITORY, third, &two);
    // Alone the second does not apply; after the first it does.
    let check = group(&two, &one).await;
    assert_eq!(check.conclusion.as_deref(), Some("success"), "{}", check.summary);
    let link = |pull: u64| format!("1. [#&#8203;{pull}](https://github.com/acme/shop/pull/{pull})");
    let (first, after) = (check.summary.find(&link(PULL)), check.summary.find(&link(second)));
    assert!(first.is_some() && first < after, "{}", check.summary);
    let check = group(&three, &two).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.summary);
    let named = format!("#&#8203;{third} does not apply: `db/migrations/004_drop.up.sql:1:1` is refused");
    assert_says(&check.summary, &[&named, "cannot drop column bio"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_s_pull_request_is_tried_against_the_others_from_its_commit() {
    let world = World::start().await;
    let one = world.first(adding("002_bio", "alter table users add column bio text;\n")).await;
    let (number, head) = {
        let mut state = world.github.state();
        state.create("mallory/shop");
        let files = adding("003_bio", "alter table users add column bio varchar(9);\n");
        let number = state.open_pull_from("mallory/shop", REPOSITORY, "evil | @team", files);
        (number, state.pull(REPOSITORY, number).head.clone())
    };
    world.tell("pull_request", "opened", Subject::Pull(number)).await;
    let check = world.told(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.summary);
    let check = world.told(&one).await;
    assert_says(&check.summary, &["neither after the other", "evil \\| @&#8203;team"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_is_told_how_a_pull_request_gets_on_with_the_others() {
    let world = World::start().await;
    world.github.state().permissions.insert("reader".to_owned(), "read".to_owned());
    let asked = world.github.state().comment("reader", "User", "/confiture conflicts");
    world.tell("issue_comment", "created", Subject::Comment(asked)).await;
    world.quiet().await;
    assert_says(&world.said()[0], &["Nothing is known of this pull request beside the others"]);
    world.first(adding("002_bio", "alter table users add column bio text;\n")).await;
    world.another("bio", adding("002_bio", "alter table users add column bio varchar;\n")).await;
    world.quiet().await;
    let asked = world.github.state().comment("reader", "User", "/confiture conflicts");
    world.tell("issue_comment", "created", Subject::Comment(asked)).await;
    world.quiet().await;
    let reactions = world.github.state().reactions.clone();
    let answer = world.said().pop().unwrap();
    assert_says(&answer, &["1 collides", "both add `db/migrations/002_bio.up.sql` with different text"]);
    assert_eq!(reactions.last(), Some(&(asked, "rocket".to_owned())));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_tried_is_said_in_one_sentence_and_tried_when_asked_for_again() {
    let world = World::start().await;
    world.github.state().repository(REPOSITORY).truncated = true;
    let head = world.first(adding("002_bio", "alter table users add column bio text;\n")).await;
    let check = world.told(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.summary);
    assert_says(&check.summary, &["were not tried against each other", "has more files than GitHub lists"]);
    world.github.state().repository(REPOSITORY).truncated = false;
    world.tell("check_run", "rerequested", Subject::Check(check.id, None)).await;
    world.quiet().await;
    let checks = world.checks_called(CHECK, &head);
    let conclusions: Vec<_> = checks.iter().map(|check| check.conclusion.as_deref()).collect();
    assert_eq!(conclusions, [Some("failure"), Some("success")], "a check that is run again is a new one");
    world.stop().await;
}

/// Pushes a tree to the branch that pull requests go to, before any is opened.
fn begun_on(world: &World, files: &[(&str, &str)]) -> Files {
    world.github.state().push(REPOSITORY, "main", tree(files));
    tree(files)
}

fn with(mut files: Files, more: &[(&str, &str)]) -> Files {
    files.extend(tree(more));
    files
}

const FLYWAY: [(&str, &str); 3] = [
    ("flyway.conf", ""),
    ("sql/V1__users.sql", "create table users (id int primary key);\n"),
    ("sql/R__ids.sql", "create or replace view ids as select id from users;\n"),
];

#[tokio::test(flavor = "multi_thread")]
async fn pull_requests_with_another_tool_s_migrations_are_tried_against_each_other_as_well() {
    let world = World::start().await;
    let base = begun_on(&world, &FLYWAY);
    let bio = ("sql/V2__bio.sql", "alter table users add column bio text;\n");
    let one = world.first(with(base.clone(), &[bio])).await;
    assert_eq!(world.conclusion(&one).await, "success");
    let nick = ("sql/V2__nick.sql", "alter table users add column nick text;\n");
    let (_, other) = world.another("nick", with(base.clone(), &[nick])).await;
    let check = world.told(&other).await;
    assert_says(
        &check.summary,
        &["both take version `2`", "the later one takes `003` for `sql/V2__nick.sql`"],
    );

    // What is run again whenever it has changed is no second file of one name, but may be in another one's way.
    let again = ("sql/R__ids.sql", "create or replace view ids as select id, 1 as one from users;\n");
    let (_, view) = world.another("view", with(base.clone(), &[again])).await;
    let check = world.told(&view).await;
    assert_eq!((check.conclusion.as_deref(), check.title.as_str()), (Some("success"), "2 independent"));
    let wide = ("sql/V4__wide.sql", "alter table users alter id type bigint;\n");
    let (_, wide) = world.another("wide", with(base.clone(), &[wide])).await;
    let check = world.told(&wide).await;
    assert_eq!(check.conclusion.as_deref(), Some("failure"), "{}", check.summary);
    assert_says(
        &check.summary,
        &["cannot alter type of a column used by a view or rule", "sql/V4__wide.sql:1:"],
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_tool_s_own_command_can_run_is_not_said_to_be_free_of_conflicts() {
    let world = World::start().await;
    let revision = |name: &str, after: &str| {
        let text = format!("revision = \"{name}\"\ndown_revision = {after}\n\ndef upgrade():\n    pass\n");
        (format!("alembic/versions/{name}_x.py"), text)
    };
    let first = revision("a1", "None");
    let base =
        begun_on(&world, &[("alembic.ini", "[alembic]\nscript_location = alembic\n"), (&first.0, &first.1)]);
    let second = revision("b2", "\"a1\"");
    let head = world.first(with(base.clone(), &[(&second.0, &second.1)])).await;
    let check = world.told(&head).await;
    assert_eq!(check.conclusion.as_deref(), Some("neutral"), "{}", check.summary);
    assert_says(&check.summary, &["migrations of Alembic are run by its own command"]);
    // One that adds none has nothing to do with others.
    let (_, head) = world.another("docs", with(base, &[("README.md", "x")])).await;
    assert_eq!(world.told(&head).await.title, "No migration is added");
    world.stop().await;
}

/// A change at the end of sqitch's plan, with its script.
fn planned(base: &Files, name: &str, requires: &str, sql: &str) -> Files {
    let plan = String::from_utf8(base["sqitch.plan"].clone()).unwrap();
    let plan = format!("{plan}{name} [{requires}] 2026-03-01T00:00:00Z Ada <ada@example.com> # {name}\n");
    let deploy = format!("begin;\n{sql};\ncommit;\n");
    with(base.clone(), &[("sqitch.plan", &plan), (&format!("deploy/{name}.sql"), &deploy)])
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_a_plan_are_tried_in_the_plan_s_order() {
    let world = World::start().await;
    let base = begun_on(
        &world,
        &[
            ("sqitch.conf", "[core]\n\tengine = pg\n"),
            ("sqitch.plan", "%project=shop\n\nusers 2026-01-02T09:00:00Z Ada <ada@example.com> # Users\n"),
            ("deploy/users.sql", "begin;\ncreate table users (id int primary key);\ncommit;\n"),
        ],
    );
    // By their names these two would come the other way round.
    let bio = planned(&base, "z_bio", "users", "alter table users add column bio text");
    let both = planned(&bio, "a_index", "z_bio", "create index on users (bio)");
    let one = world.first(both).await;
    assert_eq!(world.conclusion(&one).await, "success");
    let nick = planned(&base, "nick", "users", "alter table users add column nick text");
    let (_, other) = world.another("nick", nick).await;
    let check = world.told(&other).await;
    assert_eq!((check.conclusion.as_deref(), check.title.as_str()), (Some("success"), "1 independent"));
    // What was kept of the first is read again with its order.
    let wide = planned(&base, "wide", "users", "alter table users alter id type bigint");
    let (_, wide) = world.another("wide", wide).await;
    assert_eq!(world.told(&wide).await.title, "2 independent");
    world.stop().await;
}
