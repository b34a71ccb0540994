//! The App: who it is, where it is installed, what its tokens may, and what was delivered to it.

use std::time::{Duration, SystemTime};

use confiture::gateway::github::{
    Access, App, CommentKey, GitHubError, How, Identity, InstallationId, PullNumber, RepoName,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::fake_github::{APP, Failure, FakeGitHub, INSTALLATION, KEY, LOGIN, PULL, REPOSITORY, Sending};
use super::fake_github::{Subject, Webhook};

const HERE: InstallationId = InstallationId(INSTALLATION);

fn repository() -> RepoName {
    REPOSITORY.parse().unwrap()
}

fn delivered(github: &FakeGitHub) -> Webhook {
    github.deliver("secret", "pull_request", Some("opened"), REPOSITORY, Subject::Pull(PULL))
}

#[tokio::test]
async fn a_token_is_for_one_repository_and_for_what_was_asked_and_no_more() {
    let github = FakeGitHub::start().await;
    github.state().create("acme/other");
    let number = github.state().open_pull("acme/other", "change", [].into());
    github.state().installations[0].repositories.push("acme/other".to_owned());
    let wanted = [("pull_requests", Access::Read)];
    let token = github.app().installation(HERE, Some(&repository()), &wanted).await.unwrap();
    token.pull_request(&repository(), PullNumber(PULL)).await.unwrap();
    let other = token.pull_request(&"acme/other".parse().unwrap(), PullNumber(number)).await;
    assert!(matches!(other, Err(GitHubError::NotFound(_))), "{other:?}");
    let written = token.publish(&repository(), PullNumber(PULL), &CommentKey::of(&["x"]), "hello").await;
    assert!(written.unwrap_err().is_forbidden());
    assert!(github.state().comments.is_empty());
    let too_much = github.app().installation(HERE, Some(&repository()), &[("contents", Access::Write)]).await;
    assert!(matches!(too_much, Err(GitHubError::Refused { status: 422, .. })), "{too_much:?}");
}

#[tokio::test]
async fn the_app_knows_its_own_comments_without_asking_who_it_is() {
    let github = FakeGitHub::start().await;
    let app = github.app();
    let wanted = [("pull_requests", Access::Write)];
    let token = app.installation(HERE, Some(&repository()), &wanted).await.unwrap();
    assert_eq!(token.who_am_i().await.unwrap(), Identity::User(LOGIN.to_owned()));
    let publish = |text: &'static str| {
        let (token, key) = (token.clone(), CommentKey::of(&["x"]));
        async move { token.publish(&repository(), PullNumber(PULL), &key, text).await.unwrap().how }
    };
    assert_eq!(publish("one").await, How::Created);
    // Another App that says the same is another.
    let ours = github.state().comments[0].body.clone();
    github.state().comments[0].login = "other[bot]".to_owned();
    assert_eq!(publish("one").await, How::Created);
    assert_eq!(publish("two").await, How::Updated);
    assert_eq!(github.state().comments[0].body, ours);
    app.installation(HERE, None, &wanted).await.unwrap();
    let asked = |path: &str| github.state().requests.iter().filter(|one| *one == path).count();
    assert_eq!((asked("GET /user"), asked("GET /app")), (0, 1));
}

#[tokio::test]
async fn neither_the_key_nor_a_token_is_ever_shown() {
    let github = FakeGitHub::start().await;
    let app = github.app();
    let token = app.installation(HERE, None, &[("checks", Access::Read)]).await.unwrap();
    let secret = token.token().expose_secret().to_owned();
    let shown = format!("{app:?} {token:?} {:?}", token.token());
    assert!(shown.contains("4711") && shown.contains(LOGIN), "{shown}");
    let line = KEY.lines().nth(1).unwrap();
    assert!(!shown.contains(&secret) && !shown.contains(line) && !shown.contains("PRIVATE KEY"), "{shown}");
    let broken = KEY.replace("RSA PRIVATE", "OTHER PRIVATE");
    let error = App::connect(&github.url(), APP, &SecretString::from(broken)).unwrap_err();
    assert!(matches!(error, GitHubError::Key(_)));
    assert!(!format!("{error} {error:?}").contains(line), "{error:?}");
}

#[tokio::test]
async fn an_app_with_another_key_or_id_is_let_in_nowhere() {
    let github = FakeGitHub::start().await;
    let stranger = App::connect(&github.url(), APP + 1, &SecretString::from(KEY.to_owned())).unwrap();
    assert!(stranger.installations().await.unwrap_err().is_forbidden());
    let tokens = github.state().tokens.len();
    assert!(stranger.installation(HERE, None, &[]).await.unwrap_err().is_forbidden());
    assert_eq!(github.state().tokens.len(), tokens);
}

#[tokio::test]
async fn a_token_that_is_too_old_is_refused() {
    let github = FakeGitHub::start().await;
    let wanted = [("pull_requests", Access::Read)];
    let token = github.app().installation(HERE, None, &wanted).await.unwrap();
    token.open_pulls(&repository()).await.unwrap();
    github.state().expire_tokens();
    assert!(token.open_pulls(&repository()).await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn installations_and_repositories_are_found_on_all_pages() {
    let github = FakeGitHub::start().await;
    let names: Vec<String> = (0..250).map(|number| format!("many/shop-{number}")).collect();
    for name in &names {
        github.state().create(name);
    }
    github.state().install(1, "many", &names.iter().map(String::as_str).collect::<Vec<_>>());
    for id in 2..150 {
        github.state().install(id, "nobody", &[]);
    }
    github.state().installations[1].suspended = false;
    github.state().installations[2].suspended = true;
    github.state().repository("many/shop-3").default_branch = "trunk".to_owned();
    let app = github.app();
    let installations = app.installations().await.unwrap();
    assert_eq!(installations.len(), 150);
    assert_eq!((installations[0].id, installations[0].account.as_str()), (HERE, "acme"));
    assert!(installations[2].suspended && !installations[1].suspended);
    let repositories = app.repositories(InstallationId(1)).await.unwrap();
    let found: Vec<String> = repositories.iter().map(|one| one.name.to_string()).collect();
    assert_eq!(found, names);
    assert_eq!(repositories[3].default_branch, "trunk");
    assert!(app.repositories(InstallationId(2)).await.unwrap_err().is_forbidden(), "it is suspended");
    assert!(matches!(app.repositories(InstallationId(9_999)).await, Err(GitHubError::NotFound(_))));
}

#[tokio::test]
async fn the_delivery_log_is_read_back_to_a_moment_over_all_pages() {
    let github = FakeGitHub::start().await;
    let now = SystemTime::now();
    for number in 0..260_u32 {
        let sent = delivered(&github);
        github.arrived(&sent.guid, if number == 7 { 502 } else { 202 });
        let at = now - Duration::from_mins(300 - u64::from(number));
        github.state().deliveries.last_mut().unwrap().delivered_at = at.into();
    }
    let app = github.app();
    let all = app.deliveries(SystemTime::UNIX_EPOCH).await.unwrap();
    assert_eq!(all.len(), 260);
    assert!(all.is_sorted_by(|one, next| one.delivered_at > next.delivered_at), "newest first");
    let lost: Vec<_> = all.iter().filter(|one| !one.arrived()).collect();
    assert_eq!(lost.len(), 1);
    assert_eq!(
        (lost[0].status, lost[0].event.as_str(), lost[0].action.as_deref()),
        (502, "pull_request", Some("opened"))
    );
    assert_eq!(lost[0].installation, Some(HERE));
    github.state().requests.clear();
    // The minutes in between are whole ones, which the log's seconds do not blur.
    let recent = app.deliveries(now - Duration::from_secs(60 * 150 + 30)).await.unwrap();
    assert_eq!(recent.len(), 110);
    assert_eq!(github.state().requests.len(), 2, "what is older is not read");
}

#[tokio::test]
async fn a_delivery_that_was_lost_is_read_and_sent_again_under_its_name() {
    let github = FakeGitHub::start().await;
    let sent = delivered(&github);
    let app = github.app();
    let lost = app.deliveries(SystemTime::UNIX_EPOCH).await.unwrap().remove(0);
    assert_eq!((lost.guid.as_str(), lost.status, lost.redelivery), (sent.guid.as_str(), 0, false));
    let payload = app.delivery(lost.id).await.unwrap();
    assert_eq!(payload, serde_json::from_slice::<serde_json::Value>(&sent.body).unwrap());
    assert_eq!(payload["pull_request"]["number"], PULL);
    github.state().failures.push_back(Failure::status("POST", 502).at("/attempts"));
    app.redeliver(lost.id).await.unwrap();
    let again = github.again();
    assert_eq!((again.len(), &again[0].guid, &again[0].body), (1, &sent.guid, &sent.body));
    let log = app.deliveries(SystemTime::UNIX_EPOCH).await.unwrap();
    assert!(log[0].redelivery && log[0].guid == log[1].guid && log[0].id != log[1].id);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again_and_a_slow_one_is_waited_for() {
    let github = FakeGitHub::start().await;
    let slowly = Sending::Slowly(5, Duration::from_millis(10));
    for sending in [Sending::CutAfter(40), Sending::CutAfter(0), slowly] {
        github.state().failures.push_back(Failure::sending("GET", sending));
    }
    assert_eq!(github.app().installations().await.unwrap().len(), 1);
    assert_eq!(github.state().requests.len(), 3);
}

#[tokio::test]
async fn what_the_fake_delivers_carries_the_signature_that_github_documents() {
    let github = FakeGitHub::start().await;
    let sent = delivered(&github);
    let header = |name: &str| {
        sent.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap()
    };
    assert_eq!(header("x-github-event"), "pull_request");
    assert!(header("x-hub-signature-256").starts_with("sha256="));
    let documented = super::fake_github::signature("It's a Secret to Everybody", b"Hello, World!");
    assert_eq!(documented, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

#[tokio::test]
async fn every_event_that_the_fake_delivers_says_where_by_whom_and_about_what() {
    let github = FakeGitHub::start().await;
    let head = github.state().pull(REPOSITORY, PULL).head.clone();
    let comment = github.state().comment("alice", "User", "/confiture plan");
    let check = github.state().foreign_check(&head, "confiture / preflight", "run-1");
    let group = Subject::MergeGroup { head: &head, base: "base" };
    let cases = [
        ("pull_request", Some("synchronize"), Subject::Pull(PULL), "/pull_request/head/sha", head.clone()),
        (
            "issue_comment",
            Some("created"),
            Subject::Comment(comment),
            "/comment/body",
            "/confiture plan".to_owned(),
        ),
        ("issue_comment", Some("created"), Subject::Comment(comment), "/sender/login", "alice".to_owned()),
        ("check_run", Some("rerequested"), Subject::Check(check, None), "/check_run/head_sha", head.clone()),
        (
            "check_run",
            Some("requested_action"),
            Subject::Check(check, Some("fix")),
            "/requested_action/identifier",
            "fix".to_owned(),
        ),
        ("check_suite", Some("rerequested"), Subject::Suite(&head), "/check_suite/head_sha", head.clone()),
        ("merge_group", Some("checks_requested"), group, "/merge_group/head_sha", head.clone()),
        ("push", None, Subject::Push { branch: "change", before: "0" }, "/after", head.clone()),
        ("repository", Some("archived"), Subject::Nothing, "/repository/full_name", REPOSITORY.to_owned()),
    ];
    for (event, action, subject, place, wanted) in cases {
        let sent = github.deliver("secret", event, action, REPOSITORY, subject);
        let body: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
        assert_eq!(body.pointer(place).and_then(|found| found.as_str()), Some(wanted.as_str()), "{event}");
        assert_eq!(body["action"].as_str(), action);
        assert_eq!(
            (&body["repository"]["full_name"], &body["installation"]["id"]),
            (&REPOSITORY.into(), &INSTALLATION.into())
        );
    }
}
