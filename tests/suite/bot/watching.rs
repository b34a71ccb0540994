//! Who runs the bot: metrics, the log, jobs that failed, and secrets that are nowhere.

use serde_json::Value;

use super::conversation::{BIO, SCHEMA_WITH_BIO, USERS, World, tree};
use super::{Running, SECRET, STATE, run, settings};
use crate::fake_github::{Failure, KEY, PULL, REPOSITORY, Subject, TOKEN};
use crate::support::{Ended, Production, assert_as_published, until};

/// `confiture bot jobs` beside a bot.
fn jobs(state: &Production, arguments: &[&str]) -> Ended {
    let project = settings(&format!("state_url: {}\n", state.url(STATE)));
    run(&project).with(&["jobs"]).with(arguments).end()
}

/// What of an answer is another each time.
fn steady(text: &str) -> String {
    text.lines()
        .map(|line| match line.split_once("made 20") {
            Some((before, after)) => format!("{before}made TIME{}", &after[18..]),
            None => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_failed_is_listed_and_done_again_when_asked() {
    let world = World::start().await;
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    world.github.state().failures.push_back(Failure::status("GET", 422).at("compare"));
    world.tell("pull_request", "ready_for_review", Subject::Pull(PULL)).await;
    world.quiet().await;
    let listed = jobs(&world.state, &["list"]);
    let shown = listed.out.replace(&head[..7], "COMMIT");
    assert_eq!(
        steady(&shown),
        "     1  failed      preflight acme/shop pull/7 COMMIT\n        made TIME · tried 1 time\n        \
         GitHub refused the request with status 422: It went wrong. It was tried once.\n1 job, 1 failed: \
         confiture bot jobs retry ID does one again"
    );
    let json = jobs(&world.state, &["list", "--format", "json"]).json();
    assert_as_published(&json, "jobs.schema.json");
    assert_eq!(
        (&json["jobs"][0]["state"], &json["jobs"][0]["head"]),
        (&"failed".into(), &head.clone().into())
    );

    let missed = jobs(&world.state, &["retry", "1", "77"]);
    assert_eq!((missed.code, missed.out.as_str()), (2, "1 is done again as 2\n"));
    assert!(missed.err.contains("77: no failed job has this number"), "{}", missed.err);
    until("it is done again", async || world.checks(&head).len() == 2).await;
    world.quiet().await;
    let conclusions: Vec<_> =
        world.checks(&head).into_iter().map(|check| check.conclusion.unwrap()).collect();
    assert_eq!(conclusions, ["failure", "success"]);
    assert_eq!(jobs(&world.state, &["retry", "--all"]).out, "no job has failed\n");
    let retried = jobs(&world.state, &["retry", "--all", "--format", "json"]).json();
    assert_as_published(&retried, "jobs_retried.schema.json");
    assert_eq!(jobs(&world.state, &["list"]).out, "no job waits, runs or has failed\n");
    assert!(jobs(&world.state, &["list", "--state", "retried"]).out.contains("retried"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_a_bot_with_a_state_of_its_own_are_listed_beside_it_and_without_it() {
    let place = crate::support::enterable("cb");
    let more = format!("data_dir: {}\n", place.path().join("state").display());
    let list = || run(&settings(&more)).with(&["jobs", "list"]).ends_with(0).out;
    let bot = Running::start(&more);
    assert_eq!(list(), "no job waits, runs or has failed\n");
    assert_eq!(bot.ask_to_end(), 0);
    assert_eq!(list(), "no job waits, runs or has failed\n");
    let project = settings("state_url: postgresql://nobody@127.0.0.1:1/x\n");
    let wrong = run(&project).with(&["jobs", "list"]).ends_with(2);
    assert!(wrong.err.contains("the state database"), "{}", wrong.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_what_waits_what_failed_and_what_github_allows() {
    let world = World::start().await;
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    let left = Failure::status("POST", 500).at("check-runs").with("x-ratelimit-remaining", "4321");
    world.github.state().failures.push_back(left);
    world.tell("pull_request", "ready_for_review", Subject::Pull(PULL)).await;
    world.tell("pull_request", "labeled", Subject::Pull(PULL)).await;
    world.check(&head).await;
    world.quiet().await;
    let answer = world.bot.get("/metrics").await;
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = answer.text().await.unwrap();
    for line in [
        "confiture_deliveries{state=\"ignored\"} 1",
        "confiture_deliveries{state=\"taken\"} 1",
        "confiture_jobs{kind=\"preflight\",state=\"done\"} 1",
        "confiture_oldest_job_seconds 0",
        "confiture_job_seconds_count{kind=\"preflight\",end=\"done\"} 1",
        "confiture_github_requests_total{status=\"500\"} 1",
        "confiture_github_requests_left 4321",
        &format!("confiture_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")),
        "# EOF",
    ] {
        assert!(text.lines().any(|one| one.starts_with(line)), "{line} is not in\n{text}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_about_a_job_tells_delivery_repository_pull_request_and_run() {
    let world = World::start().await;
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
    world.github.state().failures.push_back(Failure::status("GET", 500).at("tarball"));
    let webhook = world.tell("pull_request", "ready_for_review", Subject::Pull(PULL)).await;
    world.check(&head).await;
    world.quiet().await;
    let run = world.checks(&head)[0].external_id.clone();
    let log = world.bot.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_job: Vec<&Value> = lines.iter().filter(|line| line["span"]["name"] == "job").collect();
    assert!(of_job.len() >= 2, "{log}");
    for line in &of_job {
        let span = &line["span"];
        assert_eq!(
            (&span["delivery"], &span["repository"], &span["pull"], &span["job"]),
            (&webhook.guid.clone().into(), &"acme/shop".into(), &7.into(), &1.into()),
            "{line}"
        );
    }
    assert_eq!(of_job.last().unwrap()["span"]["run"], run.as_str(), "{log}");
    world.stop().await;
}

/// Everything that anybody can read of a bot: what it wrote on GitHub, its log, its answers, and its state.
async fn everything(world: &World) -> String {
    let mut all = world.bot.log();
    for path in ["/", "/metrics", "/healthz", "/readyz", "/webhooks", "/runs/1", "/nothing"] {
        all += &world.bot.get(path).await.text().await.unwrap();
    }
    {
        let state = world.github.state();
        all += &format!("{:?}\n{:?}", state.checks, state.comments);
    }
    for table in ["deliveries", "jobs", "runs", "sweeps", "subjects"] {
        all += &world
            .state
            .rows(STATE, &format!("select t::text from confiture_bot.{table} t"))
            .await
            .join("\n");
    }
    for arguments in [&["list"][..], &["list", "--state", "done", "--format", "json"], &["retry", "77"]] {
        let ended = jobs(&world.state, arguments);
        all += &(ended.out + &ended.err);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_nowhere_to_be_read() {
    const PASSWORD: &str = "planted-password";
    let mut world = World::start().await;
    world.state.sql(STATE, &format!("create role keeper superuser login password '{PASSWORD}'")).await;
    let url = world.state.url_as(&format!("keeper:{PASSWORD}"), STATE);
    let more = format!("state_url: {url}\nscratch: {{postgres: \"15\"}}\n");
    let project = settings(&more);
    let run = run(&project).env("API", world.github.url()).env("CONFITURE_LOG", "debug,confiture=trace");
    let run = run
        .env("DATABASE_URL", "postgresql://app:planted-environment@db/shop")
        .env("PGPASSWORD", "planted-pg");
    world.bot.strike();
    world.bot = Running::of(project, run);
    // Its own settings name a variable, and its SQL looks for whatever there is.
    let environment = ("db/environments/local.yaml", "database_url: ${DATABASE_URL}\n");
    let seeking = (
        "db/migrations/002_bio.up.sql",
        "do $$ begin raise notice '%', (select string_agg(name || setting, ' ') from pg_settings); end $$;\n\
         do $$ begin raise exception '%', (select string_agg(row_to_json(a)::text, ' ') from pg_stat_activity a); end $$;\n",
    );
    for files in [tree(&[USERS, BIO, SCHEMA_WITH_BIO]), tree(&[USERS, environment, seeking])] {
        let head = world.github.state().push(REPOSITORY, "change", files);
        world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
        world.check(&head).await;
        world.quiet().await;
    }
    for failure in [Failure::status("POST", 422).at("check-runs"), Failure::status("GET", 422).at("/app")] {
        world.github.state().failures.push_back(failure);
        world.github.state().push(REPOSITORY, "change", tree(&[USERS]));
        world.tell("pull_request", "synchronize", Subject::Pull(PULL)).await;
        world.quiet().await;
        world.github.state().failures.clear();
    }
    // The state database refuses, in the middle of everything.
    world.state.sql("postgres", "alter role keeper nologin").await;
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'keeper'";
    world.state.sql("postgres", end).await;
    until("the state does not answer", async || world.bot.get("/readyz").await.status() == 503).await;
    world.state.sql("postgres", "alter role keeper login").await;
    until("the state answers", async || world.bot.get("/readyz").await.status() == 200).await;
    let all = everything(&world).await;
    let key = KEY.lines().nth(1).unwrap();
    let secrets = [SECRET, TOKEN, key, PASSWORD, "planted-environment", "planted-pg"];
    for secret in secrets {
        let place = all.find(secret).map(|at| &all[at.saturating_sub(200)..(at + 60).min(all.len())]);
        assert_eq!(place, None, "a secret is to be read");
    }
    assert!(all.len() > 10_000, "there is something to look through");
    world.stop().await;
}
