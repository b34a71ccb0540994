//! Check runs: made once, said in pieces, and never twice.

use std::time::SystemTime;

use confiture::gateway::github::{
    Access, Annotation, AnnotationLevel, App, CheckAction, CheckId, CheckStatus, CheckUpdate, CommentKey,
    Conclusion, GitHub, GitHubError, InstallationId, NewCheck, Progress, PullNumber, RepoName, TreeLimits,
};
use serde_json::{Value, json};

use super::fake_github::{Check, Failure, FakeGitHub, INSTALLATION, REPOSITORY, Sending};

const HEAD: &str = "ce587453ced02b1526dfb4cb910479d431683101";
const NAME: &str = "confiture / preflight";

fn repository() -> RepoName {
    REPOSITORY.parse().unwrap()
}

/// GitHub with the right to write checks.
async fn token(github: &FakeGitHub) -> GitHub {
    let installation = InstallationId(INSTALLATION);
    github.app().installation(installation, Some(&repository()), &[("checks", Access::Write)]).await.unwrap()
}

fn new_check(external_id: &str) -> NewCheck {
    NewCheck {
        name: NAME.to_owned(),
        head: HEAD.to_owned(),
        external_id: external_id.to_owned(),
        details_url: Some("https://confiture.example/runs/1".to_owned()),
        status: CheckStatus::Queued,
        title: "Waiting".to_owned(),
        summary: "Its turn comes.".to_owned(),
    }
}

fn annotation(number: u32) -> Annotation {
    Annotation {
        path: "db/migrations/001_a.up.sql".to_owned(),
        start_line: number + 1,
        end_line: number + 1,
        columns: None,
        level: AnnotationLevel::Warning,
        title: None,
        message: format!("finding {number}"),
    }
}

fn update(annotations: u32) -> CheckUpdate {
    CheckUpdate {
        status: CheckStatus::Completed(Conclusion::Failure),
        title: "2 findings".to_owned(),
        summary: "### Findings".to_owned(),
        text: Some("more".to_owned()),
        annotations: (0..annotations).map(annotation).collect(),
        actions: vec![CheckAction {
            identifier: "rerun".to_owned(),
            label: "Run again".to_owned(),
            description: "Runs the preflight again".to_owned(),
        }],
    }
}

/// A check that was made, and GitHub that knows it.
async fn made(github: &FakeGitHub) -> (GitHub, CheckId) {
    let token = token(github).await;
    let check = token.create_check(&repository(), &new_check("run-1")).await.unwrap();
    (token, check.id)
}

/// Sends an update until it is done, and gives what was to be written down after each request.
async fn send(token: &GitHub, id: CheckId, update: &CheckUpdate, sent: usize) -> Vec<Progress> {
    let mut steps = Vec::new();
    let mut sent = sent;
    loop {
        let progress = token.update_check(&repository(), id, update, sent).await.unwrap();
        sent = progress.sent;
        steps.push(progress);
        if progress.done {
            return steps;
        }
    }
}

/// The messages of all annotations, which are to be there once each and in order.
#[track_caller]
fn assert_whole(check: &Check, count: u32) {
    let said: Vec<&str> = check.annotations.iter().filter_map(|one| one["message"].as_str()).collect();
    let wanted: Vec<String> = (0..count).map(|number| format!("finding {number}")).collect();
    assert_eq!(said, wanted);
}

#[tokio::test]
async fn a_check_is_made_once_whatever_becomes_of_the_answer() {
    let github = FakeGitHub::start().await;
    let token = token(&github).await;
    let failures = [
        Failure::status("POST", 500).but_done(),
        Failure::status("POST", 502),
        Failure::sending("POST", Sending::CutAfter(20)),
    ];
    for (number, failure) in failures.into_iter().enumerate() {
        github.state().failures.push_back(failure);
        let check = token.create_check(&repository(), &new_check(&format!("run-{number}"))).await.unwrap();
        assert!(!check.completed && check.annotations == 0);
        assert_eq!(github.state().checks.len(), number + 1);
        assert_eq!(github.state().checks[number].id, check.id.0);
    }
    let check = github.state().checks[0].clone();
    assert_eq!((check.name.as_str(), check.head.as_str(), check.status.as_str()), (NAME, HEAD, "queued"));
    assert_eq!(check.details_url.as_deref(), Some("https://confiture.example/runs/1"));
}

#[tokio::test]
async fn a_check_is_found_on_page_three_among_others_of_its_name_and_of_other_apps() {
    let github = FakeGitHub::start().await;
    let (token, id) = made(&github).await;
    for number in 0..250 {
        let later = github.state().checks[0].clone();
        let (id, external_id) = (later.id + 100_000 + number, format!("later-{number}"));
        github.state().checks.push(Check { id, external_id, ..later });
    }
    github.state().foreign_check(HEAD, NAME, "run-2");
    let find = |head: &'static str, name: &'static str, external_id: &'static str| {
        let token = token.clone();
        async move { token.find_check(&repository(), head, name, external_id).await.unwrap() }
    };
    assert_eq!(find(HEAD, NAME, "run-1").await.map(|check| check.id), Some(id));
    assert_eq!(find(HEAD, NAME, "run-2").await, None, "it is another App's");
    assert_eq!(find(HEAD, "confiture / conflicts", "run-1").await, None);
    assert_eq!(find("0123456789012345678901234567890123456789", NAME, "run-1").await, None);
}

#[tokio::test]
async fn annotations_go_by_fifties_and_the_conclusion_comes_with_the_last() {
    let github = FakeGitHub::start().await;
    let (token, id) = made(&github).await;
    let progress = token.update_check(&repository(), id, &update(120), 0).await.unwrap();
    assert_eq!(progress, Progress { sent: 50, done: false });
    let half = github.state().checks[0].clone();
    assert_eq!((half.status.as_str(), half.conclusion, half.actions.len()), ("in_progress", None, 0));
    let rest = send(&token, id, &update(120), progress.sent).await;
    assert_eq!(rest, [Progress { sent: 100, done: false }, Progress { sent: 120, done: true }]);
    let whole = github.state().checks[0].clone();
    assert_whole(&whole, 120);
    assert_eq!((whole.status.as_str(), whole.conclusion.as_deref()), ("completed", Some("failure")));
    assert_eq!(
        (whole.title.as_str(), whole.text.as_deref(), whole.actions.len()),
        ("2 findings", Some("more"), 1)
    );
    let read = token.check(&repository(), id).await.unwrap();
    assert_eq!((read.completed, read.conclusion, read.annotations), (true, Some(Conclusion::Failure), 120));
}

#[tokio::test]
async fn no_annotation_is_doubled_by_a_lost_answer_or_by_who_was_killed_before_it_was_written_down() {
    let failures = [
        Failure::status("PATCH", 500).but_done(),
        Failure::status("PATCH", 502),
        Failure::sending("PATCH", Sending::CutAfter(30)),
    ];
    for failure in failures {
        let github = FakeGitHub::start().await;
        let (token, id) = made(&github).await;
        github.state().failures.push_back(failure.clone());
        send(&token, id, &update(120), 0).await;
        assert_whole(&github.state().checks[0], 120);
        // Killed after any request, and started again from what was written down before it.
        for written in [0, 50, 100, 120] {
            send(&token, id, &update(120), written).await;
            assert_whole(&github.state().checks[0], 120);
        }
    }
    let github = FakeGitHub::start().await;
    let (token, id) = made(&github).await;
    token.update_check(&repository(), id, &update(120), 0).await.unwrap();
    send(&token, id, &update(120), 0).await;
    assert_whole(&github.state().checks[0], 120);
}

#[tokio::test]
async fn an_update_without_annotations_says_how_it_ended_in_one_request() {
    let github = FakeGitHub::start().await;
    let (token, id) = made(&github).await;
    github.state().requests.clear();
    let running = CheckUpdate { status: CheckStatus::InProgress, actions: Vec::new(), ..update(0) };
    assert_eq!(send(&token, id, &running, 0).await, [Progress { sent: 0, done: true }]);
    assert_eq!(github.state().checks[0].status, "in_progress");
    let endings = [
        (Conclusion::Success, "success"),
        (Conclusion::Neutral, "neutral"),
        (Conclusion::Skipped, "skipped"),
        (Conclusion::Failure, "failure"),
        (Conclusion::Cancelled, "cancelled"),
        (Conclusion::TimedOut, "timed_out"),
        (Conclusion::ActionRequired, "action_required"),
    ];
    for (conclusion, word) in endings {
        let ended = CheckUpdate { status: CheckStatus::Completed(conclusion), ..update(0) };
        send(&token, id, &ended, 0).await;
        assert_eq!(github.state().checks[0].conclusion.as_deref(), Some(word));
        assert_eq!(token.check(&repository(), id).await.unwrap().conclusion, Some(conclusion));
    }
    assert_eq!(github.state().writes().len(), 8);
}

#[tokio::test]
async fn whatever_is_said_fits_what_github_takes() {
    let github = FakeGitHub::start().await;
    let (token, id) = made(&github).await;
    let long = "\u{1F4A5} ä\n".repeat(40_000);
    let hostile = Annotation {
        start_line: 9,
        end_line: 3,
        columns: Some((7, 2)),
        title: Some(long.clone()),
        message: long.clone(),
        ..annotation(0)
    };
    let several = Annotation { start_line: 2, end_line: 5, columns: Some((1, 2)), ..annotation(1) };
    let action = CheckAction {
        identifier: "x".repeat(20),
        label: "Write the fix and push it".to_owned(),
        description: "It writes what is wanting, and it pushes that to the branch".to_owned(),
    };
    let wanted = CheckUpdate {
        title: long.clone(),
        summary: long.clone(),
        text: Some(long.clone()),
        annotations: vec![hostile, several],
        actions: vec![action.clone(); 4],
        ..update(0)
    };
    token.update_check(&repository(), id, &wanted, 0).await.unwrap();
    let check = github.state().checks[0].clone();
    // That each text is short enough is what the fake holds against GitHub's description.
    assert!(check.summary.chars().count() > 64_000 && check.summary.starts_with("\u{1F4A5} ä\n"));
    assert!(check.summary.trim_end().ends_with("65,535 characters.*"));
    let columns = |one: &Value| (one["start_column"].clone(), one["end_column"].clone());
    assert_eq!(columns(&check.annotations[0]), (json!(7), json!(7)), "an end before its beginning is none");
    assert_eq!(columns(&check.annotations[1]), (Value::Null, Value::Null), "it has several lines");
    assert_eq!(check.annotations[0]["message"].as_str().unwrap().chars().next_back(), Some('…'));
    assert_eq!((check.actions.len(), check.actions[0]["label"].as_str()), (3, Some("Write the fix and p…")));
    let odd = CheckAction { identifier: "x".repeat(21), ..action };
    let refused =
        token.update_check(&repository(), id, &CheckUpdate { actions: vec![odd], ..wanted }, 0).await;
    assert!(matches!(refused, Err(GitHubError::Request(_))), "{refused:?}");
}

#[tokio::test]
async fn who_may_not_write_checks_is_told_so_at_once() {
    let github = FakeGitHub::start().await;
    let workflow = github.client().create_check(&repository(), &new_check("run-1")).await;
    assert!(workflow.unwrap_err().is_forbidden(), "only an App may");
    let (token, id) = made(&github).await;
    let reader = [("checks", Access::Read)];
    let reader = github.app().installation(InstallationId(INSTALLATION), None, &reader).await.unwrap();
    assert!(reader.check(&repository(), id).await.is_ok());
    assert!(reader.update_check(&repository(), id, &update(1), 0).await.unwrap_err().is_forbidden());
    let foreign = CheckId(github.state().foreign_check(HEAD, NAME, "x"));
    assert!(token.update_check(&repository(), foreign, &update(0), 0).await.unwrap_err().is_forbidden());
    let gone = token.update_check(&repository(), CheckId(1), &update(0), 0).await;
    assert!(matches!(gone, Err(GitHubError::NotFound(_))));
}

#[test]
fn what_github_is_asked_can_be_asked_from_any_thread() {
    fn sendable(_: impl Send) {}
    fn all(app: &App, token: &GitHub, check: &NewCheck, say: &CheckUpdate) {
        let repository = repository();
        sendable(app.installation(InstallationId(1), Some(&repository), &[("checks", Access::Write)]));
        sendable(app.repositories(InstallationId(1)));
        sendable(app.deliveries(SystemTime::UNIX_EPOCH));
        sendable(token.publish(&repository, PullNumber(1), &CommentKey::of(&["x"]), "text"));
        sendable(token.create_check(&repository, check));
        sendable(token.update_check(&repository, CheckId(1), say, 0));
        sendable(token.open_pulls(&repository));
        sendable(token.download_tree(&repository, HEAD, "x".into(), &TreeLimits::default()));
    }
    let _ = all;
}
